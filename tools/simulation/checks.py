"""What must hold in the databases of a system at rest, whatever happened to it before (K2-K8).

Plain functions over open sessions, the same for SQLite and PostgreSQL: the simulator and the tests
that kill processes both end with them. Each returns what is wrong; an empty list is good.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import audit, inbox, tables
from chassis.blob_store import BlobInfo
from services.notify.models import Message
from services.search import queries
from services.search.domain.documents import read_document
from services.standards.models import Declaration, Upload, Version

# Files without a row are left alone for two days, and the sweep comes every ten minutes.
ORPHAN_AGE: Final = timedelta(hours=49)
_SHOWN: Final = 10


@dataclass(frozen=True)
class Route:
    """Say that a handler hears an event: ``name`` as in the outbox, ``handler`` as in the inbox."""

    name: str
    handler: str


def find_index_faults(standards: Session, search: Session) -> list[str]:
    """Compare the whole index with what standards has published (K2)."""
    published = {
        version.declaration_id: (version, number)
        for version, number in standards.execute(
            sa.select(Version, Declaration.record_number).join(
                Declaration,
                sa.and_(
                    Declaration.id == Version.declaration_id,
                    Declaration.published_version == Version.number,
                ),
            )
        )
    }
    documents = sa.select(queries.live_tables(search).documents)
    indexed = {row.declaration_id: row._asdict() for row in search.execute(documents)}
    faults = _compare_sets("index", published.keys(), indexed.keys())
    for key in sorted(published.keys() & indexed.keys()):
        version, number = published[key]
        faults += _index_fault(version, number, indexed[key])
    return faults[:_SHOWN]


def find_delivery_faults(source: Session, consumer: Session, route: Route) -> list[str]:
    """Check that a handler has done exactly the events of one kind that were announced (K3)."""
    emitted = source.scalars(
        sa.select(tables.outbox.c.event_id).where(
            tables.outbox.c.kind == "EVENT", tables.outbox.c.name == route.name
        )
    ).all()
    handled = consumer.scalars(
        sa.select(tables.inbox.c.event_id).where(
            tables.inbox.c.handler == route.handler, tables.inbox.c.state == inbox.DONE
        )
    ).all()
    return _compare_lists(route.handler, emitted, handled)


def find_message_faults(notify: Session) -> list[str]:
    """Check that every SMS asked for has one row in its final state (K4)."""
    faults = [
        f"message {message.id} ended as {message.state} {message.reason}"
        for message in notify.scalars(sa.select(Message).where(Message.settled_at.is_(None)))
    ]
    requests = notify.scalars(sa.select(Message.request_id)).all()
    return [*faults, *_repeats("SMS request", requests)][:_SHOWN]


def find_sms_faults(
    sent: Iterable[tuple[str, datetime]], *, per_hour: int, per_day: int
) -> list[str]:
    """Check that no phone got more than its limits: (phone, moment) of every SMS (K4).

    A window begins with the first message in it, so that in any one hour up to twice as many as
    the limit may arrive: the end of one window and the beginning of the next.
    """
    by_phone: dict[str, list[datetime]] = {}
    for phone, moment in sent:
        by_phone.setdefault(phone, []).append(moment)
    faults = []
    for moments in by_phone.values():
        for window, limit in ((timedelta(hours=1), per_hour), (timedelta(days=1), per_day)):
            most = max(
                sum(first <= moment < first + window for moment in moments) for first in moments
            )
            if most > 2 * limit:
                faults.append(f"a phone got {most} messages within {window}")
    return faults[:_SHOWN]


def find_audit_faults(session: Session) -> list[str]:
    """Check that every audit row is sealed and that the chain is whole (K5)."""
    unsealed = session.scalar(sa.select(sa.func.count()).where(tables.audit.c.sequence.is_(None)))
    faults = [f"{unsealed} audit rows are not sealed"] if unsealed else []
    broken = audit.verify(session)
    return faults if broken is None else [*faults, f"the audit chain breaks at {broken}"]


def find_blob_faults(
    standards: Session, stored: Mapping[str, BlobInfo], *, now: datetime
) -> list[str]:
    """Check that accepted files are there with their words, and old files have a row (K6)."""
    faults = []
    known = set()
    is_kept = sa.exists().where(Version.upload_id == Upload.id)
    for upload, is_public in standards.execute(sa.select(Upload, is_kept)):
        known |= {upload.key, upload.extracted_key}
        is_needed = is_public or upload.expires_at is None or upload.expires_at > now
        if upload.state == "ACCEPTED" and is_needed:
            faults += _blob_fault(stored, upload.key, upload.size)
            if upload.extracted_sha256 is not None:
                faults += _blob_fault(stored, upload.extracted_key, upload.extracted_size)
    faults += [
        f"{key} belongs to nothing"
        for key, info in sorted(stored.items())
        if key not in known and info.modified_at < now - ORPHAN_AGE
    ]
    return faults[:_SHOWN]


def find_outbox_faults(session: Session) -> list[str]:
    """Check that everything was sent (K7)."""
    unsent = session.scalars(
        sa.select(tables.outbox.c.name).where(tables.outbox.c.sent_at.is_(None))
    ).all()
    return [f"unsent: {name} × {count}" for name, count in sorted(Counter(unsent).items())]


def find_log_faults(standards: Session) -> list[str]:
    """Check that the public log is 1..n without a gap and holds each public event once (K7)."""
    log = tables.public_log
    rows = standards.execute(sa.select(log.c.position, log.c.event_id).order_by(log.c.position))
    placed = [(row.position, row.event_id) for row in rows]
    positions = [position for position, _ in placed]
    faults = []
    if positions != list(range(1, len(positions) + 1)):
        faults.append(f"positions are not 1..{len(positions)}: {positions[:_SHOWN]}…")
    emitted = standards.execute(
        sa.select(tables.outbox.c.position, tables.outbox.c.event_id).where(
            tables.outbox.c.is_public.is_(True)
        )
    )
    expected = sorted((row.position or 0, row.event_id) for row in emitted)
    if expected != placed:
        faults.append(f"the log has {len(placed)} events, the outbox {len(expected)} others")
    versions = standards.scalar(sa.select(sa.func.count()).select_from(Version))
    if versions != len(placed):
        faults.append(f"{versions} versions were published, {len(placed)} announced")
    return faults


def find_dead_letter_faults(dead: Iterable[str], planted: Collection[str]) -> list[str]:
    """Check that the dead letters are exactly those that were planted, by event id (K8)."""
    return _compare_sets("dead letters", set(planted), set(dead))


def _index_fault(version: Version, number: str | None, held: Mapping[str, Any]) -> list[str]:
    expected = read_document(
        declaration_id=version.declaration_id,
        sequence=version.number,
        text=version.document,
        sha256=version.document_sha256,
        extracted="",
    )
    # Where the words are is known to the file, not to the document.
    wanted = {name: value for name, value in expected.values.items() if name != "text_key"}
    different = [name for name, value in wanted.items() if held[name] != value]
    is_same = held["sequence"] == expected.sequence and not different
    if is_same and held["record_number"] == number:
        return []
    return [f"index of {version.declaration_id} differs: {different or 'sequence'}"]


def _blob_fault(stored: Mapping[str, BlobInfo], key: str, size: int | None) -> list[str]:
    if key not in stored:
        return [f"{key} is not stored"]
    return [] if stored[key].size == size else [f"{key} has {stored[key].size} bytes, not {size}"]


def _compare_lists(what: str, expected: Sequence[str], found: Sequence[str]) -> list[str]:
    return [*_repeats(what, found), *_compare_sets(what, set(expected), set(found))][:_SHOWN]


def _compare_sets(what: str, expected: Collection[str], found: Collection[str]) -> list[str]:
    missing, extra = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    faults = []
    if missing:
        faults.append(f"{what}: {len(missing)} missing, such as {missing[0]}")
    if extra:
        faults.append(f"{what}: {len(extra)} too many, such as {extra[0]}")
    return faults


def _repeats(what: str, found: Iterable[str]) -> list[str]:
    return [f"{what}: {entry} × {count}" for entry, count in Counter(found).items() if count > 1]
