"""Daily totals, and how many messages an hour may have (promise F4)."""

from datetime import date, datetime, timedelta, timezone
from typing import Final, cast

import sqlalchemy as sa

from chassis import db
from chassis.uow import Transaction
from services.notify.domain import delivery
from services.notify.models import CircuitLimit, DailyTotal
from services.notify.queries import totals as queries

BEIJING: Final = timezone(timedelta(hours=8))
CIRCUIT: Final = "sms"
# Receipts come for three days; after that a day's totals stand.
_OPEN_DAYS: Final = 4
_LIMITS: Final = cast("sa.Table", CircuitLimit.__table__)


def count_days(*, tx: Transaction) -> None:
    """Count the last days anew; what is counted twice comes out the same."""
    today = tx.now().astimezone(BEIJING).date()
    for back in range(_OPEN_DAYS):
        _count_day(tx, today - timedelta(days=back))


def measure(*, tx: Transaction, floor: int) -> int:
    """Write down how many messages an hour may have, and return it."""
    now = tx.now()
    since = now - timedelta(days=delivery.CIRCUIT_DAYS)
    recent = queries.count_accepted(tx.session, since=since)
    threshold = delivery.circuit_threshold(recent, floor)
    values = {"recent": recent, "threshold": threshold, "measured_at": now}
    tx.session.execute(
        db.insert_into(_LIMITS, tx.dialect)
        .values({"name": CIRCUIT, **values})
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )
    return threshold


def _count_day(tx: Transaction, day: date) -> None:
    begin = datetime(day.year, day.month, day.day, tzinfo=BEIJING)
    counted = queries.count_messages(tx.session, begin=begin, end=begin + timedelta(days=1))
    tx.session.execute(sa.delete(DailyTotal).where(DailyTotal.day == day))
    tx.session.add_all(DailyTotal(day=day, **row) for row in counted)
