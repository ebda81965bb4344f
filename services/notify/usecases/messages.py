"""One message for each request, sent once or given up with a reason."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, cast

import sqlalchemy as sa

from chassis import db, ids
from chassis.uow import Transaction
from contracts.events import MESSAGE_FAILED
from services.notify import events
from services.notify.domain import delivery
from services.notify.domain.delivery import DeliveryState, FailureReason, MessageState
from services.notify.domain.texts import TextKind
from services.notify.models import Message
from services.notify.queries import messages as queries
from services.notify.queries import texts

_MESSAGES: Final = cast("sa.Table", Message.__table__)
_PURGE: Final = 1_000
SEQUENCE_SENT: Final = 1
SEQUENCE_RECEIPT: Final = 2


class Outcome(StrEnum):
    """Say what became of one try."""

    SENT = "SENT"
    NOT_SENT = "NOT_SENT"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True)
class Request:
    """Be what another service asked for; phone and values are sealed."""

    request_id: str
    template: str
    purpose: str
    phone_sealed: str
    values_sealed: str
    expires_at: datetime | None


@dataclass(frozen=True)
class Lineup:
    """Be who can send: in the order of the setting, with weights, and who is in trouble now."""

    providers: Sequence[str]
    repeatable: Collection[str] = ()
    weights: Mapping[str, int] = field(default_factory=dict)
    sidelined: Collection[str] = ()

    def rank(self, message_id: str) -> list[str]:
        """Return them in the order in which they are asked for a message."""
        return delivery.rank(message_id, self.providers, self.weights, self.sidelined)


@dataclass(frozen=True)
class Assignment:
    """Be one try that is to be made now; ``body`` is the template in use."""

    message_id: str
    provider: str
    template: str
    body: str
    phone_sealed: str
    values_sealed: str


def accept_message(
    *, tx: Transaction, request: Request, refusal: FailureReason | None = None
) -> None:
    """Take a request in, or note why it is not sent; the same one again changes nothing."""
    now = tx.now()
    message_id = ids.new_id()
    values: dict[str, object] = {
        "id": message_id,
        "request_id": request.request_id,
        "template": request.template,
        "purpose": request.purpose,
        "phone_sealed": request.phone_sealed,
        "values_sealed": request.values_sealed,
        "state": MessageState.CREATED.value,
        "attempts": 0,
        "may_have_arrived": False,
        "created_at": now,
        "due_at": now,
        "expires_at": request.expires_at,
    }
    if refusal is not None:
        values |= {
            "state": MessageState.FAILED.value,
            "reason": refusal.value,
            "settled_at": now,
        }
    tx.session.execute(
        db.insert_into(_MESSAGES, tx.dialect)
        .values(values)
        .on_conflict_do_nothing(index_elements=["request_id"])
    )
    if refusal is not None:
        stored = tx.session.get(Message, message_id)
        if stored is not None:
            _tell_failed(tx, stored, now)


def begin_sending(*, tx: Transaction, lineup: Lineup, limit: int) -> list[Assignment]:
    """Take messages whose turn it is; each try goes to the next provider.

    A try that broke off is made again only by the same provider, and only where that one knows the
    message's id and sends it once; else nobody can tell whether the phone got it, and the message
    is given up.
    """
    now = tx.now()
    begun = []
    for message in queries.find_due(tx.session, now=now, limit=limit):
        provider = _next_provider(tx, message, lineup, now)
        if provider is None:
            continue
        message.begin(provider=provider, now=now)
        _, body = texts.body_of(tx.session, kind=TextKind.SMS, name=message.template)
        begun.append(
            Assignment(
                message_id=message.id,
                provider=provider,
                template=message.template,
                body=body,
                phone_sealed=message.phone_sealed or "",
                values_sealed=message.values_sealed or "",
            )
        )
    return begun


def _next_provider(tx: Transaction, message: Message, lineup: Lineup, now: datetime) -> str | None:
    """Return who tries next; None when the message waits on, or was given up."""
    if message.state == MessageState.SENDING:
        is_repeatable = (message.provider or "") in lineup.repeatable
        _settle_broken(tx, message, is_repeatable=is_repeatable, now=now)
    if message.state != MessageState.CREATED or message.due_at > now:
        return None
    if message.has_expired(now=now):
        _give_up(tx, message, FailureReason.EXPIRED, now)
        return None
    provider = message.next_provider(lineup.rank(message.id))
    if provider is None:
        _give_up(tx, message, FailureReason.UNKNOWN_OUTCOME, now)
    return provider


def settle_sending(  # noqa: PLR0913 - what is known of a try, all by keyword
    *,
    tx: Transaction,
    message_id: str,
    outcome: Outcome,
    is_repeatable: bool,
    reference: str | None = None,
    awaits_receipt: bool = False,
) -> None:
    """Write down what became of a try; what the sweeper settled meanwhile stands."""
    message = queries.find_message(tx.session, message_id=message_id)
    if message is None or message.state != MessageState.SENDING:
        return
    now = tx.now()
    is_delivered = message.delivery == DeliveryState.DELIVERED
    if outcome is Outcome.SENT or (outcome is Outcome.UNKNOWN and is_delivered):
        message.succeed(now=now, reference=reference, awaits_receipt=awaits_receipt)
    elif outcome is Outcome.NOT_SENT:
        message.retry(now=now)
        _tell_failed(tx, message, now)
    else:
        _settle_broken(tx, message, is_repeatable=is_repeatable, now=now)


def forget_secrets(*, tx: Transaction) -> None:
    """Drop phones and values of messages that ended a day ago, and messages after 90 days."""
    now = tx.now()
    tx.session.execute(
        sa.update(Message)
        .where(
            Message.settled_at < now - delivery.SECRETS_KEPT,
            Message.phone_sealed.is_not(None),
        )
        .values(phone_sealed=None, values_sealed=None)
    )
    old = (
        sa.select(Message.id).where(Message.settled_at < now - delivery.MESSAGES_KEPT).limit(_PURGE)
    )
    tx.session.execute(sa.delete(Message).where(Message.id.in_(list(tx.session.scalars(old)))))


def _settle_broken(
    tx: Transaction, message: Message, *, is_repeatable: bool, now: datetime
) -> None:
    if is_repeatable:
        message.doubt()
        message.retry(now=now)
        _tell_failed(tx, message, now)
    else:
        _give_up(tx, message, FailureReason.UNKNOWN_OUTCOME, now)


def _give_up(tx: Transaction, message: Message, reason: FailureReason, now: datetime) -> None:
    message.fail(reason=reason, now=now)
    _tell_failed(tx, message, now)


def _tell_failed(tx: Transaction, message: Message, now: datetime) -> None:
    """Announce that a message was given up, if it was."""
    if message.state != MessageState.FAILED:
        return
    tx.emit(
        MESSAGE_FAILED,
        subject=message.id,
        sequence=SEQUENCE_SENT,
        data=events.message_failed(message, reason=message.reason or "", at=now),
    )
