"""Read indicators as they were typed, and name everything that is wrong with them at once."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from services.standards.domain import folding, intervals, symbol_font
from services.standards.domain.faults import REQUIRED, TOO_LONG, Fault
from services.standards.domain.indicators import (
    Bound,
    CatalogueMethod,
    CustomMethod,
    Indicator,
    MethodKind,
    NumericRequirement,
    Requirement,
    RequirementKind,
    Symbol,
    TestMethod,
    TextFile,
    TextRequirement,
)

MAX_INDICATORS: Final = 500
MAX_NAME_LENGTH: Final = 200
MAX_CATEGORY_LENGTH: Final = 100
MAX_CONDITION_LENGTH: Final = 200
MAX_VALUE_LENGTH: Final = 50
MAX_CONTENT_LENGTH: Final = 2_000
MAX_LEVEL_NOTE_LENGTH: Final = 500
MAX_METHOD_NUMBER_LENGTH: Final = 100
MAX_METHOD_TITLE_LENGTH: Final = 300
MAX_FILE_NAME_LENGTH: Final = 255
MAX_ID_LENGTH: Final = 64

TOO_MANY: Final = "standards.too_many_indicators"
MALFORMED: Final = "standards.indicator_malformed"
KIND_UNKNOWN: Final = "standards.indicator_kind_unknown"
SYMBOL_UNKNOWN: Final = "standards.indicator_symbol_unknown"
SYMBOLS_CONTRADICT: Final = "standards.indicator_symbols_contradict"
VALUE_REQUIRED: Final = "standards.indicator_value_required"
TOLERANCE_MALFORMED: Final = "standards.indicator_tolerance_malformed"
RANGE_EMPTY: Final = "standards.indicator_range_empty"
TEXT_REQUIRED: Final = "standards.indicator_text_required"
TEXT_OR_FILE: Final = "standards.indicator_text_or_file"

# What people type for the two symbols of the manual's figures; full width is folded before.
_SYMBOLS: Final = {
    **{symbol.value: symbol for symbol in Symbol},
    **dict.fromkeys(("≤", "≦", "⩽", "=<"), Symbol.LESS_OR_EQUAL),
    **dict.fromkeys(("≥", "≧", "⩾", "=>"), Symbol.GREATER_OR_EQUAL),
    "==": Symbol.EQUAL,
}
_TOLERANCE: Final = re.compile(r"([+-]?)([0-9]{1,9}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})")
_THREE_DECIMALS: Final = Decimal("0.001")


@dataclass(frozen=True)
class _Box:
    """Read the members of one JSON object, and note under its pointer what is wrong."""

    members: Mapping[str, Any]
    pointer: str
    faults: list[Fault]

    def note(self, code: str, member: str = "", **params: str) -> None:
        pointer = f"{self.pointer}/{member}" if member else self.pointer
        self.faults.append(Fault(pointer, code, params))

    def line(self, member: str, limit: int) -> str:
        """Return a text on one line, without unseen characters."""
        return self._bounded(member, _clean_line(self._raw(member)), limit)

    def lines(self, member: str, limit: int) -> str:
        """Return a text that may have several lines."""
        kept = [_clean_line(line) for line in self._raw(member).splitlines()]
        return self._bounded(member, "\n".join(kept).strip("\n"), limit)

    def needed_line(self, member: str, limit: int) -> str:
        """Return a text on one line, and note where there is none."""
        found = len(self.faults)
        text = self.line(member, limit)
        if not text and len(self.faults) == found:
            self.note(REQUIRED, member)
        return text

    def inner(self, member: str) -> "_Box | None":
        """Return the object inside, or ``None`` where there is none."""
        value = self.members.get(member)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.note(MALFORMED, member)
            return None
        return _Box(value, f"{self.pointer}/{member}", self.faults)

    def _raw(self, member: str) -> str:
        value = self.members.get(member)
        if value is None or isinstance(value, str):
            return value or ""
        self.note(MALFORMED, member)
        return ""

    def _bounded(self, member: str, text: str, limit: int) -> str:
        if len(text) > limit:
            self.note(TOO_LONG, member, limit=str(limit))
        return text


def read_indicators(
    rows: Sequence[Any], *, requires_test_method: bool = True, pointer: str = "/indicators"
) -> tuple[tuple[Indicator, ...], list[Fault]]:
    """Return the indicators that could be read, and all faults of all of them.

    The manual leaves the test method open (手册 4.1(2)); 企业标准化促进办法 Art. 12, in force since
    2024, asks for it, so it is needed unless the installation says otherwise.
    """
    faults: list[Fault] = []
    if len(rows) > MAX_INDICATORS:
        return (), [Fault(pointer, TOO_MANY, {"limit": str(MAX_INDICATORS)})]
    read = []
    for position, row in enumerate(rows):
        where = f"{pointer}/{position}"
        if not isinstance(row, Mapping):
            faults.append(Fault(where, MALFORMED))
            continue
        box = _Box(row, where, faults)
        read.append(_read_indicator(box, requires_test_method=requires_test_method))
    return tuple(indicator for indicator in read if indicator is not None), faults


def find_missing_methods(
    indicators: Sequence[Indicator], *, pointer: str = "/indicators"
) -> list[Fault]:
    """Return a fault for each indicator of a draft that doesn't say how it is tested."""
    return [
        Fault(f"{pointer}/{position}/test_method", REQUIRED)
        for position, indicator in enumerate(indicators)
        if indicator.test_method is None
    ]


