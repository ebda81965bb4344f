"""When an enterprise is asked whether it goes on using a standard (手册 FAQ 36)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class ReviewAnswer(StrEnum):
    """Name what an enterprise can answer; who does not go on withdraws (手册 5.5)."""

    CONTINUE = "CONTINUE"
    WITHDRAW = "WITHDRAW"


@dataclass(frozen=True)
class ReviewRules:
    """Say how long after a publication is asked, how long until again, and how often."""

    interval: timedelta = timedelta(days=730)
    pause: timedelta = timedelta(days=30)
    repeats: int = 3
    # What falls due on one day is told in one message.
    quiet: timedelta = timedelta(days=1)

    def due_at(self, counted_from: datetime) -> datetime:
        """Return when the question falls due that is counted from a moment."""
        return counted_from + self.interval

    def is_overdue(self, times_asked: int) -> bool:
        """Tell whether the public is told that nobody answers."""
        return times_asked > self.repeats


DEFAULT_REVIEW_RULES: Final = ReviewRules()
