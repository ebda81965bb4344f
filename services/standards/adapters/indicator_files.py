"""Read files of indicators of other standards (CSV in UTF-8), and write what was not taken."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from services.standards.domain.catalogue_indicators import REASONS, REQUIRED_COLUMNS, RowFault

HEADER: Final = ("行号", "字段", "原因")


class UnreadableFileError(Exception):
    """Refuse a file that cannot be a list of indicators; the text says why."""


def read_rows(path: Path) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    """Yield the rows with their numbers; the header is row 1.

    Bytes that are not UTF-8 become replacement characters, which the rows are then refused for.

    Raises:
        UnreadableFileError: the file is missing, no CSV, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            yield from _rows(csv.reader(file))
    except FileNotFoundError as error:
        raise UnreadableFileError(f"找不到文件：{path}") from error
    except (OSError, csv.Error) as error:
        raise UnreadableFileError("不是可以读取的 CSV 文件") from error


def write_report(path: Path, faults: Sequence[RowFault]) -> None:
    """Write which rows were not taken, and why."""
    # With a byte order mark, else spreadsheets take the Chinese for another encoding.
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows((fault.row, fault.column, REASONS[fault.code]) for fault in faults)


def _rows(lines: Iterator[list[str]]) -> Iterator[tuple[int, Mapping[str, str] | None]]:
    header = [name.strip() for name in next(lines, [])]
    missing = sorted(REQUIRED_COLUMNS - set(header))
    if missing:
        raise UnreadableFileError("表头缺少以下列：" + "、".join(missing))
    for number, cells in enumerate(lines, start=2):
        if cells:
            fits = len(cells) == len(header)
            yield number, dict(zip(header, cells, strict=True)) if fits else None
