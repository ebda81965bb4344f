"""Take records of the code database 组织机构代码库 into the own tables, a batch at a time.

A batch, its counts and the position after it are one transaction: an import that was interrupted
goes on where it stopped, and one that is repeated changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chassis import bulk, ids
from chassis.uow import Transaction
from services.registry import models, queries
from services.registry.domain import codes, rows
from services.registry.domain.rows import Fault, OrganizationRecord, RowFault
from services.registry.models import ImportFault, ImportRun, Organization
from services.registry.queries import Known
from services.registry.usecases import changing
from services.registry.usecases.changing import Protector
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
class NumberedRow:
    """Hold one row of the file; no ``values`` when its columns are not those of the header."""

    number: int
    values: Mapping[str, str] | None


@dataclass(frozen=True)
class RejectedRow:
    """Say why one row was not taken."""

    number: int
    faults: tuple[RowFault, ...]


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


@dataclass(frozen=True)
class ReadBatch:
    """Hold some thousand rows and what was read in them."""

    rows: Sequence[NumberedRow]
    records: Mapping[int, OrganizationRecord]
    rejected: Sequence[RejectedRow]


def read_batch(batch: Sequence[NumberedRow]) -> ReadBatch:
    """Read rows into records, or say what is wrong with them; nothing else is needed for it."""
    records, rejected = _read(batch)
    return ReadBatch(batch, records, rejected)


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
    rejected = list(batch.rejected)
    writer = _Writer(tx, ring, run, batch.records.values())
    for number, record in batch.records.items():
        fault = writer.take(number, record)
        if fault is not None:
            rejected.append(RejectedRow(number, (fault,)))
    writer.write()
    writer.confirm_presence(batch.rows, {row.number for row in rejected})
    rejected.sort(key=lambda row: row.number)
    _store_faults(tx, run, rejected)
    run.rejected += len(rejected)
    run.position = batch.rows[-1].number if batch.rows else position
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


def _read(
    batch: Sequence[NumberedRow],
) -> tuple[dict[int, OrganizationRecord], list[RejectedRow]]:
    records: dict[int, OrganizationRecord] = {}
    rejected: list[RejectedRow] = []
    for row in batch:
        if row.values is None:
            rejected.append(RejectedRow(row.number, (RowFault("", Fault.COLUMN_COUNT),)))
            continue
        outcome = rows.read_row(row.values)
        if isinstance(outcome, list):
            rejected.append(RejectedRow(row.number, tuple(outcome)))
        else:
            records[row.number] = outcome
    return records, rejected


class _Writer:
    """Sort the records of one batch into new, changed and unchanged ones, and write each kind."""

    def __init__(
        self, tx: Transaction, ring: Ring, run: ImportRun, records: Iterable[OrganizationRecord]
    ) -> None:
        self._tx = tx
        self._run = run
        self._now = tx.now()
        self._protector = Protector(ring)
        self._known = queries.find_known(
            tx.session, [record.organization_code for record in records]
        )
        self._seen: set[str] = set()
        self._created: list[tuple[Any, ...]] = []
        self._changed: dict[str, tuple[int, OrganizationRecord, str]] = {}
        self._confirmed: list[tuple[Any, ...]] = []

    def take(self, number: int, record: OrganizationRecord) -> RowFault | None:
        """Note what is to be written for one record, or say why nothing."""
        code = record.organization_code
        known = self._known.get(code)
        if code in self._seen or (known is not None and known.import_id == self._run.id):
            return RowFault("credit_code", Fault.REPEATED_CODE)
        if known is not None and record.credit_code is None:
            record = record.with_credit_code(known.credit_code)
        if known is not None and _codes_conflict(known, record):
            return RowFault("credit_code", Fault.CODE_CONFLICT)
        self._seen.add(code)
        digest = self._protector.digest(record)
        if known is None:
            self._create(number, record, digest)
        elif known.source_digest == digest:
            self._confirmed.append((known.id, self._run.id, number, self._now))
        else:
            self._changed[known.id] = (number, record, digest)
        return None

    def _create(self, number: int, record: OrganizationRecord, digest: str) -> None:
        organization_id = models.organization_id(record.organization_code)
        facts = self._protector.protect(organization_id, record)
        self._created.append(
            (organization_id, *facts.values(), digest, self._run.id, number, self._now, 1)
        )

    def write(self) -> None:
        """Write everything that was noted."""
        connection = self._tx.session.connection()
        bulk.insert_rows(connection, _ORGANIZATION, models.IMPORTED_COLUMNS, self._created)
        bulk.update_rows(connection, _ORGANIZATION, "id", _CONFIRMED, self._confirmed)
        self._run.created += len(self._created)
        self._run.unchanged += len(self._confirmed)
        self._run.updated += self._change()

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

    def confirm_presence(self, batch: Sequence[NumberedRow], rejected: set[int]) -> None:
        """Note that organisations are in the file although their rows were not taken.

        A full import must not take a body for gone because its row has a fault.
        """
        present = {
            code
            for row in batch
            if row.number in rejected and row.values is not None
            for code in [_code_of(row.values)]
            if code
        }
        for organization in queries.find_known(self._tx.session, sorted(present)).values():
            if organization.import_id != self._run.id:
                queries.mark_present(self._tx.session, organization.id, self._run.id)


def _code_of(values: Mapping[str, str]) -> str:
    credit_code = codes.fold_code(values.get("credit_code", ""))
    if codes.is_credit_code(credit_code):
        return codes.organization_code_of(credit_code)
    organization_code = codes.fold_code(values.get("org_code", ""))
    return organization_code if codes.is_organization_code(organization_code) else ""


def _codes_conflict(known: Known, record: OrganizationRecord) -> bool:
    """Tell whether the same body now has another credit code; GB 32100 codes never change."""
    stated = record.credit_code
    return known.credit_code is not None and stated is not None and known.credit_code != stated
