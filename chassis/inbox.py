"""Messages that arrived: each handler's work list, and its memory of what it has done.

With a broker a row only remembers that a handler has done an event. On the in-process bus the rows
are the queue itself: ``WAITING`` until done, tried again at ``due_at``, ``DEAD`` when given up.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import db
from chassis.tables import inbox, inbox_is_open

WAITING: Final = "WAITING"
DONE: Final = "DONE"
DEAD: Final = "DEAD"
_MOMENT: Final = sa.bindparam("moment", type_=db.UTCDateTime())


@dataclass(frozen=True)
class Entry:
    """Be one message for one handler; ``attempts`` counts the tries that failed."""

    id: int
    event_id: str
    handler: str
    state: str
    body: str | None
    attempts: int
    due_at: datetime
    reason: str | None
    received_at: datetime


@dataclass(frozen=True)
class Arrival:
    """Be one message to put into the list of one handler."""

    event_id: str
    handler: str
    body: str


def put(session: Session, arrivals: Sequence[Arrival], *, now: datetime) -> int:
    """Add messages that are not there yet; return how many were new."""
    connection = session.connection()
    statement = _put(connection.dialect.name)
    return sum(
        db.affected(
            connection.execute(
                statement,
                {
                    "event_id": arrival.event_id,
                    "handler": arrival.handler,
                    "body": arrival.body,
                    "moment": now,
                },
            )
        )
        for arrival in arrivals
    )


def due(session: Session, handler: str, now: datetime, limit: int = 50) -> list[Entry]:
    """Return the handler's messages whose time has come, in the order they arrived."""
    return _entries(
        session,
        (inbox.c.handler == handler, inbox.c.state == WAITING, inbox.c.due_at <= now),
        limit,
    )


def next_due_at(session: Session, handler: str) -> datetime | None:
    """Return when the handler's next message is due; None when nothing waits."""
    earliest: datetime | None = session.scalar(
        sa.select(sa.func.min(inbox.c.due_at)).where(
            inbox_is_open, inbox.c.handler == handler, inbox.c.state == WAITING
        )
    )
    return earliest


def settle(session: Session, event_id: str, handler: str, *, now: datetime) -> bool:
    """Remember that the handler has done the event; False when it had been done before.

    Part of the transaction of the effect. An equal delivery at the same moment waits here.
    """
    connection = session.connection()
    parameters = {"event_id": event_id, "handler": handler, "moment": now}
    return db.affected(connection.execute(_settle(connection.dialect.name), parameters)) == 1


def retry(  # noqa: PLR0913 - what, when and why
    session: Session,
    event_id: str,
    handler: str,
    *,
    at: datetime,
    reason: str,
    is_counted: bool = True,
) -> None:
    """Try the message again at ``at``; a wait for infrastructure is not counted as a try."""
    session.execute(
        _waiting(event_id, handler).values(
            attempts=inbox.c.attempts + int(is_counted), due_at=at, reason=reason
        )
    )


def bury(session: Session, event_id: str, handler: str, *, reason: str, now: datetime) -> None:
    """Give the message up; it stays to be looked at and replayed."""
    session.execute(
        _waiting(event_id, handler).values(
            state=DEAD, attempts=inbox.c.attempts + 1, reason=reason, settled_at=now
        )
    )


def dead(session: Session, handler: str | None = None, limit: int = 100) -> list[Entry]:
    """Return messages that were given up, oldest first."""
    conditions = [inbox.c.state == DEAD]
    if handler is not None:
        conditions.append(inbox.c.handler == handler)
    return _entries(session, conditions, limit)


def replay(session: Session, entries: Iterable[int], *, now: datetime) -> int:
    """Let the dead messages with these row ids be tried anew; return how many were dead."""
    statement = (
        sa.update(inbox)
        .where(inbox.c.id.in_(list(entries)), inbox.c.state == DEAD)
        .values(state=WAITING, attempts=0, due_at=now, settled_at=None)
    )
    return db.affected(session.execute(statement))


def counts(session: Session) -> dict[tuple[str, str], int]:
    """Return how many messages wait or are dead, by (handler, state)."""
    statement = (
        sa.select(inbox.c.handler, inbox.c.state, sa.func.count())
        .where(inbox_is_open)
        .group_by(inbox.c.handler, inbox.c.state)
    )
    return {(handler, state): count for handler, state, count in session.execute(statement)}


def purge(
    session: Session, *, now: datetime, keep: timedelta = timedelta(days=30), limit: int = 500
) -> int:
    """Forget up to ``limit`` messages done longer ago than ``keep``; return how many.

    ``keep`` is longer than any queue or dead letter keeps a message that could arrive again.
    """
    old = (
        sa.select(inbox.c.id)
        .where(inbox.c.settled_at < now - keep, inbox.c.state == DONE)
        .limit(limit)
    )
    return db.affected(session.execute(sa.delete(inbox).where(inbox.c.id.in_(old))))


def _entries(session: Session, conditions: Iterable[Any], limit: int) -> list[Entry]:
    statement = (
        sa.select(*(inbox.c[name] for name in Entry.__dataclass_fields__))
        .where(inbox_is_open, *conditions)
        .order_by(inbox.c.id)
        .limit(limit)
    )
    return [Entry(**row) for row in session.execute(statement).mappings()]


def _waiting(event_id: str, handler: str) -> sa.Update:
    return sa.update(inbox).where(
        inbox.c.event_id == event_id, inbox.c.handler == handler, inbox.c.state == WAITING
    )


@cache
def _put(dialect: str) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    """Return the statement, built once: that takes longer than to run it."""
    statement = _insert(dialect, state=WAITING, body=sa.bindparam("body"))
    return statement.on_conflict_do_nothing(index_elements=[inbox.c.event_id, inbox.c.handler])


@cache
def _settle(dialect: str) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    statement = _insert(dialect, state=DONE, settled_at=_MOMENT)
    return statement.on_conflict_do_update(
        index_elements=[inbox.c.event_id, inbox.c.handler],
        set_={
            "state": DONE,
            "body": None,
            "reason": None,
            "settled_at": statement.excluded.settled_at,
        },
        where=inbox.c.state != DONE,
    )


def _insert(dialect: str, **values: Any) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    return db.insert_into(inbox, dialect).values(
        event_id=sa.bindparam("event_id"),
        handler=sa.bindparam("handler"),
        due_at=_MOMENT,
        received_at=_MOMENT,
        **values,
    )
