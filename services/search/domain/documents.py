"""Turn a published document into what the index keeps of it.

A document is one row of the index, its head: number, title, products, enterprise, filters. Its text
follows in passages of 4,000 characters, each of which repeats the head, so that words of a query
may stand in the text and in the title. Words that all stand in the text only must stand in one
passage.
"""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from services.search.domain import measures, numbers, pinyin, tokens, words
from services.search.domain.measures import IndicatorLimits
from services.search.domain.tokens import Tag

MAX_TEXT_CHARACTERS: Final = 1_000_000
# One document in so many is in the sample from which the frequency of words is estimated.
SAMPLE_SHARE: Final = 100
# Passages of one document are numbered within its id.
PASSAGES: Final = 1_024

_MAX_PASSAGE_TOKENS: Final = 4_000
# Of the products; more of them are found as text is. PostgreSQL counts places up to 16,383.
_MAX_PRODUCT_TOKENS: Final = 2_000
# Classes above a class are named by its code up to two digits less: QB01, QB0103, QB010304.
_CLASS_LEVEL: Final = re.compile(r"(?<![0-9])(?:[0-9]{2})+")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEIJING: Final = timedelta(hours=8)


@dataclass(frozen=True)
class IndexEntry:
    """Hold everything that is written for one document.

    ``position`` is the moment of publication in milliseconds: the id of the row, or nearly so.
    ``values`` are those of the table of documents, ``head`` and ``passages`` rows of the index.
    """

    declaration_id: str
    sequence: int
    position: int
    is_sampled: bool
    values: Mapping[str, Any]
    content: str
    head: tuple[str, ...]
    passages: tuple[tuple[str, ...], ...]
    indicators: tuple[IndicatorLimits, ...]
    names: frozenset[str]


@dataclass(frozen=True)
class Standing:
    """Hold how a declaration stands, whatever its document says."""

    state: str
    withdrawn_at: datetime | None
    withdrawal_reason: str | None
    # A JSON array, as the owner tells them.
    marks: str = "[]"


@dataclass(frozen=True)
class Additions:
    """Hold what a declaration is found by beside its document, as its owner knows it.

    ``english_title`` is that of the catalogue standard, ``class_names`` the names of the product
    classes from the top down, by class code.
    """

    english_title: str = ""
    class_names: Mapping[str, Sequence[str]] | None = None


IN_FORCE: Final = Standing(state="PUBLISHED", withdrawn_at=None, withdrawal_reason=None)
NO_ADDITIONS: Final = Additions()


def read_standing(current: Mapping[str, Any]) -> Standing:
    """Return how a declaration stands from what ``standards`` answers."""
    withdrawn_at = current["withdrawn_at"]
    return Standing(
        state=current["state"],
        withdrawn_at=None if withdrawn_at is None else datetime.fromisoformat(withdrawn_at),
        withdrawal_reason=current["withdrawal_reason"],
        marks=json.dumps(current.get("marks", []), ensure_ascii=False),
    )


def read_additions(current: Mapping[str, Any]) -> Additions:
    """Return what else a declaration is found by from what ``standards`` answers."""
    return Additions(
        english_title=current.get("english_title") or "",
        class_names=current.get("class_names") or {},
    )


def read_current(declaration_id: str, current: Mapping[str, Any], extracted: str) -> IndexEntry:
    """Return the index entry of what ``standards`` answers and the words of its file."""
    return read_document(
        declaration_id=declaration_id,
        sequence=current["sequence"],
        text=current["document"],
        sha256=current["sha256"],
        extracted=extracted,
        standing=read_standing(current),
        additions=read_additions(current),
        text_key=(current["extracted_text"] or {}).get("key"),
    )


def read_document(  # noqa: PLR0913 - each is one part of what is indexed
    *,
    declaration_id: str,
    sequence: int,
    text: str,
    sha256: str,
    extracted: str,
    standing: Standing = IN_FORCE,
    additions: Additions = NO_ADDITIONS,
    text_key: str | None = None,
) -> IndexEntry:
    """Return the index entry of a canonical document and the words of its file."""
    document = json.loads(text)
    published_at = datetime.fromisoformat(document["published_at"])
    values = {**_values(document, published_at), **asdict(standing), "document_sha256": sha256}
    values["text_key"] = text_key
    products = _product_fields(document["products"], additions)
    shared = (
        *_filters(values),
        *_title_tokens(document, additions),
        *tokens.tag_fields(Tag.PRODUCT, products[0]),
        *_barcodes(document["products"]),
        *_enterprise_tokens(document["enterprise"]),
    )
    names = _names(document)
    return IndexEntry(
        declaration_id=declaration_id,
        sequence=sequence,
        position=position_of(published_at),
        is_sampled=zlib.crc32(declaration_id.encode()) % SAMPLE_SHARE == 0,
        values=values,
        content=text,
        head=(*shared, *(Tag.NAME + name for name in sorted(names)), *_pinyin_tokens(document)),
        passages=tuple(
            (*shared, *passage)
            for passage in _passages(document, products[1:], extracted[:MAX_TEXT_CHARACTERS])
        )[:PASSAGES],
        indicators=tuple(
            dict.fromkeys(
                limits
                for indicator in document["indicators"]
                for limits in measures.read_indicator(indicator)
            )
        ),
        names=frozenset(names),
    )


