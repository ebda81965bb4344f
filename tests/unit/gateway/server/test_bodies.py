"""Bodies: complete, within their rate, and exactly as long as they say."""

import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.server.bodies import (
    Body,
    BodyIncompleteError,
    BodyTooSlowError,
    ClosedError,
    Pace,
    Reader,
)
from gateway.server.heads import HeadTooLargeError, MalformedRequestError

if TYPE_CHECKING:
    from collections.abc import Callable


class Wire:
    """Deliver bytes piece by piece; at the end, silence or the end of the stream."""

    def __init__(self, *pieces: bytes, is_silent: bool = False) -> None:
        self._pieces = list(pieces)
        self._is_silent = is_silent
        self.timeouts: list[float | None] = []

    def settimeout(self, seconds: float | None, /) -> None:
        self.timeouts.append(seconds)

    def recv(self, _size: int, /) -> bytes:
        if self._pieces:
            return self._pieces.pop(0)
        if self._is_silent:
            time.sleep(self.timeouts[-1] or 0)
            raise TimeoutError
        return b""


def read_all(body: Body) -> bytes:
    return b"".join(iter(body.read, b""))


def chunked(*pieces: bytes, **options: object) -> Body:
    return Body(Reader(Wire(*pieces)), is_chunked=True, **options)  # type: ignore[arg-type]


class TestReader:
    def test_keeps_what_comes_after_the_head(self) -> None:
        reader = Reader(Wire(b"GET / HT", b"TP/1.1\r\n\r", b"\nrest"))

        head = reader.head(100, time.monotonic() + 1)

        assert head == b"GET / HTTP/1.1\r\n\r\n"
        assert reader.some(10, time.monotonic() + 1) == b"rest"

    def test_tolerates_empty_lines_before_a_request(self) -> None:
        reader = Reader(Wire(b"\r\n\r\nGET / HTTP/1.1\r\n\r\n"))

        assert reader.head(100, time.monotonic() + 1).startswith(b"GET")

    def test_stops_at_the_limit(self) -> None:
        reader = Reader(Wire(b"x" * 60, b"x" * 60))

        with pytest.raises(HeadTooLargeError):
            reader.head(100, time.monotonic() + 1)

    def test_gives_up_at_the_deadline(self) -> None:
        reader = Reader(Wire(b"GET", is_silent=True))

        with pytest.raises(ClosedError):
            reader.head(100, time.monotonic() + 0.02)

    def test_refuses_lax_line_ends(self) -> None:
        with pytest.raises(MalformedRequestError):
            Reader(Wire(b"GET / HTTP/1.1\nHost: a\n\n")).head(100, time.monotonic() + 1)


class TestBody:
    def test_reads_its_length_and_no_more(self) -> None:
        reader = Reader(Wire(b"hello", b" world, next"))
        body = Body(reader, length=11)

        assert read_all(body) == b"hello world"
        assert body.is_finished
        assert reader.some(10, time.monotonic() + 1) == b", next"

    def test_an_empty_body_is_finished_at_once(self) -> None:
        assert Body(Reader(Wire()), length=None).is_finished

    def test_tells_a_client_that_left(self) -> None:
        with pytest.raises(BodyIncompleteError):
            read_all(Body(Reader(Wire(b"half")), length=100))

    @pytest.mark.proves("B4")
    def test_cuts_off_who_is_slower_than_the_minimum_rate(self) -> None:
        pace = Pace(grace=0.03, minimum_rate=1_000_000)
        body = Body(Reader(Wire(b"x", is_silent=True)), length=100, pace=pace)

        with pytest.raises(BodyTooSlowError):
            read_all(body)

    def test_asks_for_the_body_only_when_somebody_wants_it(self) -> None:
        asked: list[bool] = []
        body = Body(Reader(Wire(b"abc")), length=3, on_first_read=lambda: asked.append(True))

        before = body.is_awaited
        content = read_all(body)

        assert (before, body.is_awaited, asked, content) == (True, False, [True], b"abc")

    def test_decodes_chunks(self) -> None:
        body = chunked(b"5\r\nhel", b"lo\r\n6;a=b\r\n world\r\n0\r\n", b"\r\n")

        assert read_all(body) == b"hello world"
        assert body.is_finished
        assert body.received == 11

    @pytest.mark.proves("B9")
    @pytest.mark.parametrize(
        "raw",
        [
            b"5\nhello\r\n0\r\n\r\n",
            b"5\r\nhello!\r\n0\r\n\r\n",
            b"5\r\nhello\n0\r\n\r\n",
            b"-5\r\nhello\r\n0\r\n\r\n",
            b"0x5\r\nhello\r\n0\r\n\r\n",
            b" 5\r\nhello\r\n0\r\n\r\n",
            b"5;a=\x01\r\nhello\r\n0\r\n\r\n",
            b"5_0\r\nhello\r\n0\r\n\r\n",
            b"\r\nhello\r\n0\r\n\r\n",
            b"0\r\nTrailer: x\r\n\r\n",
            b"f" * 300,
            b"ffffffffffffffff\r\n",
        ],
    )
    def test_refuses_chunks_that_are_none(self, raw: bytes) -> None:
        with pytest.raises(MalformedRequestError):
            read_all(chunked(raw))

    @given(st.lists(st.binary(min_size=1, max_size=50), max_size=6), st.integers(1, 20))
    def test_does_not_depend_on_how_bytes_arrive(self, parts: list[bytes], size: int) -> None:
        raw = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\nnext"
        pieces = [raw[start : start + size] for start in range(0, len(raw), size)]

        assert read_all(chunked(*pieces)) == b"".join(parts)


def test_pace_is_what_the_promise_says() -> None:
    pace: Callable[[], Pace] = Pace

    assert (pace().grace, pace().minimum_rate) == (15.0, 8192)
