"""Read a socket with deadlines: request heads, and bodies with a minimum rate.

A body is given some seconds of grace plus the time its bytes take at a minimum rate; who is slower
is cut off. Chunked bodies are decoded as strictly as heads are parsed, and trailers are refused.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from chassis.errors import DomainError
from gateway.server.heads import HeadTooLargeError, MalformedRequestError

PIECE: Final = 64 * 1024

_CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,12})[ \t]*(;[\t\x20-\x7e]*)?\Z")
_MAX_CHUNK_LINE: Final = 256


class BodyIncompleteError(DomainError):
    """Say that the client closed the connection within the body."""

    code = "gateway.body_incomplete"


class BodyTooSlowError(DomainError):
    """Say that the client sent less than the minimum rate."""

    code = "gateway.body_too_slow"


class ClosedError(Exception):
    """Say that the client went away, or never said anything."""


@dataclass(frozen=True)
class Pace:
    """Say how slow a body may come: seconds of grace, then bytes a second on the average."""

    grace: float = 15.0
    minimum_rate: int = 8 * 1024


class Connection(Protocol):
    """The part of a socket that reading needs."""

    def recv(self, size: int, /) -> bytes:
        """Return what has come, or nothing at the end."""
        ...

    def settimeout(self, seconds: float | None, /) -> None:
        """Limit the next operation."""
        ...


class Reader:
    """Read exactly what is asked for, never past a deadline, and keep the rest for later."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._buffer = bytearray()

    def wait(self, seconds: float) -> None:
        """Wait for the first byte of a request.

        Raises:
            ClosedError: nothing came.
        """
        if not self._buffer and not self._fill(time.monotonic() + seconds):
            raise ClosedError

    def head(self, limit: int, deadline: float) -> bytes:
        """Return everything up to and with the first empty line.

        Raises:
            ClosedError: the client left or took too long.
            HeadTooLargeError: no end within ``limit`` bytes.
            MalformedRequestError: the lines do not end as HTTP lines end.
        """
        searched = 0
        while True:
            while self._buffer[:2] == b"\r\n":  # tolerated before a request (RFC 9112, 2.2)
                del self._buffer[:2]
            end = self._buffer.find(b"\r\n\r\n", max(0, searched - 3))
            if 0 <= end <= limit - 4:
                return self._take(end + 4)
            if len(self._buffer) > limit:
                raise HeadTooLargeError
            if b"\n\n" in self._buffer:  # never the end of a head for us, but for lax parsers it is
                raise MalformedRequestError
            searched = len(self._buffer)
            if not self._fill(deadline):
                raise ClosedError

    def line(self, limit: int, deadline: float) -> bytes:
        """Return one line without its end.

        Raises:
            MalformedRequestError: no proper line end within ``limit`` bytes.
            BodyIncompleteError: the client left.
            BodyTooSlowError: the deadline has passed.
        """
        while True:
            end = self._buffer.find(b"\n")
            if end > limit or (end < 0 and len(self._buffer) > limit):
                raise MalformedRequestError
            if end >= 0:
                line = self._take(end + 1)
                if not line.endswith(b"\r\n"):
                    raise MalformedRequestError
                return line[:-2]
            self._fill_body(deadline)

    def some(self, size: int, deadline: float) -> bytes:
        """Return between one and ``size`` bytes.

        Raises:
            BodyIncompleteError: the client left.
            BodyTooSlowError: the deadline has passed.
        """
        if not self._buffer:
            self._fill_body(deadline)
        return self._take(min(size, len(self._buffer)))

    def _take(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken

    def _fill_body(self, deadline: float) -> None:
        if not self._fill(deadline):
            raise BodyTooSlowError if time.monotonic() >= deadline else BodyIncompleteError

    def _fill(self, deadline: float) -> bool:
        """Receive once; answer whether anything came in time."""
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        try:
            self._connection.settimeout(left)
            data = self._connection.recv(PIECE)
        except OSError:  # also a timeout
            return False
        self._buffer += data
        return bool(data)


class Body:
    """Give out the body of one request piece by piece, within its limits of rate and form.

    ``on_first_read`` is called once before anything is read: a client that asked for
    ``100 Continue`` is told to go on only when somebody wants its body.
    """

    def __init__(
        self,
        reader: Reader,
        *,
        length: int | None = None,
        is_chunked: bool = False,
        on_first_read: Callable[[], None] | None = None,
        pace: Pace = Pace(),
    ) -> None:
        self._reader = reader
        self._pace = pace
        self._left = 0 if is_chunked else length or 0
        self._has_chunks = is_chunked
        self._chunk_begun = False
        self._on_first_read = on_first_read
        self._started: float | None = None
        self.length = None if is_chunked else length or 0
        self.received = 0

    @property
    def is_finished(self) -> bool:
        """Say whether the client has nothing more to send for this request."""
        return not self._left and not self._has_chunks

    @property
    def is_awaited(self) -> bool:
        """Say whether the client still waits to be told to go on."""
        return self._on_first_read is not None and self._started is None and not self.is_finished

    def read(self, size: int = PIECE) -> bytes:
        """Return up to ``size`` bytes, and nothing at the end.

        Raises:
            BodyIncompleteError: the client left.
            BodyTooSlowError: it sent less than the minimum rate.
            MalformedRequestError: the chunks are not chunks.
        """
        self._begin()
        if not self._left and self._has_chunks:
            self._next_chunk()
        if not self._left:
            return b""
        data = self._reader.some(min(size, self._left), self._deadline())
        self._left -= len(data)
        self.received += len(data)
        return data

    def _begin(self) -> None:
        if self._started is None:
            if self.is_awaited and self._on_first_read is not None:
                self._on_first_read()
            self._started = time.monotonic()

    def _deadline(self) -> float:
        started = self._started if self._started is not None else time.monotonic()
        return started + self._pace.grace + self.received / self._pace.minimum_rate

    def _next_chunk(self) -> None:
        if self._chunk_begun and self._line():  # the data of a chunk ends with an empty line end
            raise MalformedRequestError
        match = _CHUNK_SIZE.match(self._line())
        if match is None:
            raise MalformedRequestError
        self._chunk_begun = True
        self._left = int(match[1], 16)
        if not self._left:
            if self._line():  # a trailer
                raise MalformedRequestError
            self._has_chunks = False

    def _line(self) -> bytes:
        return self._reader.line(_MAX_CHUNK_LINE, self._deadline())
