"""Read and write AMQP frames for py-amqp, without blocking and without trusting what arrives.

py-amqp reads a frame in three system calls and a message in nine, writes each frame at once, and
gives up the connection over a routing key that is not UTF-8. These replacements (its
``frame_writer`` and ``frame_handler`` hooks) read what the socket has, write everything of one turn
of the hub together, never make a publisher wait, and mark what cannot be decoded instead of
raising.
"""

import hashlib
from collections.abc import Callable
from struct import Struct, unpack_from
from typing import Any, Final

import amqp
import eventlet
from amqp import spec
from amqp.exceptions import UnexpectedFrame
from eventlet import hubs

from chassis.bus.untyped import RawConnection, RawSocket, RawTransport

FRAME_END: Final = 0xCE
_HEAD: Final = Struct(">BHI")
_METHOD_HEAD: Final = Struct(">BHIHH")
_CONTENT_HEAD: Final = Struct(">BHIHHQ")
_END: Final = b"\xce"
_CONTENT_METHODS: Final = frozenset({spec.Basic.Return, spec.Basic.Deliver, spec.Basic.GetOk})
_DELIVER: Final = spec.Basic.Deliver
_READ_SIZE: Final = 65536
_METHOD, _HEADER, _BODY, _HEARTBEAT = 1, 2, 3, 8
_NO_LIMIT: Final = 1 << 62


class Outgoing:
    """Collect what is written during one turn of the hub and send it in one system call."""

    def __init__(self, transport: RawTransport) -> None:
        self._transport = transport
        self._chunks: list[bytes] = []
        self._is_scheduled = False
        self.is_broken = False

    @property
    def is_empty(self) -> bool:
        """Tell whether everything was handed to the kernel."""
        return not self._chunks and not self._is_scheduled

    def write(self, data: bytes) -> None:
        """Send soon; never blocks."""
        self._chunks.append(data)
        if not self._is_scheduled:
            self._is_scheduled = True
            hubs.get_hub().schedule_call_global(0, self._flush)

    def _flush(self) -> None:
        """Run in the hub: try once without waiting, leave the rest to a green thread."""
        data = b"".join(self._chunks)
        self._chunks.clear()
        sock = self._transport.sock
        if sock is None or self.is_broken:
            self._is_scheduled = False
            return
        raw = getattr(sock, "fd", None)
        sent = 0
        if raw is not None and hasattr(raw, "send") and not hasattr(sock, "do_handshake"):
            try:
                sent = raw.send(data)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError:
                self._break()
                return
            if sent == len(data):
                self._is_scheduled = False
                return
        eventlet.spawn(self._finish, sock, data[sent:])

    def _finish(self, sock: RawSocket, data: bytes) -> None:
        try:
            sock.sendall(data)
            while self._chunks:
                data = b"".join(self._chunks)
                self._chunks.clear()
                sock.sendall(data)
        except (OSError, ValueError):
            self._break()
            return
        self._is_scheduled = False

    def _break(self) -> None:
        self.is_broken = True
        self._is_scheduled = False
        self._chunks.clear()
        shut(self._transport)


def shut(transport: RawTransport) -> None:
    """Shut a transport's socket down, which wakes whoever reads from it."""
    sock = transport.sock
    if sock is not None:
        try:
            sock.shutdown(2)
        except OSError:
            return


def new_writer(connection: RawConnection, transport: RawTransport) -> Callable[..., None]:
    """Return py-amqp's ``frame_writer`` of a connection."""
    outgoing = Outgoing(transport)
    connection.outgoing = outgoing
    write = outgoing.write

    def write_frame(
        kind: int,
        channel: int,
        method: tuple[int, int] | None,
        arguments: bytes | str,
        content: Any,  # noqa: ANN401 - an amqp.Message or None
    ) -> None:
        connection.bytes_sent += 1
        if kind == _HEARTBEAT or method is None:
            write(_HEAD.pack(_HEARTBEAT, 0, 0) + _END)
            return
        if isinstance(arguments, str):
            arguments = arguments.encode()
        frames = _METHOD_HEAD.pack(kind, channel, len(arguments) + 4, *method) + arguments + _END
        if content is not None:
            body = content.body
            if isinstance(body, str):
                body = body.encode()
            properties = content._serialize_properties()  # noqa: SLF001 - what py-amqp's own writer calls
            frames += content_frames(channel, method[0], properties, body, connection.frame_max - 8)
        write(frames)

    return write_frame


def content_frames(
    channel: int, class_id: int, properties: bytes, body: bytes, limit: int
) -> bytes:
    """Return the header frame and the body frames of a message."""
    size = len(body)
    header = _CONTENT_HEAD.pack(_HEADER, channel, len(properties) + 12, class_id, 0, size)
    if size <= limit:
        if size == 0:
            return header + properties + _END
        return b"".join((header, properties, _END, _HEAD.pack(_BODY, channel, size), body, _END))
    parts = [header, properties, _END]
    for start in range(0, size, limit):
        piece = body[start : start + limit]
        parts += (_HEAD.pack(_BODY, channel, len(piece)), piece, _END)
    return b"".join(parts)


