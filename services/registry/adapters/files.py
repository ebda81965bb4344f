"""Read files of the code database: CSV in UTF-8, or the first sheet of an XLSX workbook."""

import csv
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import python_calamine

from services.registry.domain import rows
from services.registry.usecases.preparing import NumberedRow

Cell = str | float | bool | date | datetime | time | timedelta

WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
# A workbook holds at most 1,048,576 rows; this one is larger only when it is a trap.
MAX_WORKBOOK_BYTES: Final = 300_000_000
_EXACT: Final = 2**53


class UnreadableFileError(Exception):
    """Refuse a file that cannot be an extract of the code database; the text says why."""


@dataclass(frozen=True)
class Share:
    """Name one of several equal parts of a file: every so-manieth batch, beginning with one."""

    number: int
    of: int


WHOLE: Final = Share(0, 1)


def is_text(path: Path) -> bool:
    """Tell whether a file is CSV, by its name."""
    return path.suffix.lower() not in WORKBOOKS


def read_columns(path: Path, columns: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield the named columns of every row of a CSV file.

    Raises:
        UnreadableFileError: the file is missing or lacks a column.
    """
    if not path.is_file():
        raise UnreadableFileError(f"找不到文件：{path}")
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.DictReader(file)
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            raise UnreadableFileError("表头缺少以下列：" + "、".join(missing))
        for row in reader:
            yield tuple(row[column] or "" for column in columns)


def batches(
    path: Path, *, after: int, size: int, share: Share = WHOLE
) -> Iterator[list[NumberedRow]]:
    """Yield the rows behind a position, so many at a time; of a share, its batches only.

    Rows are numbered as a spreadsheet shows them: the header is row 1. Bytes of a CSV file that are
    not UTF-8 become replacement characters, which the rows are then refused for.

    Raises:
        UnreadableFileError: it is no such file, or a column that every row needs is missing.
    """
    lines = _lines(path)
    header = _read_header(lines)
    # Sheets end every row where the widest one ends.
    is_padded = not is_text(path)
    filled = (
        (number, cells)
        for number, cells in enumerate(lines, start=2)
        if (any(cells) if is_padded else cells)
    )
    later = itertools.dropwhile(lambda line: line[0] <= after, filled)
    for turn in itertools.count():
        batch = list(itertools.islice(later, size))
        if not batch:
            return
        if turn % share.of == share.number:
            yield [_to_row(header, number, cells) for number, cells in batch]


def _lines(path: Path) -> Iterator[list[str]]:
    if not path.is_file():
        raise UnreadableFileError(f"找不到文件：{path}")
    if not is_text(path):
        yield from _workbook_rows(path)
        return
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from csv.reader(file)


def _read_header(lines: Iterator[list[str]]) -> list[str]:
    header = [column.strip() for column in next(lines, [])]
    missing = [column for column in rows.REQUIRED_COLUMNS if column not in header]
    if missing:
        raise UnreadableFileError("表头缺少以下列：" + "、".join(missing))
    return header


def _to_row(header: Sequence[str], number: int, cells: Sequence[str]) -> NumberedRow:
    fits = len(cells) == len(header)
    return NumberedRow(number, dict(zip(header, cells, strict=True)) if fits else None)


def _workbook_rows(path: Path) -> Iterator[list[str]]:
    if path.stat().st_size > MAX_WORKBOOK_BYTES:
        raise UnreadableFileError("工作簿过大，请另存为 CSV 后导入")
    try:
        with python_calamine.load_workbook(path) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            for line in sheet.iter_rows():
                yield [_text(cell) for cell in line]
    except (python_calamine.CalamineError, OSError) as error:
        raise UnreadableFileError("不是可以读取的 XLSX 工作簿") from error


def _text(cell: Cell) -> str:
    """Return what a cell shows; a number too long to be exact stays one that no row is taken for.

    Spreadsheets turn identity numbers typed as numbers into approximations of 15 digits.
    """
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < _EXACT else repr(cell)
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
