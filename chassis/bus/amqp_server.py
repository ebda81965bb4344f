"""Serve calls from RabbitMQ: one classic queue per service, answers to whoever asked.

Whatever arrives, the consumer lives: a request that cannot be served is answered with an error
where it can be, else acked, counted, and a record without its body goes to the dead letters. A
request is acked after its reply was written: if the process dies in between, another replica serves
it within its deadline.
"""

import logging
from collections.abc import Callable
from struct import Struct
from typing import Any, Final

import amqp
from amqp import spec
from amqp.serialization import dumps

from chassis import errors, faults, metrics
from chassis.bus import topology, wire
from chassis.bus.amqp_publisher import DeadLetter, Publisher
from chassis.bus.api import HEADER_PREFIX, Acceptor, Request
from chassis.bus.link import Link
from chassis.bus.untyped import RawChannel, RawConnection, RawMessage

logger = logging.getLogger(__name__)

DIRECT: Final = "amq.rabbitmq.reply-to."
_PREFIX_SIZE: Final = len(HEADER_PREFIX)
_ACK: Final = Struct(">QB")
_CACHED_KEYS: Final = 1000


class MalformedRequestError(ValueError):
    """Say what is wrong with a request that reached no method."""


class RpcServing:
    """Take the calls of one service."""

    def __init__(
        self, url: str, name: str, service: str, acceptor: Acceptor, publisher: Publisher
    ) -> None:
        self._service = service
        self._acceptor = acceptor
        self._publisher = publisher
        self._channel: RawChannel = None
        self._tag = ""
        self._write: Any = None
        self._is_paused = False
        self._arguments: dict[str, bytes] = {}
        self.link = Link(
            url, name=f"{name} serves {service}", on_open=self._open, on_lost=self._lost
        )

    def _open(self, raw: RawConnection) -> None:
        declarer = topology.Declarer(raw)
        declarer.rpc(self._service)
        declarer.close()
        channel = raw.channel()
        channel.basic_qos(0, self._acceptor.capacity, False)  # noqa: FBT003 - AMQP's "global" flag
        self._channel, self._write = channel, raw.frame_writer
        if not self._is_paused:
            self._tag = channel.basic_consume(
                topology.rpc_queue(self._service), callback=self._on_message
            )

    def _lost(self) -> None:
        self._channel = None

    def pause(self) -> None:
        """Take no more calls; what the broker still sends goes back to it at the end."""
        self._is_paused = True
        if self._channel is not None:
            self._channel.basic_cancel(self._tag, nowait=True)

    def drain(self) -> None:
        """Do nothing: the container waits for its workers."""

    def close(self) -> None:
        """Send the last answers and disconnect."""
        self._is_paused = True
        self.link.stop()

    def _on_message(self, message: RawMessage) -> None:
        if self._is_paused:
            return
        respond = self._responder(message)
        try:
            request = self._read(message)
        except MalformedRequestError as error:
            self._refuse(message, respond, str(error))
            return
        except Exception:
            logger.exception("request could not be read", extra={"service": self._service})
            self._refuse(message, respond, "unreadable")
            return
        self._acceptor.accept(request, respond)

    def _read(self, message: RawMessage) -> Request:
        properties = message.properties
        if message.problem:
            raise MalformedRequestError(message.problem)
        if not properties.get("reply_to"):
            raise MalformedRequestError("no reply_to")
        request_id = properties.get("correlation_id")
        if not request_id:
            raise MalformedRequestError("no correlation_id")
        if properties.get("content_type") != "application/json":
            raise MalformedRequestError("content type")
        headers = properties.get("application_headers") or {}
        if properties.get("content_encoding", "utf-8") != "utf-8" or "compression" in headers:
            raise MalformedRequestError("content encoding")
        body = message.body
        try:
            decoded = wire.decode(body.decode() if isinstance(body, bytes) else body)
        except (ValueError, RecursionError) as error:
            raise MalformedRequestError("not JSON") from error
        info = message.delivery_info
        return Request(
            info["routing_key"].rpartition(".")[2],
            decoded,
            {
                name[_PREFIX_SIZE:]: value
                for name, value in headers.items()
                if name.startswith(HEADER_PREFIX)
            },
            request_id,
            info["redelivered"],
        )

    def _responder(self, message: RawMessage) -> Callable[[str], None]:
        channel = self._channel

        def respond(text: str) -> None:
            # After a lost connection the broker has given the request to somebody else.
            if channel is not self._channel or channel is None:
                return
            tag = message.delivery_info["delivery_tag"]
            if not faults.point("rpc.drop_reply"):
                self._reply(channel, message.properties, text)
            self._write(1, channel.channel_id, spec.Basic.Ack, _ACK.pack(tag, 0), None)

        return respond

    def _reply(self, channel: RawChannel, properties: dict[str, Any], text: str) -> None:
        reply_to = properties["reply_to"]
        arguments = self._arguments.get(reply_to)
        if arguments is None:
            exchange = "" if reply_to.startswith(DIRECT) else topology.RPC_EXCHANGE
            arguments = dumps("Bssbb", (0, exchange, reply_to, False, False))
            if len(self._arguments) >= _CACHED_KEYS:
                self._arguments.clear()
            self._arguments[reply_to] = arguments
        reply = amqp.Message(
            text,
            content_type="application/json",
            content_encoding="utf-8",
            delivery_mode=1,
            correlation_id=properties["correlation_id"],
        )
        self._write(1, channel.channel_id, spec.Basic.Publish, arguments, reply)

    def _refuse(self, message: RawMessage, respond: Callable[[str], None], reason: str) -> None:
        metrics.count_malformed(service=self._service)
        properties = message.properties
        logger.warning(
            "malformed request",
            extra={"service": self._service, "reason": reason, "size": message.body_size},
        )
        if properties.get("reply_to") and properties.get("correlation_id"):
            respond(wire.error_body(errors.InvalidArgumentsError(reason=reason)))
            return
        letter = DeadLetter.record(topology.rpc_queue(self._service), reason, message)
        self._publisher.bury_later(letter)
        channel = self._channel
        tag = message.delivery_info["delivery_tag"]
        self._write(1, channel.channel_id, spec.Basic.Ack, _ACK.pack(tag, 0), None)
