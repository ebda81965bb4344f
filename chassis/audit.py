"""Who did what: rows that nobody can change unseen.

A row is written in the transaction of what it tells of. A job then seals the new rows into one
chain: each gets a sequence number and a hash over its content and the hash before it. `verify`
names the first number where the chain breaks; heads kept elsewhere show a cut tail or a chain made
anew.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import db
from chassis.context import Call
from chassis.tables import audit

FIRST_HASH: Final = "0" * 64
_PAGE: Final = 1000
_CONTENT: Final = (
    "id", "recorded_at", "actor", "enterprise_id", "action", "object_id", "details", "trace_id",
)  # fmt: skip
_INSERT: Final = (
    "INSERT INTO audit"
    " (recorded_at, actor, enterprise_id, action, object_id, details, trace_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)


@dataclass(frozen=True)
class Head:
    """Be the end of the chain at some moment: keep it where the database's owner cannot reach."""

    sequence: int
    hash: str


def insert_statement(  # noqa: PLR0913 - one per column
    call: Call | None,
    *,
    now: datetime,
    dialect: str,
    action: str,
    object_id: str,
    details: Mapping[str, str],
    enterprise_id: str | None,
) -> tuple[str, tuple[Any, ...]]:
    """Return the statement that writes one row, and its values."""
    actor = call.actor if call else None
    values = (
        db.driver_time(now, dialect),
        actor.subject if actor else "",
        enterprise_id or (actor.enterprise_id if actor else None),
        action,
        object_id,
        db.dump_json(dict(details)),
        call.trace_id if call else "",
    )
    return _INSERT, values


def head(session: Session) -> Head:
    """Return the end of the chain."""
    row = session.execute(
        sa.select(audit.c.sequence, audit.c.hash)
        .where(audit.c.sequence.is_not(None))
        .order_by(audit.c.sequence.desc())
        .limit(1)
    ).one_or_none()
    return Head(0, FIRST_HASH) if row is None else Head(row.sequence, row.hash)


def seal(session: Session, limit: int = 500) -> int:
    """Add up to ``limit`` new rows to the chain; return how many.

    One job per service does this, under a lease; should two meet, the unique sequence stops one.
    """
    connection = session.connection()
    rows = connection.execute(
        sa.select(*(audit.c[name] for name in _CONTENT))
        .where(audit.c.sequence.is_(None))
        .order_by(audit.c.id)
        .limit(limit)
    ).mappings()
    sequence, previous = (end := head(session)).sequence, end.hash
    seals = []
    for row in rows:
        sequence += 1
        current = _hash(sequence, previous, row)
        seals.append(
            {"row_id": row["id"], "new_sequence": sequence, "before": previous, "current": current}
        )
        previous = current
    if seals:
        statement = (
            sa.update(audit)
            .where(audit.c.id == sa.bindparam("row_id"))
            .values(
                sequence=sa.bindparam("new_sequence"),
                previous_hash=sa.bindparam("before"),
                hash=sa.bindparam("current"),
            )
        )
        connection.execute(statement, seals)
    return len(seals)


@dataclass(frozen=True)
class Wanted:
    """Say which rows are wanted; an empty field wants all."""

    actor: str = ""
    object_id: str = ""
    enterprise_id: str = ""
    action: str = ""


def read(
    session: Session, wanted: Wanted, *, after: int, limit: int, before: int = 0
) -> list[dict[str, Any]]:
    """Return sealed rows after a sequence number, oldest first, as JSON objects.

    With ``before`` only those below it, newest first.
    """
    statement = sa.select(audit).where(audit.c.sequence > after)
    order = audit.c.sequence.asc()
    if before:
        statement = statement.where(audit.c.sequence < before)
        order = audit.c.sequence.desc()
    for name, value in asdict(wanted).items():
        if value:
            statement = statement.where(audit.c[name] == value)
    rows = session.execute(statement.order_by(order).limit(limit)).mappings()
    return [_describe(row) for row in rows]


def _describe(row: sa.RowMapping) -> dict[str, Any]:
    return {
        "sequence": row["sequence"],
        "recorded_at": row["recorded_at"].isoformat(),
        "actor": row["actor"],
        "enterprise_id": row["enterprise_id"] or "",
        "action": row["action"],
        "object_id": row["object_id"],
        "details": json.loads(row["details"]),
        "trace_id": row["trace_id"],
        "previous_hash": row["previous_hash"],
        "hash": row["hash"],
    }


def verify(session: Session, anchors: Sequence[Head] = ()) -> int | None:
    """Return the first sequence number where the chain is broken, or None when it is whole.

    ``anchors`` are heads noted earlier in another place: they show a tail that was cut off and a
    chain that was made anew.
    """
    expected, previous = 1, FIRST_HASH
    noted = {anchor.sequence: anchor.hash for anchor in anchors if anchor.sequence > 0}
    for row in _chain(session):
        is_next = row["sequence"] == expected and row["previous_hash"] == previous
        if not is_next or row["hash"] != _hash(expected, previous, row):
            return expected
        if noted.pop(expected, row["hash"]) != row["hash"]:
            return expected
        previous = row["hash"]
        expected += 1
    return expected if noted else None


def _chain(session: Session) -> Iterator[sa.RowMapping]:
    last = None
    while True:
        statement = (
            sa.select(audit).where(audit.c.sequence.is_not(None)).order_by(audit.c.sequence)
        ).limit(_PAGE)
        if last is not None:
            statement = statement.where(audit.c.sequence > last)
        page = session.execute(statement).mappings().all()
        yield from page
        if len(page) < _PAGE:
            return
        last = page[-1]["sequence"]


def _hash(sequence: int, previous: str, row: sa.RowMapping) -> str:
    content = [
        value.isoformat() if isinstance(value := row[name], datetime) else value
        for name in _CONTENT
    ]
    return hashlib.sha256(db.dump_json([sequence, previous, *content]).encode()).hexdigest()
