"""Payloads of the events that standards announces; their shape is the schemas of contracts."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

MAX_PRODUCTS: Final = 20
# Leaves room for the rest of the event within the 128 KiB that one may take.
MAX_PRODUCT_BYTES: Final = 64 * 1024
MAX_CURRENT_BYTES: Final = 64 * 1024

_SAME: Final = (
    "record_number", "supersedes", "version", "kind", "title", "disclosure_mode", "published_at",
    "corrected_at",
)  # fmt: skip
_ENTERPRISE: Final = ("enterprise_id", "name", "credit_code", "organization_code", "region")


def version_published(
    content: Mapping[str, Any], *, document_sha256: str, extracted_text_sha256: str | None
) -> dict[str, Any]:
    """Return the data of the events of a published version: a summary, and where all of it is."""
    text = content["text"]
    return {
        **{name: content[name] for name in _SAME},
        "number": content["number"]["text"],
        "enterprise": _enterprise(content),
        "product_count": len(content["products"]),
        "products": _first_products(content["products"]),
        "text": None if text is None else {name: text[name] for name in ("sha256", "size")},
        "extracted_text_sha256": extracted_text_sha256,
        "document_sha256": document_sha256,
        "document_url": (
            f"/api/v1/declarations/{content['declaration_id']}/versions/{content['version']}"
        ),
        "page_url": f"/s/{content['record_number']}",
    }


def version_written(current: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of ``declaration.versioned.v1``; ``current`` is what the index needs."""
    told = {name: current[name] for name in ("record_number", "version")}
    told["document_sha256"] = current["sha256"]
    if len(json.dumps(current, ensure_ascii=False).encode()) <= MAX_CURRENT_BYTES:
        told["current"] = dict(current)
    return told


def declaration_withdrawn(
    content: Mapping[str, Any], *, withdrawn_at: str, reason: str
) -> dict[str, Any]:
    """Return the data of ``declaration.withdrawn.v1``; ``content`` is the last version."""
    return {
        **{name: content[name] for name in ("record_number", "kind", "title", "published_at")},
        "number": content["number"]["text"],
        "enterprise": _enterprise(content),
        "withdrawn_at": withdrawn_at,
        "reason": reason,
        "page_url": f"/s/{content['record_number']}",
    }


def declaration_marked(record_number: str, marks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the data of ``declaration.marked.v1``: all marks there are now."""
    return {
        "record_number": record_number,
        "marks": [dict(mark) for mark in marks],
        "page_url": f"/s/{record_number}",
    }


def _enterprise(content: Mapping[str, Any]) -> dict[str, str]:
    return {name: content["enterprise"][name] for name in _ENTERPRISE}


def _first_products(products: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    first: list[dict[str, str]] = []
    left = MAX_PRODUCT_BYTES
    for product in products[:MAX_PRODUCTS]:
        left -= len(json.dumps(product, ensure_ascii=False).encode())
        if left < 0:
            break
        first.append(dict(product))
    return first
