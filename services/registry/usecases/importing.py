"""Take records of the code database 组织机构代码库 into the own tables, a batch at a time.

A batch, its counts and the position after it are one transaction: an import that was interrupted
goes on where it stopped, and one that is repeated changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chassis import bulk, ids
from chassis.uow import Transaction
from services.registry import models, queries
from services.registry.domain.rows import Fault, OrganizationRecord, RowFault
from services.registry.models import ImportFault, ImportRun, Organization
from services.registry.queries import Known
from services.registry.usecases import changing, preparing
from services.registry.usecases.changing import Protector
from services.registry.usecases.preparing import ReadBatch, RejectedRow
from services.registry.usecases.protection import Ring

MAX_BATCH: Final = 5_000
MAX_STORED_FAULTS: Final = 10_000
DEREGISTRATIONS: Final = 500
_ORGANIZATION: Final = models.table_of(Organization)
_FAULTS: Final = models.table_of(ImportFault)
_CONFIRMED: Final = ("import_id", "import_row", "last_synced_at")


class ImportInterruptedError(RuntimeError):
    """Stop an import whose file is being imported by another process too."""


class ImportKind(StrEnum):
    """Say what a file holds: everything there is, or what has changed."""

    FULL = "FULL"
    DELTA = "DELTA"


@dataclass(frozen=True)
class ImportProgress:
    """Say how far an import has come."""

    run_id: str
    position: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    is_finished: bool
    deregistered: int = 0
    note: str = ""


def start_import(
    *, tx: Transaction, file_sha256: str, file_name: str, kind: ImportKind = ImportKind.DELTA
) -> ImportProgress:
    """Begin the import of a file, or find out how far it came before."""
    run = queries.find_import(tx.session, file_sha256)
    if run is None:
        run = ImportRun(
            id=ids.new_id(), file_sha256=file_sha256, file_name=file_name, position=0,
            created=0, updated=0, unchanged=0, rejected=0, started_at=tx.now(), finished_at=None,
            kind=kind, deregistered=0, note="", updated_at=tx.now(),
        )  # fmt: skip
        tx.session.add(run)
    return _progress(run)


def import_batch(
    *, tx: Transaction, ring: Ring, run_id: str, position: int, batch: ReadBatch
) -> tuple[ImportProgress, list[RejectedRow]]:
    """Take some thousand rows and move the import's position behind them.

    Raises:
        ImportInterruptedError: somebody else has moved the position meanwhile.
    """
    run = tx.session.get_one(ImportRun, run_id, with_for_update=True)
    if run.position != position:
        raise ImportInterruptedError(run.file_name)
    writer = _Writer(tx, ring, run, batch)
    rejected = [*batch.rejected, *writer.take()]
    rejected.sort(key=lambda row: row.number)
    writer.write()
    writer.confirm_presence(rejected)
    _store_faults(tx, run, rejected)
    run.rejected += len(rejected)
    run.position = position if batch.last_number is None else batch.last_number
    run.updated_at = tx.now()
    return _progress(run), rejected


def deregister_missing(*, tx: Transaction, run_id: str) -> int:
    """Mark a batch of those that a full file does not have; return how many, 0 at the end."""
    run = tx.session.get_one(ImportRun, run_id, with_for_update=True)
    missing = queries.find_missing(tx.session, run_id, limit=DEREGISTRATIONS)
    for organization in missing:
        changing.deregister(tx, organization, import_id=run_id)
    run.deregistered += len(missing)
    run.updated_at = tx.now()
    return len(missing)


def measure_missing(*, tx: Transaction, run_id: str) -> tuple[int, int]:
    """Return how many active organisations a full file does not have, and how many there are."""
    return queries.count_missing(tx.session, run_id)


def finish_import(*, tx: Transaction, run_id: str, note: str = "") -> ImportProgress:
    """Record that the whole file has been read."""
    run = tx.session.get_one(ImportRun, run_id)
    run.finished_at = run.updated_at = tx.now()
    run.note = note
    names = ("created", "updated", "rejected", "deregistered")
    counts = {name: str(getattr(run, name)) for name in names}
    tx.audit("organization.imported", object_id=run.id, details=counts)
    return _progress(run)


def _progress(run: ImportRun) -> ImportProgress:
    return ImportProgress(
        run_id=run.id,
        position=run.position,
        created=run.created,
        updated=run.updated,
        unchanged=run.unchanged,
        rejected=run.rejected,
        is_finished=run.finished_at is not None,
        deregistered=run.deregistered,
        note=run.note,
    )


def _store_faults(tx: Transaction, run: ImportRun, rejected: Sequence[RejectedRow]) -> None:
    """Keep the first faults for the operators' page; the report beside the file has all."""
    room = max(0, MAX_STORED_FAULTS - run.rejected)
    faults = [
        (run.id, row.number, fault.field, str(fault.fault))
        for row in rejected[:room]
        for fault in row.faults
    ]
    bulk.insert_rows(
        tx.session.connection(), _FAULTS, ("import_id", "row", "field", "fault"), faults
    )


