"""How events and commands travel: through inboxes, as embedded, or through a broker's queues."""

import contextvars
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from chassis import handlers, inbox
from chassis.bus.api import Delivery, Processor, Sink, Subscription, Verdict
from chassis.bus.inproc import HandlerQueue, InprocSink
from chassis.errors import UnavailableError
from chassis.outbox import Message
from tools.simulation.world import World

if TYPE_CHECKING:
    from tools.simulation.nodes import Node

Key = tuple[str, str]
LONGEST_DELAY: Final = 30.0
_WINDOW: Final = 4


class Deliveries(Protocol):
    """Carry messages from relays to handlers."""

    @property
    def planted(self) -> set[str]:
        """Return the messages that nobody can read, by event id."""

    def subscribe(self, node: "Node", processor: Processor) -> None:
        """Let messages go to ``processor`` as long as its process lives."""

    def sink(self, service: str) -> Sink:
        """Return where the relay of a service publishes."""

    def handlers(self) -> list[str]:
        """Return the names of all handlers."""

    def subscriptions(self) -> list[Subscription]:
        """Return what all handlers listen to."""

    def due_at(self, handler: str) -> float:
        """Return when a step of the handler could do something; infinity when nothing waits."""

    def step(self, handler: str) -> None:
        """Let a handler do what is due for it."""

    def waiting(self) -> int:
        """Return how many messages wait for their handlers."""

    def dead(self) -> list[tuple[str, str, str]]:
        """Return (handler, event id, reason) of the dead letters."""

    def plant(self, handler: str, event_id: str) -> None:
        """Put a message nobody can read into the queue of a handler."""


class FaultySink:
    """Take messages from a relay as a transport does that may fail at any moment."""

    def __init__(self, world: World, sink: Sink, service: str) -> None:
        self._world = world
        self._sink = sink
        self._service = service

    def publish(self, messages: Sequence[Message]) -> list[Message]:
        """Hand a batch over, or a part of it, once or twice, and say what is surely safe.

        Raises:
            UnavailableError: it is not known what became of the batch.
        """
        world = self._world
        if world.is_bus_away or world.strikes("bus.refused", self._service):
            raise UnavailableError(reason="bus")
        batch = list(messages)
        if len(batch) > 1 and world.strikes("bus.reordered", self._service):
            batch = world.chance.shuffled(batch)
        if len(batch) > 1 and world.strikes("bus.partly_confirmed", self._service):
            batch = batch[: world.chance.whole(1, len(batch) - 1)]
        world.trace.add("publish", self._service, *(message.name for message in batch))
        safe = self._sink.publish(batch)
        if world.strikes("bus.copied_twice", self._service):
            self._sink.publish(batch)
        if world.strikes("bus.confirm_lost", self._service):
            raise UnavailableError(reason="confirm")
        return safe


class PipelinedSink(FaultySink):
    """Take the next batch while another one is under way, as the broker's publisher does."""

    def connect(self) -> None:
        """Be ready at any time; what cannot be taken is refused later."""

    def begin(self, messages: Sequence[Message]) -> "Parcel":
        """Begin to hand a batch over: it arrives now, or only while its fate is waited for."""
        parcel = Parcel(self, messages)
        if self._world.chance.happens(0.5):
            parcel.send()
        return parcel


class Parcel:
    """Be a batch under way."""

    def __init__(self, sink: FaultySink, messages: Sequence[Message]) -> None:
        self._sink = sink
        self._messages = messages
        self._safe: list[Message] | None = None
        self._error: UnavailableError | None = None

    def send(self) -> None:
        """Let it arrive."""
        try:
            self._safe = self._sink.publish(self._messages)
        except UnavailableError as error:
            self._error = error

    def wait(self) -> list[Message]:
        """Return the messages that are safe.

        Raises:
            UnavailableError: it is not known what became of the batch.
        """
        if self._safe is None and self._error is None:
            self.send()
        if self._error is not None:
            raise self._error
        return self._safe or []


def _key(message: Message) -> Key:
    return f"{message.service}.{'commands' if message.is_command else 'events'}", message.name


def _poison(event_id: str) -> str:
    return json.dumps({"id": event_id, "type": 5})