def method_frame(channel: int, method: tuple[int, int], arguments: bytes) -> bytes:
    """Return the frame of a method without content."""
    return _METHOD_HEAD.pack(_METHOD, channel, len(arguments) + 4, *method) + arguments + _END


class Incoming(amqp.Message):  # type: ignore[misc] # py-amqp ships no types
    """Collect one arriving message; a body above the limit is counted and hashed, not kept."""

    problem: str | None = None
    limit = 0
    _digest: Any = None

    def header(self, payload: bytes) -> None:
        """Read the header frame; properties that cannot be decoded are marked as a problem."""
        try:
            self.inbound_header(payload)
        except Exception:  # noqa: BLE001 - whatever a stranger sent must not end the connection
            self.problem = "properties"
            self.properties: dict[str, Any] = {}
            (self.body_size,) = unpack_from(">Q", payload, 4)
            self.ready = not self.body_size
        if self.body_size > self.limit:
            self.problem = "too large"
            self._digest = hashlib.sha256()

    def piece(self, payload: bytes) -> None:
        """Read one body frame."""
        if self._digest is None:
            self.inbound_body(payload)
            return
        self._digest.update(payload)
        self.body_received += len(payload)
        if self.body_received >= self.body_size:
            self.body = b""
            self.ready = True

    @property
    def sha256(self) -> str:
        """Return the hash of the body."""
        if self._digest is not None:
            return str(self._digest.hexdigest())
        return hashlib.sha256(_to_bytes(self.body)).hexdigest()


def _to_bytes(body: bytes | str) -> bytes:
    return body.encode() if isinstance(body, str) else body


class FrameHandler:
    """Put frames together to methods and messages; deliveries go straight to their consumer."""

    def __init__(self, connection: RawConnection, callback: Callable[..., Any]) -> None:
        self._connection = connection
        self._callback = callback
        self._partial: dict[int, Incoming] = {}

    def __call__(self, frame: tuple[int, int, bytes]) -> bool:
        """Take one frame; tell whether it completed something."""
        kind, channel_id, payload = frame
        self._connection.bytes_recv += 1
        if kind == _METHOD:
            return self._method(channel_id, payload)
        if kind == _HEARTBEAT:
            return False
        message = self._partial.get(channel_id)
        if message is None:
            raise UnexpectedFrame(f"frame {kind} without a method")
        if kind == _HEADER:
            message.header(payload)
        else:
            message.piece(payload)
        if not message.ready:
            return False
        del self._partial[channel_id]
        if message.frame_method == _DELIVER:
            _deliver(self._connection, channel_id, message)
        else:
            self._callback(channel_id, message.frame_method, message.frame_args, message)
        return True

    def _method(self, channel_id: int, payload: bytes) -> bool:
        method = unpack_from(">HH", payload)
        if method not in _CONTENT_METHODS:
            self._callback(channel_id, method, payload, None)
            return True
        message = Incoming(frame_method=method, frame_args=payload)
        message.limit = getattr(self._connection, "body_limit", _NO_LIMIT)
        self._partial[channel_id] = message
        return False


def _deliver(connection: RawConnection, channel_id: int, message: Incoming) -> None:
    buffer = message.frame_args
    size = buffer[4]
    offset = 5 + size
    tag = buffer[5:offset].decode("utf-8", "replace")
    (delivery_tag,) = unpack_from(">Q", buffer, offset)
    redelivered = bool(buffer[offset + 8] & 1)
    offset += 9
    size = buffer[offset]
    offset += 1 + size
    key_size = buffer[offset]
    routing_key = buffer[offset + 1 : offset + 1 + key_size].decode("utf-8", "replace")
    message.delivery_info = {
        "delivery_tag": delivery_tag,
        "redelivered": redelivered,
        "routing_key": routing_key,
    }
    consumer = connection.channels[channel_id].callbacks.get(tag)
    if consumer is not None:
        consumer(message)


def read_frames(connection: RawConnection, sock: RawSocket, left_over: bytes = b"") -> None:
    """Read frames from the socket and dispatch them until the connection ends.

    Raises:
        OSError: the connection was lost.
        amqp.AMQPError: the broker closed it, or sent nonsense.
    """
    buffer = left_over
    on_frame = connection.on_inbound_frame
    while True:
        offset, size = 0, len(buffer)
        while size - offset >= _HEAD.size + 1:
            kind, channel, length = _HEAD.unpack_from(buffer, offset)
            end = offset + 7 + length
            if end >= size:
                break
            if buffer[end] != FRAME_END:
                raise UnexpectedFrame("no frame end")
            on_frame((kind, channel, buffer[offset + 7 : end]))
            offset = end + 1
        if offset:
            buffer = buffer[offset:]
        if connection._transport is None:  # noqa: SLF001 - the only sign that the broker agreed to close
            return
        data = sock.recv(_READ_SIZE)
        if not data:
            raise ConnectionResetError("the broker closed the connection")
        buffer = buffer + data if buffer else data
