"""Frames are read in whatever pieces they come, and nonsense ends nothing but itself."""

import hashlib
import socket
from struct import pack
from types import SimpleNamespace
from typing import Any

import amqp
import eventlet
import pytest
from amqp import spec
from amqp.exceptions import UnexpectedFrame
from hypothesis import given
from hypothesis import strategies as st

from chassis.bus import frames


class Pipe:
    """Give out bytes in pieces of a chosen size, then end."""

    def __init__(self, data: bytes, size: int) -> None:
        self._data = data
        self._size = size

    def recv(self, _size: int) -> bytes:
        piece, self._data = self._data[: self._size], self._data[self._size :]
        return piece


def connection(limit: int = 1 << 20) -> Any:
    """Return what the frame handler needs of a connection."""
    received: list[Any] = []
    channel = SimpleNamespace(callbacks={"tag": received.append})
    fake = SimpleNamespace(
        bytes_recv=0,
        bytes_sent=0,
        frame_max=131072,
        body_limit=limit,
        channels={1: channel},
        received=received,
        methods=[],
        _transport=object(),
    )
    fake.on_inbound_frame = frames.FrameHandler(
        fake, lambda *arguments: fake.methods.append(arguments)
    )
    return fake


def delivery(body: bytes, properties: bytes | None = None, key: bytes = b"a.b") -> bytes:
    """Return the frames of one delivered message."""
    arguments = b"".join(
        (
            pack("B", 3) + b"tag",
            pack(">QB", 7, 0),
            pack("B", 2) + b"ex",
            pack("B", len(key)) + key,
        )
    )
    method = frames.method_frame(1, spec.Basic.Deliver, arguments)
    if properties is None:
        message = amqp.Message(b"", content_type="application/json", correlation_id="c1")
        properties = message._serialize_properties()
    return method + frames.content_frames(1, 60, properties, body, 1000)


def read(fake: Any, data: bytes, size: int = 65536) -> None:
    with pytest.raises(ConnectionResetError):
        frames.read_frames(fake, Pipe(data, size))


class TestRead:
    @pytest.mark.parametrize("size", [1, 2, 7, 8, 100, 65536])
    def test_in_pieces_of_any_size(self, size: int) -> None:
        fake = connection()

        read(fake, delivery(b"x" * 2500) + delivery(b"") + delivery(b"y"), size)

        assert [message.body for message in fake.received] == [b"x" * 2500, "", b"y"]
        assert fake.received[0].properties["correlation_id"] == "c1"
        assert fake.received[0].delivery_info["routing_key"] == "a.b"

    @given(st.lists(st.binary(max_size=3000), max_size=5), st.integers(1, 5000))
    def test_whatever_was_sent_arrives(self, bodies: list[bytes], size: int) -> None:
        fake = connection()

        read(fake, b"".join(delivery(body) for body in bodies), size)

        assert [message.body or b"" for message in fake.received] == bodies

    def test_what_was_read_before_comes_first(self) -> None:
        fake, data = connection(), delivery(b"one")

        with pytest.raises(ConnectionResetError):
            frames.read_frames(fake, Pipe(data[10:], 5), data[:10])

        assert fake.received[0].body == b"one"

    def test_heartbeats_are_counted(self) -> None:
        fake = connection()

        read(fake, frames._HEAD.pack(8, 0, 0) + b"\xce")

        assert fake.bytes_recv == 1
        assert fake.methods == []

    def test_other_methods_go_to_the_library(self) -> None:
        fake = connection()

        read(fake, frames.method_frame(0, spec.Connection.CloseOk, b""))

        assert fake.methods[0][:2] == (0, spec.Connection.CloseOk)

    def test_wrong_end_is_an_error(self) -> None:
        data = bytearray(delivery(b"x"))
        data[-1] = 0

        with pytest.raises(UnexpectedFrame):
            frames.read_frames(connection(), Pipe(bytes(data), 65536))

    def test_body_without_method_is_an_error(self) -> None:
        with pytest.raises(UnexpectedFrame):
            frames.read_frames(connection(), Pipe(frames._HEAD.pack(3, 1, 1) + b"x\xce", 65536))

    def test_ends_when_the_broker_agreed_to_close(self) -> None:
        fake = connection()
        fake._transport = None

        frames.read_frames(fake, Pipe(b"", 1))


@pytest.mark.proves("A7")
class TestNonsense:
    def test_properties_that_cannot_be_decoded_are_marked(self) -> None:
        fake = connection()

        read(fake, delivery(b"body", properties=b"\xff\xff\xff\xff\x01") + delivery(b"next"))

        assert [message.problem for message in fake.received] == ["properties", None]
        assert fake.received[1].body == b"next"

    def test_routing_key_that_is_not_utf8_is_replaced(self) -> None:
        fake = connection()

        read(fake, delivery(b"x", key=b"a.\xff"))

        assert fake.received[0].delivery_info["routing_key"] == "a.\ufffd"

    def test_large_body_is_hashed_not_kept(self) -> None:
        fake, body = connection(limit=1000), b"z" * 5000

        read(fake, delivery(body))

        message = fake.received[0]
        assert message.problem == "too large"
        assert message.body == b""
        assert message.body_size == 5000
        assert message.sha256 == hashlib.sha256(body).hexdigest()

    def test_unknown_consumer_is_ignored(self) -> None:
        fake = connection()
        fake.channels[1].callbacks.clear()

        read(fake, delivery(b"x"))

        assert fake.received == []


class TestWrite:
    @pytest.fixture
    def ends(self) -> Any:
        left, right = socket.socketpair()
        yield left, right
        left.close()
        right.close()

    def test_one_turn_is_sent_together(self, ends: Any) -> None:
        left, right = ends
        outgoing = frames.Outgoing(SimpleNamespace(sock=left))

        for number in range(5):
            outgoing.write(b"%d" % number)
        eventlet.sleep(0.01)

        assert right.recv(100) == b"01234"
        assert outgoing.is_empty

    def test_a_slow_reader_stops_nobody(self, ends: Any) -> None:
        left, right = ends
        outgoing = frames.Outgoing(SimpleNamespace(sock=left))
        data = b"x" * 4_000_000

        outgoing.write(data)
        outgoing.write(b"end")
        eventlet.sleep(0)
        received = bytearray()
        with eventlet.Timeout(5):
            while not received.endswith(b"end"):
                received += right.recv(65536)

        assert len(received) == len(data) + 3

    def test_a_lost_connection_is_noticed(self, ends: Any) -> None:
        left, right = ends
        outgoing = frames.Outgoing(SimpleNamespace(sock=left))
        right.close()

        outgoing.write(b"x")
        eventlet.sleep(0.01)
        outgoing.write(b"y")
        eventlet.sleep(0.01)

        assert outgoing.is_broken
        assert outgoing.is_empty

    @given(st.binary(max_size=5000))
    def test_what_is_written_can_be_read(self, body: bytes) -> None:
        fake = connection()

        read(fake, delivery(body))

        assert (fake.received[0].body or b"") == body
