"""Messages that wait to be sent: written with the change they tell of, sent by the relay.

Rows are read by ``sent_at IS NULL``, never by "newer than the last one": numbers are given out in
another order than transactions commit in (such a reader missed 1,127 of 2,000 rows).
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import db
from chassis.postgres import Glancer
from chassis.tables import outbox, public_log
from contracts.events import CommandType, EventType

MAX_BYTES: Final = 128 * 1024
EVENT: Final = "EVENT"
COMMAND: Final = "COMMAND"


@dataclass(frozen=True)
class Message:
    """Be one unsent row: ``body`` is the envelope as JSON text.

    ``service`` announces an event or is asked by a command; ``name`` is the routing key.
    """

    id: int
    event_id: str
    kind: str
    service: str
    name: str
    subject: str
    is_public: bool
    position: int | None
    body: str
    created_at: datetime
    expires_at: datetime | None

    @property
    def is_command(self) -> bool:
        """Say whether it asks one service, instead of telling all."""
        return self.kind == COMMAND

    @property
    def type(self) -> str:
        """Return the CloudEvents type."""
        return str(json.loads(self.body)["type"])


@dataclass(frozen=True)
class Backlog:
    """Say how much waits to be sent, and since when the oldest."""

    depth: int
    oldest_at: datetime | None


_UNSENT: Final = (
    sa.select(*(outbox.c[name] for name in Message.__dataclass_fields__))
    .where(outbox.c.sent_at.is_(None))
    .order_by(outbox.c.id)
    .limit(sa.bindparam("count"))
)
_GLANCE: Final = (
    f"SELECT {', '.join(Message.__dataclass_fields__)} FROM outbox"  # noqa: S608 - columns of ours
    " WHERE sent_at IS NULL AND id <> ALL(%s::bigint[]) ORDER BY id LIMIT %s"
)
_CLAIM: Final = _UNSENT.with_for_update(skip_locked=True)
_CLAIM_PLACED: Final = (
    _UNSENT.where(outbox.c.position.is_not(None))
    .order_by(None)
    .order_by(outbox.c.position)
    .with_for_update(skip_locked=True)
)


def event_envelope(  # noqa: PLR0913 - one per attribute
    event_type: EventType,
    *,
    event_id: str,
    subject: str,
    sequence: int,
    time: datetime,
    traceparent: str,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the CloudEvents envelope of an event."""
    return {
        **_envelope(event_type.source, event_type, event_id, subject, time, traceparent),
        "sequence": sequence,
        "data": dict(data),
    }


