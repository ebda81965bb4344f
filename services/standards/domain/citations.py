"""Find the numbers of standards that a text cites, whatever else it holds.

Texts come from extracted PDF files and from boxes of the entry page: they are long and not to be
trusted, so that every pattern here is bounded and the time is linear in the text.
"""

import itertools
import re
from dataclasses import dataclass
from typing import Final

from services.standards.domain import folding, number_forms, numbering
from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import ParsedNumber

MAX_CITATIONS: Final = 300
# 规范性引用文件 stands at the front; a page of Chinese has some 800 characters.
MAX_TEXT_LENGTH: Final = 500_000
_MAX_CANDIDATES: Final = 5_000

# What stands between number and year beside the dashes that folding makes plain.
_DASH: Final = r"[-~─━⁃˗]"
_DASHES: Final = re.compile(_DASH)
_YEAR: Final = rf"(?: ?(?:{_DASH}{{1,3}}|一) ?(?P<year>(?:19|20)[0-9]{{2}}|[0-9]{{2}})(?![0-9]))?"
_CANDIDATE: Final = re.compile(
    r"(?<![A-Za-z0-9/])"
    r"(?P<head>T ?/ ?[0-9]{0,9}[A-Z]{2,18}|DB[SJ]? ?[0-9]{2,6} ?/ ?[TZ]?"
    r"|(?!T ?/)[A-Z]{2,5}n?(?: ?/ ?[TZ](?![A-Za-z]))?)"
    r" ?"
    r"(?P<serial>[A-H]?[0-9]{1,6}(?:[A-Z](?![A-Za-z]))?(?:[./][0-9]{1,5}){0,4}"
    r"(?:-[0-9]{1,3}(?=-))?)(?![0-9])" + _YEAR
)
# 代替 names what is over; 与…相比 compares with it. Neither is a reference.
_BEFORE: Final = re.compile(r"(?:代替|替代|取代|废止)[^。；;A-Za-z0-9]{0,6}$")
_AFTER: Final = re.compile(r" ?(?:《[^》]{0,40}》)? ?相比")
_JOINT: Final = re.compile(r" ?(?:《[^》]{0,40}》)? ?[、,和及与] ?")
_LOOK: Final = 60


@dataclass(frozen=True)
class _Found:
    number: ParsedNumber
    start: int
    end: int


def find_citations(text: str, *, limit: int = MAX_CITATIONS) -> list[ParsedNumber]:
    """Return the numbers of standards of others in a text, each once, in their order.

    What the text only says to be replaced, or compares itself with, is left out. A number without
    a year stands for the newest edition (GB/T 1.1: 不注日期的引用文件).
    """
    plain = folding.fold_width(text[:MAX_TEXT_LENGTH])
    numbers: dict[str, ParsedNumber] = {}
    over = -1
    for match in itertools.islice(_CANDIDATE.finditer(plain), _MAX_CANDIDATES):
        found = _read(match)
        if found is None:
            continue
        if _is_over(plain, found, over):
            over = found.end
            continue
        numbers.setdefault(found.number.key, found.number)
        if len(numbers) >= limit:
            break
    return list(numbers.values())


@dataclass(frozen=True)
class TextFacts:
    """Hold what the words of a file say of the standard, and of others."""

    cited: tuple[ParsedNumber, ...]
    shows_number: bool
    shows_title: bool


def read_text(text: str, number: ParsedNumber, title: str) -> TextFacts:
    """Return what a text cites, and whether it shows this number and this name."""
    cited = find_citations(text)
    is_shown = shows_number(text, number) or any(found.key == number.key for found in cited)
    return TextFacts(
        cited=tuple(found for found in cited if found.key != number.key),
        shows_number=is_shown,
        shows_title=shows_title(text, title),
    )


def shows_number(text: str, number: ParsedNumber) -> bool:
    """Tell whether a text shows a number as it is printed; case, width and spaces don't matter."""
    squeezed = numbering.key_of(_DASHES.sub("-", folding.fold_width(text[:MAX_TEXT_LENGTH])))
    # A label may print the year after a space: Q/HLS0001S 2012.
    return number.key in squeezed or f"{number.stem}{number.year}" in squeezed


def shows_title(text: str, title: str) -> bool:
    """Tell whether a text shows a name; marks, spaces and breaks of lines make no difference."""
    return _letters(title) in _letters(text[:MAX_TEXT_LENGTH])


def _read(match: re.Match[str]) -> _Found | None:
    """Return the number that a candidate is, with its year or else without."""
    head, serial, year = match["head"], match["serial"], match["year"]
    stem = f"{head} {serial}"
    for typed, end in ((f"{stem}-{year}", match.end()), (stem, match.end("serial"))):
        query = number_forms.read_query(typed) if year or typed is stem else None
        number = None if query is None else query.number
        if number is None or number.kind is StandardKind.ENTERPRISE:
            continue
        # Goods are named like associations' numbers without their slash.
        if number.kind is StandardKind.GROUP and "/" not in head:
            continue
        return _Found(number, match.start(), end)
    return None


def _is_over(plain: str, found: _Found, over: int) -> bool:
    if over >= 0 and _JOINT.fullmatch(plain, over, found.start):
        return True
    before = plain[max(0, found.start - _LOOK) : found.start]
    return bool(_BEFORE.search(before) or _AFTER.match(plain, found.end, found.end + _LOOK))


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, folding.fold_for_search(text)))
