"""Reads of notify."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.notify.domain.delivery import DeliveryState, MessageState
from services.notify.models import Message

_UNSETTLED: Final = (MessageState.CREATED.value, MessageState.SENDING.value)


@dataclass(frozen=True)
class MessageRow:
    """Be one message as it is shown; phone and values still sealed."""

    id: str
    request_id: str
    template: str
    purpose: str
    phone_sealed: str | None
    values_sealed: str | None
    state: str
    reason: str | None
    provider: str | None
    delivery: str | None
    created_at: datetime
    settled_at: datetime | None

    @property
    def is_sent(self) -> bool:
        """Tell whether a provider took it."""
        return self.state == MessageState.SENT


def has_due(session: Session, *, now: datetime) -> bool:
    """Tell whether a message waits to be sent, or its try broke off."""
    return session.scalar(sa.select(Message.id).where(*_is_due(now)).limit(1)) is not None


def find_due(session: Session, *, now: datetime, limit: int) -> Sequence[Message]:
    """Return messages whose turn it is, locked against other replicas, the oldest first."""
    return session.scalars(
        sa.select(Message)
        .where(*_is_due(now))
        .order_by(Message.due_at, Message.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def find_message(session: Session, *, message_id: str) -> Message | None:
    """Return a message, locked; None when there is none."""
    return session.scalars(
        sa.select(Message).where(Message.id == message_id).with_for_update()
    ).one_or_none()


def find_for_receipt(
    session: Session, *, provider: str, message_id: str, reference: str
) -> Message | None:
    """Return the message that a provider speaks of, locked; only one that it was asked to send."""
    by_id = sa.and_(Message.id == message_id, sa.literal(bool(message_id)))
    by_reference = sa.and_(Message.reference == reference, sa.literal(bool(reference)))
    return session.scalars(
        sa.select(Message)
        .where(Message.provider == provider, sa.or_(by_id, by_reference))
        .limit(1)
        .with_for_update()
    ).one_or_none()


def find_without_receipt(session: Session, *, now: datetime, limit: int) -> Sequence[Message]:
    """Return messages whose receipt should have come by now, locked."""
    return session.scalars(
        sa.select(Message)
        .where(Message.receipt_due_at <= now)
        .order_by(Message.receipt_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def find_slow(
    session: Session, *, provider: str, count: int, seconds: float, since: datetime
) -> bool:
    """Tell whether a provider's newest messages all took long from accepted to delivered."""
    newest = session.execute(
        sa.select(Message.settled_at, Message.receipt_at)
        .where(
            Message.provider == provider,
            Message.delivery == DeliveryState.DELIVERED.value,
            Message.receipt_at >= since,
        )
        .order_by(Message.receipt_at.desc())
        .limit(count)
    ).all()
    return len(newest) == count and all(
        (arrived - accepted).total_seconds() > seconds
        for accepted, arrived in newest
        if accepted is not None and arrived is not None
    )


def find_newest(session: Session, *, limit: int) -> list[MessageRow]:
    """Return the newest messages."""
    columns = [getattr(Message, name) for name in MessageRow.__dataclass_fields__]
    rows = session.execute(
        sa.select(*columns).order_by(Message.created_at.desc(), Message.id.desc()).limit(limit)
    ).mappings()
    return [MessageRow(**row) for row in rows]


def _is_due(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    return (Message.state.in_(_UNSETTLED), Message.due_at <= now)
