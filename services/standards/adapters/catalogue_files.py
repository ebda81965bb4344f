"""Read files of the catalogue: CSV in UTF-8, or the first sheet of an XLSX workbook."""

import csv
import itertools
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import python_calamine

from services.standards.domain.catalogue_rows import COLUMNS, REQUIRED_COLUMNS
from services.standards.usecases.cataloguing import NumberedRow

Cell = str | float | bool | date | datetime | time | timedelta

WORKBOOKS: Final = frozenset({".xlsx", ".xlsm"})
MAX_WORKBOOK_BYTES: Final = 100_000_000


class UnreadableFileError(Exception):
    """Refuse a file that cannot be a list of standards; the text says why."""


def batches(path: Path, *, after: int, size: int) -> Iterator[list[NumberedRow]]:
    """Yield the rows behind a position, so many at a time.

    Raises:
        UnreadableFileError: it is no such file, or a column that every row needs is missing.
    """
    later = (row for row in read_rows(path) if row.number > after)
    return iter(lambda: list(itertools.islice(later, size)), [])


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
        try:
            yield from _number(csv.reader(file), pads=False)
        except csv.Error as error:
            raise UnreadableFileError("不是可以读取的 CSV 文件") from error


def _number(lines: Iterable[Sequence[str]], *, pads: bool) -> Iterator[NumberedRow]:
    """Yield numbered rows; sheets are ``pads``: they end every row where the widest one ends."""
    cells = iter(lines)
    header = [COLUMNS.get(name.strip(), "") for name in next(cells, [])]
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    if missing:
        raise UnreadableFileError("表头缺少以下列：" + "、".join(missing))
    for number, line in enumerate(cells, start=2):
        if not line or (pads and not any(line)):
            continue
        fits = len(line) == len(header)
        yield NumberedRow(number, _values(header, line) if fits else None)


def _values(header: Sequence[str], line: Sequence[str]) -> dict[str, str]:
    """Return the known columns; of two with the same meaning the first that says anything."""
    values: dict[str, str] = {}
    for name, value in zip(header, line, strict=True):
        if name and not values.get(name):
            values[name] = value
    return values


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
    """Return what a cell shows."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)
