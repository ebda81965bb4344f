"""Tell what stands before a standard's number, and so which kind of standard it is."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from services.standards.domain import folding, numbering
from services.standards.domain.industries import INDUSTRIES
from services.standards.domain.kinds import StandardKind

NATIONAL_PREFIXES: Final = ("GB", "GBn", "GBJ", "GBZ", "GJB", "GSB")

# First two digits of the administrative divisions: no local standard comes from elsewhere.
_PROVINCES: Final = re.compile(
    "1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[12]"  # 71 to 82: 台湾, 香港, 澳门
)
_SUFFIXES: Final = ("", "/T", "/Z")
_LETTERED: Final = re.compile(r"[A-Z][A-Z /-]*")
_NO_LETTER: Final = re.compile(r"[^A-Z]+")
# GBZ is a series of its own (occupational health); only a mark or space tells GB/Z from it.
_GUIDE: Final = re.compile(r"GB[ /-]+Z")
_LOCAL: Final = re.compile(
    r"(?P<series>DB[SJ]?) ?(?P<region>[0-9]{2}|[0-9]{4}|[0-9]{6})[ /-]*(?P<suffix>[TZ]?)[ /-]*"
)
_GROUP_CODE: Final = re.compile(r"[0-9]{0,9}[A-Z][0-9A-Z]{0,18}[A-Z]")


@dataclass(frozen=True)
class Prefix:
    """Hold a prefix in its printed form, such as ``GB/T`` or ``DB3301/T``, with its kind."""

    kind: StandardKind
    text: str


def find_prefix(plain: str) -> Prefix | None:
    """Return the prefix that ``plain`` spells, in capitals and plain width; None if there is none.

    Slashes may be missing or be spaces or dashes.
    """
    head = plain.strip(" /-")
    if head == numbering.ENTERPRISE_PREFIX:
        return Prefix(StandardKind.ENTERPRISE, head)
    return _find_group(head) or _find_local(head) or find_lettered(head)


def find_lettered(head: str) -> Prefix | None:
    """Return the prefix of a national or industry standard, or of a local one without region."""
    if _GUIDE.fullmatch(head):
        return Prefix(StandardKind.NATIONAL, "GB/Z")
    return _BY_LETTERS.get(_NO_LETTER.sub("", head)) if _LETTERED.fullmatch(head) else None


def make_local(series: str, region: str, suffix: str) -> Prefix | None:
    """Return the prefix of a local standard; None if no province has the region's first digits."""
    if not _PROVINCES.match(region):
        return None
    text = f"{series}{region}/{suffix}" if suffix else f"{series}{region}"
    return Prefix(StandardKind.LOCAL, text)


def make_group(code: str) -> Prefix | None:
    """Return the prefix of the group standards of an association's code."""
    return Prefix(StandardKind.GROUP, f"T/{code}") if _GROUP_CODE.fullmatch(code) else None


def classify_prefix(text: str) -> StandardKind | None:
    """Return the kind of standard that a typed prefix such as ``JB/T`` announces (手册 4.1)."""
    prefix = find_prefix(folding.fold_width(text).upper())
    return prefix.kind if prefix else None


def _find_group(head: str) -> Prefix | None:
    letter, slash, code = head.replace(" ", "").partition("/")
    return make_group(code) if letter == "T" and slash else None


def _find_local(head: str) -> Prefix | None:
    match = _LOCAL.fullmatch(head)
    return make_local(match["series"], match["region"], match["suffix"]) if match else None


def _lettered() -> Iterable[Prefix]:
    # Bases first: where a base and a suffix spell another base, the base is meant.
    for suffix in _SUFFIXES:
        for base in NATIONAL_PREFIXES:
            yield Prefix(StandardKind.NATIONAL, base + suffix)
        for base in INDUSTRIES:
            yield Prefix(StandardKind.INDUSTRY, base + suffix)
        # Local construction standards may put the region into the number: DBJ/T 15-38-2005.
        yield Prefix(StandardKind.LOCAL, "DBJ" + suffix)


_BY_LETTERS: Final[dict[str, Prefix]] = {}
for _prefix in _lettered():
    _BY_LETTERS.setdefault(_NO_LETTER.sub("", _prefix.text.upper()), _prefix)
