"""Numbers of all five kinds of standards: how they are read, printed, compared and searched.

People write one number in many ways; each of them leads to the same `ParsedNumber.key`. The boxes
of enterprise standards keep the rules of `numbering`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from services.standards.domain import folding, numbering, prefixes
from services.standards.domain.kinds import StandardKind
from services.standards.domain.numbering import NumberError
from services.standards.domain.prefixes import Prefix

_MAX_TEXT_LENGTH: Final = numbering.MAX_BODY_LENGTH + 40
_MAX_SERIAL_LENGTH: Final = 40

# Strokes beside those of `folding` that stand where a number has '-' or '/'.
_STROKES: Final = str.maketrans("~∼〜─━ー⁃˗∕⁄\\", "--------///")
# Text recognition takes a long dash for the Chinese one.
_CHINESE_ONE: Final = re.compile(r"(?<=[0-9A-Z])一(?=[0-9]{2}(?:[0-9]{2})?$)", re.IGNORECASE)
_AROUND_SLASH: Final = re.compile(r" ?/ ?")

_YEAR: Final = r"(?:19|20)[0-9]{2}"
# Until the 1990s years were printed with two digits; 30 to 49 were no years of standards.
_SHORT_YEAR: Final = r"(?:[5-9][0-9]|[0-2][0-9])"
_FIRST_YEAR_OF_1900S: Final = 50
_SERIAL: Final = r"[0-9]{1,6}[A-Z]?(?:[./][0-9]{1,5}[A-Z]?)*"
_JOINED_SERIAL: Final = rf"{_SERIAL}(?:-{_SERIAL})*?"
_ANY_YEAR: Final = rf"(?:-(?P<year>{_YEAR}|{_SHORT_YEAR}))?"
_LONG_YEAR: Final = rf"(?:-(?P<year>{_YEAR}))?"

_NATIONAL_TAIL: Final = re.compile(rf"(?P<body>{_SERIAL}){_ANY_YEAR}")
_JOINED_TAIL: Final = re.compile(rf"(?P<body>{_JOINED_SERIAL}){_ANY_YEAR}")
_ROAD_TAIL: Final = re.compile(rf"(?P<body>[A-H]?{_JOINED_SERIAL}){_LONG_YEAR}")
_GROUP_TAIL: Final = re.compile(rf"(?P<body>[0-9A-Z]+(?:[./:-][0-9A-Z]+)*?){_LONG_YEAR}")

_AROUND_MARK: Final = re.compile(r" ?([./:-]) ?")
_RUN_OF_DASHES: Final = re.compile(r"\.?-+")
_YEAR_APART: Final = re.compile(rf"(?<=[0-9A-Z])[ :](?={_YEAR}$)")

_ROAD_HEAD: Final = re.compile(r"(?P<head>JTG(?:[ /-]*[TZ](?=[ /-]*[A-H0-9]))?)[ /-]*(?P<tail>.+)")
_LETTERED_HEAD: Final = re.compile(r"(?P<head>[A-Z][A-Z /-]*)(?P<tail>[0-9].*)")
_LOCAL_HEAD: Final = re.compile(
    r"(?P<series>DB[SJ]?) ?(?P<region>[0-9]{2}|[0-9]{4}|[0-9]{6})(?![0-9])"
    r"[ /-]*(?P<suffix>[TZ]?)[ /-]*(?P<tail>[0-9].*)"
)
_LOCAL_WITHOUT_MARK: Final = re.compile(
    r"(?P<series>DB[SJ]?)(?: (?=[0-9]{5}))?(?P<region>[0-9]{2})(?P<suffix>)(?P<tail>[0-9].*)"
)
# Standards on earthquakes (DB 12-2000) look like local ones without year (DB50- 1997).
_EARTHQUAKE: Final = re.compile(rf"DB ?[0-9]{{1,3}}(?:-| - ){_YEAR}")
# DB110123-2013 has lost its slash: what stands before a year can't all be a region.
_REGION_AND_YEAR: Final = re.compile(rf"DB[SJ]? ?[0-9]{{4,6}} ?- ?{_YEAR}")
_GROUP_HEAD: Final = re.compile(
    r"T/(?P<code>(?:[0-9]{0,9}[A-Z][0-9A-Z]{0,18}[A-Z](?=[ -])|[0-9]{0,9}[A-Z]+))[ -]*(?P<tail>.+)"
)
_GROUP_WITHOUT_SLASH: Final = re.compile(r"T(?=[ -]?[A-Z]{2,}[ -]*[0-9])[ -]?")
_ENTERPRISE_WITHOUT_SLASH: Final = re.compile(
    r"Q(?=[ -]?[A-Z]+[ -]*[0-9]|[ -]?[0-9])[ -]?", re.IGNORECASE
)
_ENTERPRISE_YEAR_APART: Final = re.compile(
    rf"(?P<body>Q/.*[0-9][^ ]*) (?P<year>{_YEAR})", re.IGNORECASE
)

_DIGIT_RUN: Final = re.compile(r"[0-9]+")
_DIGITS_ONLY: Final = re.compile(rf"(?P<body>[0-9]+(?:\.[0-9]+)*){_LONG_YEAR}")
_PART_MARKS: Final = tuple("./-(:")


@dataclass(frozen=True)
class ParsedNumber:
    """Hold a number of any kind in printed form; a query's number may have no year."""

    kind: StandardKind
    prefix: str
    body: str
    year: str = ""

    @property
    def text(self) -> str:
        """Return the printed form, such as ``GB/T 13456-2014`` or ``DB11/1023-2013``."""
        joint = "/" if self._joins_with_slash() else " "
        return f"{self.prefix}{joint}{self.body}{self._tail()}"

    @cached_property
    def key(self) -> str:
        """Return what all spellings share; for enterprise standards `StandardNumber.key`."""
        return numbering.key_of(self.text)

    @property
    def stem(self) -> str:
        """Return the key without its year: what the editions of one standard share."""
        return self.key.removesuffix(self._tail())

    @property
    def serial(self) -> str:
        """Return the first digits after the prefix, which all parts of a standard share."""
        match = _DIGIT_RUN.search(self.body)
        return match[0] if match else ""

    @property
    def digits(self) -> str:
        """Return all digits between prefix and year, for searches that type only these (R-068)."""
        return "".join(_DIGIT_RUN.findall(self.body))

    @property
    def is_recommended(self) -> bool:
        """Tell whether the prefix says 推荐性: ``/T`` after a code."""
        return self.prefix.endswith("/T")

    def _tail(self) -> str:
        return f"-{self.year}" if self.year else ""

    def _joins_with_slash(self) -> bool:
        if self.kind is StandardKind.ENTERPRISE:
            return True
        return self.kind is StandardKind.LOCAL and self.prefix[-1].isdigit()