def position_of(moment: datetime) -> int:
    """Return a moment as the ids of documents have it: in milliseconds."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def state_token(state: str) -> str:
    """Return the token by which a state is filtered."""
    return filter_token("s", state)


def filter_token(field: str, value: str) -> str:
    """Return the token of one value of a filter, which is named by one letter."""
    return f"{Tag.FILTER}{field}{tokens.encode(tokens.fold(value))}"[: tokens.MAX_TOKEN]


def _values(document: Mapping[str, Any], published_at: datetime) -> dict[str, Any]:
    enterprise = document["enterprise"]
    products = document["products"]
    codes = dict.fromkeys(product["class_code"] for product in products if product["class_code"])
    return {
        "record_number": document["record_number"],
        "kind": document["kind"],
        "supersedes": document["supersedes"],
        "number_text": document["number"]["text"],
        "title": document["title"],
        "enterprise_name": enterprise["name"],
        "credit_code": enterprise["credit_code"],
        "region": enterprise["region"],
        "year": (published_at + _BEIJING).year,
        "disclosure": _disclosure(document),
        "class_codes": " ".join(codes),
        "product_summary": _summarize([product["name"] for product in products]),
        "published_at": published_at,
    }


def _disclosure(document: Mapping[str, Any]) -> str:
    """Return what is shown; of a standard picked from the catalogue it is nothing (FAQ 33)."""
    if document["text"] is not None:
        return "TEXT"
    return "INDICATORS" if document["indicators"] else "NONE"


def _summarize(names: list[str]) -> str:
    if len(names) <= 1:
        return "".join(names)
    return f"{names[0]}等,共{len(names)}个产品"


def _filters(values: Mapping[str, Any]) -> Iterator[str]:
    yield filter_token("k", values["kind"])
    yield state_token(values["state"])
    yield filter_token("y", str(values["year"]))
    yield filter_token("d", values["disclosure"])
    region = values["region"]
    yield from (filter_token("r", region[:digits]) for digits in (2, 4, 6) if region[:digits])
    codes = values["class_codes"].split()
    prefixes = {prefix for code in codes for prefix in _class_prefixes(code)}
    yield from sorted({filter_token("c", prefix) for prefix in prefixes})


def _class_prefixes(code: str) -> Iterator[str]:
    yield code
    for found in _CLASS_LEVEL.finditer(code):
        yield from (code[:end] for end in range(found.start() + 2, found.end() + 1, 2))


def _title_tokens(document: Mapping[str, Any], additions: Additions) -> Iterator[str]:
    number = document["number"]["text"]
    titles = [title for title in (document["title"], additions.english_title) if title]
    yield from sorted(title_token(tokens.flatten(title)) for title in titles)
    keys = {*numbers.number_keys(number), tokens.flatten(document["record_number"])}
    yield from sorted(number_token(key) for key in keys)
    yield from sorted(body_token(key) for key in numbers.body_keys(number))
    yield from tokens.tag_fields(Tag.TITLE, map(tokens.index_tokens, titles))
    # Some letters before a number are characters: 川Q.
    yield from tokens.tag_fields(
        Tag.TITLE,
        [
            tokens.run_tokens(run)
            for run in tokens.find_runs(tokens.fold(number))
            if tokens.is_han(run)
        ],
    )
    yield from tokens.tag_fields(Tag.NUMBER_PIECE, [numbers.piece_tokens(number)])


def title_token(flat: str) -> str:
    """Return the token of a whole title: long ones by their beginning and a checksum."""
    encoded = tokens.encode(flat)
    if len(encoded) > tokens.MAX_TOKEN - 1:
        encoded = f"{encoded[:24]}{zlib.crc32(encoded.encode()):08x}"
    return Tag.TITLE_KEY + encoded


def number_token(flat: str) -> str:
    """Return the token of a whole number."""
    return Tag.NUMBER_KEY + tokens.encode(flat)[: numbers.MAX_FLAT]


def body_token(flat: str) -> str:
    """Return the token of the serial of a number."""
    return Tag.NUMBER_BODY + tokens.encode(flat)[: numbers.MAX_FLAT]


def _enterprise_tokens(enterprise: Mapping[str, Any]) -> Iterator[str]:
    codes = {enterprise["credit_code"], enterprise["organization_code"]}
    flat = {tokens.encode(tokens.flatten(code))[: tokens.MAX_TOKEN] for code in codes if code}
    yield from sorted(Tag.ORGANIZATION + code for code in flat if code)
    yield from tokens.tag_fields(Tag.ENTERPRISE, [tokens.index_tokens(enterprise["name"])])


def _barcodes(products: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    flat = {tokens.flatten(product["barcode"]).lstrip("0") for product in products}
    yield from sorted(
        Tag.BARCODE + tokens.encode(code)[: tokens.MAX_TOKEN - 1] for code in flat if code
    )


def _product_fields(
    products: Sequence[Mapping[str, Any]], additions: Additions
) -> list[list[tuple[str, ...]]]:
    """Return the tokens of what products say, each once: those of the head, then of passages."""
    said: dict[str, None] = {}
    models: dict[str, None] = {}
    for product in products:
        said |= dict.fromkeys(
            product[name] for name in ("name", "generic_name", "brand", "specification", "model")
        )
        said[product["class_code"]] = None
        said |= dict.fromkeys((additions.class_names or {}).get(product["class_code"], ()))
        models |= dict.fromkeys((product["brand"], product["model"], product["specification"]))
    fields = [tokens.index_tokens(text) for text in said if text]
    fields += [joined for model in models if model and (joined := _joined(model))]
    return list(_pack(fields, _MAX_PRODUCT_TOKENS)) or [[]]


def _joined(model: str) -> tuple[str, ...]:
    """Return a model of several parts in one, SL-500 as sl500, and nothing for other texts."""
    runs = tokens.find_runs(tokens.fold(model))
    if len(runs) < 2 or any(tokens.is_han(run) for run in runs):  # noqa: PLR2004 - more than one
        return ()
    return (tokens.encode("".join(runs))[: tokens.MAX_TOKEN],)


def _names(document: Mapping[str, Any]) -> set[str]:
    """Return the names that a longer query may contain, folded and without marks."""
    products = document["products"]
    texts = {document["title"]}
    texts |= {product[name] for product in products for name in ("name", "generic_name")}
    flat = (tokens.flatten(text) for text in texts if len(text) <= 2 * words.MAX_NAME)
    return {tokens.encode(name) for name in flat if 1 <= len(name) <= words.MAX_NAME}


def _pinyin_tokens(document: Mapping[str, Any]) -> Iterator[str]:
    texts = {document["title"]: None, document["enterprise"]["name"]: None}
    for product in document["products"]:
        texts |= dict.fromkeys((product["name"], product["generic_name"]))
    runs = dict.fromkeys(
        run for text in texts for run in tokens.find_runs(tokens.fold(text)) if tokens.is_han(run)
    )
    syllables, initials = [], []
    size = 0
    for run in runs:
        spelled = pinyin.read_run(run)
        size += len(spelled)
        if size > _MAX_PRODUCT_TOKENS:
            break
        syllables.append(pinyin.syllable_tokens(spelled))
        initials.append(pinyin.initial_tokens(spelled))
    yield from tokens.tag_fields(Tag.SYLLABLES, syllables)
    yield from tokens.tag_fields(Tag.INITIALS, initials)


def _passages(
    document: Mapping[str, Any], products: Sequence[list[tuple[str, ...]]], extracted: str
) -> Iterator[tuple[str, ...]]:
    for fields in products:
        yield tuple(tokens.tag_fields(Tag.PRODUCT, fields))
    said = [
        tokens.index_tokens(text)
        for indicator in document["indicators"]
        for text in (indicator["name"], indicator["preview"])
        if text
    ]
    for packed in _pack(said, _MAX_PASSAGE_TOKENS):
        yield tuple(tokens.tag_fields(Tag.TEXT, packed))
    for piece in tokens.split_passages(tokens.fold(extracted)):
        found = [token for run in tokens.find_runs(piece) for token in tokens.run_tokens(run)]
        if found:
            yield tuple(tokens.tag_fields(Tag.TEXT, [found]))


def _pack(fields: Iterable[tuple[str, ...]], most: int) -> Iterator[list[tuple[str, ...]]]:
    """Put small parts together into lists of a few thousand tokens."""
    packed: list[tuple[str, ...]] = []
    size = 0
    for field in fields:
        if packed and size + len(field) > most:
            yield packed
            packed, size = [], 0
        packed.append(field)
        size += len(field) + 1
    if packed:
        yield packed
