"""Read rows of catalogue files, and say what is wrong with those that cannot be taken."""

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from services.standards.domain import folding, number_forms
from services.standards.domain.catalogue import (
    CATALOGUE_KINDS,
    MAX_ENGLISH_LENGTH,
    MAX_FIELD_LENGTH,
    MAX_TITLE_LENGTH,
    CatalogueRecord,
    CatalogueState,
)
from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.numbering import NumberError

# What sources call the columns; the names of the first line are the ones of reports.
COLUMNS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "std_no": "std_no",
        "raw_number": "std_no",
        "标准编号": "std_no",
        "标准号": "std_no",
        "name_zh": "name_zh",
        "raw_title": "name_zh",
        "标准名称": "name_zh",
        "中文名称": "name_zh",
        "name_en": "name_en",
        "英文名称": "name_en",
        "kind": "kind",
        "标准类别": "kind",
        "status": "status",
        "状态": "status",
        "标准状态": "status",
        "issue_date": "issue_date",
        "发布日期": "issue_date",
        "implement_date": "implement_date",
        "实施日期": "implement_date",
        "abolish_date": "abolish_date",
        "废止日期": "abolish_date",
        "replaced_by": "replaced_by",
        "被代替标准": "replaced_by",
        "代替标准": "replaced_by",
        "ics": "ics",
        "ICS": "ics",
        "ccs": "ccs",
        "CCS": "ccs",
        "issued_by": "issued_by",
        "发布单位": "issued_by",
        "发布部门": "issued_by",
    }
)
REQUIRED_COLUMNS: Final = ("std_no", "name_zh")

_KINDS: Final[Mapping[str, StandardKind]] = MappingProxyType(
    {
        **{kind.value: kind for kind in CATALOGUE_KINDS},
        "国家标准": StandardKind.NATIONAL,
        "行业标准": StandardKind.INDUSTRY,
        "地方标准": StandardKind.LOCAL,
        "团体标准": StandardKind.GROUP,
    }
)
_STATES: Final[Mapping[str, CatalogueState]] = MappingProxyType(
    {
        **{state.value: state for state in CatalogueState},
        "即将实施": CatalogueState.UPCOMING,
        "未实施": CatalogueState.UPCOMING,
        "现行": CatalogueState.CURRENT,
        "有效": CatalogueState.CURRENT,
        "现行有效": CatalogueState.CURRENT,
        "被代替": CatalogueState.SUPERSEDED,
        "被替代": CatalogueState.SUPERSEDED,
        "废止": CatalogueState.WITHDRAWN,
        "作废": CatalogueState.WITHDRAWN,
    }
)
_FIELDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "name_en": "english_title",
        "replaced_by": "replaced_by",
        "issue_date": "issued_on",
        "implement_date": "effective_on",
        "abolish_date": "withdrawn_on",
        "ics": "ics",
        "ccs": "ccs",
        "issued_by": "issued_by",
    }
)
_DATE: Final = re.compile(
    r"(?P<year>[0-9]{4})(?P<mark>[-/.年]?)(?P<month>[0-9]{1,2})(?:[-/.月]?)(?P<day>[0-9]{1,2})日?"
    r"(?:[T ]00:00(?::00)?)?"
)
_COMPACT_LENGTH: Final = 8
_NO_LETTER: Final = "\ufffd"
# Lists that were cut at the wrong place: number "AQ 1116", title "-2020 煤矿…".
_YEAR_IN_TITLE: Final = re.compile(r"[-‐-―−－] ?(?P<year>(?:19|20)[0-9]{2})(?![0-9])(?P<title>.+)")
_NUMBER_IN_TITLE: Final = re.compile(
    r"(?P<number>[A-Z][A-Z0-9/. ‐-―−－-]+[0-9]{4})(?P<title>[^0-9].*)", re.IGNORECASE
)


class Fault(StrEnum):
    """Name what can be wrong with a row."""

    COLUMN_COUNT = "COLUMN_COUNT"
    MOJIBAKE = "MOJIBAKE"
    MISSING = "MISSING"
    TOO_LONG = "TOO_LONG"
    BAD_NUMBER = "BAD_NUMBER"
    NO_YEAR = "NO_YEAR"
    UNKNOWN_KIND = "UNKNOWN_KIND"
    KIND_MISMATCH = "KIND_MISMATCH"
    UNKNOWN_STATE = "UNKNOWN_STATE"
    BAD_DATE = "BAD_DATE"
    REPEATED_NUMBER = "REPEATED_NUMBER"
    REPLACEMENT_IGNORED = "REPLACEMENT_IGNORED"

    @property
    def is_note(self) -> bool:
        """Tell whether the row is taken all the same, without this one field."""
        return self is Fault.REPLACEMENT_IGNORED


@dataclass(frozen=True)
class RowFault:
    """Point at one field of a row; never at its value."""

    field: str
    fault: Fault


@dataclass(frozen=True)
class ReadRow:
    """Hold what a row says, if it can be taken, and what is wrong with it."""

    record: CatalogueRecord | None
    faults: tuple[RowFault, ...] = ()


