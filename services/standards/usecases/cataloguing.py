"""Take files of the catalogue into the own tables, a batch at a time (手册 FAQ 18, 33).

A batch, its counts and the position after it are one transaction: an import that was interrupted
goes on where it stopped, and one that is repeated changes nothing.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final, cast

import sqlalchemy as sa

from chassis import bulk, db, ids
from chassis.uow import Transaction
from services.standards.domain import catalogue_rows
from services.standards.domain.catalogue import CatalogueRecord
from services.standards.domain.catalogue_rows import Fault, RowFault
from services.standards.models import catalogue as tables
from services.standards.models.catalogue import (
    CatalogueChange,
    CatalogueImport,
    CatalogueImportFault,
    CatalogueStandard,
)
from services.standards.queries import catalogue_imports as queries

MAX_BATCH: Final = 500
MAX_STORED_FAULTS: Final = 10_000
_STANDARDS: Final = cast("sa.Table", CatalogueStandard.__table__)
_FAULTS: Final = cast("sa.Table", CatalogueImportFault.__table__)
_NAMESPACE: Final = uuid.UUID("6a1f3f6e-5d0b-5c6e-9a43-2f6d0c1f7b11")
_SEEN: Final = ("import_id", "import_row")


class ImportInterruptedError(RuntimeError):
    """Stop an import whose file is being imported by another process too."""


class ImportKind(StrEnum):
    """Say what a file holds: everything there is of its kinds, or what has changed."""

    FULL = "FULL"
    DELTA = "DELTA"


@dataclass(frozen=True)
class NumberedRow:
    """Hold one row of the file; no ``values`` when its columns are not those of the header."""

    number: int
    values: Mapping[str, str] | None


@dataclass(frozen=True)
class ReportedRow:
    """Say what is wrong with one row."""

    number: int
    faults: tuple[RowFault, ...]

    @property
    def is_rejected(self) -> bool:
        """Tell whether nothing of the row was taken."""
        return any(not fault.fault.is_note for fault in self.faults)


@dataclass(frozen=True)
class ImportProgress:
    """Say how far an import has come."""

    import_id: str
    position: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    withdrawn: int
    note: str
    is_finished: bool


@dataclass(frozen=True)
class BatchOutcome:
    """Say what became of some rows; ``changed`` are entries with a new state or replacement."""

    progress: ImportProgress
    reported: list[ReportedRow]
    changed: list[str]


def catalogue_id(number_key: str) -> str:
    """Return the id of an entry: made from its number, so that every installation has the same."""
    return str(uuid.uuid5(_NAMESPACE, number_key))


def start_import(
    *, tx: Transaction, file_sha256: str, file_name: str, kind: ImportKind
) -> ImportProgress:
    """Begin the import of a file, or find out how far it came before."""
    run = queries.find_import(tx.session, file_sha256=file_sha256, kind=kind.value)
    if run is None:
        now = tx.now()
        run = CatalogueImport(
            id=ids.new_id(), file_sha256=file_sha256, kind=kind.value, file_name=file_name,
            position=0, created=0, updated=0, unchanged=0, rejected=0, withdrawn=0, note="",
            started_at=now, updated_at=now, finished_at=None,
        )  # fmt: skip
        tx.session.add(run)
    return _progress(run)


def import_batch(
    *, tx: Transaction, import_id: str, position: int, batch: Sequence[NumberedRow]
) -> BatchOutcome:
    """Take some rows and move the import's position behind them.

    Raises:
        ImportInterruptedError: somebody else has moved the position meanwhile.
    """
    run = tx.session.get_one(CatalogueImport, import_id, with_for_update=True)
    if run.position != position:
        raise ImportInterruptedError(run.file_name)
    writer = _Writer(tx, run)
    reported = writer.take(batch)
    changed = writer.write()
    _store_faults(tx, run, reported)
    run.rejected += sum(row.is_rejected for row in reported)
    run.position = batch[-1].number if batch else position
    run.updated_at = tx.now()
    return BatchOutcome(_progress(run), reported, changed)


def measure_missing(*, tx: Transaction, import_id: str) -> tuple[int, int]:
    """Return how many entries in force a full file does not have, and how many there are."""
    return queries.count_missing(tx.session, import_id)


def withdraw_missing(*, tx: Transaction, import_id: str) -> list[str]:
    """Withdraw some entries that a full file does not have; return their ids, none at the end."""
    run = tx.session.get_one(CatalogueImport, import_id, with_for_update=True)
    now = tx.now()
    missing = queries.find_missing(tx.session, import_id, limit=MAX_BATCH)
    for entry in missing:
        before = (entry.state, entry.replaced_by_text)
        entry.withdraw(now=now)
        tx.session.add(_change(entry, before, run))
    run.withdrawn += len(missing)
    run.updated_at = now
    return [entry.id for entry in missing]


def finish_import(*, tx: Transaction, import_id: str, note: str = "") -> ImportProgress:
    """Record that the whole file has been read."""
    run = tx.session.get_one(CatalogueImport, import_id)
    run.finished_at = run.updated_at = tx.now()
    run.note = note
    names = ("created", "updated", "rejected", "withdrawn")
    counts = {name: str(getattr(run, name)) for name in names}
    tx.audit("catalogue.imported", object_id=run.id, details={"kind": run.kind, **counts})
    return _progress(run)


def ensure_entry(*, tx: Transaction, record: CatalogueRecord) -> CatalogueStandard:
    """Return the entry of a number, made of the record unless an import was quicker."""
    tx.session.execute(
        db.insert_into(_STANDARDS, tx.dialect)
        .values(_new_row(record, now=tx.now(), source=None))
        .on_conflict_do_nothing()
    )
    return tx.session.get_one(CatalogueStandard, catalogue_id(record.number.key))


def _new_row(
    record: CatalogueRecord, *, now: datetime, source: tuple[str, int] | None
) -> dict[str, Any]:
    """Return the columns of a new entry; ``source`` is the import and the row it comes from."""
    import_id, row = source or (None, None)
    facts = tables.facts_of(record)
    return {
        "id": catalogue_id(record.number.key),
        **facts,
        "source_digest": tables.digest_of(facts),
        "import_id": import_id,
        "import_row": row,
        "created_at": now,
        "updated_at": now,
        "version": 1,
    }


class _Writer:
    """Sort the rows of one batch into new, changed and unchanged ones, and write each kind."""

    def __init__(self, tx: Transaction, run: CatalogueImport) -> None:
        self._tx = tx
        self._run = run
        self._now = tx.now()
        self._known: dict[str, queries.Known] = {}
        self._seen: set[str] = set()
        self._created: list[dict[str, Any]] = []
        self._read: dict[str, tuple[int, CatalogueRecord]] = {}
        self._confirmed: list[tuple[str, str, int]] = []

    def take(self, batch: Sequence[NumberedRow]) -> list[ReportedRow]:
        """Note what is to be written for each row; return what is wrong with them."""
        read = [(row, catalogue_rows.read_row(row.values or {})) for row in batch]
        keys = [found.record.number.key for _, found in read if found.record is not None]
        lost = [_lost_key(row) for row, found in read if found.record is None]
        self._known = queries.find_known(self._tx.session, sorted({*keys, *lost} - {""}))
        reported = []
        for row, found in read:
            faults = found.faults
            if row.values is None:
                faults = (RowFault("", Fault.COLUMN_COUNT),)
            elif found.record is not None and not self._note(row.number, found.record):
                faults = (RowFault("std_no", Fault.REPEATED_NUMBER),)
            if faults:
                reported.append(ReportedRow(row.number, faults))
        self._confirm_presence(lost)
        return reported

    def _note(self, number: int, record: CatalogueRecord) -> bool:
        """Note one record; return false when the file had its number before."""
        key = record.number.key
        known = self._known.get(key)
        if key in self._seen or (known is not None and self._is_mine(known)):
            return False
        self._seen.add(key)
        if known is None:
            source = (self._run.id, number)
            self._created.append(_new_row(record, now=self._now, source=source))
        elif known.source_digest == tables.digest_of(tables.facts_of(record)):
            self._confirmed.append((known.id, self._run.id, number))
        else:
            self._read[known.id] = (number, record)
        return True

    def _is_mine(self, known: queries.Known) -> bool:
        """Tell whether this import has taken a row of the entry before."""
        return known.import_id == self._run.id and known.import_row is not None

    def write(self) -> list[str]:
        """Write everything that was noted; return whose state or replacement is another now."""
        connection = self._tx.session.connection()
        if self._created:
            columns = tuple(self._created[0])
            rows = [[_driver(row[name]) for name in columns] for row in self._created]
            bulk.insert_rows(connection, _STANDARDS, columns, rows)
        bulk.update_rows(connection, _STANDARDS, "id", _SEEN, self._confirmed)
        self._run.created += len(self._created)
        self._run.unchanged += len(self._confirmed)
        return self._change()

    def _change(self) -> list[str]:
        changed = []
        entries = queries.lock_entries(self._tx.session, list(self._read))
        for entry in sorted(entries, key=lambda entry: self._read[entry.id][0]):
            number, record = self._read[entry.id]
            before = (entry.state, entry.replaced_by_text)
            is_updated = entry.take(record, now=self._now)
            self._run.updated += is_updated
            self._run.unchanged += not is_updated
            if (entry.state, entry.replaced_by_text) != before:
                self._tx.session.add(_change(entry, before, self._run))
                changed.append(entry.id)
            entry.import_id, entry.import_row = self._run.id, number
        return changed

    def _confirm_presence(self, lost: Sequence[str]) -> None:
        """Note that entries are in the file although their rows could not be taken.

        A full import must not take a standard for gone because its row has a fault.
        """
        for known in (self._known[key] for key in lost if key in self._known):
            if known.number_key not in self._seen and not self._is_mine(known):
                self._tx.session.execute(
                    sa.update(CatalogueStandard)
                    .where(CatalogueStandard.id == known.id)
                    .values(import_id=self._run.id, import_row=None)
                )


def _lost_key(row: NumberedRow) -> str:
    return "" if row.values is None else catalogue_rows.key_of(row.values)


def _driver(value: object) -> object:
    """Return a value as drivers take it; days are texts to both."""
    return value.isoformat() if type(value) is date else value


def _change(
    entry: CatalogueStandard, before: tuple[str, str | None], run: CatalogueImport
) -> CatalogueChange:
    return CatalogueChange(
        catalogue_id=entry.id,
        import_id=run.id,
        changed_at=entry.updated_at,
        old_state=before[0],
        new_state=entry.state,
        old_replaced_by=before[1],
        new_replaced_by=entry.replaced_by_text,
    )


def _store_faults(tx: Transaction, run: CatalogueImport, reported: Sequence[ReportedRow]) -> None:
    """Keep the first faults for the operators' page; the report beside the file has all."""
    room = max(0, MAX_STORED_FAULTS - run.rejected)
    faults = [
        (run.id, row.number, fault.field, fault.fault.value)
        for row in reported[:room]
        for fault in row.faults
    ]
    bulk.insert_rows(
        tx.session.connection(), _FAULTS, ("import_id", "row", "field", "fault"), faults
    )


def _progress(run: CatalogueImport) -> ImportProgress:
    names = ("position", "created", "updated", "unchanged", "rejected", "withdrawn", "note")
    return ImportProgress(
        import_id=run.id,
        is_finished=run.finished_at is not None,
        **{name: getattr(run, name) for name in names},
    )