class Inboxes:
    """Carry messages as the in-process bus does: each handler's inbox rows are its queue."""

    def __init__(self, world: World) -> None:
        self._planted: set[str] = set()
        self._perhaps_planted: set[str] = set()
        self._world = world
        self._queues: dict[Key, list[HandlerQueue]] = defaultdict(list)
        self._by_handler: dict[str, HandlerQueue] = {}
        self._next: dict[str, float] = {}

    def subscribe(self, node: "Node", processor: Processor) -> None:
        """Let messages go to ``processor`` as long as its process lives."""
        del node
        queue = HandlerQueue(processor)
        subscription = queue.subscription
        key = subscription.exchange, subscription.name
        others = [entry for entry in self._queues[key] if entry.subscription != subscription]
        self._queues[key] = sorted([*others, queue], key=lambda entry: entry.subscription.handler)
        self._by_handler[subscription.handler] = queue
        self._next[subscription.handler] = 0.0

    def sink(self, service: str) -> Sink:
        """Return where the relay of a service publishes."""
        return FaultySink(self._world, _InOrderSink(self._world, self._queues, self._next), service)

    def handlers(self) -> list[str]:
        """Return the names of all handlers."""
        return sorted(self._by_handler)

    def subscriptions(self) -> list[Subscription]:
        """Return what all handlers listen to."""
        return [queue.subscription for _, queue in sorted(self._by_handler.items())]

    def due_at(self, handler: str) -> float:
        """Return when a step of the handler could do something."""
        return self._next[handler]

    def step(self, handler: str) -> None:
        """Let a handler do what is due for it.

        Raises:
            DatabaseUnavailableError: its database is away.
        """
        queue = self._by_handler[handler]
        self._next[handler] = self._world.clock.monotonic() + 1.0
        settled = queue.step()
        with queue.database.read() as session:
            due_at = inbox.next_due_at(session, handler)
        self._world.trace.add("handled", handler, settled)
        wait = LONGEST_DELAY
        if due_at is not None:
            wait = max(0.2, (due_at - self._world.clock.now()).total_seconds())
        self._next[handler] = self._world.clock.monotonic() + wait

    def waiting(self) -> int:
        """Return how many messages wait for their handlers."""
        count = 0
        for _, queue in sorted(self._by_handler.items()):
            with queue.database.read() as session:
                found = inbox.counts(session)
            count += found.get((queue.subscription.handler, inbox.WAITING), 0)
        return count

    def dead(self) -> list[tuple[str, str, str]]:
        """Return (handler, event id, reason) of the dead letters."""
        found = []
        for handler, queue in sorted(self._by_handler.items()):
            with queue.database.read() as session:
                entries = inbox.dead(session, handler)
            found += [(handler, entry.event_id, entry.reason or "") for entry in entries]
        return found

    @property
    def planted(self) -> set[str]:
        """Return the messages that nobody can read; also where a commit was said to have failed."""
        dead = {event_id for _, event_id, _ in self.dead()}
        return self._planted | (self._perhaps_planted & dead)

    def plant(self, handler: str, event_id: str) -> None:
        """Put a message nobody can read into the queue of a handler.

        Raises:
            DatabaseUnavailableError: its database is away, or what became of it is not known.
        """
        self._perhaps_planted.add(event_id)
        database = self._by_handler[handler].database
        arrival = inbox.Arrival(event_id, handler, _poison(event_id))
        with database.transaction() as tx:
            inbox.put(tx.session, [arrival], now=database.clock.now())
        self._planted.add(event_id)
        self._next[handler] = 0.0


class _InOrderSink(InprocSink):
    """Copy to one subscriber after the other: in any order, and the world may end in between."""

    def __init__(
        self, world: World, queues: dict[Key, list[HandlerQueue]], next_at: dict[str, float]
    ) -> None:
        super().__init__(queues, {})
        self._world = world
        self._next_at = next_at

    def _copy_all(self, batches: list[tuple[Any, list[tuple[HandlerQueue, Message]]]]) -> None:
        for batch in self._world.chance.shuffled(batches):
            super()._copy_all([batch])
            for queue, _ in batch[1]:
                self._next_at[queue.subscription.handler] = 0.0


@dataclass(frozen=True)
class Copy:
    """Be one message in the queue of one handler."""

    message_id: str
    body: str
    ready_at: float
    attempt: int = 1


@dataclass
class Queue:
    """Be the durable queue of one handler; the process behind it comes and goes."""

    node: "Node"
    processor: Processor
    copies: list[Copy] = field(default_factory=list)


