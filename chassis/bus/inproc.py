"""The bus inside one process: the inbox of each subscriber is its queue.

The relay copies events into the ``inbox`` of every subscribing handler, in the subscriber's own
database, then marks them sent; a crash in between repeats harmlessly. One green thread per handler
runs what is due; a retry is a later ``due_at``, a dead letter the state DEAD. Every call and event
makes the round trip through JSON, so that nothing works here that would not work on the wire.
"""

import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import eventlet
from eventlet.event import Event as Signal

from chassis import handlers, inbox
from chassis.bus import wire
from chassis.bus.api import (
    Acceptor,
    Delivery,
    Event,
    Outcome,
    Processor,
    Registration,
    Request,
    Sink,
    SubscriptionKind,
    Verdict,
)
from chassis.errors import DatabaseUnavailableError, DeadlineError, UnavailableError
from chassis.uow import Database

if TYPE_CHECKING:
    from chassis.outbox import Message

logger = logging.getLogger(__name__)

BATCH = 20
POLL_SECONDS = 1.0


class InprocBus:
    """Carry calls and events between the services of one process."""

    def __init__(self) -> None:
        self._servers: dict[str, ServiceRegistration] = {}
        self._queues: dict[tuple[str, str], list[HandlerQueue]] = defaultdict(list)
        self._broadcasts: dict[tuple[str, str], list[Processor]] = defaultdict(list)
        self._is_open = False

    def start(self) -> None:
        """Let relays publish: every service of the process has said by now what it listens to."""
        self._is_open = True

    def stop(self) -> None:
        """Do nothing: there is nothing to disconnect from."""

    def problems(self) -> list[str]:
        """Return nothing: it is always there."""
        return []

    # Calls.

    def serve(self, service: str, acceptor: Acceptor) -> Registration:
        """Deliver the calls of ``service`` to ``acceptor``."""
        registration = ServiceRegistration(self._servers, service, acceptor)
        self._servers[service] = registration
        return registration

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
            UnavailableError: the service is not there or is stopping.
            DeadlineError: no reply came in time.
        """
        server = self._servers.get(target)
        if server is None:
            raise UnavailableError(service=target)
        answer = Signal()

        def respond(text: str) -> None:
            if not answer.ready():
                answer.send(text)

        request = Request(method, wire.decode(body), wire.decode(wire.encode(headers)), request_id)
        server.accept(request, respond)
        text = answer.wait(timeout)
        if text is None:
            raise DeadlineError(service=target)
        reply: dict[str, Any] = wire.decode(text)
        return reply

    # Events and commands.

    def subscribe(self, processor: Processor) -> Registration:
        """Deliver events or commands to ``processor``."""
        subscription = processor.subscription
        key = (subscription.exchange, subscription.name)
        if subscription.kind is SubscriptionKind.BROADCAST:
            self._broadcasts[key].append(processor)
            return BroadcastRegistration(self._broadcasts[key], processor)
        queue = HandlerQueue(processor)
        # A service that was started again takes the place of the one that stopped.
        self._queues[key] = [
            other for other in self._queues[key] if other.subscription != subscription
        ]
        self._queues[key].append(queue)
        queue.start()
        return QueueRegistration(queue)

    def sink(self, service: str) -> Sink:
        """Return where the relay of ``service`` publishes."""
        del service
        return InprocSink(self._queues, self._broadcasts, is_open=lambda: self._is_open)


class ServiceRegistration:
    """Stand for one served service."""

    def __init__(
        self, servers: "dict[str, ServiceRegistration]", service: str, acceptor: Acceptor
    ) -> None:
        self._servers = servers
        self._service = service
        self._acceptor = acceptor
        self.accept = acceptor.accept

    def pause(self) -> None:
        """Take no more calls: callers are told at once."""
        if self._servers.get(self._service) is self:
            del self._servers[self._service]

    def drain(self) -> None:
        """Do nothing: the container waits for its workers."""

    close = pause


class HandlerQueue:
    """Run what is due in the inbox of one handler, one delivery at a time.

    ``step`` needs no green threads: the simulator calls it with ``run`` of its own.
    """

    def __init__(self, processor: Processor) -> None:
        self.subscription = processor.subscription
        self.database = processor.database
        self._run = processor.run_delivery
        self._retry_scale = processor.retry_scale
        self._wakeup = Signal()
        self._is_stopping = False
        self._parked = 0
        self._thread: Any = None

    def start(self) -> None:
        """Begin to work."""
        self._thread = eventlet.spawn(self._loop)

    def wake(self) -> None:
        """Say that there is something new."""
        if not self._wakeup.ready():
            self._wakeup.send()

    def stop(self) -> None:
        """Begin nothing new."""
        self._is_stopping = True
        self.wake()

    def wait(self) -> None:
        """Wait until the delivery in work is settled."""
        if self._thread is not None:
            self._thread.wait()

    def _loop(self) -> None:
        while not self._is_stopping:
            self._wakeup = Signal()
            try:
                settled = self.step()
            except handlers.INFRASTRUCTURE as error:
                self._parked += 1
                logger.warning(
                    "handler waits",
                    extra={"handler": self.subscription.handler, "reason": str(error)},
                )
                settled = 0
            except Exception:
                # The queue is the only one who runs this handler: it must outlive whatever happens.
                logger.exception("queue failed", extra={"handler": self.subscription.handler})
                self._parked += 1
                settled = 0
            if settled == 0 and not self._is_stopping:
                self._wakeup.wait(self._pause())

    def _pause(self) -> float:
        if self._parked:
            return handlers.park_delay(self._parked - 1)
        try:
            with self.database.read() as session:
                due_at = inbox.next_due_at(session, self.subscription.handler)
        except DatabaseUnavailableError:
            return POLL_SECONDS
        if due_at is None:
            return POLL_SECONDS
        wait = float((due_at - self.database.clock.now()).total_seconds())
        return min(POLL_SECONDS, max(0.0, wait))

    def step(self) -> int:
        """Run what is due; return how many deliveries were settled, done or not.

        Raises:
            DatabaseUnavailableError: the subscriber's database is away.
        """
        with self.database.read() as session:
            now = self.database.clock.now()
            entries = inbox.due(session, self.subscription.handler, now, BATCH)
        settled = 0
        for entry in entries:
            if self._is_stopping or not self._settle(entry):
                break
            settled += 1
        return settled

    def _settle(self, entry: inbox.Entry) -> bool:
        event = self._read(entry)
        if event is None:
            return True
        delivery = Delivery(event, self.subscription.handler, entry.attempts + 1)
        outcome = self._run(delivery)
        if outcome.verdict is Verdict.PARK:
            self._parked += 1
            return False
        self._parked = 0
        if outcome.verdict is not Verdict.DONE:
            self._put_off(entry, outcome)
        elif not delivery.is_recorded:  # it had expired: no handler saw it
            with self.database.transaction() as tx:
                inbox.settle(
                    tx.session, entry.event_id, entry.handler, now=self.database.clock.now()
                )
        return True

    def _read(self, entry: inbox.Entry) -> Event | None:
        try:
            event = handlers.parse_event(entry.body or "")
        except handlers.MalformedMessageError as error:
            self._put_off(entry, Outcome(Verdict.DEAD, reason=f"malformed: {error}"))
            return None
        if event.type != self.subscription.type:
            self._put_off(entry, Outcome(Verdict.DEAD, reason=f"unknown version: {event.type}"))
            return None
        return event

    def _put_off(self, entry: inbox.Entry, outcome: Outcome) -> None:
        with self.database.transaction() as tx:
            now = self.database.clock.now()
            if outcome.verdict is Verdict.DEAD:
                inbox.bury(
                    tx.session, entry.event_id, entry.handler, reason=outcome.reason, now=now
                )
                return
            at = now + timedelta(seconds=outcome.delay * self._retry_scale)
            inbox.retry(
                tx.session, entry.event_id, entry.handler, at=at, reason=outcome.reason or "retry"
            )


class QueueRegistration:
    """Stand for one handler's queue."""

    def __init__(self, queue: HandlerQueue) -> None:
        self._queue = queue

    def pause(self) -> None:
        """Begin nothing new; events still reach the inbox."""
        self._queue.stop()

    def drain(self) -> None:
        """Wait for the delivery in work."""
        self._queue.wait()

    def close(self) -> None:
        """Do nothing: events of services that stop later must still reach this inbox."""


