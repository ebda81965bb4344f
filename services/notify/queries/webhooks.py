"""Reads of webhooks."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.outbox import format_time
from services.notify.domain.webhooks import WebhookState
from services.notify.models import HeldEvent, Webhook, WebhookAttempt
from services.notify.queries.texts import NotFoundError

_RUNNING: Final = (WebhookState.ACTIVE.value, WebhookState.PARKED.value)


def find_own(session: Session, *, webhook_id: str, owner: str, is_locked: bool = False) -> Webhook:
    """Return a subscription, locked when it is about to change.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    statement = sa.select(Webhook).where(Webhook.id == webhook_id, Webhook.owner == owner)
    if is_locked:
        statement = statement.with_for_update()
    found = session.scalars(statement).one_or_none()
    if found is None:
        raise NotFoundError
    return found


def lock_owner(session: Session, *, owner: str) -> None:
    """Let nobody else count or add to the subscriptions of an owner before the end of this.

    An owner has no row of its own here. SQLite has one writer at a time, and this is one.
    """
    if session.get_bind().dialect.name == "postgresql":
        name = sa.func.hashtextextended(f"webhooks of {owner}", 0)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(name)))


def count_own(session: Session, *, owner: str) -> int:
    """Return how many subscriptions somebody has."""
    counted = sa.select(sa.func.count()).select_from(Webhook).where(Webhook.owner == owner)
    return session.scalar(counted) or 0


def list_own(session: Session, *, owner: str, now: datetime) -> list[dict[str, Any]]:
    """Return all subscriptions of somebody, the oldest first."""
    found = session.scalars(
        sa.select(Webhook).where(Webhook.owner == owner).order_by(Webhook.created_at, Webhook.id)
    ).all()
    held = count_held(session, [webhook.id for webhook in found])
    return [view(webhook, held.get(webhook.id, (0, 0)), now=now) for webhook in found]


