"""Publish with confirms: what the outbox relay sends, retries, and dead letters.

A batch is written in one go, then all its confirms are awaited together, for three seconds at most.
A broker that stays silent longer gets its connection dropped: nothing else tells a frozen one from
a slow one.
"""

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import amqp
import eventlet
from amqp import spec
from amqp.serialization import dumps
from eventlet.event import Event as Signal
from eventlet.semaphore import Semaphore

from chassis.bus import topology
from chassis.bus.api import Ticket
from chassis.bus.link import CONNECT_TIMEOUT, Link
from chassis.bus.untyped import RawConnection, RawMessage
from chassis.errors import UnavailableError

if TYPE_CHECKING:
    from chassis.outbox import Message

logger = logging.getLogger(__name__)

CONFIRM_TIMEOUT: Final = 3.0
MAX_RECORDS: Final = 10
ORIGIN_HEADER: Final = "x-origin-queue"
REASON_HEADER: Final = "x-reason"
ATTEMPT_HEADER: Final = "x-attempt"
PERSISTENT: Final = 2
EVENT_TYPE: Final = "application/cloudevents+json"
RECORD_TYPE: Final = "application/vnd.qibiao.record+json"


@dataclass(frozen=True)
class Parcel:
    """Be one message and where it goes; a mandatory one must reach a queue."""

    exchange: str
    routing_key: str
    message: RawMessage
    is_mandatory: bool = False


@dataclass(frozen=True)
class DeadLetter:
    """Be a message that was given up, or the record of one whose body is not kept."""

    queue: str
    reason: str
    body: bytes | str
    content_type: str
    headers: dict[str, Any]
    message_id: str | None = None

    @classmethod
    def keep(cls, queue: str, reason: str, message: RawMessage) -> "DeadLetter":
        """Keep the message as it is, so that it can be replayed."""
        properties = message.properties
        return cls(
            queue=queue,
            reason=reason,
            body=message.body,
            content_type=str(properties.get("content_type", "")),
            headers=_plain_headers(properties),
            message_id=properties.get("message_id"),
        )

    @classmethod
    def record(cls, queue: str, reason: str, message: RawMessage) -> "DeadLetter":
        """Keep what there was, not what it said: a request may hold personal numbers."""
        facts = {
            "queue": queue,
            "reason": reason,
            "size": message.body_size,
            "sha256": message.sha256,
            "routing_key": message.delivery_info["routing_key"],
            "headers": sorted(message.properties.get("application_headers") or {})[:50],
        }
        return cls(
            queue=queue,
            reason=reason,
            body=json.dumps(facts, ensure_ascii=False),
            content_type=RECORD_TYPE,
            headers={},
        )

    def parcel(self) -> Parcel:
        """Return it addressed to the dead letters."""
        headers = {**self.headers, ORIGIN_HEADER: self.queue, REASON_HEADER: self.reason[:500]}
        properties = {"message_id": self.message_id} if self.message_id else {}
        message = amqp.Message(
            self.body,
            content_type=self.content_type,
            application_headers=headers,
            delivery_mode=PERSISTENT,
            **properties,
        )
        return Parcel(topology.DEAD_LETTERS, self.queue, message, is_mandatory=True)


@dataclass(eq=False)
class Batch:
    """Wait for the confirms of messages published together."""

    size: int
    waiting: int
    refused: set[int] = field(default_factory=set)
    done: Signal = field(default_factory=Signal)

    def settle(self, index: int, *, is_taken: bool) -> None:
        """Note the fate of one message."""
        if not is_taken:
            self.refused.add(index)
        self.waiting -= 1
        if self.waiting == 0 and not self.done.ready():
            self.done.send(True)  # noqa: FBT003 - the value that waiters see

    def fail(self) -> None:
        """Note that nothing more will be heard of the batch."""
        if not self.done.ready():
            self.done.send(False)  # noqa: FBT003 - the value that waiters see


