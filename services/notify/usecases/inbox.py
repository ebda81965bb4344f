"""The inbox 消息: what the platform has to tell an account or an enterprise."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

import sqlalchemy as sa

from chassis import db, ids
from chassis.uow import Transaction
from services.notify.domain import templates
from services.notify.domain.texts import TextKind
from services.notify.models import InboxMessage, InboxReading
from services.notify.queries import inbox as queries
from services.notify.queries import texts
from services.notify.queries.texts import NotFoundError

KEPT: Final = timedelta(days=730)
_BATCH: Final = 500
_MESSAGES: Final = cast("sa.Table", InboxMessage.__table__)
_READINGS: Final = cast("sa.Table", InboxReading.__table__)


@dataclass(frozen=True)
class Posting:
    """Be what another service wants to be told, and to whom."""

    request_id: str
    recipient: str
    template: str
    link: str
    values: Mapping[str, str]


def post_message(*, tx: Transaction, posting: Posting) -> None:
    """Put a message into an inbox, in the words in use now; the same request changes nothing.

    Raises:
        TemplateError: the values are not exactly those of the template.
    """
    title, body = texts.body_of(tx.session, kind=TextKind.INBOX, name=posting.template)
    values = {
        "id": ids.new_id(),
        "request_id": posting.request_id,
        "recipient": posting.recipient,
        "template": posting.template,
        "title": title,
        "body": templates.fill(body, posting.values),
        "link": posting.link,
        "posted_at": tx.now(),
    }
    tx.session.execute(
        db.insert_into(_MESSAGES, tx.dialect)
        .values(values)
        .on_conflict_do_nothing(index_elements=["request_id"])
    )


def read_message(
    *, tx: Transaction, message_id: str, recipients: Sequence[str], reader: str
) -> dict[str, str]:
    """Note that a message was read; a second time changes nothing.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    if not queries.has_message(tx.session, message_id=message_id, recipients=recipients):
        raise NotFoundError
    _note(tx, [message_id], reader)
    return {"message_id": message_id}


def read_all(*, tx: Transaction, recipients: Sequence[str], reader: str) -> dict[str, int]:
    """Note that everything was read; return how much that was."""
    unread = queries.find_unread(tx.session, recipients=recipients, reader=reader)
    if unread:
        _note(tx, unread, reader)
    return {"count": len(unread)}


def forget_old(*, tx: Transaction) -> None:
    """Delete messages that are two years old."""
    old = sa.select(InboxMessage.id).where(InboxMessage.posted_at < tx.now() - KEPT).limit(_BATCH)
    chosen = list(tx.session.scalars(old))
    tx.session.execute(sa.delete(InboxReading).where(InboxReading.message_id.in_(chosen)))
    tx.session.execute(sa.delete(InboxMessage).where(InboxMessage.id.in_(chosen)))


def _note(tx: Transaction, message_ids: Sequence[str], reader: str) -> None:
    now = tx.now()
    rows = [
        {"message_id": message_id, "reader": reader, "read_at": now} for message_id in message_ids
    ]
    tx.session.execute(
        db.insert_into(_READINGS, tx.dialect)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["message_id", "reader"])
    )
