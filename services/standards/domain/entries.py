"""Which kind is entered how: picked from the catalogue, or typed (手册 4.1).

Of a picked standard number and title are the catalogue's and nothing is disclosed; what is typed
is disclosed as text or as indicators, one of the two (FAQ 24, FAQ 37).
"""

from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from services.standards.domain import number_forms
from services.standards.domain.faults import REQUIRED, Fault
from services.standards.domain.kinds import DisclosureMode, StandardKind
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.numbering import ENTERPRISE_PREFIX, NumberError

T = TypeVar("T")

NUMBER_MALFORMED: Final = "standards.number_malformed"
YEAR_MALFORMED: Final = "standards.year_malformed"
PREFIX_UNKNOWN: Final = "standards.prefix_unknown"
CATALOGUE_REQUIRED: Final = "standards.catalogue_required"
NOT_PICKABLE: Final = "standards.not_pickable"
NUMBER_FROM_CATALOGUE: Final = "standards.number_from_catalogue"
NO_CONTENT: Final = "standards.no_content"
TEXT_XOR_INDICATORS: Final = "standards.text_xor_indicators"

# 手册 4.1(1): national standards can only be picked; 4.1(2): one's own can only be typed;
# 4.1(3): industry and local ones both. FAQ 18 says otherwise of 行标; 4.1(3) is the rule.
TYPED_KINDS: Final = frozenset(StandardKind) - {StandardKind.NATIONAL}
PICKED_KINDS: Final = frozenset(StandardKind) - {StandardKind.ENTERPRISE}

_MALFORMED: Final = {"body": NUMBER_MALFORMED, "year": YEAR_MALFORMED, "prefix": PREFIX_UNKNOWN}
_MODES_TYPED: Final = (DisclosureMode.FULL_TEXT, DisclosureMode.INDICATORS)


def find_entry_faults(
    *, kind: StandardKind, is_picked: bool, number: Mapping[str, str], title: str
) -> list[Fault]:
    """Return what is wrong with the way of entry (R-065, R-083)."""
    if not is_picked:
        return [] if kind in TYPED_KINDS else [Fault("/catalogue_id", CATALOGUE_REQUIRED)]
    if kind not in PICKED_KINDS:
        return [Fault("/catalogue_id", NOT_PICKABLE)]
    faults = []
    if any(value.strip() for value in number.values()):
        faults.append(Fault("/number", NUMBER_FROM_CATALOGUE))
    if title.strip():
        faults.append(Fault("/title", NUMBER_FROM_CATALOGUE))
    return faults


def read_mode(mode: DisclosureMode | None, *, is_picked: bool) -> DisclosureMode:
    """Return what is disclosed, where nothing was chosen what goes without saying."""
    if mode is None:
        return DisclosureMode.NONE if is_picked else DisclosureMode.FULL_TEXT
    return mode


def find_content_faults(
    *, mode: DisclosureMode, is_picked: bool, has_text: bool, has_indicators: bool
) -> list[Fault]:
    """Return what of the content contradicts the way of disclosure (R-082, R-091, R-092)."""
    faults = []
    if is_picked is not (mode is DisclosureMode.NONE):
        faults.append(Fault("/disclosure_mode", NO_CONTENT if is_picked else REQUIRED))
    if has_text and mode is not DisclosureMode.FULL_TEXT:
        faults.append(Fault("/upload_id", NO_CONTENT if is_picked else TEXT_XOR_INDICATORS))
    if has_indicators and mode is not DisclosureMode.INDICATORS:
        faults.append(Fault("/indicators", NO_CONTENT if is_picked else TEXT_XOR_INDICATORS))
    return faults


def read_number(
    kind: StandardKind, boxes: Mapping[str, str], faults: list[Fault]
) -> ParsedNumber | None:
    """Return a number from its boxes; every box that is wrong is added to ``faults``."""
    typed = boxes.get("prefix", "")
    if kind is StandardKind.ENTERPRISE:
        typed = typed or ENTERPRISE_PREFIX
    prefix = _read_box(lambda: number_forms.read_prefix(typed, kind), faults)
    year = _read_box(lambda: number_forms.read_year(boxes.get("year", ""), kind), faults)
    if prefix is None:
        return None
    body = _read_box(lambda: number_forms.read_body(boxes.get("body", ""), prefix), faults)
    if body is None or year is None:
        return None
    return ParsedNumber(kind=kind, prefix=prefix.text, body=body, year=year)


def _read_box(read: Callable[[], T], faults: list[Fault]) -> T | None:
    try:
        return read()
    except NumberError as error:
        code = REQUIRED if error.fault == "missing" else _MALFORMED[error.box]
        faults.append(Fault(f"/number/{error.box}", code))
        return None