def show(session: Session, *, webhook_id: str, owner: str, now: datetime) -> dict[str, Any]:
    """Return one subscription.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    webhook = find_own(session, webhook_id=webhook_id, owner=owner)
    held = count_held(session, [webhook.id])
    return view(webhook, held.get(webhook.id, (0, 0)), now=now)


def secret_of(session: Session, *, webhook_id: str, owner: str) -> str:
    """Return the secret of a subscription, encrypted.

    Raises:
        NotFoundError: there is none, or it is someone else's.
    """
    return find_own(session, webhook_id=webhook_id, owner=owner).secret_encrypted


def view(webhook: Webhook, held: tuple[int, int], *, now: datetime) -> dict[str, Any]:
    """Return what its owner sees; never a secret."""
    until = webhook.old_secret_until
    overlaps = until is not None and until > now
    return {
        "webhook_id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "filters": webhook.filters,
        "parallel": webhook.parallel,
        "state": webhook.state,
        "reason": webhook.reason,
        "version": webhook.version,
        "position": webhook.position,
        "held_records": held[0],
        "held_events": held[1],
        "attempts": webhook.attempts,
        "next_try_at": _wire_time(webhook.due_at),
        "failing_since": _wire_time(webhook.failing_since),
        "last_delivered_at": _wire_time(webhook.last_delivered_at),
        "old_secret_until": _wire_time(until if overlaps else None),
        "created_at": format_time(webhook.created_at),
    }


def count_held(session: Session, webhook_ids: Collection[str]) -> dict[str, tuple[int, int]]:
    """Return how many records and events wait, by subscription."""
    rows = session.execute(
        sa.select(
            HeldEvent.webhook_id,
            sa.func.count(sa.distinct(HeldEvent.subject)),
            sa.func.count(),
        )
        .where(HeldEvent.webhook_id.in_(webhook_ids))
        .group_by(HeldEvent.webhook_id)
    )
    return {webhook_id: (records, events) for webhook_id, records, events in rows}


def list_attempts(
    session: Session, *, webhook_id: str, owner: str, before: str, limit: int
) -> dict[str, Any]:
    """Return a page of the delivery log, the newest first.

    Raises:
        NotFoundError: there is no such subscription, or it is someone else's.
    """
    find_own(session, webhook_id=webhook_id, owner=owner)
    wanted = sa.select(WebhookAttempt).where(WebhookAttempt.webhook_id == webhook_id)
    if before:
        wanted = wanted.where(WebhookAttempt.id < before)
    found = session.scalars(wanted.order_by(WebhookAttempt.id.desc()).limit(limit)).all()
    return {
        "items": [_attempt_view(attempt) for attempt in found],
        "next_before": found[-1].id if len(found) == limit else None,
    }


def has_any_running(session: Session) -> bool:
    """Tell whether somebody waits for new events."""
    running = sa.select(Webhook.id).where(Webhook.state == WebhookState.ACTIVE.value).limit(1)
    return session.scalar(running) is not None


def has_due(session: Session, *, newest: int, now: datetime) -> bool:
    """Tell whether there is something to deliver; ``newest`` is the end of the public log.

    A subscription that is ahead of the log, as after a restore, needs looking after as well.
    """
    return session.scalar(sa.select(Webhook.id).where(_is_due(newest, now)).limit(1)) is not None


def find_due(session: Session, *, newest: int, now: datetime, limit: int) -> Sequence[Webhook]:
    """Return subscriptions with something to deliver that nobody works on, locked."""
    return session.scalars(
        sa.select(Webhook)
        .where(_is_due(newest, now))
        .order_by(Webhook.due_at, Webhook.position, Webhook.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def find_claimed(session: Session, *, webhook_id: str, claim: str) -> Webhook | None:
    """Return a subscription, locked, if the run called ``claim`` still has it."""
    found = session.scalars(
        sa.select(Webhook).where(Webhook.id == webhook_id).with_for_update()
    ).one_or_none()
    return found if found is not None and found.is_claimed_by(claim) else None


def list_held(session: Session, *, webhook_id: str, now: datetime, limit: int) -> list[HeldEvent]:
    """Return the events of records whose turn it is, record by record in their order."""
    first = _first_held(webhook_id)
    due = (
        sa.select(HeldEvent.subject)
        .join(first, HeldEvent.position == first.c.position)
        .where(HeldEvent.webhook_id == webhook_id, HeldEvent.due_at <= now)
    )
    return list(
        session.scalars(
            sa.select(HeldEvent)
            .where(HeldEvent.webhook_id == webhook_id, HeldEvent.subject.in_(due))
            .order_by(HeldEvent.position)
            .limit(limit)
        )
    )


def held_subjects(session: Session, *, webhook_id: str) -> set[str]:
    """Return the records that wait."""
    return set(
        session.scalars(
            sa.select(HeldEvent.subject).where(HeldEvent.webhook_id == webhook_id).distinct()
        )
    )


def next_held_at(session: Session, *, webhook_id: str) -> datetime | None:
    """Return when the first of the records that wait is tried again."""
    first = _first_held(webhook_id)
    return session.scalar(
        sa.select(sa.func.min(HeldEvent.due_at))
        .join(first, HeldEvent.position == first.c.position)
        .where(HeldEvent.webhook_id == webhook_id)
    )


def _first_held(webhook_id: str) -> sa.Subquery:
    return (
        sa.select(sa.func.min(HeldEvent.position).label("position"))
        .where(HeldEvent.webhook_id == webhook_id)
        .group_by(HeldEvent.subject)
        .subquery()
    )


def _is_due(newest: int, now: datetime) -> sa.ColumnElement[bool]:
    is_free = sa.or_(Webhook.claimed_until.is_(None), Webhook.claimed_until <= now)
    has_new = sa.and_(Webhook.state == WebhookState.ACTIVE.value, Webhook.position != newest)
    has_test = sa.and_(Webhook.state.in_(_RUNNING), Webhook.test_event_id.is_not(None))
    return sa.and_(is_free, sa.or_(has_new, Webhook.due_at <= now, has_test))


def _attempt_view(attempt: WebhookAttempt) -> dict[str, Any]:
    return {
        "attempt_id": attempt.id,
        "event_id": attempt.event_id,
        "event_type": attempt.event_type,
        "subject": attempt.subject,
        "position": attempt.position,
        "attempt": attempt.attempt,
        "outcome": attempt.outcome,
        "reason": attempt.reason,
        "status": attempt.status,
        "milliseconds": attempt.milliseconds,
        "answer": attempt.answer,
        "at": format_time(attempt.at),
    }


def _wire_time(moment: datetime | None) -> str | None:
    return None if moment is None else format_time(moment)
