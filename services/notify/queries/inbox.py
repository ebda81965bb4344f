"""Reads of the inbox 消息."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.outbox import format_time
from services.notify.models import InboxMessage, InboxReading


def list_messages(
    session: Session, *, recipients: Sequence[str], reader: str, page: int, page_size: int
) -> dict[str, Any]:
    """Return a page of what the recipients were told, the newest first, and how much is unread."""
    is_theirs = InboxMessage.recipient.in_(recipients)
    reading = sa.and_(InboxReading.message_id == InboxMessage.id, InboxReading.reader == reader)
    rows = session.execute(
        sa.select(InboxMessage, InboxReading.read_at)
        .outerjoin(InboxReading, reading)
        .where(is_theirs)
        .order_by(InboxMessage.posted_at.desc(), InboxMessage.id.desc())
        .offset((page - 1) * page_size)
        .limit(page_size)
    ).all()
    total, unread = session.execute(
        sa.select(
            sa.func.count(),
            sa.func.count().filter(InboxReading.message_id.is_(None)),
        )
        .select_from(InboxMessage)
        .outerjoin(InboxReading, reading)
        .where(is_theirs)
    ).one()
    return {
        "items": [
            {
                "message_id": message.id,
                "template": message.template,
                "title": message.title,
                "body": message.body,
                "link": message.link,
                "is_for_enterprise": message.recipient.startswith("enterprise:"),
                "posted_at": format_time(message.posted_at),
                "read_at": _wire_time(read_at),
            }
            for message, read_at in rows
        ],
        "total": total,
        "unread": unread,
        "page": page,
        "page_size": page_size,
    }


def find_unread(session: Session, *, recipients: Sequence[str], reader: str) -> list[str]:
    """Return the ids of what the reader has not read yet."""
    read = sa.select(InboxReading.message_id).where(InboxReading.reader == reader)
    return list(
        session.scalars(
            sa.select(InboxMessage.id).where(
                InboxMessage.recipient.in_(recipients), InboxMessage.id.not_in(read)
            )
        )
    )


def has_message(session: Session, *, message_id: str, recipients: Sequence[str]) -> bool:
    """Tell whether a message is one of theirs."""
    return (
        session.scalar(
            sa.select(InboxMessage.id).where(
                InboxMessage.id == message_id, InboxMessage.recipient.in_(recipients)
            )
        )
        is not None
    )


def _wire_time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
