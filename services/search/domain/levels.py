"""How results are ranked: in levels, one after the other, and in a level the newest first.

No score of an engine plays a part, so that both give the same. A document is in the first level
that it meets; a word counts by the best field it stands in, a document by the worst of its words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from services.search.domain import documents, words
from services.search.domain.expressions import Expression, Phrase, all_of, any_of
from services.search.domain.tokens import Tag
from services.search.domain.words import Query, Word


class Tier(IntEnum):
    """Say which fields a result was found in, best first."""

    NUMBER = 0
    TITLE = 1
    PRODUCT = 2
    ENTERPRISE = 3
    TEXT = 4
    PINYIN = 5
    PARTIAL = 6


# Codes of levels stand in cursors: they must not change with what the index happens to hold.
WHOLE_NUMBER: Final = 0
# A serial alone means a standard of the state or a group rather than the many of enterprises.
COMMON_SERIAL: Final = 1
SERIAL: Final = 2
WHOLE_TITLE: Final = 3
ADJACENT: Final = 4
TITLE: Final = 5
PRODUCT: Final = 6
ENTERPRISE: Final = 7
TEXT: Final = 8
PINYIN: Final = 9
# Without words nothing is ranked: only filters are asked of a row.
FILTERED: Final = TITLE
# The longest contained name comes first: 10 for one of 40 characters, 49 for one of 1.
_CONTAINED: Final = 10
_FURTHER: Final = 60
_COMMON_KINDS: Final = ("NATIONAL", "INDUSTRY", "LOCAL", "GROUP")

_TIERS: Final = {
    WHOLE_NUMBER: Tier.NUMBER,
    COMMON_SERIAL: Tier.NUMBER,
    SERIAL: Tier.NUMBER,
    WHOLE_TITLE: Tier.TITLE,
    ADJACENT: Tier.TITLE,
    TITLE: Tier.TITLE,
    PRODUCT: Tier.PRODUCT,
    ENTERPRISE: Tier.ENTERPRISE,
    TEXT: Tier.TEXT,
    PINYIN: Tier.PINYIN,
}


@dataclass(frozen=True)
class Level:
    """Hold one level: its code, and what a row of the index must have to be in it or above."""

    code: int
    asked: Expression


def tier_of(code: int) -> Tier:
    """Return the tier that a level belongs to."""
    return _TIERS.get(code, Tier.PARTIAL)


def condense(ladder: Sequence[Level]) -> list[Expression]:
    """Return what is in any of some levels: of those that hold each other only the widest."""
    widest = max((level.code for level in ladder if TITLE <= level.code <= TEXT), default=None)
    return [
        level.asked for level in ladder if not TITLE <= level.code <= TEXT or level.code == widest
    ]


def head_levels(query: Query) -> list[Level]:
    """Return the levels of documents that match all of a query with words by their heads."""
    levels = []
    if query.is_number:
        levels.append(Level(WHOLE_NUMBER, Phrase((documents.number_token(query.flat),))))
        serial = Phrase((documents.body_token(query.flat),))
        common = any_of(Phrase((documents.filter_token("k", kind),)) for kind in _COMMON_KINDS)
        levels += [Level(COMMON_SERIAL, all_of([serial, common])), Level(SERIAL, serial)]
    levels.append(Level(WHOLE_TITLE, Phrase((documents.title_token(query.flat),))))
    if len(query.words) > 1:
        # Typed with the spaces that a title has: the words of it that follow one another.
        levels.append(Level(ADJACENT, query.in_one_title()))
    levels += [
        Level(code, all_of(_word_in(word, code) for word in query.words))
        for code in (TITLE, PRODUCT, ENTERPRISE)
    ]
    return levels


def text_level(query: Query) -> Level | None:
    """Return the level of documents that match by their text; None where no word is looked for."""
    if all(word.is_single for word in query.words):
        return None
    return Level(TEXT, all_of(_word_in(word, TEXT) for word in query.words))


def pinyin_level(query: Query) -> Level | None:
    """Return the level of documents that match when some words are pinyin; None when none can."""
    parts = []
    is_spelled = False
    for word in query.words:
        spelled = word.spelled()
        is_spelled = is_spelled or spelled is not None
        literal = _word_in(word, ENTERPRISE)
        parts.append(literal if spelled is None else any_of([literal, spelled]))
    return Level(PINYIN, all_of(parts)) if is_spelled else None


def partial_levels(query: Query, names: Sequence[str]) -> list[Level]:
    """Return the levels of documents that match a part: names within the query, then any word."""
    levels = []
    for length in sorted({_length(name) for name in names}, reverse=True):
        named = [Phrase((Tag.NAME + name,)) for name in names if _length(name) == length]
        levels.append(Level(_CONTAINED + words.MAX_NAME - length, any_of(named)))
    if len(query.words) > 1:
        levels.append(Level(_FURTHER, any_of(_word_in(word, ENTERPRISE) for word in query.words)))
    return levels


def _length(name: str) -> int:
    return min(len(name), words.MAX_NAME)


def _word_in(word: Word, code: int) -> Expression:
    """Return where a word may stand so that its document is in a level or above."""
    found = [word.in_titles()]
    if code >= PRODUCT:
        found.append(word.in_products())
    if not word.is_single and code >= ENTERPRISE:
        found.append(word.in_enterprises())
    if not word.is_single and code >= TEXT:
        found.append(word.in_texts())
    return any_of(found)