@dataclass(frozen=True)
class NumberQuery:
    """Hold what a search box says about a number: all of it, or its digits alone (手册 FAQ 18)."""

    number: ParsedNumber | None
    body: str
    year: str

    def matches(self, candidate: ParsedNumber) -> bool:
        """Tell whether the query finds ``candidate``: the number, its editions and its parts."""
        if self.number is None:
            is_named = _starts_part(candidate.body, self.body) or candidate.serial == self.body
            return is_named and self.year in {"", candidate.year}
        return _starts_part(candidate.key, self.number.key)


def read_number(text: str, kind: StandardKind | None = None) -> ParsedNumber:
    """Read a whole number in any of its spellings; with ``kind``, only as a number of that kind.

    Raises:
        NumberError: a part is missing or malformed, or the prefix is not known.
    """
    number = _read(text, kind)
    if not number.year:
        raise NumberError("year", "missing")
    return number


def read_query(text: str, kind: StandardKind | None = None) -> NumberQuery | None:
    """Read what was typed into a search box; None if it is no number and no digits of one.

    Year and letters may be missing (手册 FAQ 18).
    """
    typed = text.rstrip(" -/.")
    digits = _DIGITS_ONLY.fullmatch(_fold(typed)) if len(typed) <= _MAX_TEXT_LENGTH else None
    if digits:
        return NumberQuery(None, digits["body"], digits["year"] or "")
    try:
        number = _read(typed, kind)
    except NumberError:
        return None
    return NumberQuery(number, number.body, number.year)


