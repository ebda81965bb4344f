"""Calls over RabbitMQ with direct reply-to.

Requests are published on the channel that consumes ``amq.rabbitmq.reply-to``: the broker demands
it. They are transient, expire with their deadline, and come back at once when there is no queue for
them.
"""

from struct import Struct
from typing import Any, Final

import amqp
from amqp import spec
from amqp.serialization import dumps
from eventlet.event import Event as Signal

from chassis.bus import topology, wire
from chassis.bus.api import HEADER_PREFIX
from chassis.bus.link import CONNECT_TIMEOUT, Link
from chassis.bus.untyped import RawConnection, RawMessage
from chassis.errors import DeadlineError, InternalError, UnavailableError

REPLY_TO: Final = "amq.rabbitmq.reply-to"
MAX_REPLY: Final = 16 * 1024 * 1024
MAX_PENDING: Final = 10_000

_LOST: Final = b"lost"
_RETURNED: Final = b"returned"
_NAMES: Final = {
    name: HEADER_PREFIX + name
    for name in ("call_id_stack", "traceparent", "idempotency_key", "actor", "budget_ms")
}
_ACK: Final = Struct(">QB")


class RpcCaller:
    """Send calls over one connection and match their replies."""

    def __init__(self, url: str, name: str) -> None:
        self.link = Link(
            url,
            name=f"{name} calls",
            on_open=self._open,
            on_lost=self._lost,
            body_limit=MAX_REPLY,
        )
        self._pending: dict[str, Signal] = {}
        self._publish_arguments: dict[tuple[str, str], bytes] = {}
        self._channel_id = 0
        self._write: Any = None

    @property
    def pending(self) -> int:
        """Return how many calls wait for a reply."""
        return len(self._pending)

    def call(  # noqa: PLR0913, PLR0917 - the interface of every transport
        self,
        target: str,
        method: str,
        body: str,
        headers: dict[str, Any],
        request_id: str,
        timeout: float,
    ) -> dict[str, Any]:
        """Send one call and wait for its reply.

        Raises:
            UnavailableError: the broker is away or blocks, or nobody ever served ``target``.
            DeadlineError: no reply came in time.
        """
        link = self.link
        if not link.is_usable and (
            link.is_blocked or not link.wait_open(min(timeout, CONNECT_TIMEOUT))
        ):
            raise UnavailableError(service=target)
        if len(self._pending) >= MAX_PENDING:
            raise UnavailableError(service=target)
        answer = self._pending[request_id] = Signal()
        try:
            self._publish(target, method, body, headers, request_id, timeout)
            text = answer.wait(timeout)
        finally:
            del self._pending[request_id]
        if text is None:
            raise DeadlineError(service=target)
        if text is _LOST or text is _RETURNED:
            raise UnavailableError(service=target)
        return _read(text)

    def _publish(  # noqa: PLR0913, PLR0917 - as call
        self,
        target: str,
        method: str,
        body: str,
        headers: dict[str, Any],
        request_id: str,
        timeout: float,
    ) -> None:
        key = (target, method)
        arguments = self._publish_arguments.get(key)
        if arguments is None:
            arguments = dumps(
                "Bssbb", (0, topology.RPC_EXCHANGE, f"{target}.{method}"[:255], True, False)
            )
            self._publish_arguments[key] = arguments
        message = amqp.Message(
            body,
            content_type="application/json",
            content_encoding="utf-8",
            application_headers={_NAMES[name]: value for name, value in headers.items()},
            delivery_mode=1,
            correlation_id=request_id,
            reply_to=REPLY_TO,
            expiration=str(int(timeout * 1000)),
        )
        self._write(1, self._channel_id, spec.Basic.Publish, arguments, message)

    def _open(self, raw: RawConnection) -> None:
        declarer = topology.Declarer(raw)
        declarer.exchange(topology.RPC_EXCHANGE)
        declarer.close()
        channel = raw.channel()
        channel.events["basic_return"].add(self._on_return)
        channel.basic_consume(REPLY_TO, callback=self._on_reply, no_ack=True)
        self._channel_id = channel.channel_id
        self._write = raw.frame_writer

    def _on_reply(self, message: RawMessage) -> None:
        answer = self._pending.get(message.properties.get("correlation_id"))
        if answer is not None and not answer.ready():
            answer.send(message.body if not message.problem else b"")

    def _on_return(self, _error: object, _exchange: str, _key: str, message: RawMessage) -> None:
        answer = self._pending.get(message.properties.get("correlation_id"))
        if answer is not None and not answer.ready():
            answer.send(_RETURNED)

    def _lost(self) -> None:
        for answer in list(self._pending.values()):
            if not answer.ready():
                answer.send(_LOST)


def _read(body: bytes | str) -> dict[str, Any]:
    try:
        reply = wire.decode(body.decode() if isinstance(body, bytes) else body)
    except (ValueError, RecursionError) as error:
        raise InternalError from error
    if not isinstance(reply, dict) or "result" not in reply:
        raise InternalError
    return reply