class Publisher:
    """Publish with confirms over one connection, whoever asks."""

    def __init__(self, url: str, name: str) -> None:
        self.link = Link(url, name=f"{name} publishes", on_open=self._open, on_lost=self._lost)
        self._next_tag = 1
        self._unconfirmed: dict[int, tuple[Batch, int]] = {}
        self._by_id: dict[str, tuple[Batch, int]] = {}
        self._channel_id = 0
        self._write: Any = None
        self._records = Semaphore(MAX_RECORDS)

    def publish(self, parcels: Sequence[Parcel]) -> list[bool]:
        """Publish a batch and wait for its confirms; tell for each whether the broker took it.

        Raises:
            UnavailableError: the broker is away, blocks, or did not confirm in time.
        """
        return self.finish(self.begin(parcels))

    def connect(self) -> None:
        """Wait until the broker would take a message.

        Raises:
            UnavailableError: it is away or blocks.
        """
        link = self.link
        if not link.is_usable and (link.is_blocked or not link.wait_open(CONNECT_TIMEOUT)):
            raise UnavailableError(reason="blocked" if link.is_blocked else "not connected")

    def begin(self, parcels: Sequence[Parcel]) -> Batch:
        """Write a batch to the broker, behind those begun earlier.

        Raises:
            UnavailableError: the broker is away or blocks.
        """
        self.connect()
        batch = Batch(len(parcels), len(parcels))
        for index, parcel in enumerate(parcels):
            self._send(batch, index, parcel)
        return batch

    def finish(self, batch: Batch) -> list[bool]:
        """Wait for a batch's confirms; tell for each message whether the broker took it.

        Raises:
            UnavailableError: the connection was lost, or the broker did not confirm in time.
        """
        link = self.link
        is_settled = batch.done.wait(CONFIRM_TIMEOUT)
        if is_settled is None:
            # A blocked broker is alive and says so: its connection is kept.
            if not link.is_blocked:
                link.shut("no confirm")
            raise UnavailableError(reason="no confirm")
        if not is_settled:
            raise UnavailableError(reason="connection lost")
        return [index not in batch.refused for index in range(batch.size)]

    def bury(self, letter: DeadLetter) -> bool:
        """Publish a dead letter; tell whether the broker took it.

        Raises:
            UnavailableError: the broker is away, blocks, or did not confirm in time.
        """
        return self.publish([letter.parcel()])[0]

    def bury_later(self, letter: DeadLetter) -> None:
        """Publish a record in the background; when the broker does not take it, the log has it."""
        eventlet.spawn(self._bury_record, letter)

    def _bury_record(self, letter: DeadLetter) -> None:
        with self._records:
            try:
                self.bury(letter)
            except UnavailableError as error:
                logger.warning(
                    "record was not kept",
                    extra={"queue": letter.queue, "cause": letter.reason, "reason": str(error)},
                )

    def _send(self, batch: Batch, index: int, parcel: Parcel) -> None:
        tag, self._next_tag = self._next_tag, self._next_tag + 1
        self._unconfirmed[tag] = (batch, index)
        message = parcel.message
        if parcel.is_mandatory:
            # A returned message names itself only by its properties.
            key = message.properties["cluster_id"] = str(tag)
            self._by_id[key] = (batch, index)
        arguments = dumps(
            "Bssbb", (0, parcel.exchange, parcel.routing_key, parcel.is_mandatory, False)
        )
        self._write(1, self._channel_id, spec.Basic.Publish, arguments, message)

    def _open(self, raw: RawConnection) -> None:
        declarer = topology.Declarer(raw)
        declarer.dead_letters()
        declarer.ladder()
        declarer.close()
        channel = raw.channel()
        channel.confirm_select()
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        channel.events["basic_return"].add(self._on_return)
        self._next_tag = 1
        self._channel_id = channel.channel_id
        self._write = raw.frame_writer

    def _on_ack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's callback
        self._settle(tag, multiple=multiple, is_taken=True)

    def _on_nack(self, tag: int, multiple: bool) -> None:  # noqa: FBT001 - py-amqp's callback
        self._settle(tag, multiple=multiple, is_taken=False)

    def _settle(self, tag: int, *, multiple: bool, is_taken: bool) -> None:
        tags = [known for known in self._unconfirmed if known <= tag] if multiple else [tag]
        for known in tags:
            entry = self._unconfirmed.pop(known, None)
            if entry is not None:
                # The return of an unroutable message arrives before its ack.
                was_returned = self._by_id.pop(str(known), entry) is None
                entry[0].settle(entry[1], is_taken=is_taken and not was_returned)

    def _on_return(self, _error: object, exchange: str, key: str, message: RawMessage) -> None:
        tag = message.properties.get("cluster_id", "")
        if tag in self._by_id:
            self._by_id[tag] = None  # type: ignore[assignment] # marks it as returned until its ack comes
            logger.error("message has no queue", extra={"exchange": exchange, "routing_key": key})

    def _lost(self) -> None:
        batches = {batch for batch, _ in self._unconfirmed.values()}
        self._unconfirmed.clear()
        self._by_id.clear()
        for batch in batches:
            batch.fail()


