"""What owners do with their webhooks: subscribe, change, prove, replay, rotate, end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis import ids
from chassis.errors import DomainError
from chassis.uow import Transaction
from services.notify.domain import webhooks
from services.notify.domain.webhooks import Reason, WebhookState
from services.notify.models import HeldEvent, Webhook, WrongStateError
from services.notify.queries import webhooks as queries

# Makes a secret for the webhook with this id, and returns it encrypted.
NewSecret = Callable[[str], str]


class WebhookLimitError(DomainError):
    """Say that somebody has as many webhooks as he may have."""

    code = "notify.webhook_limit"


class WebhookStateError(DomainError):
    """Refuse a step that the state of the subscription does not allow."""

    code = "notify.webhook_state"


class WebhookPositionError(DomainError):
    """Refuse a replay from a position that was not reached yet."""

    code = "notify.webhook_position"


@dataclass(frozen=True)
class Owner:
    """Be who subscribes: ``enterprise:<id>``, ``bureau:<region>`` or ``platform``."""

    name: str
    enterprise_id: str | None
    subject: str


def create_webhook(  # noqa: PLR0913 - what a subscription is made of, all by keyword
    *,
    tx: Transaction,
    owner: Owner,
    name: str,
    url: str,
    filters: Mapping[str, Sequence[str]],
    parallel: int,
    after: int | None,
    start: Callable[[], int],
    most: int,
    new_secret: NewSecret,
) -> dict[str, Any]:
    """Subscribe; nothing is delivered before the receiver has given the challenge back.

    ``after`` is what was asked for, ``start`` gives the position that this means now.

    Raises:
        WebhookLimitError: the owner has ``most`` already.
    """
    queries.lock_owner(tx.session, owner=owner.name)
    if queries.count_own(tx.session, owner=owner.name) >= most:
        raise WebhookLimitError(limit=most)
    now = tx.now()
    webhook_id = ids.new_id()
    webhook = Webhook(
        id=webhook_id,
        owner=owner.name,
        enterprise_id=owner.enterprise_id,
        name=name,
        url=url,
        filters={key: list(values) for key, values in filters.items()},
        parallel=parallel,
        version=1,
        secret_encrypted=new_secret(webhook_id),
        position=start() if after is None else after,
        created_by=owner.subject,
        created_at=now,
    )
    webhook.ask_validation(challenge=ids.new_trace_id(), now=now)
    tx.session.add(webhook)
    return _done(tx, webhook, "webhook.made")


def change_webhook(
    *,
    tx: Transaction,
    owner: Owner,
    webhook_id: str,
    expected_version: int,
    changes: Mapping[str, Any],
) -> dict[str, Any]:
    """Change what is wanted or where it goes; another address has to prove itself first.

    Raises:
        NotFoundError: there is none, or it is someone else's.
        StaleError: it was changed since it was read.
    """
    webhook = _load(tx, owner, webhook_id)
    webhook.check_version(expected_version)
    moves = changes.get("url", webhook.url) != webhook.url
    for name, value in changes.items():
        setattr(webhook, name, value)
    if moves:
        webhook.ask_validation(challenge=ids.new_trace_id(), now=tx.now())
    webhook.touch()
    return _done(tx, webhook, "webhook.changed")


def delete_webhook(*, tx: Transaction, owner: Owner, webhook_id: str) -> dict[str, Any]:
    """End a subscription; its log is deleted by a job, piece by piece.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    webhook = _load(tx, owner, webhook_id)
    webhook.disable(reason=Reason.STOPPED)
    webhook.owner = ""
    webhook.touch()
    tx.session.execute(sa.delete(HeldEvent).where(HeldEvent.webhook_id == webhook_id))
    tx.audit("webhook.ended", object_id=webhook_id, enterprise_id=webhook.enterprise_id)
    return {"webhook_id": webhook_id}