class _Writer:
    """Sort the records of one batch into new, changed and unchanged ones, and write each kind."""

    def __init__(self, tx: Transaction, ring: Ring, run: ImportRun, batch: ReadBatch) -> None:
        self._tx = tx
        self._run = run
        self._batch = batch
        self._now = tx.now()
        self._protector = Protector(ring)
        self._known = queries.find_known(tx.session, batch.codes)
        self._new: list[int] = []
        self._changed: dict[str, tuple[int, OrganizationRecord, str]] = {}
        self._confirmed: list[tuple[Any, ...]] = []

    def take(self) -> list[RejectedRow]:
        """Note what is to be written for each record; return those that nothing is written for."""
        rejected = []
        seen: set[str] = set()
        for index, code in enumerate(self._batch.codes):
            known = self._known.get(code)
            fault = None
            if code in seen or (known is not None and known.import_id == self._run.id):
                fault = Fault.REPEATED_CODE
            elif known is None:
                self._new.append(index)
            elif _codes_conflict(known, self._batch.credit_codes[index]):
                fault = Fault.CODE_CONFLICT
            else:
                self._compare(known, index)
            if fault is None:
                seen.add(code)
            else:
                faults = (RowFault("credit_code", fault),)
                rejected.append(RejectedRow(self._batch.numbers[index], faults, code))
        return rejected

    def _compare(self, known: Known, index: int) -> None:
        batch, number = self._batch, self._batch.numbers[index]
        digest, record = batch.digests[index], None
        if batch.credit_codes[index] is None and known.credit_code is not None:
            record = batch.records[index].with_credit_code(known.credit_code)
            digest = self._protector.digest(record)
        if known.source_digest == digest:
            self._confirmed.append((known.id, self._run.id, number, self._now))
        else:
            self._changed[known.id] = (number, record or batch.records[index], digest)

    def write(self) -> None:
        """Write everything that was noted."""
        connection = self._tx.session.connection()
        self._create()
        bulk.update_rows(connection, _ORGANIZATION, "id", _CONFIRMED, self._confirmed)
        self._run.created += len(self._new)
        self._run.unchanged += len(self._confirmed)
        self._run.updated += self._change()

    def _create(self) -> None:
        connection, batch, last = self._tx.session.connection(), self._batch, (self._now, 1)
        if batch.texts is not None and bulk.can_copy(connection):
            texts = [batch.texts[index] for index in self._new]
            bulk.copy_texts(connection, _ORGANIZATION, models.IMPORTED_COLUMNS, texts, last)
            return
        created = [
            (*preparing.first_values(self._protector, batch, index, self._run.id), *last)
            for index in self._new
        ]
        bulk.insert_rows(connection, _ORGANIZATION, models.IMPORTED_COLUMNS, created)

    def _change(self) -> int:
        """Change the records that differ; return how many really did."""
        count = 0
        for organization in queries.get_organizations(self._tx.session, list(self._changed)):
            number, record, digest = self._changed[organization.id]
            facts = self._protector.protect(organization.id, record)
            has_changed = changing.change(
                self._tx, organization, facts, source_digest=digest, import_id=self._run.id
            )
            organization.confirm(import_id=self._run.id, row=number, at=self._now)
            count += has_changed
            self._run.unchanged += not has_changed
        return count

    def confirm_presence(self, rejected: Sequence[RejectedRow]) -> None:
        """Note that organisations are in the file although their rows were not taken.

        A full import must not take a body for gone because its row has a fault.
        """
        present = {row.organization_code for row in rejected if row.organization_code}
        for organization in queries.find_known(self._tx.session, sorted(present)).values():
            if organization.import_id != self._run.id:
                queries.mark_present(self._tx.session, organization.id, self._run.id)


def _codes_conflict(known: Known, stated: str | None) -> bool:
    """Tell whether the same body now has another credit code; GB 32100 codes never change."""
    return known.credit_code is not None and stated is not None and known.credit_code != stated