class Published:
    """Be a batch whose confirms are awaited."""

    def __init__(self, publisher: Publisher, batch: Batch, messages: "Sequence[Message]") -> None:
        self._publisher = publisher
        self._batch = batch
        self._messages = messages

    def wait(self) -> "list[Message]":
        """Wait for the confirms and return what the broker took.

        Raises:
            UnavailableError: the connection was lost, or the broker did not confirm in time.
        """
        taken = self._publisher.finish(self._batch)
        return [one for one, is_taken in zip(self._messages, taken, strict=True) if is_taken]


class AmqpSink:
    """Publish a relay's messages to their exchanges."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def publish(self, messages: "Sequence[Message]") -> "list[Message]":
        """Publish the batch and return what the broker took; a command must reach its queue.

        Raises:
            UnavailableError: the broker is away, blocks, or did not confirm in time.
        """
        return self.begin(messages).wait()

    def connect(self) -> None:
        """Wait until the broker would take a batch at once.

        Raises:
            UnavailableError: the broker is away or blocks.
        """
        self._publisher.connect()

    def begin(self, messages: "Sequence[Message]") -> Ticket:
        """Write the batch to the broker, behind those begun earlier.

        Raises:
            UnavailableError: the broker is away or blocks.
        """
        batch = self._publisher.begin([_parcel(message) for message in messages])
        return Published(self._publisher, batch, messages)


def _parcel(message: "Message") -> Parcel:
    suffix = "commands" if message.is_command else "events"
    headers = {} if message.position is None else {"x-position": message.position}
    return Parcel(
        f"{message.service}.{suffix}",
        message.name,
        amqp.Message(
            message.body,
            content_type=EVENT_TYPE,
            application_headers=headers,
            delivery_mode=PERSISTENT,
            message_id=message.event_id,
        ),
        is_mandatory=message.is_command,
    )


def replayed(message: RawMessage) -> RawMessage:
    """Return a dead letter as a fresh message: its tries are counted anew."""
    properties = message.properties
    kept = {"message_id": properties["message_id"]} if properties.get("message_id") else {}
    if properties.get("content_type"):
        kept["content_type"] = properties["content_type"]
    return amqp.Message(message.body, delivery_mode=PERSISTENT, **kept)


def _plain_headers(properties: dict[str, Any]) -> dict[str, Any]:
    """Return the headers that can be written again: the broker's own tables are left out."""
    headers = properties.get("application_headers") or {}
    return {
        name: value
        for name, value in headers.items()
        if isinstance(value, str | int) and not name.startswith("x-death")
    }