class Broker:
    """Carry messages as a broker does: copies are acknowledged one by one, else delivered again."""

    def __init__(self, world: World) -> None:
        self._planted: set[str] = set()
        self._world = world
        self._queues: dict[str, Queue] = {}
        self._routes: dict[Key, list[str]] = defaultdict(list)
        self._dead: list[tuple[str, str, str]] = []

    def subscribe(self, node: "Node", processor: Processor) -> None:
        """Let messages go to ``processor`` as long as its process lives."""
        subscription = processor.subscription
        handler = subscription.handler
        if handler in self._queues:
            self._queues[handler].processor = processor
            return
        self._queues[handler] = Queue(node, processor)
        route = self._routes[subscription.exchange, subscription.name]
        route.append(handler)
        route.sort()

    def sink(self, service: str) -> Sink:
        """Return where the relay of a service publishes."""
        return PipelinedSink(self._world, self, service)

    def publish(self, messages: Sequence[Message]) -> list[Message]:
        """Put a copy into every queue that is bound; a command without one waits."""
        safe = []
        for message in messages:
            route = self._routes.get(_key(message), ())
            if message.is_command and not route:
                continue
            safe.append(message)
            for handler in route:
                self._put(handler, Copy(message.event_id, message.body, self._arrival(handler)))
        return safe

    def handlers(self) -> list[str]:
        """Return the names of all handlers."""
        return sorted(self._queues)

    def subscriptions(self) -> list[Subscription]:
        """Return what all handlers listen to."""
        return [queue.processor.subscription for _, queue in sorted(self._queues.items())]

    def due_at(self, handler: str) -> float:
        """Return when a step of the handler could do something; infinity when nothing waits."""
        copies = self._queues[handler].copies
        return min((copy.ready_at for copy in copies), default=float("inf"))

    def step(self, handler: str) -> None:
        """Deliver one of the copies that are first in the queue, and settle it."""
        queue = self._queues[handler]
        copy = self._world.chance.pick(self._ready(handler)[:_WINDOW])
        queue.copies.remove(copy)
        try:
            verdict = self._deliver(queue, handler, copy)
        except handlers.MalformedMessageError as error:
            self._dead.append((handler, copy.message_id, f"malformed: {error}"))
            verdict = "malformed"
        self._world.trace.add("delivered", handler, copy.message_id, copy.attempt, verdict)

    def waiting(self) -> int:
        """Return how many messages wait for their handlers."""
        return sum(len(queue.copies) for queue in self._queues.values())

    def dead(self) -> list[tuple[str, str, str]]:
        """Return (handler, event id, reason) of the dead letters."""
        return sorted(self._dead)

    @property
    def planted(self) -> set[str]:
        """Return the messages that nobody can read."""
        return self._planted

    def plant(self, handler: str, event_id: str) -> None:
        """Put a message nobody can read into the queue of a handler."""
        self._planted.add(event_id)
        self._put(handler, Copy(event_id, _poison(event_id), self._arrival(handler)))

    def _deliver(self, queue: Queue, handler: str, copy: Copy) -> str:
        event = handlers.parse_event(copy.body)
        node, incarnation = queue.node, queue.node.incarnation
        outcome = contextvars.Context().run(
            queue.processor.run_delivery, Delivery(event, handler, copy.attempt)
        )
        if not node.is_up or node.incarnation != incarnation:
            self._put(handler, copy)
            return "lost with its process"
        if self._world.strikes("crash.handler.before_ack", node.name):
            self._put(handler, copy)
            self._world.crash(node)
            return "not acknowledged"
        if outcome.verdict is Verdict.DEAD:
            self._dead.append((handler, copy.message_id, outcome.reason))
        elif outcome.verdict is not Verdict.DONE:
            ready_at = self._world.clock.monotonic() + outcome.delay
            counted = int(outcome.verdict is Verdict.RETRY)
            self._put(handler, replace(copy, ready_at=ready_at, attempt=copy.attempt + counted))
        elif self._world.strikes("bus.ack_lost", handler):
            self._put(handler, copy)
        return outcome.verdict.value

    def _put(self, handler: str, copy: Copy) -> None:
        self._queues[handler].copies.append(copy)

    def _arrival(self, handler: str) -> float:
        now = self._world.clock.monotonic()
        if self._world.strikes("bus.delayed", handler):
            return now + self._world.chance.between(0, LONGEST_DELAY)
        return now

    def _ready(self, handler: str) -> list[Copy]:
        now = self._world.clock.monotonic()
        return [copy for copy in self._queues[handler].copies if copy.ready_at <= now]


__all__ = ["Broker", "Deliveries", "Inboxes"]
