"""A pool that gives its connections to those who have waited longest.

SQLAlchemy's own lets whoever returns a connection take the next one before those who wait: a green
thread with one transaction after another keeps it, and the others give up after their two seconds
although every transaction is short. Seen with 20 callers on two busy cores: verifications and
logins refused, and a relay that could not renew its lease.
"""

import threading
from collections import deque
from typing import Any

from sqlalchemy import exc, pool


class Line:
    """Let so many in, and the others in the order they came."""

    def __init__(self, places: int) -> None:
        self._mutex = threading.Lock()
        self._free = places
        self._waiting: deque[threading.Event] = deque()

    def enter(self, seconds: float) -> bool:
        """Take a place; False when there was none in time."""
        with self._mutex:
            if self._free and not self._waiting:
                self._free -= 1
                return True
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            is_mine = turn.wait(seconds)
        except BaseException:
            if not self._withdraw(turn):
                self.leave()
            raise
        # The place may have been given in the very moment in which the patience ended.
        return is_mine or not self._withdraw(turn)

    def leave(self) -> None:
        """Hand the place on."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1

    def _withdraw(self, turn: threading.Event) -> bool:
        """Leave the line; False when the place was given meanwhile."""
        with self._mutex:
            if turn not in self._waiting:
                return False
            self._waiting.remove(turn)
            return True


class FairPool(pool.QueuePool):
    """Be a pool of connections that are handed out first come, first served."""

    def __init__(
        self,
        creator: Any,  # noqa: ANN401 - SQLAlchemy's own types are not public
        pool_size: int = 5,
        max_overflow: int = 10,
        **options: Any,  # noqa: ANN401 - as above
    ) -> None:
        super().__init__(creator, pool_size=pool_size, max_overflow=max_overflow, **options)
        self._line = Line(pool_size + max_overflow)

    def _do_get(self) -> pool.ConnectionPoolEntry:
        if not self._line.enter(self._timeout):
            raise exc.TimeoutError(f"no connection free for {self._timeout:.1f} s", code="3o7r")
        try:
            return super()._do_get()
        except BaseException:
            self._line.leave()
            raise

    def _do_return_conn(self, record: pool.ConnectionPoolEntry) -> None:
        try:
            super()._do_return_conn(record)
        finally:
            self._line.leave()
