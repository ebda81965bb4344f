"""What every transport of the bus offers, and the plain values that cross it.

Two implementations exist: :mod:`chassis.bus.inproc` and :mod:`chassis.bus.amqp`. One conformance
suite (``tests/conformance/bus``) runs over both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from chassis.outbox import Message

RPC_TIMEOUT = 5.0
MAX_BODY = 1024 * 1024
HEADER_PREFIX = "nameko."


@dataclass(slots=True)
class Request:
    """Hold one RPC as it arrived: nothing in it has been checked yet."""

    method: str
    body: Any
    headers: Mapping[str, Any]
    request_id: str
    is_redelivered: bool = False


Respond = Callable[[str], None]


class Acceptor(Protocol):
    """Take the calls of one service; implemented by :class:`chassis.rpc.RpcServer`."""

    capacity: int

    def accept(self, request: Request, respond: Respond) -> None:
        """Start the call and return at once; ``respond`` is given the reply's JSON exactly once."""


class Registration(Protocol):
    """Stand for one service or handler that is served by the bus."""

    def pause(self) -> None:
        """Take nothing new; what has begun may still answer."""

    def drain(self) -> None:
        """Wait until everything taken has been answered or settled."""

    def close(self) -> None:
        """Give everything back."""


class SubscriptionKind(StrEnum):
    """Say how messages reach a handler."""

    EVENT = "event"
    COMMAND = "command"
    BROADCAST = "broadcast"


@dataclass(frozen=True)
class Subscription:
    """Name one handler of one service and what it listens to."""

    service: str
    method: str
    kind: SubscriptionKind
    source: str
    name: str
    type: str

    @property
    def handler(self) -> str:
        """Return the handler's name as recorded in the inbox."""
        return f"{self.service}.{self.method}"

    @property
    def exchange(self) -> str:
        """Return the exchange the messages come through."""
        suffix = "commands" if self.kind is SubscriptionKind.COMMAND else "events"
        return f"{self.source}.{suffix}"

    @property
    def queue(self) -> str:
        """Return the name of the handler's durable queue (a broadcast adds its own suffix)."""
        if self.kind is SubscriptionKind.COMMAND:
            return f"cmd-{self.source}-{self.name}"
        return f"evt-{self.source}-{self.name}--{self.service}.{self.method}"


@dataclass(frozen=True)
class Event:
    """Hold one message: the envelope's fields that handlers use, its ``data``, and all of it."""

    id: str
    type: str
    source: str
    subject: str
    sequence: int
    time: str
    data: Mapping[str, Any]
    position: int | None = None
    traceparent: str | None = None
    expires_at: str | None = None
    request_id: str | None = None
    envelope: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(slots=True)
class Delivery:
    """Hand one event to one handler.

    ``attempt`` counts from 1. ``is_recorded`` is set by ``Database.transaction(delivery)`` once the
    inbox row is part of a transaction: a handler that opens none gets its row from the wrapper.
    """

    event: Event
    handler: str
    attempt: int = 1
    is_recorded: bool = field(default=False, compare=False)

    @property
    def event_id(self) -> str:
        """Return the id that makes the delivery idempotent."""
        return self.event.id


class Verdict(StrEnum):
    """Say what becomes of a delivery after its handler ran."""

    DONE = "done"
    PARK = "park"
    RETRY = "retry"
    DEAD = "dead"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Say what becomes of a delivery; ``delay`` seconds for PARK and RETRY, ``reason`` for DEAD."""

    verdict: Verdict
    delay: float = 0.0
    reason: str = ""


DONE = Outcome(Verdict.DONE)

Settle = Callable[[Outcome], None]


class Processor(Protocol):
    """Run one handler; implemented by the handler entry points."""

    subscription: Subscription
    database: Any
    retry_scale: float

    def start_delivery(self, delivery: Delivery, settle: Settle) -> None:
        """Start the handler and return at once; ``settle`` is called exactly once."""

    def run_delivery(self, delivery: Delivery) -> Outcome:
        """Run the handler and wait for its outcome."""


class Ticket(Protocol):
    """Stand for a batch on its way to the bus."""

    def wait(self) -> "list[Message]":
        """Wait until its fate is known and return the messages that are safe now.

        Raises:
            UnavailableError: it is not known; the batch is to be sent again.
        """


class Sink(Protocol):
    """Take messages from a relay."""

    def publish(self, messages: "Sequence[Message]") -> "list[Message]":
        """Hand over a batch and return those that are safe now.

        Raises:
            UnavailableError: the transport cannot take them.
        """


@runtime_checkable
class PipelinedSink(Sink, Protocol):
    """Take the next batch while the fate of earlier ones is not known yet."""

    def connect(self) -> None:
        """Wait until a batch would be taken at once.

        Raises:
            UnavailableError: the transport cannot take any.
        """

    def begin(self, messages: "Sequence[Message]") -> Ticket:
        """Begin to hand over a batch; those begun earlier stay in front of it.

        Raises:
            UnavailableError: the transport cannot take them.
        """


class Bus(Protocol):
    """Carry calls, events and commands between services."""

    def start(self) -> None:
        """Connect, or begin trying to."""

    def stop(self) -> None:
        """Disconnect."""

    def serve(self, service: str, acceptor: Acceptor) -> Registration:
        """Deliver the calls of ``service`` to ``acceptor``."""

    def call(  # noqa: PLR0913, PLR0917 - what belongs to one call
        self,
        target: str,
        method: str,
        body: str,
        headers: dict[str, Any],
        request_id: str,
        timeout: float,
    ) -> dict[str, Any]:
        """Send one call, wait for its reply and return it decoded.

        Raises:
            UnavailableError: nobody can take the call, or the connection was lost.
            DeadlineError: no reply came in time.
        """

    def subscribe(self, processor: Processor) -> Registration:
        """Deliver events or commands to ``processor``."""

    def sink(self, service: str) -> Sink:
        """Return where the relay of ``service`` publishes."""

    def problems(self) -> list[str]:
        """Return why the bus is not ready; an empty list means ready."""
