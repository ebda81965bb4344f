"""Everything public at one moment, page by page: what snapshots are made of.

All of it is read in one reading transaction, which sees the database as it was at its first query.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.tables import outbox as outbox_rows
from chassis.tables import public_log
from services.standards.domain.snapshots import PublicRecord
from services.standards.models import Declaration, Upload, Version
from services.standards.models.log import LogLeaf
from services.standards.queries import marks, own

PAGE: Final = 500
_LONG: Final = "10min"
_VERSION_LEAF: Final = "VERSION"


@dataclass(frozen=True)
class Bounds:
    """Say where the public log ends, and how many declarations have news that are not in it yet."""

    position: int
    oldest_position: int | None
    pending: int


_PENDING: Final = (
    sa.select(outbox_rows.c.subject)
    .where(
        outbox_rows.c.sent_at.is_(None),
        outbox_rows.c.is_public,
        outbox_rows.c.position.is_(None),
    )
    .distinct()
)
_RECORDS: Final = (
    sa.select(
        Declaration.id,
        Declaration.record_number,
        Version.number,
        Declaration.sequence,
        Declaration.state,
        Declaration.published_at,
        Declaration.corrected_at,
        Declaration.withdrawn_at,
        Declaration.withdrawal_reason,
        Version.document,
        Version.document_sha256,
        Upload.sha256.label("text_sha256"),
        Upload.extracted_sha256,
        LogLeaf.leaf_index,
    )
    .join(
        Version,
        sa.and_(
            Version.declaration_id == Declaration.id,
            Version.number == Declaration.published_version,
        ),
    )
    .outerjoin(Upload, Upload.id == Version.upload_id)
    .outerjoin(
        LogLeaf,
        sa.and_(
            LogLeaf.declaration_id == Version.declaration_id,
            LogLeaf.version == Version.number,
            LogLeaf.kind == _VERSION_LEAF,
        ),
    )
    .where(Declaration.id > sa.bindparam("after"))
    .order_by(Declaration.id)
    .limit(PAGE)
)
_EVENTS: Final = (
    sa.select(public_log.c.position, public_log.c.subject, public_log.c.body)
    .where(public_log.c.position > sa.bindparam("after"))
    .where(public_log.c.position <= sa.bindparam("until"))
    .order_by(public_log.c.position)
    .limit(PAGE)
)


def take_time(session: Session) -> None:
    """Let this reading transaction last longer than those that somebody waits for."""
    if session.get_bind().dialect.name == "postgresql":
        for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
            session.execute(sa.text(f"SET LOCAL {limit} = '{_LONG}'"))


def read_bounds(session: Session) -> Bounds:
    """Return between which positions the public log reaches, and what is not in it yet."""
    oldest, newest = session.execute(
        sa.select(sa.func.min(public_log.c.position), sa.func.max(public_log.c.position))
    ).one()
    pending = session.scalar(sa.select(sa.func.count()).select_from(_PENDING.subquery()))
    return Bounds(newest or 0, oldest, pending or 0)


def read_pending(session: Session) -> Iterator[str]:
    """Yield the declarations whose newest change has no position in the public log yet."""
    yield from session.scalars(_PENDING)


def read_events(session: Session, *, after: int, until: int) -> Iterator[tuple[str, str]]:
    """Yield the public events after a position, up to another: subject and envelope as JSON."""
    while after < until:
        rows = session.execute(_EVENTS, {"after": after, "until": until}).all()
        if not rows:
            return
        for row in rows:
            yield row.subject, row.body
        after = rows[-1].position


def read_records(session: Session) -> Iterator[PublicRecord]:
    """Yield everything that was ever published as it stands now, by declaration id."""
    after = ""
    while rows := session.execute(_RECORDS, {"after": after}).all():
        found = marks.find_marks(session, [row.id for row in rows])
        session.expunge_all()
        for row in rows:
            yield PublicRecord(
                declaration_id=row.id,
                record_number=str(row.record_number),
                version=row.number,
                sequence=row.sequence,
                state=row.state,
                published_at=outbox.format_time(row.published_at),
                corrected_at=own.wire_time(row.corrected_at),
                withdrawn_at=own.wire_time(row.withdrawn_at),
                withdrawal_reason=row.withdrawal_reason,
                marks=found[row.id],
                document=row.document,
                document_sha256=row.document_sha256,
                text_sha256=row.text_sha256,
                extracted_text_sha256=row.extracted_sha256,
                leaf_index=row.leaf_index,
            )
        after = rows[-1].id
