"""Let only so many calls run at once; the others wait their turn, first come first served.

It keeps a container's worker pool from ever being full: a worker that spawns into its own full pool
would run the new call inside itself, and chains of services would wait for each other for ever.
No green thread is spent on waiting: a waiting call is an entry in a queue and one timer.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

from eventlet import hubs

PLACES: Final = 500

Callback = Callable[[], None]


class _Waiting:
    """Hold one call that waits for a slot."""

    __slots__ = ("refuse", "start", "timer")

    def __init__(self, start: Callback, refuse: Callback) -> None:
        self.start = start
        self.refuse = refuse
        self.timer: Any = None


class Admission:
    """Hand out ``slots``; ``enter`` never blocks.

    At most ``places`` calls wait: what comes on top is refused at once, so that a server that takes
    ``slots + places`` calls from its queue always sees the next one, if only to refuse it.
    """

    def __init__(self, slots: int, places: int = PLACES) -> None:
        self._free = slots
        self._queue: deque[_Waiting] = deque()
        self.slots = slots
        self.places = places

    @property
    def running(self) -> int:
        """Return how many slots are taken."""
        return self.slots - self._free

    @property
    def waiting(self) -> int:
        """Return how many calls wait for a slot."""
        return len(self._queue)

    def enter(self, start: Callback, refuse: Callback, patience: float) -> None:
        """Call ``start`` once a slot is free, or ``refuse`` after ``patience`` seconds."""
        if self._free > 0:
            self._free -= 1
            start()
            return
        if patience <= 0 or len(self._queue) >= self.places:
            refuse()
            return
        waiting = _Waiting(start, refuse)
        waiting.timer = hubs.get_hub().schedule_call_global(patience, self._give_up, waiting)
        self._queue.append(waiting)

    def leave(self) -> None:
        """Give a slot back: the call that waited longest takes it."""
        if self._queue:
            waiting = self._queue.popleft()
            waiting.timer.cancel()
            waiting.start()
            return
        self._free += 1

    def _give_up(self, waiting: _Waiting) -> None:
        self._queue.remove(waiting)
        waiting.refuse()
