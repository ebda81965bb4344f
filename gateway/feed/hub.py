"""One reader of the log in each process, for all streams that are up to date.

An event that the bus announces is passed on as it is when it is the next one of the log. After one
that is not, the reader is woken and reads a page for all streams; now and then it looks without
being told, since what was announced while the bus was away nobody has heard. A stream that is
behind reads pages of its own until it has caught up.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from chassis import metrics
from chassis.errors import DomainError
from contracts.errors import CODES, Kind
from gateway.feed.events import Envelope, FeedEvent
from gateway.feed.places import Places
from gateway.feed.ring import Ring

_log = logging.getLogger(__name__)

_PAGE: Final = 500
_POLL: Final = 5.0
_TICK: Final = 0.5
_BACK_OFF: Final = (0.2, 5.0)
_STOP_SECONDS: Final = 1.0
_READERS: Final = 4

Page = dict[str, Any]
Fetch = Callable[[int, int], Page]


class Listening(Protocol):
    """What the feed knows of an open stream."""

    writing_since: float | None

    def cut(self) -> None:
        """End it at once."""
        ...


class Feed:
    """Read the log once for all streams, wake them, and cut those that do not take what is sent.

    Args:
        fetch: returns a page of the log after a position, of so many events at most.
        places: how many streams may be open.
        send_seconds: how long one piece (about 64 KiB) may take to be sent.
    """

    def __init__(
        self,
        fetch: Fetch,
        places: Places,
        *,
        send_seconds: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.places = places
        self.is_stopping = False
        self._fetch = fetch
        self._send_seconds = send_seconds
        self._clock = clock
        self._ring = Ring()
        self._streams: set[Listening] = set()
        self._heard = 0
        self._failures = 0
        self._looked_at = 0.0
        self._is_reading = False
        lock = threading.RLock()
        self._news = threading.Condition(lock)
        self._changed = threading.Condition(lock)
        self._pages = threading.BoundedSemaphore(_READERS)

    def hear(self, position: int | None, envelope: Envelope) -> None:
        """Be told of an event of the log: the reader looks at once if there is a gap before it."""
        with self._news:
            self._heard = max(self._heard, position or 0)
            if self._ring.extend(position, envelope):
                self._changed.notify_all()
            self._news.notify()

    def join(self, stream: Listening) -> None:
        """Count a stream in; the first one starts the reader."""
        with self._news:
            self._streams.add(stream)
            metrics.set_streams(len(self._streams))
            if not self._is_reading:
                self._is_reading = True
                threading.Thread(target=self._run, name="feed", daemon=True).start()

    def leave(self, stream: Listening) -> None:
        """Forget a stream; without any the reader ends."""
        with self._news:
            self._streams.discard(stream)
            metrics.set_streams(len(self._streams))
            self._news.notify()

    def stop(self) -> None:
        """Have all streams end where they are: clients go on elsewhere from their position."""
        with self._news:
            self.is_stopping = True
            self._changed.notify_all()

    def wake(self) -> None:
        """Have waiting streams look at what has changed."""
        with self._changed:
            self._changed.notify_all()

    def read(self, position: int, limit: int) -> Sequence[FeedEvent]:
        """Return what follows a position, from memory where it reaches back so far.

        Raises:
            DomainError: it does not, and the log cannot be read.
        """
        with self._changed:
            known = self._ring.after(position, limit)
        if known is not None:
            return known
        with self._pages:
            page = self._fetch(position, limit)
        self.learn(position, page)
        return [FeedEvent(envelope) for envelope in page["items"]]

    def learn(self, after: int, page: Page) -> None:
        """Take note of a page that somebody has read."""
        with self._changed:
            head = self._ring.head
            self._ring.offer(after, page)
            if self._ring.head != head:
                self._changed.notify_all()

    def wait(self, position: int, seconds: float, *, until: Callable[[], bool]) -> None:
        """Wait for something after a position, for ``until``, or for the end of the process."""
        self.pause(seconds, until=lambda: until() or self._ring.head != position)

    def pause(self, seconds: float, *, until: Callable[[], bool]) -> None:
        """Wait for ``until``, or for the end of the process."""
        with self._changed:
            self._changed.wait_for(lambda: self.is_stopping or until(), timeout=max(0.0, seconds))

    def _run(self) -> None:
        while True:
            with self._news:
                if not self._streams:
                    self._ring.clear()
                    self._is_reading = False
                    return
                self._news.wait_for(self._is_called, timeout=_TICK)
            self._cut_slow()
            if self._is_due():
                self._look()

    def _is_called(self) -> bool:
        return not self._streams or self._is_due()

    def _is_due(self) -> bool:
        if self.is_stopping or not self._streams or self._ring.start is None:
            return False
        since = self._clock() - self._looked_at
        if self._failures:
            first, longest = _BACK_OFF
            return since >= min(longest, first * float(2 ** min(self._failures - 1, 8)))
        return (self._heard > self._ring.head) or since >= _POLL

    def _look(self) -> None:
        after, heard = self._ring.head, self._heard
        self._looked_at = self._clock()
        try:
            page = self._fetch(after, _PAGE)
        except DomainError as error:
            self._failures += 1
            _log.warning("feed waits", extra={"reason": error.wire_code})
            if CODES.get(error.wire_code) is Kind.GONE:
                self._forget()
            return
        except Exception:  # noqa: BLE001 - the outermost edge of a thread
            self._failures += 1
            _log.exception("feed failed")
            return
        self._failures = 0
        if heard > page["newest"] and self._heard == heard:
            # Announced before the log was restored from a copy: not worth looking for again.
            self._heard = 0
        self.learn(after, page)

    def _forget(self) -> None:
        """Have the streams ask for themselves: the log was restored from an older copy."""
        with self._changed:
            self._ring.clear()
            self._changed.notify_all()

    def _cut_slow(self) -> None:
        limit = min(self._send_seconds, _STOP_SECONDS) if self.is_stopping else self._send_seconds
        now = self._clock()
        for stream in list(self._streams):
            if stream.writing_since is not None and now - stream.writing_since > limit:
                metrics.count_limit(service="gateway", limit="stream_pace")
                stream.cut()
