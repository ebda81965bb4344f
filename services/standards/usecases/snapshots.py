"""Ask for snapshots, note finished ones, forget old ones; the files are the adapter's business."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from chassis import errors, ids, leases, outbox
from chassis.transaction import Transaction
from services.standards.domain import snapshots
from services.standards.domain.snapshots import FileFacts, SnapshotFacts, SnapshotKind
from services.standards.models import Snapshot, SnapshotRequest

LEASE: Final = "snapshot"
LEASE_DURATION: Final = timedelta(seconds=90)


class SnapshotBusyError(errors.DomainError):
    """Say that somebody else is making a snapshot."""

    code = "standards.snapshot_busy"


def request_snapshot(*, tx: Transaction, subject: str) -> dict[str, Any]:
    """Ask for a snapshot as soon as possible; it is made by a job."""
    now = tx.now()
    request = SnapshotRequest(id=ids.new_id(), requested_at=now, requested_by=subject)
    tx.session.add(request)
    tx.audit("snapshot.requested", object_id=request.id)
    return {"requested_at": outbox.format_time(now)}


def claim(*, tx: Transaction, holder: str, duration: timedelta = LEASE_DURATION) -> None:
    """Become, or stay, the one who makes a snapshot.

    Raises:
        SnapshotBusyError: somebody else is.
    """
    if not leases.acquire(tx, LEASE, holder, duration):
        raise SnapshotBusyError


def release(*, tx: Transaction, holder: str) -> None:
    """Let others make the next one."""
    leases.release(tx, LEASE, holder)


def record_snapshots(
    *,
    tx: Transaction,
    holder: str,
    made: Sequence[tuple[SnapshotFacts, FileFacts]],
    created_at: datetime,
    settles: Sequence[str] = (),
) -> None:
    """Make finished snapshots visible, each with its manifest, and settle requests.

    Raises:
        SnapshotBusyError: it took so long that somebody else has begun one.
    """
    if not leases.holds(tx, LEASE, holder):
        raise SnapshotBusyError
    for facts, manifest in made:
        tx.session.add(
            Snapshot(
                id=facts.snapshot_id,
                kind=facts.kind.value,
                position=facts.position,
                from_position=facts.from_position,
                base=facts.base,
                created_at=created_at,
                declarations=facts.declarations,
                events=facts.events,
                products=facts.products,
                pending=facts.pending,
                checksum=facts.checksum,
                files=[asdict(file) for file in (*facts.files, manifest)],
            )
        )
    if settles:
        tx.session.execute(sa.delete(SnapshotRequest).where(SnapshotRequest.id.in_(settles)))


def forget_old(*, tx: Transaction, keep: timedelta) -> list[str]:
    """Make snapshots invisible that are older than ``keep``, but never the newest fulls.

    Returns their ids: the files can be deleted after the commit.
    """
    rows = tx.session.execute(
        sa.select(Snapshot.id, Snapshot.kind, Snapshot.base, Snapshot.created_at).order_by(
            Snapshot.position.desc(), Snapshot.created_at.desc(), Snapshot.id.desc()
        )
    ).all()
    doomed = snapshots.outdated(
        [(row.id, SnapshotKind(row.kind), row.base, row.created_at) for row in rows],
        before=tx.now() - keep,
    )
    if doomed:
        tx.session.execute(sa.delete(Snapshot).where(Snapshot.id.in_(doomed)))
    return doomed


def list_ids(*, tx: Transaction) -> set[str]:
    """Return the ids of all snapshots that are visible."""
    return set(tx.session.scalars(sa.select(Snapshot.id)))


__all__ = [
    "LEASE",
    "LEASE_DURATION",
    "SnapshotBusyError",
    "claim",
    "forget_old",
    "list_ids",
    "record_snapshots",
    "release",
    "request_snapshot",
]
