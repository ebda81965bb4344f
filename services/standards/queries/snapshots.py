"""Which snapshots there are, what they hold, and whether the next one is due."""

from datetime import datetime
from typing import Any, Final, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from chassis.tables import public_log
from services.standards.domain.snapshots import LOG, MANIFEST, SnapshotKind
from services.standards.models import Snapshot, SnapshotRequest

FOLDER: Final = "snapshots"
# By position first: clocks can be set back, positions can not.
_NEWEST: Final = (Snapshot.position.desc(), Snapshot.created_at.desc(), Snapshot.id.desc())


class SnapshotNotFoundError(errors.DomainError):
    """Say that there is no such snapshot, or no such file in it, or no longer."""

    code = "standards.snapshot_not_found"


def blob_key(snapshot_id: str, name: str) -> str:
    """Return where a file of a snapshot lies in the blob store."""
    return f"{FOLDER}/{snapshot_id}/{name}"


def list_snapshots(session: Session, *, limit: int) -> dict[str, Any]:
    """Return the newest snapshots and deltas, newest first."""
    rows = session.scalars(sa.select(Snapshot).order_by(*_NEWEST).limit(limit))
    return {"items": [_view(row) for row in rows]}


def find_latest(session: Session) -> Snapshot | None:
    """Return the newest full snapshot."""
    return session.scalars(
        sa.select(Snapshot)
        .where(Snapshot.kind == SnapshotKind.FULL.value)
        .order_by(*_NEWEST)
        .limit(1)
    ).one_or_none()


class Base(NamedTuple):
    """Be the full snapshot that a delta begins at, with so many entries of the Merkle log."""

    snapshot_id: str
    position: int
    entries: int


def find_base(session: Session, *, oldest_position: int | None) -> Base | None:
    """Return the full snapshot that a delta can lead on from.

    None when there is none, or the public log does not reach back to it any more.
    """
    latest = find_latest(session)
    if latest is None:
        return None
    reaches = oldest_position is None or latest.position >= oldest_position - 1
    entries = [cast("int", file["rows"]) for file in latest.files if file["name"] == LOG]
    return Base(latest.id, latest.position, sum(entries)) if reaches else None


def show_latest(session: Session) -> dict[str, Any]:
    """Return the newest full snapshot with its files.

    Raises:
        SnapshotNotFoundError: none was made yet.
    """
    latest = find_latest(session)
    if latest is None:
        raise SnapshotNotFoundError
    return {**_view(latest), "files": latest.files}


def find_file(session: Session, *, snapshot_id: str, name: str) -> dict[str, Any]:
    """Return where a file of a snapshot lies, its size and hash.

    Raises:
        SnapshotNotFoundError: there is no such snapshot or file.
    """
    snapshot = session.get(Snapshot, snapshot_id)
    files = [] if snapshot is None else snapshot.files
    for file in files:
        if file["name"] == name:
            return {
                "key": blob_key(snapshot_id, name),
                "file_name": name,
                "size": file["bytes"],
                "sha256": file["sha256"],
            }
    raise SnapshotNotFoundError


def find_checksum(session: Session, *, position: int | None) -> dict[str, Any]:
    """Return the checksum of the register at a position, the newest there is when not told.

    Raises:
        SnapshotNotFoundError: no snapshot was taken there.
    """
    wanted = sa.select(Snapshot).where(Snapshot.kind == SnapshotKind.FULL.value)
    if position is not None:
        wanted = wanted.where(Snapshot.position == position)
    found = session.scalars(wanted.order_by(*_NEWEST).limit(1)).one_or_none()
    if found is None:
        raise SnapshotNotFoundError
    return {
        "snapshot_id": found.id,
        "position": found.position,
        "declarations": found.declarations,
        "pending": found.pending,
        "checksum": found.checksum,
    }


def is_wanted(session: Session, *, due_at: datetime) -> bool:
    """Say whether a snapshot is to be made: asked for, or none made since it was due.

    Before the first one nothing is due for what was announced after that moment.
    """
    latest = find_latest(session)
    if list_requests(session):
        return True
    if latest is not None:
        return latest.created_at < due_at
    first = session.scalar(
        sa.select(public_log.c.recorded_at).order_by(public_log.c.position).limit(1)
    )
    return first is not None and first < due_at


def list_requests(session: Session) -> list[str]:
    """Return the ids of what operators asked for and did not get yet."""
    return list(session.scalars(sa.select(SnapshotRequest.id)))


def _view(row: Snapshot) -> dict[str, Any]:
    return {
        "snapshot_id": row.id,
        "kind": row.kind,
        "position": row.position,
        "from_position": row.from_position,
        "base": row.base,
        "created_at": outbox.format_time(row.created_at),
        "declarations": row.declarations,
        "events": row.events,
        "products": row.products,
        "pending": row.pending,
        "checksum": row.checksum,
        "bytes": sum(int(str(file["bytes"])) for file in row.files if file["name"] != MANIFEST),
        "manifest_url": f"/api/v1/snapshots/{row.id}/manifest",
    }
