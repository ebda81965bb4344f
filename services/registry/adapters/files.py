"""Read files of the code database: CSV in UTF-8, or the first sheet of an XLSX workbook."""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import python_calamine

from services.registry.domain import rows
from services.registry.usecases.importing import NumberedRow

Cell = str | float | bool | date | datetime | time | timedelta

WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
# A workbook holds at most 1,048,576 rows; this one is larger only when it is a trap.
MAX_WORKBOOK_BYTES: Final = 300_000_000
_EXACT: Final = 2**53


class UnreadableFileError(Exception):
    """Refuse a file that cannot be an extract of the code database; the text says why."""


def read_rows(path: Path) -> Iterator[NumberedRow]:
    """Yield the rows of a file, numbered as a spreadsheet shows them: the header is row 1.

    Bytes of a CSV file that are not UTF-8 become replacement characters, which the rows are then
    refused for.

    Raises:
        UnreadableFileError: it is no such file, or a column that every row needs is missing.
    """
    if not path.is_file():
        raise UnreadableFileError(f"找不到文件：{path}")
    if path.suffix.lower() in WORKBOOKS:
        yield from _number(_workbook_rows(path), pads=True)
        return
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        yield from _number(csv.reader(file), pads=False)


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


def batches(path: Path, *, after: int, size: int) -> Iterator[list[NumberedRow]]:
    """Yield the rows behind a position, so many at a time."""
    later = (row for row in read_rows(path) if row.number > after)
    return iter(lambda: list(itertools.islice(later, size)), [])


def _number(lines: Iterable[Sequence[str]], *, pads: bool) -> Iterator[NumberedRow]:
    """Yield numbered rows; sheets are ``pads``: they end every row where the widest one ends."""
    cells = iter(lines)
    header = [column.strip() for column in next(cells, [])]
    missing = [column for column in rows.REQUIRED_COLUMNS if column not in header]
    if missing:
        raise UnreadableFileError("表头缺少以下列：" + "、".join(missing))
    width = len(header)
    for number, line in enumerate(cells, start=2):
        if not line or (pads and not any(line)):
            continue
        fits = len(line) == width
        yield NumberedRow(number, dict(zip(header, line, strict=True)) if fits else None)


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
