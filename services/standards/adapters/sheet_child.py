"""Read one sheet of products; the job module that runs in the limited child process.

CSV in UTF-8, UTF-16 or GB18030, or the first sheet of an XLSX workbook. Formulas are never
computed: what counts is what the spreadsheet stored as their value.
"""

import csv
import io
import json
import os
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final

from chassis.job_child import JobRefusedError
from services.standards.domain import product_sheets
from services.standards.domain.product_sheets import Cell, HeadMissingError, SheetContent

TOO_LARGE: Final = "too_large"
UNREADABLE: Final = "unreadable"
TOO_COMPLEX: Final = "too_complex"
HEAD_MISSING: Final = "head_missing"

MAX_LINES: Final = 20_000
MAX_CELLS: Final = 200
MAX_MEMBERS: Final = 500
MAX_UNPACKED: Final = 64 * 1024 * 1024
MAX_ANSWER: Final = 4 * 1024 * 1024

_ZIP: Final = b"PK\x03\x04"
_WORKBOOK: Final = "xl/workbook.xml"
_EXACT: Final = 2**53
_ENCODINGS: Final = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)

_Value = str | float | bool | date | datetime | time | timedelta
_Rows = Iterator[tuple[int, Sequence[Cell]]]


def run(payload: dict[str, Any]) -> dict[str, Any]:
    """Read the file ``payload["path"]`` of at most ``payload["max_bytes"]``.

    What the sheet says goes to ``payload["answer_path"]`` as JSON. Returns ``rows`` and ``size``.

    Raises:
        JobRefusedError: it is no sheet of products, or more than will be looked at.
    """
    path = Path(payload["path"])
    if path.stat().st_size > payload["max_bytes"]:
        raise JobRefusedError(TOO_LARGE)
    data = path.read_bytes()
    rows = _workbook_rows(data) if data.startswith(_ZIP) else _text_rows(data)
    try:
        content = product_sheets.read_sheet(rows, required=payload["required"])
    except HeadMissingError as error:
        raise JobRefusedError(HEAD_MISSING, str(error)) from error
    except csv.Error as error:
        raise JobRefusedError(UNREADABLE, str(error)) from error
    body = json.dumps(_answer(content), ensure_ascii=False).encode()
    if len(body) > MAX_ANSWER:
        raise JobRefusedError(TOO_COMPLEX, f"answer of {len(body)} bytes")
    _write(payload["answer_path"], body)
    return {"rows": content.rows, "size": len(body)}


def _answer(content: SheetContent) -> dict[str, Any]:
    listed = product_sheets.MAX_LISTED
    return {
        "rows": content.rows,
        "products": [product.as_dict() for product in content.products],
        "problems": [asdict(fault) for fault in content.problems[:listed]],
        "problem_count": len(content.problems),
        "warnings": [asdict(fault) for fault in content.warnings[:listed]],
        "warning_count": len(content.warnings),
    }


def _text_rows(data: bytes) -> _Rows:
    text = _decode(data)
    first = text.partition("\n")[0]
    delimiter = max(",\t;", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    for number, cells in enumerate(reader, start=1):
        _check_size(number, len(cells))
        yield number, [Cell(product_sheets.unguard(cell)) for cell in cells]


def _decode(data: bytes) -> str:
    for mark, encoding in _ENCODINGS:
        if data.startswith(mark):
            return _decode_as(data, encoding)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_as(data, "gb18030")  # what Excel calls CSV on a Chinese Windows


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise JobRefusedError(UNREADABLE, str(error)) from error


def _workbook_rows(data: bytes) -> _Rows:
    import python_calamine  # noqa: PLC0415 - not needed for texts

    _check_archive(data)
    try:
        with python_calamine.load_workbook(io.BytesIO(data)) as workbook:
            sheet = workbook.get_sheet_by_index(0)
            _check_size(sheet.total_height, sheet.total_width)
            for number, values in enumerate(sheet.iter_rows(), start=1):
                yield number, [_cell(value) for value in values]
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise JobRefusedError(UNREADABLE, f"{type(error).__name__}: {error}") from error


def _check_archive(data: bytes) -> None:
    """Refuse what is no workbook, or unpacks to more than a sheet of products ever does."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise JobRefusedError(UNREADABLE, str(error)) from error
    if _WORKBOOK not in {member.filename for member in members}:
        raise JobRefusedError(UNREADABLE, "no workbook")
    unpacked = sum(member.file_size for member in members)
    if len(members) > MAX_MEMBERS or unpacked > MAX_UNPACKED:
        raise JobRefusedError(TOO_COMPLEX, f"{len(members)} members, {unpacked} bytes")


def _check_size(lines: int, cells: int) -> None:
    if lines > MAX_LINES or cells > MAX_CELLS:
        raise JobRefusedError(TOO_COMPLEX, f"{lines} lines, {cells} cells")


def _cell(value: _Value) -> Cell:
    """Return what a cell shows.

    Spreadsheets make dates of sizes like 10-12, and approximations of long numbers: such a cell
    does not hold any more what was typed.
    """
    if isinstance(value, str):
        return Cell(value)
    if isinstance(value, bool):
        return Cell(str(value).upper())
    if isinstance(value, int | float):
        is_whole = float(value).is_integer()
        text = str(int(value)) if is_whole else repr(value)
        return Cell(text, is_changed=abs(value) >= _EXACT)
    return Cell(str(value), is_changed=True)


def _write(path: str, body: bytes) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
        file.write(body)
