"""Reads of daily totals and of the circuit."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis.outbox import format_time
from chassis.tables import counters
from services.notify.domain.delivery import FailureReason
from services.notify.models import CircuitLimit, DailyTotal, Message

_REFUSED = (FailureReason.LIMITED.value, FailureReason.CIRCUIT_OPEN.value)


def count_messages(session: Session, *, begin: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return how many messages of a time came to what, by provider and template."""
    provider = sa.func.coalesce(Message.provider, "")
    outcome = sa.func.coalesce(Message.delivery, Message.reason, Message.state)
    rows = session.execute(
        sa.select(
            provider.label("provider"),
            Message.template,
            outcome.label("outcome"),
            sa.func.count().label("count"),
        )
        .where(Message.created_at >= begin, Message.created_at < end)
        .group_by(provider, Message.template, outcome)
    ).mappings()
    return [dict(row) for row in rows]


def count_accepted(session: Session, *, since: datetime) -> int:
    """Return how many messages were taken in, without those that were over a limit."""
    is_accepted = sa.or_(Message.reason.is_(None), Message.reason.not_in(_REFUSED))
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(Message)
            .where(Message.created_at >= since, is_accepted)
        )
        or 0
    )


def list_totals(session: Session, *, first: date, last: date) -> list[dict[str, Any]]:
    """Return the totals of some days, the newest first."""
    found = session.scalars(
        sa.select(DailyTotal)
        .where(DailyTotal.day >= first, DailyTotal.day <= last)
        .order_by(
            DailyTotal.day.desc(), DailyTotal.provider, DailyTotal.template, DailyTotal.outcome
        )
    )
    return [
        {
            "day": total.day.isoformat(),
            "provider": total.provider,
            "template": total.template,
            "outcome": total.outcome,
            "count": total.count,
        }
        for total in found
    ]


def threshold_of(session: Session, *, name: str) -> int | None:
    """Return how many messages an hour may have; None before the first measurement."""
    limit = session.get(CircuitLimit, name)
    return None if limit is None else limit.threshold


def circuit_view(
    session: Session, *, name: str, key: str, floor: int, now: datetime
) -> dict[str, Any]:
    """Return where the circuit stands: how many messages this hour, and how many it may have."""
    limit = session.get(CircuitLimit, name)
    row = session.execute(
        sa.select(counters.c.count.label("used"), counters.c.expires_at).where(
            counters.c.key == key, counters.c.expires_at > now
        )
    ).one_or_none()
    count = 0 if row is None else int(row.used)
    threshold = floor if limit is None else limit.threshold
    is_open = count > threshold
    return {
        "is_open": is_open,
        "this_hour": count,
        "threshold": threshold,
        "recent": 0 if limit is None else limit.recent,
        "closes_at": format_time(row.expires_at) if is_open and row is not None else None,
    }