def validate_webhook(*, tx: Transaction, owner: Owner, webhook_id: str) -> dict[str, Any]:
    """Ask the receiver once more whether it wants events.

    Raises:
        NotFoundError: there is none, or it is someone else's.
        WebhookStateError: it has proved itself already.
    """
    webhook = _load(tx, owner, webhook_id)
    if webhook.state != WebhookState.PENDING:
        raise WebhookStateError(state=webhook.state)
    webhook.ask_validation(challenge=ids.new_trace_id(), now=tx.now())
    webhook.touch()
    return _done(tx, webhook, "webhook.validated")


def enable_webhook(*, tx: Transaction, owner: Owner, webhook_id: str) -> dict[str, Any]:
    """Go on where it stood, and try at once what waits.

    Raises:
        NotFoundError: there is none, or it is someone else's.
        WebhookStateError: it was never validated.
    """
    webhook = _load(tx, owner, webhook_id)
    try:
        webhook.enable(now=tx.now())
    except WrongStateError:
        raise WebhookStateError(state=webhook.state) from None
    webhook.touch()
    _make_due(tx, webhook_id)
    return _done(tx, webhook, "webhook.enabled")


def disable_webhook(*, tx: Transaction, owner: Owner, webhook_id: str) -> dict[str, Any]:
    """Deliver nothing until it is enabled again.

    Raises:
        NotFoundError: there is none, or it is someone else's.
        WebhookStateError: it delivers nothing now.
    """
    webhook = _load(tx, owner, webhook_id)
    _expect_running(webhook)
    webhook.disable(reason=Reason.STOPPED)
    webhook.touch()
    return _done(tx, webhook, "webhook.disabled")


def replay_webhook(*, tx: Transaction, owner: Owner, webhook_id: str, after: int) -> dict[str, Any]:
    """Deliver everything after a position once more, in order.

    Raises:
        NotFoundError: there is none, or it is someone else's.
        WebhookPositionError: the position lies ahead.
    """
    webhook = _load(tx, owner, webhook_id)
    if after > webhook.position:
        raise WebhookPositionError(position=webhook.position)
    webhook.position = after
    webhook.touch()
    tx.session.execute(
        sa.delete(HeldEvent).where(HeldEvent.webhook_id == webhook_id, HeldEvent.position > after)
    )
    return _done(tx, webhook, "webhook.replayed", after=str(after))


def rotate_webhook_secret(
    *, tx: Transaction, owner: Owner, webhook_id: str, new_secret: NewSecret
) -> dict[str, Any]:
    """Sign with a new secret; for a day also with the old one.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    webhook = _load(tx, owner, webhook_id)
    webhook.old_secret_encrypted = webhook.secret_encrypted
    webhook.old_secret_until = tx.now() + webhooks.SECRET_OVERLAP
    webhook.secret_encrypted = new_secret(webhook_id)
    webhook.touch()
    return _done(tx, webhook, "webhook.secret_rotated")


def send_webhook_test(*, tx: Transaction, owner: Owner, webhook_id: str) -> dict[str, Any]:
    """Have a test event sent; what came of it is in the log.

    Raises:
        NotFoundError: there is none, or it is someone else's.
        WebhookStateError: it delivers nothing now.
    """
    webhook = _load(tx, owner, webhook_id)
    _expect_running(webhook)
    webhook.test_event_id = ids.new_id()
    return {"event_id": webhook.test_event_id}


def _load(tx: Transaction, owner: Owner, webhook_id: str) -> Webhook:
    return queries.find_own(tx.session, webhook_id=webhook_id, owner=owner.name, is_locked=True)


def _expect_running(webhook: Webhook) -> None:
    if webhook.state not in {WebhookState.ACTIVE, WebhookState.PARKED}:
        raise WebhookStateError(state=webhook.state)


def _make_due(tx: Transaction, webhook_id: str) -> None:
    tx.session.execute(
        sa.update(HeldEvent).where(HeldEvent.webhook_id == webhook_id).values(due_at=tx.now())
    )


def _done(tx: Transaction, webhook: Webhook, action: str, **details: str) -> dict[str, Any]:
    tx.audit(action, object_id=webhook.id, details=details, enterprise_id=webhook.enterprise_id)
    held = queries.count_held(tx.session, [webhook.id])
    return queries.view(webhook, held.get(webhook.id, (0, 0)), now=tx.now())
