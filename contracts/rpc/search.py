"""What ``search`` answers, method by method."""

from typing import Literal, TypedDict

from contracts.rpc.standards import Kind, PublicDeclaration, State

__all__ = [
    "Counts",
    "CountsOf",
    "Disclosure",
    "FacetValue",
    "Facets",
    "Highlights",
    "Matched",
    "PublicDeclaration",
    "RecordPart",
    "RecordParts",
    "Records",
    "SearchHit",
    "SearchPage",
    "Snippet",
    "Statistics",
    "Suggestion",
    "SuggestionKind",
    "Suggestions",
    "WhichRecord",
]

# What a declaration shows to the public: its text, or its indicators (手册 4.1, FAQ 37).
Disclosure = Literal["TEXT", "INDICATORS", "NONE"]
# Which fields a result was found in, best first. PINYIN and PARTIAL follow when nothing else is
# left: the words are spelled, or only a part of what was asked is there.
Matched = Literal["NUMBER", "TITLE", "PRODUCT", "ENTERPRISE", "TEXT", "PINYIN", "PARTIAL"]

SuggestionKind = Literal["TITLE", "PRODUCT", "ENTERPRISE", "NUMBER"]


class Highlights(TypedDict):
    """Where each field says what was asked for: ranges ``[start, end)``, counted in characters."""

    number: list[list[int]]
    title: list[list[int]]
    enterprise_name: list[list[int]]
    product_summary: list[list[int]]


class Snippet(TypedDict):
    """A piece of the text or the indicators; ``ranges`` count from its beginning."""

    text: str
    ranges: list[list[int]]
    is_cut_before: bool
    is_cut_after: bool


class SearchHit(TypedDict):
    """One result of ``search_declarations``; ``tier`` is the place of ``matched``, from 0."""

    record_number: str
    declaration_id: str
    number: str
    title: str
    kind: Kind
    state: State
    enterprise_name: str
    region: str
    product_summary: str
    published_at: str
    has_text: bool
    tier: int
    matched: Matched
    highlights: Highlights
    snippet: Snippet | None


class FacetValue(TypedDict):
    """One value and how many of the results have it."""

    value: str
    count: int


class Facets(TypedDict):
    """How the results divide; each list holds the most frequent values first.

    ``region`` is one level below the region asked for: codes of 2 digits (of 4, of 6 with a region
    of 2, of 4 or 6). ``year`` is the year of publication in Beijing. ``class_code`` holds the codes
    as given, at most 100 of them; a result with products of two classes counts for both. Up to
    1,000 results the numbers are exact, above that ``is_estimate`` is true: show them with 约.
    """

    kind: list[FacetValue]
    state: list[FacetValue]
    region: list[FacetValue]
    year: list[FacetValue]
    class_code: list[FacetValue]
    disclosure: list[FacetValue]
    is_estimate: bool


class SearchPage(TypedDict):
    """``search_declarations``: ``total`` stops at 1,000, then ``total_text`` reads ``1000+``.

    ``total`` and ``facets`` speak of the results that match all that was asked. Only where there
    are none, ``is_partial`` is true and they speak of those that match by pinyin or in part.
    ``facets`` is None unless they were asked for. ``did_you_mean`` names known numbers for one that
    is not known as it was typed.
    """

    items: list[SearchHit]
    did_you_mean: list[str]
    next_cursor: str | None
    total: int
    is_total_capped: bool
    total_text: str
    is_partial: bool
    facets: Facets | None


class Suggestion(TypedDict):
    """One name or number that goes on with what was typed; ``count`` is how often it is there."""

    kind: SuggestionKind
    text: str
    count: int
    ranges: list[list[int]]


class Suggestions(TypedDict):
    """``suggest``: ten at most, the likeliest first."""

    items: list[Suggestion]


class Counts(TypedDict):
    """How much was published; an enterprise counts once."""

    declarations: int
    products: int
    enterprises: int


class CountsOf(Counts):
    """How much has one value."""

    value: str


class Statistics(TypedDict):
    """``get_statistics``: what was published, 废止 too, in a region of 0, 2, 4 or 6 digits.

    ``by_region`` divides by the next level, ``by_month`` by the month of publication in Beijing
    (``2026-03``), ``by_class`` names the hundred classes with the most products.
    """

    region: str
    total: Counts
    by_region: list[CountsOf]
    by_kind: list[CountsOf]
    by_state: list[CountsOf]
    by_month: list[CountsOf]
    by_class: list[CountsOf]


class RecordPart(TypedDict):
    """A stretch of publications: from ``start`` to before ``end``, None for all that follow."""

    start: int
    end: int | None


class RecordParts(TypedDict):
    """``list_record_parts``: everything published, oldest first, in parts of at most a size."""

    items: list[RecordPart]


class WhichRecord(TypedDict):
    """A publication by its permanent number, and when its page last became another."""

    record_number: str
    changed_at: str


class Records(TypedDict):
    """``list_records``: ``next`` is where more of the part begin, None at its end."""

    items: list[WhichRecord]
    next: int | None
