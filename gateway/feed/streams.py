"""One open stream: what it sends, when, and why it ends."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from chassis.errors import DomainError
from contracts.errors import CODES, Kind
from gateway.feed.events import EVERYTHING, FeedEvent, Wanted, sse
from gateway.feed.hub import Feed

PIECE: Final = 64 * 1024
# So few that many readers who are behind take little memory.
PAGE: Final = 50
CHECK_SECONDS: Final = 25.0
# A key that cannot be checked for so long counts as ended: at most a minute after it was.
TRUST_SECONDS: Final = 50.0
_RETRY_CHECK: Final = 5.0
_RETRY_READ: Final = 1.0
_MAX_FAILURES: Final = 3
_RECONNECT: Final = b"retry: 2000\n\n"
_REFUSALS: Final = frozenset({Kind.UNAUTHENTICATED, Kind.FORBIDDEN})


class Line(Protocol):
    """The connection that a stream is sent on."""

    def cut(self) -> None:
        """End it at once."""
        ...

    def watch(self, on_gone: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_gone`` when the client closes; return what ends the watch."""
        ...


class Check:
    """Ask again and again whether a key still opens the feed; without a key it always does."""

    def __init__(self, ask: Callable[[], Any] | None, clock: Callable[[], float]) -> None:
        self._ask = ask
        self._clock = clock
        self._known_at = clock()
        self._due_at = self._known_at + CHECK_SECONDS

    def passes(self) -> bool:
        """Say whether the stream may go on; ask when it is time."""
        if self._ask is None or self._clock() < self._due_at:
            return True
        try:
            self._ask()
        except DomainError as error:
            self._due_at = self._clock() + _RETRY_CHECK
            is_refused = CODES.get(error.wire_code) in _REFUSALS
            return not is_refused and self._clock() - self._known_at < TRUST_SECONDS
        self._known_at = self._clock()
        self._due_at = self._known_at + CHECK_SECONDS
        return True


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Say where a stream begins, what it is for, and what gives its place back."""

    position: int
    wanted: Wanted
    heartbeat: float
    check: Callable[[], Any] | None
    leave: Callable[[], None]


class Stream:
    """Send events as they come, a sign of life while there are none, and end cleanly.

    ``page`` is what followed the position where it begins.
    """

    def __init__(
        self,
        feed: Feed,
        line: Line,
        opening: Opening,
        page: dict[str, Any],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.writing_since: float | None = None
        self._feed = feed
        self._line = line
        self._opening = opening
        self._clock = clock
        self._position = opening.position
        self._told = opening.position
        self._is_gone = False
        self._failures = 0
        self._check = Check(opening.check, clock)
        self._alive_at = clock()
        self._first: Sequence[FeedEvent] = [FeedEvent(envelope) for envelope in page["items"]]
        feed.learn(opening.position, page)
        self._unwatch = line.watch(self._note_gone)
        feed.join(self)

    def cut(self) -> None:
        """End the stream in the middle of what it sends."""
        self._is_gone = True
        self._line.cut()

    def close(self) -> None:
        """Give everything back; harmless when done again."""
        self._feed.leave(self)
        self._opening.leave()
        self._unwatch()

    def pieces(self) -> Iterator[bytes]:
        """Return what is sent, for as long as the stream lives."""
        yield from self._sent(_RECONNECT)
        yield from self._pass_on(self._take_first())
        while not self._is_over():
            events = self._next()
            if events is None:
                return
            yield from self._pass_on(events)
            if self._clock() - self._alive_at >= self._opening.heartbeat:
                yield from self._sent(self._sign_of_life())
            if not events:
                self._wait()

    def _take_first(self) -> Sequence[FeedEvent]:
        first, self._first = self._first, ()
        return first

    def _is_over(self) -> bool:
        return self._feed.is_stopping or self._is_gone or not self._check.passes()

    def _next(self) -> Sequence[FeedEvent] | None:
        """Return what comes next; None when the client must ask anew to learn what is wrong."""
        try:
            events = self._feed.read(self._position, PAGE)
        except DomainError as error:
            self._failures += 1
            if CODES.get(error.wire_code) is Kind.GONE or self._failures >= _MAX_FAILURES:
                return None
            self._feed.pause(_RETRY_READ, until=lambda: self._is_gone)
            return ()
        self._failures = 0
        return events

    def _pass_on(self, events: Sequence[FeedEvent]) -> Iterator[bytes]:
        """Send the wanted ones in pieces that a slow client can take in time."""
        piece = bytearray()
        for event in events:
            self._position = event.position
            if not self._opening.wanted.has(event.traits):
                continue
            self._told = event.position
            piece += event.chunk
            if len(piece) >= PIECE:
                yield from self._sent(bytes(piece))
                if self._is_over():
                    return
                piece.clear()
        if piece:
            yield from self._sent(bytes(piece))

    def _sent(self, piece: bytes) -> Iterator[bytes]:
        self.writing_since = self._clock()
        yield piece
        self.writing_since = None
        self._alive_at = self._clock()

    def _sign_of_life(self) -> bytes:
        """Return a comment; for who skips events, how far they have been skipped."""
        if self._opening.wanted == EVERYTHING or self._position == self._told:
            return b": \n\n"
        self._told = self._position
        return sse(self._position, "position", {"next_after": self._position})

    def _wait(self) -> None:
        left = self._opening.heartbeat - (self._clock() - self._alive_at)
        self._feed.wait(self._position, min(left, CHECK_SECONDS), until=lambda: self._is_gone)

    def _note_gone(self) -> None:
        self._is_gone = True
        self._feed.wake()
