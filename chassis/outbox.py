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
_COLUMNS: Final = ", ".join(Message.__dataclass_fields__)
_PLACED_COLUMNS: Final = ", ".join(
    f"coalesce(placed.{name}, claimed.{name})"
    if name in {"position", "body"}
    else ("id" if name == "id" else f"claimed.{name}")
    for name in Message.__dataclass_fields__
)
_GLANCE: Final = (
    f"SELECT {_COLUMNS} FROM outbox"  # noqa: S608 - columns of ours
    " WHERE sent_at IS NULL AND id <> ALL(%s::bigint[]) ORDER BY id LIMIT %s"
)
# Everything that `claim_batch` and `assign_positions` do, by the holder of a lease only. One answer
# without an id says that nothing waits or, without a holder, that the lease is somebody else's.
# Whoever waited for the lease may have an old view of the log: the log's keys then refuse what he
# numbers, never what others have numbered.
_PLACE: Final = f"""
WITH waiting AS (
  SELECT EXISTS (
    SELECT FROM outbox WHERE sent_at IS NULL AND id <> ALL(%(exclude)s::bigint[])) AS is_any),
held AS MATERIALIZED (
  SELECT name FROM leases
  WHERE (SELECT is_any FROM waiting) AND name = %(lease)s AND holder = %(holder)s
    AND expires_at > clock_timestamp() + %(offset)s
  FOR UPDATE),
claimed AS MATERIALIZED (
  SELECT {_COLUMNS} FROM outbox
  WHERE EXISTS (SELECT FROM held) AND sent_at IS NULL AND id <> ALL(%(exclude)s::bigint[])
  ORDER BY id LIMIT %(count)s
  FOR UPDATE SKIP LOCKED),
numbered AS MATERIALIZED (
  SELECT id, event_id, subject, body, (SELECT coalesce(max(position), 0) FROM public_log)
    + row_number() OVER (ORDER BY id) AS position
  FROM claimed WHERE is_public AND position IS NULL),
placed AS MATERIALIZED (
  SELECT id, event_id, subject, position, body::json ->> 'type' AS type,
    left(body, -1) || ',"position":' || position || '}}' AS body
  FROM numbered),
logged AS (
  INSERT INTO public_log (position, event_id, type, subject, body, recorded_at)
  SELECT position, event_id, type, subject, body, %(now)s FROM placed),
marked AS (
  UPDATE outbox SET position = placed.position, body = placed.body
  FROM placed WHERE outbox.id = placed.id)
SELECT waiting.is_any, held.name, {_PLACED_COLUMNS}
FROM waiting LEFT JOIN held ON TRUE LEFT JOIN claimed ON TRUE LEFT JOIN placed USING (id)
ORDER BY id
"""  # noqa: S608 - columns of ours
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


def place(  # noqa: PLR0913 - who claims, and what
    glancer: Glancer,
    *,
    lease: str,
    holder: str,
    now: datetime,
    offset: timedelta,
    limit: int = 50,
    exclude: Collection[int] = (),
) -> list[Message] | None:
    """Claim the oldest unsent messages and give the public ones their positions; commit that.

    It is `claim_batch` with `assign_positions` in one round trip, for whoever holds the lease; None
    when ``holder`` does not. ``offset`` is what the process's clock adds to the server's time.

    Raises:
        DatabaseUnavailableError: the database is away.
        psycopg2.errors.UniqueViolation: somebody else gave positions meanwhile; nothing was done.
    """
    values = {
        "lease": lease,
        "holder": holder,
        "now": now,
        "offset": offset,
        "count": limit,
        "exclude": list(exclude),
    }
    rows = glancer.rows(_PLACE, values)
    is_any, name = rows[0][:2]
    if is_any and name is None:
        return None
    return [Message(*row[2:]) for row in rows if row[2] is not None]


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
