"""Stop asking a service that does not answer, for a while."""

import time
from collections.abc import Callable

FAILURES = 5
OPEN_SECONDS = 10.0


class Breaker:
    """Open after five failures in a row; after ten seconds let one call through to find out.

    Closed: calls pass. Open: calls are refused at once. Half open: one call passes; its success
    closes the breaker, its failure opens it again.
    """

    __slots__ = ("_clock", "_failures", "_is_probing", "_open_until", "failures", "open_seconds")

    def __init__(
        self,
        failures: int = FAILURES,
        open_seconds: float = OPEN_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failures = failures
        self.open_seconds = open_seconds
        self._clock = clock
        self._failures = 0
        self._open_until = 0.0
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Tell whether calls are being refused."""
        return self._failures >= self.failures

    def enter(self) -> float:
        """Ask to pass: 0 means go, anything else is the number of seconds to wait."""
        if self._failures < self.failures:
            return 0.0
        wait = self._open_until - self._clock()
        if wait > 0:
            return wait
        if self._is_probing:
            return 1.0
        self._is_probing = True
        return 0.0

    def succeed(self) -> None:
        """Record an answer, whatever it said: the service is there."""
        if self._failures:
            self._failures = 0
            self._is_probing = False

    def fail(self) -> None:
        """Record that no answer came."""
        self._failures += 1
        # Calls that began before it opened and fail afterwards must not keep it open longer.
        if self._failures == self.failures or self._is_probing:
            self._open_until = self._clock() + self.open_seconds
        self._is_probing = False

    def abandon(self) -> None:
        """Record that the call ended without saying anything about the service."""
        self._is_probing = False