def _read_indicator(box: _Box, *, requires_test_method: bool) -> Indicator | None:
    found = len(box.faults)
    name = box.needed_line("name", MAX_NAME_LENGTH)
    category = box.line("category", MAX_CATEGORY_LENGTH)
    condition = box.line("condition", MAX_CONDITION_LENGTH)
    requirement = _read_requirement(box)
    before_method = len(box.faults)
    method = _read_method(box)
    if method is None and requires_test_method and len(box.faults) == before_method:
        box.note(REQUIRED, "test_method")
    level_note = box.lines("level_note", MAX_LEVEL_NOTE_LENGTH)
    if requirement is None or len(box.faults) > found:
        return None
    return Indicator(
        name=name,
        requirement=requirement,
        category=category,
        condition=condition,
        test_method=method,
        level_note=level_note,
    )


def _read_requirement(indicator: _Box) -> Requirement | None:
    found = len(indicator.faults)
    box = indicator.inner("requirement")
    if box is None:
        if len(indicator.faults) == found:
            indicator.note(REQUIRED, "requirement")
        return None
    kind = box.needed_line("kind", MAX_VALUE_LENGTH)
    if kind == RequirementKind.NUMERIC:
        return _read_numeric(box)
    if kind == RequirementKind.TEXT:
        return _read_text(box)
    if kind:
        box.note(KIND_UNKNOWN, "kind", allowed=", ".join(RequirementKind))
    return None


def _read_numeric(box: _Box) -> NumericRequirement:
    found = len(box.faults)
    requirement = NumericRequirement(
        left=_read_bound(box, "left"),
        right=_read_bound(box, "right"),
        unit=box.line("unit", MAX_VALUE_LENGTH),
        name=box.line("name", MAX_NAME_LENGTH),
    )
    if len(box.faults) > found:
        return requirement
    left, right = requirement.left, requirement.right
    if left is None and right is None:
        box.note(VALUE_REQUIRED)
    elif left is None or right is None:
        return requirement
    elif not intervals.are_symbols_consistent(left.symbol, right.symbol):
        box.note(SYMBOLS_CONTRADICT, left=left.symbol.value, right=right.symbol.value)
    elif intervals.is_range_empty(requirement):
        box.note(RANGE_EMPTY, left=left.main, right=right.main)
    return requirement