class BroadcastRegistration:
    """Stand for one handler of a broadcast."""

    def __init__(self, processors: list[Processor], processor: Processor) -> None:
        self._processors = processors
        self._processor = processor

    def pause(self) -> None:
        """Hear nothing more."""
        if self._processor in self._processors:
            self._processors.remove(self._processor)

    def drain(self) -> None:
        """Do nothing: the container waits for its workers."""

    close = pause


class InprocSink:
    """Copy a batch into the inboxes of its subscribers, one transaction each, in parallel."""

    def __init__(
        self,
        queues: dict[tuple[str, str], list[HandlerQueue]],
        broadcasts: dict[tuple[str, str], list[Processor]],
        *,
        is_open: Callable[[], bool] = lambda: True,
    ) -> None:
        self._queues = queues
        self._broadcasts = broadcasts
        self._is_open = is_open

    def publish(self, messages: "Sequence[Message]") -> "list[Message]":
        """Copy the batch and return what is safe: a command without its service waits.

        Raises:
            DatabaseUnavailableError: a subscriber's database is away; nothing of the batch counts
            as sent. UnavailableError: the process has not started all its services yet.
        """
        if not self._is_open():
            raise UnavailableError(reason="starting")
        per_database: dict[int, tuple[Database, list[tuple[HandlerQueue, Message]]]] = {}
        safe = []
        for message in messages:
            queues = self._queues.get(_key(message), ())
            if message.is_command and not queues:
                continue
            safe.append(message)
            for queue in queues:
                entry = per_database.setdefault(id(queue.database), (queue.database, []))
                entry[1].append((queue, message))
        self._copy_all(list(per_database.values()))
        for message in safe:
            self._broadcast(message)
        return safe

    def _copy_all(
        self, batches: "list[tuple[Database, list[tuple[HandlerQueue, Message]]]]"
    ) -> None:
        if len(batches) == 1:
            _copy(*batches[0])
            return
        for copying in [eventlet.spawn(_copy, *batch) for batch in batches]:
            copying.wait()

    def _broadcast(self, message: "Message") -> None:
        for processor in list(self._broadcasts.get(_key(message), ())):
            event = handlers.parse_event(message.body)
            processor.start_delivery(Delivery(event, processor.subscription.handler), _ignore)


def _key(message: "Message") -> tuple[str, str]:
    suffix = "commands" if message.is_command else "events"
    return f"{message.service}.{suffix}", message.name


def _copy(database: Database, entries: "list[tuple[HandlerQueue, Message]]") -> None:
    arrivals = [
        inbox.Arrival(message.event_id, queue.subscription.handler, message.body)
        for queue, message in entries
    ]
    with database.transaction() as tx:
        inbox.put(tx.session, arrivals, now=database.clock.now())
    for queue, _message in entries:
        queue.wake()


def _ignore(_outcome: object) -> None:
    """Leave a broadcast at that: it is not tried again."""