def command_envelope(  # noqa: PLR0913 - one per attribute
    command: CommandType,
    *,
    event_id: str,
    source: str,
    time: datetime,
    expires_at: datetime | None,
    traceparent: str,
    data: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the CloudEvents envelope of a command; its subject is its own id."""
    envelope = _envelope(source, command, event_id, event_id, time, traceparent)
    if expires_at is not None:
        envelope["expiretime"] = format_time(expires_at)
    return {**envelope, "data": dict(data)}


def format_time(moment: datetime) -> str:
    """Return the moment as on the wire: ISO 8601 in UTC with a ``Z``."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def unsent(session: Session, limit: int = 50, exclude: Collection[int] = ()) -> list[Message]:
    """Return the oldest unsent messages in the order of their ids, without locking them.

    ``exclude`` names rows that are on their way already.
    """
    return _messages(session, _UNSENT, limit, exclude)


def glance(glancer: Glancer, limit: int = 50, exclude: Collection[int] = ()) -> list[Message]:
    """Return what `unsent` returns, in one round trip.

    Raises:
        DatabaseUnavailableError: the database is away.
    """
    rows = glancer.rows(_GLANCE, (list(exclude), limit))
    return [Message(*row) for row in rows]


def _messages(
    session: Session, statement: sa.Select[Any], limit: int, exclude: Collection[int]
) -> list[Message]:
    if exclude:
        statement = statement.where(outbox.c.id.not_in(exclude))
    return [Message(**row) for row in session.execute(statement, {"count": limit}).mappings()]


def claim_batch(session: Session, limit: int = 50, exclude: Collection[int] = ()) -> list[Message]:
    """Return the oldest unsent messages, locked against other relays, in the order of their ids."""
    return _messages(session, _CLAIM, limit, exclude)


def claim_placed(session: Session, limit: int = 50, exclude: Collection[int] = ()) -> list[Message]:
    """Return the unsent messages that have a position already, lowest first, locked.

    Their positions need not be in the order of their ids: numbers are given out in another order
    than transactions commit in.
    """
    return _messages(session, _CLAIM_PLACED, limit, exclude)


def assign_positions(
    session: Session, messages: Sequence[Message], *, now: datetime
) -> list[Message]:
    """Give the public events among ``messages`` their place in the public log, and copy them there.

    The caller has proved in this very transaction that it holds the relay's lease
    (`leases.holds`), so nobody else does this now: positions have no gap and are never used twice.
    Events that have a position keep it. Returns the messages with their positions, also inside the
    envelope.
    """
    last = session.scalar(sa.select(sa.func.max(public_log.c.position))) or 0
    placed, fresh = [], []
    for message in messages:
        if message.is_public and message.position is None:
            last += 1
            body = db.dump_json({**json.loads(message.body), "position": last})
            message = replace(message, position=last, body=body)  # noqa: PLW2901 - the placed one
            fresh.append(message)
        placed.append(message)
    if fresh:
        _copy_to_public_log(session, fresh, now)
    return placed


def mark_sent(session: Session, messages: Sequence[Message], *, now: datetime) -> None:
    """Remember that the messages were sent; commands, which hold sealed values, are deleted."""
    events = [message.id for message in messages if not message.is_command]
    commands = [message.id for message in messages if message.is_command]
    if events:
        session.execute(sa.update(outbox).where(outbox.c.id.in_(events)).values(sent_at=now))
    if commands:
        session.execute(sa.delete(outbox).where(outbox.c.id.in_(commands)))


def has_unsent(session: Session) -> bool:
    """Say whether anything waits to be sent: cheaper than `backlog`."""
    return bool(session.scalar(sa.select(sa.exists().where(outbox.c.sent_at.is_(None)))))


def backlog(session: Session) -> Backlog:
    """Return how much waits to be sent."""
    statement = sa.select(sa.func.count(), sa.func.min(outbox.c.created_at)).where(
        outbox.c.sent_at.is_(None)
    )
    depth, oldest = session.execute(statement).one()
    return Backlog(depth, oldest)


def purge(
    session: Session, *, now: datetime, keep: timedelta = timedelta(days=7), limit: int = 500
) -> int:
    """Delete up to ``limit`` events sent longer ago than ``keep``; return how many."""
    old = sa.select(outbox.c.id).where(outbox.c.sent_at < now - keep).limit(limit)
    return db.affected(session.execute(sa.delete(outbox).where(outbox.c.id.in_(old))))


def purge_public_log(
    session: Session, *, now: datetime, keep: timedelta = timedelta(days=400), limit: int = 500
) -> int:
    """Delete up to ``limit`` public events older than ``keep``, oldest first; return how many.

    The newest one stays for ever: it holds the position that must not be used again.
    """
    newest = sa.select(sa.func.max(public_log.c.position)).scalar_subquery()
    old = (
        sa.select(public_log.c.position)
        .where(public_log.c.recorded_at < now - keep, public_log.c.position < newest)
        .order_by(public_log.c.position)
        .limit(limit)
    )
    return db.affected(session.execute(sa.delete(public_log).where(public_log.c.position.in_(old))))


def _envelope(  # noqa: PLR0913, PLR0917 - one per attribute
    source: str,
    message_type: EventType | CommandType,
    event_id: str,
    subject: str,
    time: datetime,
    traceparent: str,
) -> dict[str, Any]:
    owner = message_type.source if isinstance(message_type, EventType) else message_type.target
    return {
        "specversion": "1.0",
        "id": event_id,
        "source": f"/services/{source}",
        "type": message_type.type,
        "subject": subject,
        "time": format_time(time),
        "datacontenttype": "application/json",
        "dataschema": f"urn:qibiao:schema:{owner}:{message_type.name}",
        "traceparent": traceparent,
    }


def _copy_to_public_log(session: Session, fresh: Sequence[Message], now: datetime) -> None:
    session.execute(
        sa.insert(public_log),
        [
            {
                "position": message.position,
                "event_id": message.event_id,
                "type": message.type,
                "subject": message.subject,
                "body": message.body,
                "recorded_at": now,
            }
            for message in fresh
        ],
    )
    session.execute(
        sa.update(outbox)
        .where(outbox.c.id == sa.bindparam("row_id"))
        .values(position=sa.bindparam("new_position"), body=sa.bindparam("new_body")),
        [{"row_id": row.id, "new_position": row.position, "new_body": row.body} for row in fresh],
        execution_options={"synchronize_session": None},
    )
