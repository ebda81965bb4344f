"""Consume events and commands from RabbitMQ: a quorum queue per handler.

A message is acked after its effect was committed, after its retry or its dead letter was confirmed
– never before. What cannot be decoded becomes a dead letter with a reason. While the infrastructure
is away a message is parked in place. A stopping process begins nothing new and settles what it has
begun.
"""

import logging
import uuid
from struct import Struct
from typing import Any, Final

import amqp
import eventlet
from amqp import spec
from eventlet import hubs
from eventlet.event import Event as Signal

from chassis import handlers, metrics
from chassis.bus import topology
from chassis.bus.amqp_publisher import (
    ATTEMPT_HEADER,
    EVENT_TYPE,
    PERSISTENT,
    DeadLetter,
    Parcel,
    Publisher,
)
from chassis.bus.api import (
    Delivery,
    Event,
    Outcome,
    Processor,
    SubscriptionKind,
    Verdict,
)
from chassis.bus.untyped import RawChannel, RawConnection, RawMessage
from chassis.errors import UnavailableError

logger = logging.getLogger(__name__)

PREFETCH: Final = 10
_ACK: Final = Struct(">QB")
_CONTENT_TYPES: Final = frozenset({EVENT_TYPE, "application/json"})


class Consumer:
    """Feed one handler from its queue."""

    def __init__(self, processor: Processor, publisher: Publisher) -> None:
        self.subscription = processor.subscription
        self._processor = processor
        self._publisher = publisher
        self.is_broadcast = self.subscription.kind is SubscriptionKind.BROADCAST
        self._channel: RawChannel = None
        self._tag = ""
        self._write: Any = None
        self._is_paused = False
        self._in_work = 0
        self._idle = Signal()
        self.queue = self.subscription.queue
        if self.is_broadcast:
            self.queue += f"-{uuid.uuid4().hex}"

    def open(self, raw: RawConnection) -> None:
        """Declare what is missing and begin to consume; called for each new connection."""
        declarer = topology.Declarer(raw)
        declarer.subscription(self.subscription)
        declarer.close()
        channel = raw.channel()
        if self.is_broadcast:
            channel.queue_declare(self.queue, durable=False, exclusive=True, auto_delete=True)
            channel.queue_bind(
                self.queue, self.subscription.exchange, routing_key=self.subscription.name
            )
        channel.basic_qos(0, PREFETCH, False)  # noqa: FBT003 - AMQP's "global" flag
        self._channel, self._write = channel, raw.frame_writer
        if not self._is_paused:
            self._tag = channel.basic_consume(
                self.queue, callback=self._on_message, no_ack=self.is_broadcast
            )

    def lost(self) -> None:
        """Forget the connection: what was not acked will be delivered again."""
        self._channel = None

    def pause(self) -> None:
        """Begin nothing new; what the broker still sends goes back to it at the end."""
        self._is_paused = True
        if self._channel is not None:
            self._channel.basic_cancel(self._tag, nowait=True)

    def drain(self) -> None:
        """Wait until everything begun is settled."""
        while self._in_work:
            self._idle.wait()

    def close(self) -> None:
        """Do nothing: the connection belongs to all consumers."""

    def _on_message(self, message: RawMessage) -> None:
        if self._is_paused:
            return
        try:
            event = self._read(message)
            attempt = _attempt(message)
        except handlers.MalformedMessageError as error:
            self._refuse(message, str(error))
            return
        except Exception:
            logger.exception("message could not be read", extra={"queue": self.queue})
            self._refuse(message, "unreadable")
            return
        work = _Work(self, message, Delivery(event, self.subscription.handler, attempt))
        self._enter()
        work.start()

    def _read(self, message: RawMessage) -> Event:
        properties = message.properties
        if message.problem:
            raise handlers.MalformedMessageError(message.problem)
        if properties.get("content_type") not in _CONTENT_TYPES:
            raise handlers.MalformedMessageError("content type")
        headers = properties.get("application_headers") or {}
        if properties.get("content_encoding", "utf-8") != "utf-8" or "compression" in headers:
            raise handlers.MalformedMessageError("content encoding")
        event = handlers.parse_event(message.body)
        if event.type != self.subscription.type:
            raise handlers.MalformedMessageError(f"unknown version: {event.type}")
        return event

    def _refuse(self, message: RawMessage, reason: str) -> None:
        metrics.count_malformed(service=self.subscription.service)
        logger.warning("malformed message", extra={"queue": self.queue, "reason": reason})
        if self.is_broadcast:
            return
        make = DeadLetter.record if message.problem else DeadLetter.keep
        letter = make(self.queue, f"malformed: {reason}", message)
        self._enter()
        eventlet.spawn(self.until_published, self._channel, message, letter.parcel())

    def until_published(self, channel: RawChannel, message: RawMessage, parcel: Parcel) -> None:
        """Publish what becomes of a message, then ack it; wait while the broker is away.

        ``channel`` is the one it came through: once that is lost, the message comes again.
        """
        times = 0
        try:
            while channel is not None and channel is self._channel:
                try:
                    if self._publisher.publish([parcel])[0]:
                        self.ack(channel, message)
                        return
                except UnavailableError as error:
                    logger.warning(
                        "message waits", extra={"queue": self.queue, "reason": str(error)}
                    )
                if self._is_paused:
                    return
                eventlet.sleep(handlers.park_delay(times))
                times += 1
        finally:
            self.leave()

    def retry_parcel(self, message: RawMessage, attempt: int, delay: float) -> Parcel:
        """Return the message addressed to the rung of the ladder that brings it back."""
        properties: dict[str, Any] = {}
        scale = self._processor.retry_scale
        if scale != 1:
            properties["expiration"] = str(max(1, int(delay * scale * 1000)))
        again = amqp.Message(
            message.body,
            content_type=message.properties.get("content_type"),
            application_headers={ATTEMPT_HEADER: attempt + 1},
            delivery_mode=PERSISTENT,
            message_id=message.properties.get("message_id"),
            **properties,
        )
        return Parcel(topology.rung_for(delay), self.queue, again, is_mandatory=True)

    def ack(self, channel: RawChannel, message: RawMessage) -> None:
        """Tell the broker that the message is settled, if it still wants to know."""
        if channel is not None and channel is self._channel and not self.is_broadcast:
            tag = message.delivery_info["delivery_tag"]
            self._write(1, channel.channel_id, spec.Basic.Ack, _ACK.pack(tag, 0), None)

    def _enter(self) -> None:
        self._in_work += 1

    def leave(self) -> None:
        """Count one message less in work."""
        self._in_work -= 1
        if self._in_work == 0:
            idle, self._idle = self._idle, Signal()
            idle.send()


