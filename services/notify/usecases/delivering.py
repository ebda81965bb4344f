"""How a webhook's deliveries go on: who works on it, what a run came to, when the next one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import takewhile
from typing import Final

import sqlalchemy as sa

from chassis.uow import Transaction
from services.notify.domain import webhooks
from services.notify.domain.webhooks import Attempt, Filters, Item, Reason, WebhookState
from services.notify.models import HeldEvent, Webhook, WebhookAttempt
from services.notify.queries import webhooks as queries
from services.notify.usecases import inbox
from services.notify.usecases.inbox import Posting

CLAIM: Final = timedelta(seconds=90)
LINK: Final = "/account"
_PURGE: Final = 1_000


class ClaimLostError(Exception):
    """Say that somebody else works on the subscription now, or that it was changed meanwhile."""


@dataclass(frozen=True)
class Claim:
    """Be a subscription that a run has taken, as it stood then; secrets are encrypted."""

    webhook_id: str
    token: str
    url: str
    state: WebhookState
    filters: Filters
    parallel: int
    position: int
    challenge: str
    attempts: int
    test_event_id: str | None
    secrets: Sequence[str] = field(repr=False)
    created_at: datetime


@dataclass(frozen=True)
class Plan:
    """Be what is delivered next: events of the log up to ``end``, and those that waited."""

    held: Sequence[Item] = ()
    fresh: Sequence[Item] = ()
    end: int = 0
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rules:
    """Say for how long an endpoint may take nothing before it is disabled.

    ``scale`` shortens all pauses, for tests.
    """

    patience: timedelta
    scale: float = 1


def claim_due(*, tx: Transaction, newest: int, token: str, limit: int) -> list[Claim]:
    """Take subscriptions with something to deliver; replicas share them row by row."""
    now = tx.now()
    claims = []
    for webhook in queries.find_due(tx.session, newest=newest, now=now, limit=limit):
        webhook.claim, webhook.claimed_until = f"{token}:{webhook.id}", now + CLAIM
        claims.append(_claim(webhook, now))
    return claims


def release(*, tx: Transaction, claim: Claim) -> None:
    """Let others have it; one that is lost already is theirs."""
    webhook = queries.find_claimed(tx.session, webhook_id=claim.webhook_id, claim=claim.token)
    if webhook is not None:
        webhook.claim = webhook.claimed_until = None


def settle_validation(
    *, tx: Transaction, claim: Claim, item: Item, attempt: Attempt, rules: Rules
) -> bool:
    """Write down whether the receiver gave the challenge back; tell whether it did.

    Raises:
        ClaimLostError: it is not ours any more.
    """
    webhook = _claimed(tx, claim)
    now = tx.now()
    _log(tx, webhook, [(item, attempt)], now)
    if attempt.is_delivered:
        webhook.accept_validation()
        tx.audit("webhook.activated", object_id=webhook.id, enterprise_id=webhook.enterprise_id)
    else:
        reason = attempt.reason or Reason.REFUSED
        webhook.refuse_validation(reason=reason, now=now, scale=rules.scale)
    return attempt.is_delivered


def settle_test(*, tx: Transaction, claim: Claim, item: Item, attempt: Attempt) -> None:
    """Write down what a test event came to; it decides nothing.

    Raises:
        ClaimLostError: it is not ours any more.
    """
    webhook = _claimed(tx, claim)
    if webhook.test_event_id == item.event_id:
        webhook.test_event_id = None
    _log(tx, webhook, [(item, attempt)], tx.now())


def settle_run(
    *,
    tx: Transaction,
    claim: Claim,
    plan: Plan,
    attempts: Mapping[int, Attempt],
    rules: Rules,
) -> Claim:
    """Write down what a run came to, by position; what was not tried is tried next time.

    An event that was refused is held, and those of the same record behind it; the others go on.
    When the whole endpoint seems to be away, nothing is tried before a pause is over.

    Raises:
        ClaimLostError: it is not ours any more; nothing of the run counts.
    """
    webhook = _claimed(tx, claim)
    now = tx.now()
    webhook.claimed_until = now + CLAIM
    _settle_held(tx, webhook, plan.held, attempts, now, rules)
    _settle_fresh(tx, webhook, plan, attempts, now, rules)
    tried = [(item, attempts[_place(item)]) for item in _tried([*plan.held, *plan.fresh], attempts)]
    _log(tx, webhook, tried, now)
    tx.session.flush()
    _judge(tx, webhook, plan, attempts, now, rules)
    return _claim(webhook, now)


def back_off(*, tx: Transaction, claim: Claim, rules: Rules) -> None:
    """Let a subscription wait whose run broke off, so that it is not the next one again.

    Raises:
        ClaimLostError: it is not ours any more.
    """
    _claimed(tx, claim).back_off(now=tx.now(), scale=rules.scale)


def give_up(*, tx: Transaction, claim: Claim, reason: Reason) -> None:
    """Disable a subscription that cannot go on, and tell its owner.

    Raises:
        ClaimLostError: it is not ours any more.
    """
    _disable(tx, _claimed(tx, claim), reason, tx.now())


def purge(*, tx: Transaction) -> int:
    """Delete a batch of old log rows and of subscriptions that were ended; return how many rows."""
    ended = list(tx.session.scalars(sa.select(Webhook.id).where(Webhook.owner == "").limit(10)))
    is_old = WebhookAttempt.at < tx.now() - webhooks.LOG_KEPT
    chosen = list(
        tx.session.scalars(
            sa.select(WebhookAttempt.id)
            .where(sa.or_(is_old, WebhookAttempt.webhook_id.in_(ended)))
            .limit(_PURGE)
        )
    )
    tx.session.execute(sa.delete(WebhookAttempt).where(WebhookAttempt.id.in_(chosen)))
    empty = sa.select(Webhook.id).where(
        Webhook.id.in_(ended),
        ~sa.select(WebhookAttempt.id).where(WebhookAttempt.webhook_id == Webhook.id).exists(),
    )
    tx.session.execute(sa.delete(Webhook).where(Webhook.id.in_(list(tx.session.scalars(empty)))))
    return len(chosen)


def _claim(webhook: Webhook, now: datetime) -> Claim:
    until = webhook.old_secret_until
    old = [webhook.old_secret_encrypted] if until is not None and until > now else []
    return Claim(
        webhook_id=webhook.id,
        token=webhook.claim or "",
        url=webhook.url,
        state=WebhookState(webhook.state),
        filters=Filters.of(webhook.filters),
        parallel=webhook.parallel,
        position=webhook.position,
        challenge=webhook.challenge,
        attempts=webhook.attempts,
        test_event_id=webhook.test_event_id,
        secrets=[secret for secret in (webhook.secret_encrypted, *old) if secret],
        created_at=webhook.created_at,
    )


def _claimed(tx: Transaction, claim: Claim) -> Webhook:
    webhook = queries.find_claimed(tx.session, webhook_id=claim.webhook_id, claim=claim.token)
    if webhook is None:
        raise ClaimLostError
    return webhook


def _place(item: Item) -> int:
    return item.position or 0


def _tried(items: Sequence[Item], attempts: Mapping[int, Attempt]) -> list[Item]:
    return [item for item in items if _place(item) in attempts]


def _settle_held(  # noqa: PLR0913, PLR0917 - one step of settle_run, with all that it knows
    tx: Transaction,
    webhook: Webhook,
    items: Sequence[Item],
    attempts: Mapping[int, Attempt],
    now: datetime,
    rules: Rules,
) -> None:
    """Forget what was taken at last; let the others wait longer."""
    for item in _tried(items, attempts):
        attempt = attempts[_place(item)]
        row = tx.session.get(HeldEvent, (webhook.id, _place(item)))
        if row is None:
            continue
        if attempt.is_delivered:
            tx.session.delete(row)
        elif not attempt.is_of_endpoint:
            row.attempts += 1
            row.due_at = now + webhooks.pause_after(row.attempts, scale=rules.scale)


def _settle_fresh(  # noqa: PLR0913, PLR0917 - one step of settle_run, with all that it knows
    tx: Transaction,
    webhook: Webhook,
    plan: Plan,
    attempts: Mapping[int, Attempt],
    now: datetime,
    rules: Rules,
) -> None:
    """Go on behind what was taken or is held from now on, up to the first that was not tried."""
    waiting = set(plan.waiting)
    for item in plan.fresh:
        attempt = attempts.get(_place(item))
        is_behind = item.subject in waiting
        if not is_behind and (attempt is None or attempt.is_of_endpoint):
            webhook.position = _place(item) - 1
            return
        if is_behind or (attempt is not None and not attempt.is_delivered):
            waiting.add(item.subject)
            pause = timedelta() if is_behind else webhooks.pause_after(1, scale=rules.scale)
            tx.session.add(_held(webhook.id, item, 0 if is_behind else 1, now + pause))
    webhook.position = max(webhook.position, plan.end)


def _held(webhook_id: str, item: Item, attempts: int, due_at: datetime) -> HeldEvent:
    return HeldEvent(
        webhook_id=webhook_id,
        position=_place(item),
        event_id=item.event_id,
        event_type=item.event_type,
        subject=item.subject,
        body=item.body,
        attempts=attempts,
        due_at=due_at,
    )


def _judge(  # noqa: PLR0913, PLR0917 - one step of settle_run, with all that it knows
    tx: Transaction,
    webhook: Webhook,
    plan: Plan,
    attempts: Mapping[int, Attempt],
    now: datetime,
    rules: Rules,
) -> None:
    """Decide whether the endpoint takes events, has to be given a rest, or is given up."""
    failed = [attempt for attempt in attempts.values() if not attempt.is_delivered]
    if len(failed) < len(attempts) and webhook.succeed(now=now):
        _make_due(tx, webhook, now)
    if not failed:
        _schedule(tx, webhook, now)
        return
    failed_for = webhook.fail(now=now)
    reason = failed[-1].reason or Reason.REFUSED
    gone = any(attempt.reason is Reason.GONE for attempt in failed)
    if gone or failed_for >= rules.patience:
        _disable(tx, webhook, Reason.GONE if gone else reason, now)
        return
    if failed_for >= webhooks.WARN_AFTER and not webhook.is_warned:
        webhook.is_warned = True
        _tell(tx, webhook, "WEBHOOK_FAILING", reason, now)
    if failed[-1].is_of_endpoint or _streak(plan, attempts) >= webhooks.STREAK:
        _rest(webhook, failed, now, rules)
    else:
        _schedule(tx, webhook, now)


def _streak(plan: Plan, attempts: Mapping[int, Attempt]) -> int:
    """Return how many new events were refused one after the other at the end."""
    fresh = {_place(item) for item in plan.fresh}
    newest_first = [attempts[place] for place in reversed(list(attempts)) if place in fresh]
    return len(list(takewhile(lambda attempt: not attempt.is_delivered, newest_first)))


def _rest(webhook: Webhook, failed: Sequence[Attempt], now: datetime, rules: Rules) -> None:
    """Try nothing for longer and longer, and not before the receiver wants to be asked."""
    webhook.attempts += 1
    pauses = [webhooks.pause_after(webhook.attempts, scale=rules.scale)]
    pauses += [attempt.retry_after for attempt in failed if attempt.retry_after is not None]
    pause = min(max(pauses), webhooks.LONGEST_PAUSE)
    webhook.park(reason=failed[-1].reason or Reason.REFUSED, now=now, pause=pause)


def _schedule(tx: Transaction, webhook: Webhook, now: datetime) -> None:
    """Say when records that wait are tried next; too many of them park the whole."""
    records, events = queries.count_held(tx.session, [webhook.id]).get(webhook.id, (0, 0))
    next_at = queries.next_held_at(tx.session, webhook_id=webhook.id)
    is_full = records >= webhooks.MAX_HELD_RECORDS or events >= webhooks.MAX_HELD_EVENTS
    if next_at is not None and is_full:
        webhook.park(reason=Reason.TOO_MANY_HELD, now=now, pause=max(next_at - now, timedelta()))
    else:
        webhook.wait(until=next_at)


def _make_due(tx: Transaction, webhook: Webhook, now: datetime) -> None:
    tx.session.execute(
        sa.update(HeldEvent).where(HeldEvent.webhook_id == webhook.id).values(due_at=now)
    )


def _disable(tx: Transaction, webhook: Webhook, reason: Reason, now: datetime) -> None:
    webhook.disable(reason=reason)
    webhook.claim = webhook.claimed_until = None
    _tell(tx, webhook, "WEBHOOK_DISABLED", reason, now)
    tx.audit(
        "webhook.given_up",
        object_id=webhook.id,
        details={"reason": reason.value},
        enterprise_id=webhook.enterprise_id,
    )


def _tell(tx: Transaction, webhook: Webhook, template: str, reason: Reason, now: datetime) -> None:
    request_id = f"{template}:{webhook.id}:{now.isoformat()}"
    values = {"name": webhook.name, "reason": webhooks.CAUSES[reason]}
    posting = Posting(request_id, webhook.owner, template, LINK, values)
    inbox.post_message(tx=tx, posting=posting)


def _log(
    tx: Transaction, webhook: Webhook, tried: Sequence[tuple[Item, Attempt]], now: datetime
) -> None:
    rows = [
        {
            "id": attempt.id,
            "webhook_id": webhook.id,
            "event_id": item.event_id,
            "event_type": item.event_type,
            "subject": item.subject,
            "position": item.position,
            "attempt": item.attempts + 1,
            "outcome": attempt.outcome.value,
            "reason": None if attempt.reason is None else attempt.reason.value,
            "status": attempt.status,
            "milliseconds": attempt.milliseconds,
            "answer": attempt.answer,
            "at": now,
        }
        for item, attempt in tried
    ]
    if rows:
        tx.session.execute(sa.insert(WebhookAttempt), rows)
