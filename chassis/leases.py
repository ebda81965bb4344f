"""Leases: one of several equal processes does a job, until it stops renewing its claim.

Times are those of the database, so that clocks of the processes need not agree.
"""

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from chassis import db
from chassis.tables import leases

if TYPE_CHECKING:
    from chassis.transaction import Transaction


def acquire(tx: "Transaction", name: str, holder: str, duration: timedelta) -> bool:
    """Take the lease, or renew one's own, for ``duration``; say whether one has it now."""
    parameters = {
        "name": name,
        "holder": holder,
        "now": tx.time_parameter(),
        "until": tx.time_parameter(duration),
    }
    return db.affected(tx.session.connection().execute(_acquire(tx.dialect), parameters)) == 1


def release(tx: "Transaction", name: str, holder: str) -> None:
    """Give the lease back, so that another process need not wait for it to expire."""
    tx.session.execute(sa.delete(leases).where(leases.c.name == name, leases.c.holder == holder))


def holds(tx: "Transaction", name: str, holder: str) -> bool:
    """Say whether ``holder`` has the lease; until the transaction ends nobody can take it."""
    parameters = {"wanted": name, "claimant": holder, "now": tx.time_parameter()}
    return tx.session.connection().execute(_holds(tx.dialect), parameters).first() is not None


# The statements are built once: that takes longer than to run them.


@cache
def _acquire(dialect: str) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    statement = db.insert_into(leases, dialect).values(
        name=sa.bindparam("name"),
        holder=sa.bindparam("holder"),
        expires_at=db.database_time("until", dialect),
    )
    is_mine_or_over = sa.or_(
        leases.c.holder == statement.excluded.holder,
        leases.c.expires_at <= db.database_time("now", dialect),
    )
    return statement.on_conflict_do_update(
        index_elements=[leases.c.name],
        set_={
            "holder": statement.excluded.holder,
            "expires_at": statement.excluded.expires_at,
        },
        where=is_mine_or_over,
    )


@cache
def _holds(dialect: str) -> sa.Select[tuple[str]]:
    return (
        sa.select(leases.c.name)
        .where(leases.c.name == sa.bindparam("wanted"))
        .where(leases.c.holder == sa.bindparam("claimant"))
        .where(leases.c.expires_at > db.database_time("now", dialect))
        .with_for_update()
    )