def read_row(values: Mapping[str, str]) -> ReadRow:
    """Read one row whose fields are named as in `COLUMNS`."""
    if any(_NO_LETTER in value for value in values.values()):
        return ReadRow(None, (RowFault("", Fault.MOJIBAKE),))
    faults: list[RowFault] = []
    number, title = _read_name(values, faults)
    state = _read_state(values, faults)
    replaced_by = _read_replacement(values, faults)
    issued_on, effective_on, withdrawn_on = (
        _read_date(values, name, faults)
        for name in ("issue_date", "implement_date", "abolish_date")
    )
    ics, ccs, issued_by = (_read_text(values, name, faults) for name in ("ics", "ccs", "issued_by"))
    if number is None or any(not fault.fault.is_note for fault in faults):
        return ReadRow(None, tuple(faults))
    record = CatalogueRecord(
        number=number,
        title=title,
        english_title=folding.clean_text(values.get("name_en", ""))[:MAX_ENGLISH_LENGTH],
        state=_settle_state(state, replaced_by, withdrawn_on),
        replaced_by=replaced_by,
        issued_on=issued_on,
        effective_on=effective_on,
        withdrawn_on=withdrawn_on,
        ics=ics,
        ccs=ccs,
        issued_by=issued_by,
        unsaid=_unsaid(values, is_state_said=bool(state or replaced_by or withdrawn_on)),
    )
    return ReadRow(record, tuple(faults))


def key_of(values: Mapping[str, str]) -> str:
    """Return the key of the number that a row names, however wrong the rest of it is."""
    number, _ = _read_name(values, [])
    return "" if number is None else number.key


def _read_name(
    values: Mapping[str, str], faults: list[RowFault]
) -> tuple[ParsedNumber | None, str]:
    """Read number and title, which lists sometimes have cut at the wrong place."""
    typed = folding.clean_text(values.get("std_no", ""))
    title = folding.clean_text(values.get("name_zh", ""))
    if moved := _YEAR_IN_TITLE.fullmatch(title):
        typed, title = f"{typed}-{moved['year']}", moved["title"].strip()
    number = _read_number(typed, values, faults)
    if number is not None:
        title = _without_number(title, number)
    if not title:
        faults.append(RowFault("name_zh", Fault.MISSING))
    elif len(title) > MAX_TITLE_LENGTH:
        faults.append(RowFault("name_zh", Fault.TOO_LONG))
    return number, title


def _read_number(
    typed: str, values: Mapping[str, str], faults: list[RowFault]
) -> ParsedNumber | None:
    if not typed:
        faults.append(RowFault("std_no", Fault.MISSING))
        return None
    stated = folding.clean_text(values.get("kind", ""))
    kind = _KINDS.get(stated)
    if stated and kind is None:
        faults.append(RowFault("kind", Fault.UNKNOWN_KIND))
    try:
        return _read_of_kind(typed, kind)
    except NumberError as error:
        is_short = (error.box, error.fault) == ("year", "missing")
        faults.append(RowFault("std_no", Fault.NO_YEAR if is_short else Fault.BAD_NUMBER))
    except _OtherKindError:
        faults.append(RowFault("kind", Fault.KIND_MISMATCH))
    return None


class _OtherKindError(ValueError):
    """Say that a number is one of another kind than stated, or of none in the catalogue."""


def _read_of_kind(typed: str, kind: StandardKind | None) -> ParsedNumber:
    try:
        number = number_forms.read_number(typed, kind)
    except NumberError as error:
        if kind is None or error.box == "year":
            raise
        number_forms.read_number(typed)
        raise _OtherKindError from error
    if number.kind not in CATALOGUE_KINDS:
        raise _OtherKindError
    return number


def _without_number(title: str, number: ParsedNumber) -> str:
    """Return the title alone where a list repeats the number before it."""
    match = _NUMBER_IN_TITLE.fullmatch(title)
    if match is None:
        return title
    try:
        repeated = number_forms.read_number(match["number"], number.kind)
    except NumberError:
        return title
    return match["title"].strip() if repeated.key == number.key else title


def _read_state(values: Mapping[str, str], faults: list[RowFault]) -> CatalogueState | None:
    stated = folding.clean_text(values.get("status", ""))
    state = _STATES.get(stated)
    if stated and state is None:
        faults.append(RowFault("status", Fault.UNKNOWN_STATE))
    return state


def _settle_state(
    state: CatalogueState | None, replaced_by: ParsedNumber | None, withdrawn_on: date | None
) -> CatalogueState:
    """Return the state: sources say 废止 of what was replaced as well, or nothing at all."""
    if state in {CatalogueState.CURRENT, CatalogueState.UPCOMING, CatalogueState.SUPERSEDED}:
        return state
    if state is None and withdrawn_on is None and replaced_by is None:
        return CatalogueState.CURRENT
    return CatalogueState.WITHDRAWN if replaced_by is None else CatalogueState.SUPERSEDED


def _read_replacement(values: Mapping[str, str], faults: list[RowFault]) -> ParsedNumber | None:
    typed = folding.clean_text(values.get("replaced_by", ""))
    if not typed:
        return None
    try:
        return number_forms.read_number(typed)
    except NumberError:
        faults.append(RowFault("replaced_by", Fault.REPLACEMENT_IGNORED))
        return None


def _read_date(values: Mapping[str, str], name: str, faults: list[RowFault]) -> date | None:
    typed = folding.fold_width(values.get(name, ""))
    if not typed:
        return None
    match = _DATE.fullmatch(typed)
    if match is not None and (match["mark"] or len(typed) == _COMPACT_LENGTH):
        with contextlib.suppress(ValueError):
            return date(int(match["year"]), int(match["month"]), int(match["day"]))
    faults.append(RowFault(name, Fault.BAD_DATE))
    return None


def _unsaid(values: Mapping[str, str], *, is_state_said: bool) -> frozenset[str]:
    """Return the fields that the file has no column for; of a state also the empty ones."""
    names = {field for column, field in _FIELDS.items() if column not in values}
    return frozenset(names if is_state_said else names | {"state"})


def _read_text(values: Mapping[str, str], name: str, faults: list[RowFault]) -> str:
    text = folding.clean_text(values.get(name, ""))
    if len(text) > MAX_FIELD_LENGTH:
        faults.append(RowFault(name, Fault.TOO_LONG))
    return text
