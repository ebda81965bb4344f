"""Reports of imported files: which row was not taken as it stood, which field, and why."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

HEADER: Final = ("行号", "字段", "原因")


class FieldFault(Protocol):
    """Be what is wrong with one field of a row."""

    @property
    def field(self) -> str:
        """Return the name of the column."""

    @property
    def fault(self) -> str:
        """Return what is wrong with it."""


class FaultyRow(Protocol):
    """Be a row of a file with all that is wrong with it."""

    @property
    def number(self) -> int:
        """Return the number of the row in its file."""

    @property
    def faults(self) -> Sequence[FieldFault]:
        """Return the faults in the order of the columns."""


class FaultReport:
    """Write faults of rows to a CSV file; an interrupted one is continued.

    ``reasons`` says each fault in words; without a path nothing is written.
    """

    def __init__(self, path: Path | None, reasons: Mapping[str, str], *, keep_until: int) -> None:
        self._reasons = reasons
        if path is None:
            self._file = None
            return
        kept = _kept_lines(path, keep_until)
        path.parent.mkdir(parents=True, exist_ok=True)
        # With a byte order mark, else spreadsheets take the Chinese for another encoding.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerows([HEADER, *kept])

    def write(self, rows: Iterable[FaultyRow]) -> None:
        """Add rows to the report."""
        if self._file is None:
            return
        for row in rows:
            for fault in row.faults:
                self._writer.writerow((row.number, fault.field, self._reasons[fault.fault]))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def to_csv(faults: Iterable[tuple[int, str, str]], reasons: Mapping[str, str]) -> str:
    """Return a report of stored faults: row, field and name of the fault each."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows((row, field, reasons[fault]) for row, field, fault in faults)
    return "\ufeff" + text.getvalue()


def sha256_of(path: Path) -> str:
    """Return the hash by which an import knows its file again, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _kept_lines(path: Path, keep_until: int) -> list[list[str]]:
    if keep_until == 0 or not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.reader(file))[1:]
    return [line for line in lines if int(line[0]) <= keep_until]
