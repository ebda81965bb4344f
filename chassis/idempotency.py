"""Commands that are carried out once however often they arrive.

A caller who got no answer asks again with the same key: a retry of the browser, a re-delivered RPC,
a commit whose outcome was lost with the connection. The row with the key is written first, so that
equal requests wait for each other, and holds the answer when the command is committed.
"""

import base64
import dataclasses
import enum
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import db
from chassis.context import Actor, Call
from chassis.errors import IdempotencyMismatchError
from chassis.tables import idempotency

KEEP: Final = timedelta(hours=24)
# Sets the answer once the command is done; sent together with the other last rows.
ANSWER_SQL: Final = "UPDATE idempotency SET answer = ? WHERE key_hash = ?"
_STORED: Final = sa.select(idempotency.c.request_hash, idempotency.c.answer).where(
    idempotency.c.key_hash == sa.bindparam("wanted")
)
_SCALARS: Final = (str, int, float, bool, type(None))


@dataclasses.dataclass(frozen=True)
class Request:
    """Identify one request: whose it is, and what it asks."""

    key_hash: str
    request_hash: str


@dataclasses.dataclass(frozen=True)
class Replay:
    """Hold the answer that was given before."""

    answer: Any


def identify(call: Call, name: str, arguments: Mapping[str, Any]) -> Request:
    """Return the identity of a call; ports and the caller's own description are no part of it.

    The raw key is not stored: it is the key of the hash over the arguments, which may contain
    numbers short enough to be guessed.
    """
    key = (call.idempotency_key or call.request_id).encode()
    subject = call.actor.subject if call.actor else ""
    asked = {
        argument: portable
        for argument, value in arguments.items()
        if not isinstance(value, Actor | Call)
        and (portable := _portable(value)) is not NotImplemented
    }
    text = json.dumps([name, asked], sort_keys=True, ensure_ascii=False)
    return Request(
        key_hash=hashlib.sha256(subject.encode() + b"\0" + key).hexdigest(),
        request_hash=hmac.new(key, text.encode(), hashlib.sha256).hexdigest(),
    )


def begin(session: Session, request: Request, *, now: datetime) -> Replay | None:
    """Take the key for this transaction; give the earlier answer if there is one.

    An equal request that is being worked on is waited for.

    Raises:
        IdempotencyMismatchError: the key was used for a different request.
    """
    if _insert(session, request, now):
        return None
    row = session.execute(_STORED, {"wanted": request.key_hash}).one()
    if not hmac.compare_digest(row.request_hash, request.request_hash):
        raise IdempotencyMismatchError
    return Replay(json.loads(row.answer))


def purge(session: Session, *, now: datetime, limit: int = 500) -> int:
    """Delete up to ``limit`` answers older than a day; return how many."""
    old = (
        sa.select(idempotency.c.key_hash).where(idempotency.c.created_at < now - KEEP).limit(limit)
    )
    return db.affected(
        session.execute(sa.delete(idempotency).where(idempotency.c.key_hash.in_(old)))
    )


def _insert(session: Session, request: Request, now: datetime) -> bool:
    """Write the row, over an expired one too; say whether it is ours."""
    connection = session.connection()
    parameters = {
        "key_hash": request.key_hash,
        "request_hash": request.request_hash,
        "created_at": now,
        "oldest": now - KEEP,
    }
    statement = _insert_statement(connection.dialect.name)
    return db.affected(connection.execute(statement, parameters)) == 1


@cache
def _insert_statement(dialect: str) -> Any:  # noqa: ANN401 - an INSERT of either dialect
    """Return the statement, built once: that takes longer than to run it."""
    names = ("key_hash", "request_hash", "created_at")
    statement = db.insert_into(idempotency, dialect).values(
        {name: sa.bindparam(name, type_=idempotency.c[name].type) for name in names}
    )
    return statement.on_conflict_do_update(
        index_elements=[idempotency.c.key_hash],
        set_={
            "request_hash": statement.excluded.request_hash,
            "created_at": statement.excluded.created_at,
            "answer": None,
        },
        where=idempotency.c.created_at < sa.bindparam("oldest", type_=db.UTCDateTime()),
    )


def _portable(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return the JSON form of a value, or NotImplemented for a thing that is no value (a port)."""
    if isinstance(value, enum.Enum):
        value = value.value
    if isinstance(value, _SCALARS):
        return value
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, date | timedelta | UUID | Decimal):
        return str(value)
    return _portable_whole(value)


def _portable_whole(value: Any) -> Any:  # noqa: ANN401 - any value
    """Return the JSON form of what has parts; a part that is no value counts by its text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {item.name: getattr(value, item.name) for item in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _portable_part(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_portable_part(part) for part in value]
    if isinstance(value, set | frozenset):
        return sorted((_portable_part(part) for part in value), key=repr)
    return NotImplemented


def _portable_part(value: Any) -> Any:  # noqa: ANN401 - any value
    portable = _portable(value)
    return str(value) if portable is NotImplemented else portable
