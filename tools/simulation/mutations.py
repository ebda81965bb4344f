"""Mistakes that the simulator must notice: the system with one of its safeguards taken out."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import handlers, idempotency, inbox, outbox, relay, tables
from chassis.bus.api import DONE, Outcome
from chassis.outbox import Message

_settle = inbox.settle
_mark_sent = outbox.mark_sent
_begin = idempotency.begin


def _settle_without_looking(
    session: Session, event_id: str, handler: str, *, now: datetime
) -> bool:
    """Note that a message was handled, and handle it whether it was noted before or not."""
    _settle(session, event_id, handler, now=now)
    return True


def _claim_behind_the_last(
    session: Session, limit: int = 50, exclude: Collection[int] = ()
) -> list[Message]:
    """Read what comes after the highest number sent so far, as if numbers came in order."""
    columns = [tables.outbox.c[name] for name in Message.__dataclass_fields__]
    last = session.scalar(
        sa.select(sa.func.max(tables.outbox.c.id)).where(tables.outbox.c.sent_at.is_not(None))
    )
    rows = session.execute(
        sa.select(*columns)
        .where(tables.outbox.c.id > (last or 0), tables.outbox.c.id.not_in(list(exclude)))
        .order_by(tables.outbox.c.id)
        .limit(limit)
    )
    return [Message(**row) for row in rows.mappings()]


def _acknowledge_anyway(error: BaseException, attempt: int) -> Outcome:
    """Take a handler that failed for one that is done."""
    del error, attempt
    return DONE


def _begin_anew(session: Session, request: idempotency.Request, *, now: datetime) -> None:
    """Take a request that was seen before for a new one."""
    session.execute(
        sa.delete(tables.idempotency).where(tables.idempotency.c.key_hash == request.key_hash)
    )
    _begin(session, request, now=now)


class _HastyRelay(relay.Relay):
    """Mark a batch as sent before it is handed to the bus."""

    def _claim(self, exclude: Collection[int] = ()) -> Sequence[Message]:
        messages = super()._claim(exclude)
        if messages:
            with self.database.transaction() as tx:
                _mark_sent(tx.session, messages, now=self.database.clock.now())
        return messages


Change = tuple[Any, str, Callable[..., Any]]

MUTATIONS: Final[dict[str, tuple[Change, ...]]] = {
    "no inbox check": ((inbox, "settle", _settle_without_looking),),
    "cursor": (
        (outbox, "unsent", _claim_behind_the_last),
        (outbox, "claim_batch", _claim_behind_the_last),
    ),
    "ack on error": ((handlers, "settle_failure", _acknowledge_anyway),),
    "mark before sending": ((relay, "Relay", _HastyRelay),),
    "no idempotency": ((idempotency, "begin", _begin_anew),),
}


@contextmanager
def mutated(name: str | None) -> Iterator[None]:
    """Put one mistake into the running program for a while."""
    changes = MUTATIONS[name] if name else ()
    kept = [(owner, attribute, getattr(owner, attribute)) for owner, attribute, _ in changes]
    for owner, attribute, mistake in changes:
        setattr(owner, attribute, mistake)
    try:
        yield
    finally:
        for owner, attribute, value in kept:
            setattr(owner, attribute, value)
