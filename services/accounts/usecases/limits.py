"""Limits of this service: what is tried is counted before it is looked at."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis import counters
from chassis.errors import DomainError
from chassis.uow import Database

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class TooManyAttemptsError(DomainError):
    """Refuse more of something for a while."""

    code = "accounts.too_many_attempts"


@dataclass(frozen=True)
class Limit:
    """Say how often something may be done under one key."""

    key: str
    count: int
    window: timedelta


def count(database: Database, limits: Iterable[Limit]) -> int:
    """Count one try under every limit; return how many more the last of them allows.

    Raises:
        TooManyAttemptsError: one of them is used up.
    """
    left = 0
    for limit in limits:
        hit = counters.hit(database, limit.key, limit.count, limit.window)
        if hit.is_over:
            raise TooManyAttemptsError(retry_after=seconds(hit))
        left = limit.count - hit.count
    return left


def seconds(hit: counters.Hit) -> int:
    """Return after how many whole seconds the window of a limit is over."""
    return math.ceil(hit.retry_after.total_seconds())
