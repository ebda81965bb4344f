"""The tree of product classes that 产品分类 is chosen from: three levels (手册 4.1, R-122)."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from services.standards.domain import folding

LEVELS: Final = 3
MAX_NAME_LENGTH: Final = 500
MAX_CHILDREN: Final = 2_000
MAX_CLASSES: Final = 200_000

CODE_MALFORMED: Final = "code_malformed"
CODE_TWICE: Final = "code_twice"
LEVEL_MALFORMED: Final = "level_malformed"
NAME_MISSING: Final = "name_missing"
NAME_TOO_LONG: Final = "name_too_long"
PARENT_UNEXPECTED: Final = "parent_unexpected"
PARENT_UNKNOWN: Final = "parent_unknown"
PARENT_OF_OTHER_LEVEL: Final = "parent_of_other_level"
TOO_MANY_CHILDREN: Final = "too_many_children"
TOO_MANY_CLASSES: Final = "too_many_classes"

# A digit somewhere keeps codes apart from words: lists hold NICE-0910-待定 beside 2106 and 21-002.
_CODE: Final = re.compile(r"(?=.*[0-9])[0-9A-Za-z\u4e00-\u9fff._-]{1,40}")
_NAME: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,39}")


@dataclass(frozen=True)
class ClassEntry:
    """Be one class: 大类, 中类 or 小类."""

    code: str
    parent_code: str
    level: int
    name: str


@dataclass(frozen=True)
class RowFault:
    """Say what is wrong with a row; rows are numbered as a spreadsheet shows them."""

    row: int
    reason: str
    params: Mapping[str, str] = field(default_factory=dict)


class TreeFaultsError(ValueError):
    """Carry every fault found in a list of classes at once."""

    def __init__(self, faults: Iterable[RowFault]) -> None:
        self.faults = sorted(faults, key=lambda fault: fault.row)
        super().__init__(", ".join(f"{fault.row} {fault.reason}" for fault in self.faults[:20]))


def is_scheme_name(text: str) -> bool:
    """Tell whether this can name a scheme or one of its versions."""
    return _NAME.fullmatch(text) is not None


def read_tree(rows: Iterable[tuple[int, Mapping[str, str]]]) -> list[ClassEntry]:
    """Return the classes of numbered rows (``code``, ``level``, ``parent_code``, ``name``).

    Raises:
        TreeFaultsError: something is wrong with one row or more; then none is good.
    """
    faults: list[RowFault] = []
    found: dict[str, tuple[int, ClassEntry]] = {}
    for number, row in rows:
        if len(found) >= MAX_CLASSES:
            limit = {"limit": str(MAX_CLASSES)}
            raise TreeFaultsError([*faults, RowFault(number, TOO_MANY_CLASSES, limit)])
        entry = _read_row(number, row, faults)
        if entry.code in found:
            faults.append(RowFault(number, CODE_TWICE, {"code": entry.code}))
            continue
        found[entry.code] = (number, entry)
    _check_parents(found, faults)
    if faults:
        raise TreeFaultsError(faults)
    return [entry for _, entry in found.values()]


def leaf_codes(classes: Iterable[ClassEntry]) -> set[str]:
    """Return the codes of the classes that have none below them: any of these can be chosen."""
    entries = list(classes)
    return {entry.code for entry in entries} - {entry.parent_code for entry in entries}


def _read_row(number: int, row: Mapping[str, str], faults: list[RowFault]) -> ClassEntry:
    code = folding.clean_text(row.get("code", ""))
    name = folding.clean_text(row.get("name", ""))
    typed_level = row.get("level", "").strip()
    level = int(typed_level) if typed_level in {"1", "2", "3"} else 0
    if not _CODE.fullmatch(code):
        faults.append(RowFault(number, CODE_MALFORMED))
    if not level:
        faults.append(RowFault(number, LEVEL_MALFORMED))
    if not name:
        faults.append(RowFault(number, NAME_MISSING))
    elif len(name) > MAX_NAME_LENGTH:
        faults.append(RowFault(number, NAME_TOO_LONG, {"limit": str(MAX_NAME_LENGTH)}))
    parent = folding.clean_text(row.get("parent_code", ""))
    return ClassEntry(code=code, parent_code=parent, level=level, name=name)


def _check_parents(found: Mapping[str, tuple[int, ClassEntry]], faults: list[RowFault]) -> None:
    counts: Counter[str] = Counter()
    for number, entry in found.values():
        counts[entry.parent_code] += 1
        if counts[entry.parent_code] == MAX_CHILDREN + 1:
            faults.append(RowFault(number, TOO_MANY_CHILDREN, {"limit": str(MAX_CHILDREN)}))
        if not entry.level:
            continue
        reason = _parent_fault(entry, found)
        if reason is not None:
            faults.append(RowFault(number, reason, {"parent_code": entry.parent_code}))


def _parent_fault(entry: ClassEntry, found: Mapping[str, tuple[int, ClassEntry]]) -> str | None:
    if entry.level == 1:
        return PARENT_UNEXPECTED if entry.parent_code else None
    if entry.parent_code not in found:
        return PARENT_UNKNOWN
    _, parent = found[entry.parent_code]
    return PARENT_OF_OTHER_LEVEL if parent.level != entry.level - 1 else None