def _read_bound(requirement: _Box, member: str) -> Bound | None:
    """Return one side; symbol and zero tolerances alone are what the dialog is opened with."""
    box = requirement.inner(member)
    if box is None:
        return None
    found = len(box.faults)
    main = box.line("main", MAX_VALUE_LENGTH)
    symbol = _read_symbol(box)
    upper = _read_tolerance(box, "upper_tolerance", refused="-")
    lower = _read_tolerance(box, "lower_tolerance", refused="+")
    if len(box.faults) == found and not main and any(map(Decimal, filter(None, (upper, lower)))):
        box.note(REQUIRED, "main")
    if main and symbol is None and len(box.faults) == found:
        box.note(REQUIRED, "symbol")
    if not main or symbol is None:
        return None
    return Bound(symbol=symbol, main=main, upper_tolerance=upper, lower_tolerance=lower)


def _read_symbol(box: _Box) -> Symbol | None:
    typed = folding.fold_width(box.line("symbol", MAX_VALUE_LENGTH)).replace(" ", "")
    symbol = _SYMBOLS.get(typed)
    if typed and symbol is None:
        box.note(SYMBOL_UNKNOWN, "symbol", allowed=", ".join(Symbol))
    return symbol


def _read_tolerance(box: _Box, member: str, *, refused: str) -> str:
    """Return a tolerance as 0.000; a sign may be typed where it says what the box says."""
    typed = folding.fold_width(box.line(member, MAX_VALUE_LENGTH)).replace(" ", "")
    if not typed:
        return ""
    matched = _TOLERANCE.fullmatch(typed)
    number = Decimal(matched[2]) if matched else None
    if matched is None or number is None or matched[1] == refused:
        box.note(TOLERANCE_MALFORMED, member)
        return ""
    rounded = number.quantize(_THREE_DECIMALS)
    if rounded != number:
        box.note(TOLERANCE_MALFORMED, member)
    return str(rounded)


def _read_text(box: _Box) -> TextRequirement:
    found = len(box.faults)
    content = box.lines("content", MAX_CONTENT_LENGTH)
    file = _read_file(box)
    if len(box.faults) == found:
        if content and file is not None:
            box.note(TEXT_OR_FILE)
        if not content and file is None:
            box.note(TEXT_REQUIRED)
    return TextRequirement(content=content, file=file)


def _read_file(requirement: _Box) -> TextFile | None:
    box = requirement.inner("file")
    if box is None:
        return None
    found = len(box.faults)
    file = TextFile(
        upload_id=box.line("upload_id", MAX_ID_LENGTH),
        file_name=box.line("file_name", MAX_FILE_NAME_LENGTH),
    )
    if file == TextFile(upload_id="", file_name=""):
        return None
    if not file.upload_id and len(box.faults) == found:
        box.note(REQUIRED, "upload_id")
    return file


def _read_method(indicator: _Box) -> TestMethod | None:
    box = indicator.inner("test_method")
    if box is None:
        return None
    kind = box.line("kind", MAX_VALUE_LENGTH)
    if kind == MethodKind.CUSTOM:
        content = box.lines("content", MAX_CONTENT_LENGTH)
        return CustomMethod(content) if content else None
    if kind == MethodKind.CATALOGUE:
        return _read_catalogue_method(box)
    if kind:
        box.note(KIND_UNKNOWN, "kind", allowed=", ".join(MethodKind))
    elif any(box.members.values()):
        box.note(REQUIRED, "kind")
    return None


def _read_catalogue_method(box: _Box) -> CatalogueMethod | None:
    found = len(box.faults)
    method = CatalogueMethod(
        number=box.line("number", MAX_METHOD_NUMBER_LENGTH),
        title=box.line("title", MAX_METHOD_TITLE_LENGTH),
        catalogue_id=box.line("catalogue_id", MAX_ID_LENGTH),
    )
    if method == CatalogueMethod(number=""):
        return None
    if not method.number and len(box.faults) == found:
        box.note(REQUIRED, "number")
    return method


def _clean_line(text: str) -> str:
    # Taking unseen characters out can leave letters side by side that compose.
    return unicodedata.normalize("NFC", folding.clean_text(symbol_font.replace_symbols(text)))