def compose(kind: StandardKind, prefix: str, body: str, year: str) -> ParsedNumber:
    """Make a number from what was typed into its three boxes (手册 4.1).

    Raises:
        NumberError: a box is empty or its form is wrong; names the first such box.
    """
    known = read_prefix(prefix, kind)
    plain_body = read_body(body, known)
    return ParsedNumber(kind, known.text, plain_body, read_year(year, kind))


def read_prefix(text: str, kind: StandardKind) -> Prefix:
    """Return the first box in printed form; an association's code may come without its ``T/``.

    Raises:
        NumberError: it is empty, or no prefix of this kind.
    """
    plain = _fold(text).upper().strip(" /-")
    if not plain:
        raise NumberError("prefix", "missing")
    known = prefixes.find_prefix(plain) if len(plain) <= _MAX_SERIAL_LENGTH else None
    if kind is StandardKind.GROUP and not plain.startswith("T/"):
        known = prefixes.make_group(plain)
    if known is None or known.kind is not kind:
        raise NumberError("prefix", "unknown_prefix")
    return known


def read_body(text: str, prefix: Prefix) -> str:
    """Return the middle box in plain form.

    Raises:
        NumberError: it is empty, or no serial number under this prefix.
    """
    if prefix.kind is StandardKind.ENTERPRISE:
        return numbering.read_body(text)
    plain = _fold(text).upper()
    if not plain:
        raise NumberError("body", "missing")
    # Many type what stands before the box a second time.
    serial = plain.removeprefix(prefix.text.upper()).lstrip(" /")
    body, year = _split_tail(serial, prefix) or ("", "")
    if year or not body:
        raise NumberError("body", "malformed")
    return body


def read_year(text: str, kind: StandardKind) -> str:
    """Return the last box in plain form: four digits (手册 FAQ 19).

    Raises:
        NumberError: it is empty or of another form.
    """
    year = numbering.read_year(text)
    if kind is not StandardKind.ENTERPRISE and not re.fullmatch(_YEAR, year):
        raise NumberError("year", "malformed")
    return year


def _read(text: str, kind: StandardKind | None) -> ParsedNumber:
    plain = _fold(text) if len(text) <= _MAX_TEXT_LENGTH else text
    if not plain:
        raise NumberError("number", "missing")
    if len(plain) > _MAX_TEXT_LENGTH or not _DIGIT_RUN.search(plain):
        raise NumberError("number", "malformed")
    failures = []
    for reader in _readers(plain, kind):
        try:
            number = reader(plain)
        except NumberError as error:
            failures.append(error)
            continue
        if number is None:
            continue
        if kind in {None, number.kind}:
            return number
        # What is a good number of another kind is no malformed one of this kind.
        failures.insert(0, NumberError("prefix", "unknown_prefix"))
    raise failures[0] if failures else NumberError("prefix", "unknown_prefix")


def _readers(
    plain: str, kind: StandardKind | None
) -> tuple[Callable[[str], ParsedNumber | None], ...]:
    """Return the readers to try, those first that need a mark only their kind has."""
    if kind in {StandardKind.GROUP, StandardKind.ENTERPRISE}:
        return (_read_group, _read_enterprise)
    if kind is None and _EARTHQUAKE.fullmatch(plain.upper()):
        return (_read_lettered,)
    if plain[:2].upper() == "Q/":
        return (_read_enterprise,)
    if plain[:2].upper() == "T/":
        return (_read_group,)
    return (_read_local, _read_lettered, _guess_without_slash)


def _guess_without_slash(plain: str) -> ParsedNumber | None:
    # Names of goods look the same (TCL 55, Q235): only a year makes it a number.
    number = _read_group(plain) or _read_enterprise(plain)
    return number if number and number.year else None


