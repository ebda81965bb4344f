"""Read rows of a file of indicators of other standards, and name what is wrong with them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.standards.domain import folding, indicator_reading, number_forms
from services.standards.domain.faults import REQUIRED, TOO_LONG, Fault
from services.standards.domain.indicators import Indicator
from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.numbering import NumberError

COLUMNS: Final = (
    "standard_no", "table", "indicator_name", "condition", "value_type", "lower_limit",
    "lower_symbol", "upper_symbol", "upper_limit", "text_requirement", "unit", "test_method_name",
    "test_method_no",
)  # fmt: skip
REQUIRED_COLUMNS: Final = frozenset(
    {"standard_no", "indicator_name", "value_type", "upper_limit", "text_requirement"}
)
MAX_ROWS_OF_ONE: Final = 2_000

NUMBER_MALFORMED: Final = "standards.catalogue_number_malformed"
KIND_UNKNOWN: Final = indicator_reading.KIND_UNKNOWN
TOO_MANY: Final = indicator_reading.TOO_MANY
COLUMN_COUNT: Final = "column_count"
UNREADABLE: Final = "standards.character_unreadable"

_KINDS: Final = {"数值": "NUMERIC", "文字": "TEXT"}
_REPLACEMENT: Final = "\ufffd"
# Where a fault of an indicator lies in the file.
_COLUMN_OF: Final = {
    "name": "indicator_name",
    "category": "table",
    "condition": "condition",
    "requirement/left": "lower_limit",
    "requirement/right": "upper_limit",
    "requirement/unit": "unit",
    "requirement/content": "text_requirement",
    "requirement/kind": "value_type",
    "requirement": "value_type",
    "test_method/title": "test_method_name",
    "test_method": "test_method_no",
}


@dataclass(frozen=True)
class RowFault:
    """Say what is wrong with one row: its number, the column, and the fault's code."""

    row: int
    column: str
    code: str


@dataclass(frozen=True)
class StandardIndicators:
    """Hold what a file says of one standard, in its order."""

    number: ParsedNumber
    indicators: tuple[Indicator, ...]


def read_rows(
    rows: Sequence[tuple[int, Mapping[str, str] | None]],
) -> tuple[list[StandardIndicators], list[RowFault]]:
    """Return the indicators of a file by standard, and what is wrong with the other rows.

    A row without values has not as many columns as the header.
    """
    numbers: dict[str, ParsedNumber] = {}
    kept: dict[str, list[Indicator]] = {}
    faults: list[RowFault] = []
    for row, values in rows:
        found = len(faults)
        read = _read_row(row, values, faults)
        if read is None or len(faults) > found:
            continue
        number, indicator = read
        numbers[number.key] = number
        those = kept.setdefault(number.key, [])
        if len(those) >= MAX_ROWS_OF_ONE:
            faults.append(RowFault(row, "standard_no", TOO_MANY))
            continue
        those.append(indicator)
    return [StandardIndicators(numbers[key], tuple(kept[key])) for key in kept], faults


def _read_row(
    row: int, values: Mapping[str, str] | None, faults: list[RowFault]
) -> tuple[ParsedNumber, Indicator] | None:
    if values is None:
        faults.append(RowFault(row, "", COLUMN_COUNT))
        return None
    broken = [name for name in COLUMNS if _REPLACEMENT in values.get(name, "")]
    faults += [RowFault(row, name, UNREADABLE) for name in broken]
    number = _read_number(values.get("standard_no", ""))
    if number is None:
        faults.append(RowFault(row, "standard_no", NUMBER_MALFORMED))
    kind = _KINDS.get(folding.clean_text(values.get("value_type", "")))
    if kind is None:
        faults.append(RowFault(row, "value_type", KIND_UNKNOWN))
        return None
    read, wrong = indicator_reading.read_indicators(
        [_to_entry(kind, values)], requires_test_method=False, pointer=""
    )
    faults += [RowFault(row, _column_of(fault), fault.code) for fault in wrong]
    return None if number is None or not read else (number, read[0])


def _read_number(text: str) -> ParsedNumber | None:
    try:
        number = number_forms.read_number(text)
    except NumberError:
        return None
    return None if number.kind is StandardKind.ENTERPRISE else number


def _to_entry(kind: str, values: Mapping[str, str]) -> dict[str, Any]:
    """Return a row as the entry page would send it."""
    requirement: dict[str, Any] = {"kind": kind}
    if kind == "TEXT":
        requirement["content"] = values.get("text_requirement", "")
    else:
        requirement |= {
            "unit": values.get("unit", ""),
            "left": _bound(values, "lower"),
            "right": _bound(values, "upper"),
        }
    number = values.get("test_method_no", "")
    method = {"kind": "CATALOGUE", "number": number, "title": values.get("test_method_name", "")}
    if not number:
        method = {"kind": "CUSTOM", "content": method["title"]}
    return {
        "name": values.get("indicator_name", ""),
        "category": values.get("table", ""),
        "condition": values.get("condition", ""),
        "requirement": requirement,
        "test_method": method,
    }


def _bound(values: Mapping[str, str], side: str) -> dict[str, str]:
    return {"symbol": values.get(f"{side}_symbol", ""), "main": values.get(f"{side}_limit", "")}


def _column_of(fault: Fault) -> str:
    """Return the column that the pointer, or what holds it, comes from."""
    members = fault.pointer.split("/")[2:]
    holders = ("/".join(members[:length]) for length in range(len(members), 0, -1))
    return next((_COLUMN_OF[holder] for holder in holders if holder in _COLUMN_OF), "")


REASONS: Final = {
    COLUMN_COUNT: "列数与表头不一致",
    UNREADABLE: "含有无法识别的字符，可能是编码错误",
    NUMBER_MALFORMED: "无法识别的标准编号，或缺少年份",
    KIND_UNKNOWN: "指标类型应为“数值”或“文字”",
    TOO_MANY: f"一项标准超过 {MAX_ROWS_OF_ONE} 条指标",
    REQUIRED: "必填项为空",
    TOO_LONG: "内容过长",
    indicator_reading.SYMBOL_UNKNOWN: "无法识别的逻辑符号",
    indicator_reading.SYMBOLS_CONTRADICT: "左右两侧的逻辑符号矛盾",
    indicator_reading.VALUE_REQUIRED: "没有指标值",
    indicator_reading.RANGE_EMPTY: "没有数值能同时满足上下限",
    indicator_reading.TEXT_REQUIRED: "没有文字要求",
}
