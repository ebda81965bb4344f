"""Turn a published document into what the index keeps of it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from services.search.domain import tokens

EXACT: Final = 0
TITLE: Final = 1
PRODUCT: Final = 2
ENTERPRISE: Final = 3
TEXT: Final = 4
# Words of one character are looked for in titles, numbers and products only.
LAST_TIER_OF_SINGLES: Final = PRODUCT

MAX_TEXT_CHARACTERS: Final = 1_000_000
_MAX_PASSAGE_TOKENS: Final = 4_000
_YEAR: Final = re.compile(r"[-—－][0-9]{4}$")


@dataclass(frozen=True)
class IndexEntry:
    """Hold everything that is written for one document."""

    declaration_id: str
    sequence: int
    values: Mapping[str, Any]
    passages: tuple[tuple[int, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Standing:
    """Hold how a declaration stands, whatever its document says."""

    state: str
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    # A JSON array, as the owner tells them.
    marks: str = "[]"


IN_FORCE: Final = Standing(state="PUBLISHED", withdrawn_at=None, withdrawal_reason=None)


def read_standing(current: Mapping[str, Any]) -> Standing:
    """Return how a declaration stands from what ``standards`` answers."""
    withdrawn_at = current["withdrawn_at"]
    return Standing(
        state=current["state"],
        withdrawn_at=None if withdrawn_at is None else datetime.fromisoformat(withdrawn_at),
        withdrawal_reason=current["withdrawal_reason"],
        marks=json.dumps(current.get("marks", []), ensure_ascii=False),
    )


def read_document(  # noqa: PLR0913 - each is one part of what is indexed
    *,
    declaration_id: str,
    sequence: int,
    text: str,
    sha256: str,
    extracted: str,
    standing: Standing = IN_FORCE,
) -> IndexEntry:
    """Return the index entry of a canonical document and the words of its file."""
    document = json.loads(text)
    enterprise = document["enterprise"]
    number = document["number"]["text"]
    values = {
        "record_number": document["record_number"],
        "kind": document["kind"],
        "supersedes": document["supersedes"],
        "number_text": number,
        "number_flat": tokens.flatten(number),
        "number_stem": tokens.flatten(_YEAR.sub("", number)),
        "title": document["title"],
        "enterprise_name": enterprise["name"],
        "credit_code": enterprise["credit_code"],
        "region": enterprise["region"],
        "product_summary": _summarize([product["name"] for product in document["products"]]),
        "has_text": document["text"] is not None,
        "published_at": datetime.fromisoformat(document["published_at"]),
        **asdict(standing),
        "document": text,
        "document_sha256": sha256,
    }
    return IndexEntry(
        declaration_id=declaration_id,
        sequence=sequence,
        values=values,
        passages=tuple(_passages(document, extracted[:MAX_TEXT_CHARACTERS])),
    )


def _summarize(names: list[str]) -> str:
    if len(names) <= 1:
        return "".join(names)
    return f"{names[0]}等,共{len(names)}个产品"


def _passages(document: Mapping[str, Any], extracted: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    number = document["number"]["text"]
    title_fields = [document["title"], number, document["record_number"]]
    yield TITLE, (*_fields(title_fields), *tokens.number_tokens(number))
    for packed in _pack(_fields(product.values()) for product in document["products"]):
        yield PRODUCT, packed
    enterprise = document["enterprise"]
    codes = [enterprise["name"], enterprise["credit_code"], enterprise["organization_code"]]
    yield ENTERPRISE, _fields(codes)
    for packed in _pack(
        _fields((indicator["name"], indicator["preview"])) for indicator in document["indicators"]
    ):
        yield TEXT, packed
    for piece in tokens.split_passages(tokens.fold(extracted)):
        found = tokens.index_tokens(piece)
        if found:
            yield TEXT, tuple(found)


def _fields(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the tokens of several fields, none of whose phrases runs into the next."""
    return tuple(
        token for text in texts if text for token in (*tokens.index_tokens(text), tokens.BREAK)
    )


def _pack(parts: Iterator[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Put small parts together into passages of a few thousand tokens."""
    packed: list[str] = []
    for part in parts:
        if packed and len(packed) + len(part) > _MAX_PASSAGE_TOKENS:
            yield tuple(packed)
            packed = []
        packed.extend(part)
    if packed:
        yield tuple(packed)
