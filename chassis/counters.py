"""Limits: how often something was tried within a window of time.

A try is counted before what is tried, in a transaction of its own: a refusal, a crash or a hundred
tries at once cannot undo or outrun the count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import db
from chassis.tables import counters

if TYPE_CHECKING:
    from chassis.uow import Database


@dataclass(frozen=True)
class Hit:
    """Say how many tries there were in this window, this one included."""

    count: int
    is_over: bool
    retry_after: timedelta


def hit(database: "Database", key: str, limit: int, window: timedelta) -> Hit:
    """Count one try under ``key``; it is over when it is more than ``limit`` in the window.

    The window begins with the first try. Keys hold no personal numbers: use their blind index.

    Raises:
        chassis.errors.DatabaseUnavailableError: nothing was counted, so nothing may be tried.
    """
    with database.transaction() as tx:
        parameters = {
            "key": key,
            "now": tx.time_parameter(),
            "until": tx.time_parameter(window),
        }
        row = tx.session.connection().execute(_hit(tx.dialect), parameters)
        count, expires_at, counted_at = row.one()
    # A clock that stepped between two tries must not make anybody wait for more than a window.
    left = min(max(expires_at - counted_at, timedelta()), window)
    return Hit(count, count > limit, left)


def counts(session: Session, keys: Sequence[str], *, now: datetime) -> dict[str, int]:
    """Return how many tries there were under each key whose window is not over."""
    found = sa.select(counters.c.key, counters.c.count).where(
        counters.c.key.in_(keys), counters.c.expires_at > now
    )
    return dict(session.execute(found).all())


def forget(database: "Database", key: str) -> None:
    """Start anew, as after a success.

    Raises:
        chassis.errors.DatabaseUnavailableError: the count stands.
    """
    with database.transaction() as tx:
        tx.session.execute(sa.delete(counters).where(counters.c.key == key))


def purge(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Delete up to ``limit`` counters whose window is over; return how many."""
    old = sa.select(counters.c.key).where(counters.c.expires_at <= now).limit(limit)
    return db.affected(session.execute(sa.delete(counters).where(counters.c.key.in_(old))))


@cache
def _hit(dialect: str) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    """Return the statement, built once: that takes longer than to run it."""
    now = db.database_time("now", dialect)
    statement = db.insert_into(counters, dialect).values(
        key=sa.bindparam("key"), count=1, expires_at=db.database_time("until", dialect)
    )
    is_over = counters.c.expires_at <= now
    return statement.on_conflict_do_update(
        index_elements=[counters.c.key],
        set_={
            "count": sa.case((is_over, 1), else_=counters.c.count + 1),
            "expires_at": sa.case(
                (is_over, statement.excluded.expires_at), else_=counters.c.expires_at
            ),
        },
    ).returning(counters.c.count, counters.c.expires_at, now.label("counted_at"))
