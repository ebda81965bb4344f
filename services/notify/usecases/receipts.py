"""What providers tell after sending: a message arrived at the phone, or did not."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast

import sqlalchemy as sa

from chassis import db
from chassis.uow import Transaction
from contracts.events import MESSAGE_DELIVERED, MESSAGE_FAILED
from services.notify import events
from services.notify.domain.delivery import DeliveryState
from services.notify.models import EarlyReceipt, Message
from services.notify.queries import messages as queries
from services.notify.usecases.messages import SEQUENCE_RECEIPT

EARLY_KEPT: Final = timedelta(days=1)
UNDELIVERED: Final = "UNDELIVERED"
_BATCH: Final = 500
_EARLY: Final = cast("sa.Table", EarlyReceipt.__table__)


@dataclass(frozen=True)
class Receipt:
    """Be what a provider says of one message, named by our id, its own id, or both."""

    is_delivered: bool
    message_id: str = ""
    reference: str = ""


def record_receipt(*, tx: Transaction, provider: str, receipt: Receipt) -> None:
    """Write down a receipt; a second one changes nothing, one that came too early is kept."""
    message = queries.find_for_receipt(
        tx.session,
        provider=provider,
        message_id=receipt.message_id,
        reference=receipt.reference,
    )
    if message is not None:
        _confirm(tx, message, is_delivered=receipt.is_delivered)
    elif receipt.reference:
        values = {
            "provider": provider,
            "reference": receipt.reference,
            "is_delivered": receipt.is_delivered,
            "received_at": tx.now(),
        }
        tx.session.execute(
            db.insert_into(_EARLY, tx.dialect)
            .values(values)
            .on_conflict_do_nothing(index_elements=["provider", "reference"])
        )


def match_early(*, tx: Transaction, message_id: str) -> None:
    """Use the receipt that came before the message's id with the provider was known."""
    message = queries.find_message(tx.session, message_id=message_id)
    if message is None or not message.reference:
        return
    key = (message.provider, message.reference)
    early = tx.session.get(EarlyReceipt, key)
    if early is not None:
        _confirm(tx, message, is_delivered=early.is_delivered)
        tx.session.delete(early)


def sweep(*, tx: Transaction) -> int:
    """Give up on receipts that did not come; return how many."""
    now = tx.now()
    late = queries.find_without_receipt(tx.session, now=now, limit=_BATCH)
    for message in late:
        message.give_up_receipt()
    tx.session.execute(sa.delete(EarlyReceipt).where(EarlyReceipt.received_at < now - EARLY_KEPT))
    return len(late)


def _confirm(tx: Transaction, message: Message, *, is_delivered: bool) -> None:
    now = tx.now()
    if not message.confirm(is_delivered=is_delivered, now=now):
        return
    if message.delivery == DeliveryState.DELIVERED:
        tx.emit(
            MESSAGE_DELIVERED,
            subject=message.id,
            sequence=SEQUENCE_RECEIPT,
            data=events.message_delivered(message, at=now),
        )
    else:
        tx.emit(
            MESSAGE_FAILED,
            subject=message.id,
            sequence=SEQUENCE_RECEIPT,
            data=events.message_failed(message, reason=UNDELIVERED, at=now),
        )
