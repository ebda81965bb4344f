"""The newest events of the log, kept in memory for all readers that are up to date."""

import itertools
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from gateway.feed.events import Envelope, FeedEvent

MAX_EVENTS: Final = 2_000
MAX_BYTES: Final = 8 * 1024 * 1024


class Ring:
    """Hold the events after ``start`` up to ``head`` without a gap; know nothing at first."""

    def __init__(self, *, max_events: int = MAX_EVENTS, max_bytes: int = MAX_BYTES) -> None:
        self._max_events = max_events
        self._max_bytes = max_bytes
        self._events: deque[FeedEvent] = deque()
        self._bytes = 0
        self.start: int | None = None
        self.head = 0

    def clear(self) -> None:
        """Know nothing again."""
        self._events.clear()
        self._bytes, self.start, self.head = 0, None, 0

    def after(self, position: int, limit: int) -> Sequence[FeedEvent] | None:
        """Return up to ``limit`` events after a position; None when only the log can tell."""
        if self.start is None or not self.start <= position <= self.head:
            return None
        skipped = position - self.start
        return list(itertools.islice(self._events, skipped, skipped + limit))

    def offer(self, after: int, page: dict[str, Any]) -> None:
        """Learn from a page of the log that followed ``after``.

        A page that is not the log's last one starts nothing: it may be far behind.
        """
        if self.start is not None and page["next_after"] <= self.head:
            return
        if self.start is None or after > self.head:
            if page["next_after"] != page["newest"]:
                return
            self.clear()
            self.start = self.head = after
        for envelope in page["items"]:
            if envelope["position"] > self.head:
                self._append(FeedEvent(envelope))

    def extend(self, position: int | None, envelope: Envelope) -> bool:
        """Learn of the very next event; tell whether this one is it."""
        if self.start is None or position != self.head + 1:
            return False
        self._append(FeedEvent(envelope))
        return True

    def _append(self, event: FeedEvent) -> None:
        self._events.append(event)
        self._bytes += len(event.chunk)
        self.head = event.position
        while len(self._events) > self._max_events or self._bytes > self._max_bytes:
            oldest = self._events.popleft()
            self._bytes -= len(oldest.chunk)
            self.start = oldest.position
