"""Read lists of product classes: CSV in UTF-8 with a header line."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

_COLUMNS: Final = ("code", "level", "parent_code", "name")
_OTHER_NAMES: Final = {"name_zh": "name"}
_SCHEME: Final = "scheme"


class UnreadableFileError(Exception):
    """Refuse a file that cannot be a list of classes; the text says why."""


def read_rows(path: Path, scheme: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Yield the rows of a scheme with their numbers; the header is row 1.

    A file with a column ``scheme`` may hold several: only the rows that name this one are taken.

    Raises:
        UnreadableFileError: the file is missing, not UTF-8, or lacks a column.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield from _rows(csv.reader(file), scheme)
    except FileNotFoundError as error:
        raise UnreadableFileError(f"找不到文件：{path}") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise UnreadableFileError("文件应为 UTF-8 编码的 CSV") from error


def _rows(lines: Iterator[list[str]], scheme: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    typed = [column.strip() for column in next(lines, [])]
    header = [_OTHER_NAMES.get(column, column) for column in typed]
    missing = [column for column in _COLUMNS if column not in header]
    if missing:
        raise UnreadableFileError("表头缺少以下列：" + "、".join(missing))
    for number, cells in enumerate(lines, start=2):
        row = dict(zip(header, cells, strict=False))
        if cells and row.get(_SCHEME, scheme) == scheme:
            yield number, row
