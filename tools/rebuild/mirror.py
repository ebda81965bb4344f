"""A copy of everything public, in one SQLite file; nothing of it is held in memory."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from services.standards.domain.snapshots import RegisterChecksum

_SUMMED: Final = ("declaration_id", "version", "sequence", "state", "marks", "document_sha256")
_COLUMNS: Final = (
    *_SUMMED, "record_number", "published_at", "corrected_at", "withdrawn_at",
    "withdrawal_reason", "text_sha256", "extracted_text_sha256", "leaf_index", "document",
)  # fmt: skip
_SCHEMA: Final = """
    PRAGMA journal_mode=wal; PRAGMA synchronous=normal; PRAGMA cache_size=-16000;
    CREATE TABLE IF NOT EXISTS records (
        declaration_id TEXT PRIMARY KEY, version INTEGER NOT NULL, sequence INTEGER NOT NULL,
        state TEXT NOT NULL, marks TEXT NOT NULL, document_sha256 TEXT NOT NULL,
        record_number TEXT NOT NULL, published_at TEXT NOT NULL, corrected_at TEXT,
        withdrawn_at TEXT, withdrawal_reason TEXT, text_sha256 TEXT, extracted_text_sha256 TEXT,
        leaf_index INTEGER, document TEXT NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS state (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
"""
_PUT: Final = (
    f"INSERT INTO records ({', '.join(_COLUMNS)})"  # noqa: S608 - names of ours
    f" VALUES ({', '.join(':' + name for name in _COLUMNS)})"
    f" ON CONFLICT (declaration_id) DO UPDATE SET"
    f" {', '.join(f'{name} = excluded.{name}' for name in _COLUMNS[1:])}"
    f" WHERE excluded.sequence >= records.sequence"
)
_BATCH: Final = 2_000


class DamagedRecordError(RuntimeError):
    """A record is not what its own hash says; the text names it."""


class Mirror:
    """Be the copy; `position` is the place in the public log up to which it is."""

    def __init__(self, path: Path) -> None:
        self._rows = sqlite3.connect(path)
        self._rows.row_factory = sqlite3.Row
        self._rows.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file; what has no position yet was not taken."""
        self._rows.close()

    @property
    def position(self) -> int | None:
        """Return up to where the copy is; None before a full snapshot was read to its end."""
        row = self._rows.execute("SELECT value FROM state WHERE name = 'position'").fetchone()
        return None if row is None else int(row["value"])

    @position.setter
    def position(self, value: int) -> None:
        """Keep it, together with what was taken since."""
        self._rows.execute(
            "INSERT INTO state VALUES ('position', ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (str(value),),
        )
        self._rows.commit()

    def clear(self) -> None:
        """Forget everything."""
        self._rows.execute("DELETE FROM records")
        self._rows.execute("DELETE FROM state")

    def put_lines(self, lines: Iterable[str]) -> int:
        """Take lines of a snapshot or delta; return how many.

        Those of a full snapshot are kept as they come: it counts only once it has its position.
        Those of a delta are kept with the position that they lead to, or not at all.

        Raises:
            DamagedRecordError: a document is not what its hash says, or a line is none.
        """
        count = 0
        is_full = self.position is None
        for line in lines:
            self._rows.execute(_PUT, _values(_parse(line)))
            count += 1
            if is_full and count % _BATCH == 0:
                self._rows.commit()
        return count

    def find(self, declaration_id: str) -> dict[str, Any] | None:
        """Return a record as its line says it."""
        row = self._rows.execute(
            "SELECT * FROM records WHERE declaration_id = ?", (declaration_id,)
        ).fetchone()
        return None if row is None else _record(row)

    def put(self, record: Mapping[str, Any]) -> None:
        """Take one record; it is kept with the next position.

        Raises:
            DamagedRecordError: its document is not what its hash says.
        """
        self._rows.execute(_PUT, _values(record))

    def records(self) -> Iterator[dict[str, Any]]:
        """Yield all records by id."""
        for row in self._rows.execute("SELECT * FROM records ORDER BY declaration_id"):
            yield _record(row)

    def checksum(self) -> RegisterChecksum:
        """Return the checksum of everything."""
        checksum = RegisterChecksum()
        for row in self._rows.execute(
            f"SELECT {', '.join(_SUMMED)} FROM records ORDER BY declaration_id"  # noqa: S608 - ours
        ):
            checksum.add(**{**dict(row), "marks": json.loads(row["marks"])})
        return checksum

    def differences(self, lines: Iterable[str], *, most: int) -> list[str]:
        """Compare with the lines of a full snapshot; say of up to ``most`` records what differs."""
        found: list[str] = []
        theirs = (json.loads(line) for line in lines)
        for difference in _differences(self.records(), theirs):
            found.append(difference)
            if len(found) == most:
                break
        return found


def canonical(value: object) -> str:
    """Return the canonical form of a JSON value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _parse(line: str) -> dict[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DamagedRecordError(f"a line is not JSON: {line[:80]!r}") from error
    missing = [name for name in _COLUMNS if not isinstance(record, dict) or name not in record]
    if missing:
        raise DamagedRecordError(f"a line without {', '.join(missing)}: {line[:80]!r}")
    return dict(record)


def _values(record: Mapping[str, Any]) -> dict[str, Any]:
    document = canonical(record["document"])
    if sha256(document.encode()).hexdigest() != record["document_sha256"]:
        raise DamagedRecordError(
            f"{record['declaration_id']} ({record['record_number']}):"
            " the document does not have its document_sha256"
        )
    values = {name: record[name] for name in _COLUMNS}
    return {**values, "document": document, "marks": canonical(record["marks"])}


def _record(row: sqlite3.Row) -> dict[str, Any]:
    found = dict(row)
    return {
        **found,
        "marks": json.loads(found["marks"]),
        "document": json.loads(found["document"]),
    }


def _differences(ours: Iterator[dict[str, Any]], theirs: Iterator[dict[str, Any]]) -> Iterator[str]:
    mine, other = next(ours, None), next(theirs, None)
    while mine is not None or other is not None:
        if other is None or (mine is not None and mine["declaration_id"] < other["declaration_id"]):
            assert mine is not None  # noqa: S101 - one of both is there
            yield f"{_name(mine)}: not in the platform's snapshot"
            mine = next(ours, None)
        elif mine is None or other["declaration_id"] < mine["declaration_id"]:
            yield f"{_name(other)}: missing here"
            other = next(theirs, None)
        else:
            parts = [name for name in _SUMMED if mine[name] != other[name]]
            if parts:
                told = ", ".join(f"{name} {mine[name]!r} ≠ {other[name]!r}" for name in parts)
                yield f"{_name(mine)}: {told}"
            mine, other = next(ours, None), next(theirs, None)


def _name(record: Mapping[str, Any]) -> str:
    return f"{record['record_number']} ({record['declaration_id']})"
