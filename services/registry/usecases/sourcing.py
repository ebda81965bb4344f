"""Ask the live code database for records that are missing or old, and keep what it says."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from chassis.uow import Database, Transaction
from services.registry import models, queries
from services.registry.domain.rows import OrganizationRecord
from services.registry.models import Organization, SourceLookup
from services.registry.usecases import changing
from services.registry.usecases.changing import Protector
from services.registry.usecases.protection import Ring

WAITING_BATCH: Final = 20
_log = logging.getLogger(__name__)


class SourceUnavailableError(Exception):
    """Say that the live code database gave no usable answer."""


class Source(Protocol):
    """The live interface of the code database."""

    def fetch(self, code: str) -> OrganizationRecord | None:
        """Return what it states of a folded code.

        Raises:
            SourceUnavailableError: it is away, too slow, or says what cannot be used.
        """


@dataclass(frozen=True)
class Sourcing:
    """Hold the live source, if there is one, and how long its answers are fresh."""

    source: Source | None = None
    freshness: timedelta = timedelta(minutes=10)


def look_up(*, database: Database, ring: Ring, sourcing: Sourcing, code: str) -> bool:
    """Ask for a well-formed code unless that was done a moment ago; tell whether it is known now.

    When the source is away nothing happens: what is stored stays good.
    """
    if sourcing.source is None or not _is_due(database, sourcing, code):
        return False
    try:
        record = sourcing.source.fetch(code)
    except SourceUnavailableError:
        return False
    with database.transaction() as tx:
        _note_lookup(tx, code, is_found=record is not None)
        if record is not None:
            store_record(tx=tx, ring=ring, record=record)
    return record is not None


def refresh(*, database: Database, ring: Ring, sourcing: Sourcing, organization_id: str) -> None:
    """Ask for a known organisation again when its record is not fresh (手册 6.1: 更新)."""
    if sourcing.source is None:
        return
    with database.read() as session:
        organization = queries.get_organization(session, organization_id)
    if organization is None:
        return
    if database.clock.now() - organization.last_synced_at > sourcing.freshness:
        code = organization.credit_code or organization.organization_code
        look_up(database=database, ring=ring, sourcing=sourcing, code=code)


def look_up_waiting(*, database: Database, ring: Ring, sourcing: Sourcing) -> int:
    """Ask for some of the codes that applicants wait for; return how many have come."""
    if sourcing.source is None:
        return 0
    with database.read() as session:
        before = database.clock.now() - sourcing.freshness
        wanted = queries.find_awaited_codes(session, asked_before=before, limit=WAITING_BATCH)
    return sum(
        look_up(database=database, ring=ring, sourcing=sourcing, code=code) for code in wanted
    )


def _is_due(database: Database, sourcing: Sourcing, code: str) -> bool:
    with database.read() as session:
        last = session.get(SourceLookup, code)
    return last is None or last.asked_at + sourcing.freshness <= database.clock.now()


def _note_lookup(tx: Transaction, code: str, *, is_found: bool) -> None:
    tx.session.merge(SourceLookup(code=code, asked_at=tx.now(), is_found=is_found))


def store_record(*, tx: Transaction, ring: Ring, record: OrganizationRecord) -> None:
    """Keep what the source states: a new record, a changed one, or the same confirmed."""
    protector = Protector(ring)
    organization = queries.lock_organization(tx.session, record.organization_code)
    if organization is not None and record.credit_code is None:
        record = record.with_credit_code(organization.credit_code)
    digest = protector.digest(record)
    if organization is None:
        organization = Organization(id=models.organization_id(record.organization_code))
        facts = protector.protect(organization.id, record)
        organization.take(facts, source_digest=digest)
        tx.session.add(organization)
    elif organization.credit_code not in {None, record.credit_code}:
        _log.warning("source states another code", extra={"organization_id": organization.id})
        return
    elif organization.source_digest != digest:
        facts = protector.protect(organization.id, record)
        changing.change(tx, organization, facts, source_digest=digest, import_id=None)
    organization.last_synced_at = tx.now()
    tx.audit("organization.looked_up", object_id=organization.id)