def _read_lettered(plain: str) -> ParsedNumber | None:
    capitals = plain.upper()
    match = _ROAD_HEAD.fullmatch(capitals) or _LETTERED_HEAD.fullmatch(capitals)
    prefix = prefixes.find_lettered(match["head"].strip(" /-")) if match else None
    return _with_tail(prefix, match["tail"]) if match and prefix else None


def _read_local(plain: str) -> ParsedNumber | None:
    capitals = plain.upper()
    match = None
    if not _REGION_AND_YEAR.fullmatch(capitals):
        match = _LOCAL_HEAD.fullmatch(capitals)
    match = match or _LOCAL_WITHOUT_MARK.fullmatch(capitals)
    if match is None:
        return None
    prefix = prefixes.make_local(match["series"], match["region"], match["suffix"])
    return _with_tail(prefix, match["tail"]) if prefix else None


def _read_group(plain: str) -> ParsedNumber | None:
    capitals = plain.upper()
    if not capitals.startswith("T/"):
        capitals = _GROUP_WITHOUT_SLASH.sub("T/", capitals, count=1)
    match = _GROUP_HEAD.fullmatch(capitals)
    prefix = prefixes.make_group(match["code"]) if match else None
    if match is None or prefix is None:
        return None
    # Some print the prefix a second time before the serial number.
    return _with_tail(prefix, match["tail"].removeprefix(prefix.text).lstrip())


def _read_enterprise(plain: str) -> ParsedNumber | None:
    if plain[:2].upper() != "Q/":
        plain = _ENTERPRISE_WITHOUT_SLASH.sub("Q/", plain, count=1)
    if plain[:2].upper() != "Q/":
        return None
    try:
        whole = numbering.parse_number(plain)
    except NumberError:
        apart = _ENTERPRISE_YEAR_APART.fullmatch(plain)
        body = numbering.read_body(apart["body"] if apart else plain)
        return _enterprise(body, apart["year"] if apart else "")
    return _enterprise(whole.body, whole.year)


def _enterprise(body: str, year: str) -> ParsedNumber:
    return ParsedNumber(StandardKind.ENTERPRISE, numbering.ENTERPRISE_PREFIX, body, year)


def _with_tail(prefix: Prefix, tail: str) -> ParsedNumber:
    split = _split_tail(tail, prefix)
    if split is None:
        raise NumberError("number", "malformed")
    return ParsedNumber(prefix.kind, prefix.text, *split)


def _split_tail(tail: str, prefix: Prefix) -> tuple[str, str] | None:
    plain = _AROUND_MARK.sub(r"\1", tail)
    plain = _RUN_OF_DASHES.sub("-", plain)
    plain = _YEAR_APART.sub("-", plain).replace(" ", "")
    if len(plain) > _MAX_SERIAL_LENGTH:
        return None
    match = _tail_form(prefix).fullmatch(plain)
    if match is None or not _DIGIT_RUN.search(match["body"]):
        return None
    return match["body"], _long_year(match["year"] or "")


def _tail_form(prefix: Prefix) -> re.Pattern[str]:
    if prefix.kind is StandardKind.GROUP:
        return _GROUP_TAIL
    if prefix.text.startswith("JTG"):
        return _ROAD_TAIL
    return _NATIONAL_TAIL if prefix.text.startswith("GB") else _JOINED_TAIL


def _long_year(year: str) -> str:
    if len(year) != len("YY"):
        return year
    return f"19{year}" if int(year) >= _FIRST_YEAR_OF_1900S else f"20{year}"


def _fold(text: str) -> str:
    plain = folding.fold_width(folding.fold_width(text).translate(_STROKES))
    return _AROUND_SLASH.sub("/", _CHINESE_ONE.sub("-", plain))


def _starts_part(whole: str, start: str) -> bool:
    rest = whole.removeprefix(start)
    return whole.startswith(start) and (not rest or rest.startswith(_PART_MARKS))