def _attempt(message: RawMessage) -> int:
    value = (message.properties.get("application_headers") or {}).get(ATTEMPT_HEADER)
    if not isinstance(value, int):
        return 1
    return min(max(value, 1), handlers.MAX_ATTEMPTS)


class _Work:
    """Take one message through its handler."""

    __slots__ = ("_channel", "_consumer", "_delivery", "_message", "_parked")

    def __init__(self, consumer: Consumer, message: RawMessage, delivery: Delivery) -> None:
        self._consumer = consumer
        self._message = message
        self._delivery = delivery
        self._channel = consumer._channel  # noqa: SLF001 - one module
        self._parked = 0

    def start(self) -> None:
        """Run the handler, unless the message is not ours any more or the process stops."""
        consumer = self._consumer
        is_ours = self._channel is consumer._channel  # noqa: SLF001 - one module
        if not is_ours or (self._parked and consumer._is_paused):  # noqa: SLF001
            consumer.leave()
            return
        try:
            consumer._processor.start_delivery(self._delivery, self.settle)  # noqa: SLF001
        except Exception:
            # The container is being killed: the broker gives the message to another replica.
            logger.exception("delivery could not start", extra={"queue": consumer.queue})
            consumer.leave()

    def settle(self, outcome: Outcome) -> None:
        """Do with the message what its handler's outcome says."""
        consumer = self._consumer
        if consumer.is_broadcast or outcome.verdict is Verdict.DONE:
            consumer.ack(self._channel, self._message)
            consumer.leave()
            return
        if outcome.verdict is Verdict.PARK:
            delay = handlers.park_delay(self._parked)
            self._parked += 1
            hubs.get_hub().schedule_call_global(delay, self.start)
            return
        if outcome.verdict is Verdict.RETRY:
            parcel = consumer.retry_parcel(self._message, self._delivery.attempt, outcome.delay)
        else:
            parcel = DeadLetter.keep(consumer.queue, outcome.reason, self._message).parcel()
        consumer.until_published(self._channel, self._message, parcel)
