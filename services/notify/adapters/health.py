"""Which providers are in trouble: they fail, or take too long, so others are asked first."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from services.notify.adapters.providers import Attempt, Provider

STREAK: Final = 3
REST: Final = timedelta(minutes=2)


class Health:
    """Remember how the last tries went; each process forms its own opinion."""

    def __init__(self, *, slow_seconds: float) -> None:
        self._slow_seconds = slow_seconds
        self._streaks: dict[str, int] = {}
        self._rest_until: dict[str, datetime] = {}

    def note(self, provider: Provider, attempt: Attempt, *, now: datetime) -> None:
        """Learn from one try: three bad ones in a row and a provider loses its turn for a while."""
        if not attempt.is_provider_fault and attempt.seconds <= self._slow_seconds:
            self._streaks.pop(provider.name, None)
            self._rest_until.pop(provider.name, None)
            return
        streak = self._streaks.get(provider.name, 0) + 1
        self._streaks[provider.name] = streak
        if streak >= STREAK:
            self._rest_until[provider.name] = now + REST

    def sidelined(self, providers: Sequence[Provider], *, now: datetime) -> frozenset[str]:
        """Return the names of those that have lost their turn."""
        names = (provider.name for provider in providers)
        return frozenset(name for name in names if self._rest_until.get(name, now) > now)
