"""Read rows of a file into records and make them ready to be stored; no database is needed.

That is most of the work of an import, so it may be done ahead or by other processes. A batch is
therefore kept in columns: they are handed to another process many times as fast as objects.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from chassis import bulk
from services.registry import models
from services.registry.domain import codes, rows
from services.registry.domain.rows import Fault, OrganizationRecord, RowFault
from services.registry.usecases.changing import Protector
from services.registry.usecases.protection import Ring


class NumberedRow(NamedTuple):
    """Hold one row of the file; no ``values`` when its columns are not those of the header."""

    number: int
    values: Mapping[str, str] | None


@dataclass(frozen=True)
class RejectedRow:
    """Say why one row was not taken, and which organisation it names, if that can be read."""

    number: int
    faults: tuple[RowFault, ...]
    organization_code: str = ""


class Records(Protocol):
    """Be the records of a batch."""

    def __getitem__(self, index: int, /) -> OrganizationRecord:
        """Return one of them."""


@dataclass(frozen=True)
class ReadBatch:
    """Hold some thousand rows as they were read: columns of what is good, and what is not.

    ``texts`` are the rows as COPY reads them, as far as they are known before the transaction.
    """

    last_number: int | None
    numbers: Sequence[int]
    codes: Sequence[str]
    credit_codes: Sequence[str | None]
    digests: Sequence[str]
    records: Records
    rejected: Sequence[RejectedRow]
    texts: Sequence[bytes] | None = None


def read_batch(ring: Ring, batch: Sequence[NumberedRow]) -> ReadBatch:
    """Read rows into records, or say what is wrong with them."""
    read, _ = _read_batch(Protector(ring), batch)
    return read


def pack_batch(
    ring: Ring, batch: Sequence[NumberedRow], *, run_id: str, with_texts: bool
) -> ReadBatch:
    """Read rows as `read_batch` does, for another process.

    ``with_texts`` encrypts and writes out every row, which is of use where most are new.
    """
    protector = Protector(ring)
    read, contents = _read_batch(protector, batch)
    texts = None
    if with_texts:
        count = range(len(contents))
        texts = [bulk.to_text(first_values(protector, read, index, run_id)) for index in count]
    return dataclasses.replace(read, records=_PackedRecords(contents), texts=texts)


def first_values(
    protector: Protector, batch: ReadBatch, index: int, run_id: str
) -> tuple[Any, ...]:
    """Return what a new organisation is stored with; only the time and the version are missing."""
    record = batch.records[index]
    organization_id = models.organization_id(record.organization_code)
    facts = protector.protect(organization_id, record)
    return (organization_id, *facts, batch.digests[index], run_id, batch.numbers[index])


class _PackedRecords:
    """Hold records as one text; whoever needs one gets it read."""

    def __init__(self, contents: Sequence[str]) -> None:
        self._text = "\n".join(contents)
        self._lines: list[str] = []

    def __getitem__(self, index: int, /) -> OrganizationRecord:
        if not self._lines:
            self._lines = self._text.split("\n")
        return OrganizationRecord.from_text(self._lines[index])


def _read_batch(protector: Protector, batch: Sequence[NumberedRow]) -> tuple[ReadBatch, list[str]]:
    """Return what rows hold, and their records as texts."""
    numbered, rejected = _read(batch)
    records = list(numbered.values())
    contents = [record.to_text() for record in records]
    read = ReadBatch(
        last_number=batch[-1].number if batch else None,
        numbers=list(numbered),
        codes=[record.organization_code for record in records],
        credit_codes=[record.credit_code for record in records],
        digests=list(map(protector.digest_of_text, contents)),
        records=records,
        rejected=rejected,
    )
    return read, contents


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
            rejected.append(RejectedRow(row.number, tuple(outcome), _code_of(row.values)))
        else:
            records[row.number] = outcome
    return records, rejected


def _code_of(values: Mapping[str, str]) -> str:
    credit_code = codes.fold_code(values.get("credit_code", ""))
    if codes.is_credit_code(credit_code):
        return codes.organization_code_of(credit_code)
    organization_code = codes.fold_code(values.get("org_code", ""))
    return organization_code if codes.is_organization_code(organization_code) else ""
