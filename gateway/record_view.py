"""Put a published record the way its pages show it: banner, structured data, versions, changes."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final

from jinja2.utils import htmlsafe_json_dumps

from chassis.blobs import BlobStore
from chassis.errors import DomainError
from contracts.errors import CODES, Kind
from gateway.answers import open_blob
from gateway.errors import DayMalformedError
from gateway.labels import KINDS, MODES
from gateway.remote import Reply
from gateway.routing import Exchange

_BEIJING: Final = timezone(timedelta(hours=8), "Asia/Shanghai")
# Each class that is not known yet costs a question, once an hour.
_MAX_CLASSES: Final = 20
# Search engines want examples, not a catalogue.
_MAX_LINKED_PRODUCTS: Final = 20
_PAGE_BREAK: Final = "\f"
# Standards of others are named, not shown (FAQ 33).
OTHERS: Final = frozenset({"NATIONAL", "INDUSTRY", "LOCAL", "GROUP"})
CHANGES: Final = {
    "PUBLISHED": "首次公开",
    "CORRECTED": "公开后 24 小时内修改",
    "PRODUCTS_ADDED": "增加关联产品",
}


def record_address(exchange: Exchange, record_number: str) -> str:
    """Return the permanent address of a record, as it is printed and scanned."""
    return f"{exchange.site_url}/s/{record_number}"


def record_context(exchange: Exchange, found: Reply) -> dict[str, Any]:
    """Return what the record page shows of a declaration."""
    document = found["document"]
    enterprise = document["enterprise"]
    address = record_address(exchange, found["record_number"])
    codes = dict.fromkeys(
        product["class_code"] for product in document["products"] if product["class_code"]
    )
    names = {
        code: exchange.class_names.of(code, exchange.services)
        for code in list(codes)[:_MAX_CLASSES]
    }
    return {
        "found": found,
        "document": document,
        "region_name": exchange.divisions.of(str(enterprise["region"]), exchange.services),
        "class_names": names,
        "address": address,
        "enterprise_code": enterprise["organization_code"] or enterprise["credit_code"],
        "is_of_others": document["kind"] in OTHERS,
        "today": exchange.now.astimezone(_BEIJING).date().isoformat(),
        "linked_data": _linked_data(found, address),
    }


def as_of(exchange: Exchange, record_number: str, day: str) -> Reply | None:
    """Return what the public saw of a record at the end of a day in Beijing; None before it.

    Raises:
        DayMalformedError: it is no day up to today.
        NotFoundError: nothing was ever published under this number.
    """
    moment = end_of_day(day, exchange.now)
    try:
        found = exchange.services.standards.get_declaration_as_of(record_number, moment.isoformat())
    except DomainError as error:
        if CODES.get(error.wire_code) is not Kind.NOT_FOUND:
            raise
        return None
    return {**found, "withdrawal_reason": None, "marks": [], "revisions": []}


def end_of_day(text: str, now: datetime) -> datetime:
    """Return the last moment of a day in Beijing, in UTC.

    Raises:
        DayMalformedError: it is no day up to today.
    """
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DayMalformedError from None
    if day > now.astimezone(_BEIJING).date():
        raise DayMalformedError
    return datetime.combine(day, time.max, _BEIJING).astimezone(UTC)


def read_pages(blobs: BlobStore, text: Reply) -> list[str]:
    """Return the words that were taken out of a published file, page by page.

    Raises:
        TextUnavailableError: the store does not have them.
    """
    extracted = text["extracted_text"]
    if extracted is None:
        return []
    body = b"".join(open_blob(blobs, extracted["key"], 0, extracted["size"]))
    return body.decode(errors="replace").split(_PAGE_BREAK)


def versions_context(found: Reply) -> dict[str, Any]:
    """Return the versions of a record, newest first, each with the one before it."""
    numbers = [item["version"] for item in found["items"]]
    before = dict(zip(numbers[1:], numbers, strict=False))
    items = [
        {**item, "label": CHANGES.get(item["change"], item["change"]),
         "before": before.get(item["version"])}
        for item in reversed(found["items"])
    ]  # fmt: skip
    return {"found": found, "versions": items}


def _linked_data(found: Reply, address: str) -> str:
    """Return what schema.org has words for, as JSON that may stand in a page."""
    document = found["document"]
    enterprise = document["enterprise"]
    data: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "DigitalDocument",
        "@id": address,
        "url": address,
        "identifier": found["record_number"],
        "name": f"{document['number']['text']} {document['title']}",
        "genre": KINDS.get(document["kind"], document["kind"]),
        "description": f"{enterprise['name']}自我声明公开的"
        f"{KINDS.get(document['kind'], '标准')}（{MODES.get(document['disclosure_mode'], '')}）",
        "inLanguage": "zh-CN",
        "datePublished": document["published_at"],
        "version": found["version"],
        "creativeWorkStatus": "Withdrawn" if found["state"] == "WITHDRAWN" else "Published",
        "isAccessibleForFree": True,
        "publisher": {
            "@type": "Organization",
            "name": enterprise["name"],
            "identifier": enterprise["credit_code"] or enterprise["organization_code"],
        },
    }
    if found["withdrawn_at"]:
        data["expires"] = found["withdrawn_at"]
    if document["supersedes"]:
        data["isBasedOn"] = address.replace(found["record_number"], document["supersedes"])
    products = [_linked_product(each) for each in _first(document["products"])]
    if products:
        data["about"] = products
    return htmlsafe_json_dumps(data, ensure_ascii=False, separators=(",", ":"))


def _linked_product(product: Mapping[str, Any]) -> dict[str, Any]:
    linked = {
        "@type": "Product",
        "name": product["name"],
        "model": product["model"],
        "gtin": product["barcode"],
    }
    if product["brand"]:
        linked["brand"] = {"@type": "Brand", "name": product["brand"]}
    return {name: value for name, value in linked.items() if value}


def _first(products: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return list(products)[:_MAX_LINKED_PRODUCTS]
