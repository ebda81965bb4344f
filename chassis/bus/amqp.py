"""The bus over RabbitMQ.

A process has up to one connection for each of four jobs: its calls, each service it serves, the
events it consumes, and what it publishes with confirms. So a backlog of events never delays a
reply, and a broker that blocks publishers still takes acks.
"""

from typing import Any

import eventlet

from chassis.bus.amqp_client import RpcCaller
from chassis.bus.amqp_consumer import Consumer
from chassis.bus.amqp_publisher import AmqpSink, Publisher
from chassis.bus.amqp_server import RpcServing
from chassis.bus.api import Acceptor, Processor, Registration, Sink
from chassis.bus.link import Link
from chassis.bus.untyped import RawConnection


class AmqpBus:
    """Carry calls, events and commands over RabbitMQ."""

    def __init__(self, url: str, *, name: str = "qibiao") -> None:
        self._url = url
        self._name = name
        self._caller = RpcCaller(url, name)
        self._publisher = Publisher(url, name)
        self._servings: list[RpcServing] = []
        self._consumers: list[Consumer] = []
        self._events = Link(
            url, name=f"{name} consumes", on_open=self._open_events, on_lost=self._lost_events
        )
        self._is_started = False

    @property
    def pending_calls(self) -> int:
        """Return how many calls wait for a reply."""
        return self._caller.pending

    def start(self) -> None:
        """Begin to consume: every service of the process has subscribed by now."""
        self._is_started = True
        if self._consumers:
            self._events.start()

    def stop(self) -> None:
        """Disconnect everything, what was written first."""
        links = [serving.link for serving in self._servings]
        links += [self._events, self._publisher.link, self._caller.link]
        # All at once: a frozen broker makes each of them wait.
        for stopping in [eventlet.spawn(link.stop) for link in links]:
            stopping.wait()

    def problems(self) -> list[str]:
        """Return which connections are not what they should be."""
        links = [
            self._caller.link,
            self._publisher.link,
            self._events,
            *(serving.link for serving in self._servings),
        ]
        problems = [f"{link.name} not connected" for link in links if _is_missing(link)]
        problems += [f"{link.name} blocked" for link in links if link.is_blocked]
        return problems

    def serve(self, service: str, acceptor: Acceptor) -> Registration:
        """Deliver the calls of ``service`` to ``acceptor``."""
        serving = RpcServing(self._url, self._name, service, acceptor, self._publisher)
        self._servings.append(serving)
        serving.link.start()
        return serving

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
        return self._caller.call(target, method, body, headers, request_id, timeout)

    def subscribe(self, processor: Processor) -> Registration:
        """Deliver events or commands to ``processor``."""
        consumer = Consumer(processor, self._publisher)
        self._consumers = [
            other
            for other in self._consumers
            if other.is_broadcast or other.subscription != consumer.subscription
        ]
        self._consumers.append(consumer)
        if self._is_started:
            # A service that joins late: the connection is set up again with its handlers.
            if self._events.is_open:
                self._events.shut("new subscription")
            self._events.start()
        return consumer

    def sink(self, service: str) -> Sink:
        """Return where the relay of ``service`` publishes."""
        del service
        self._publisher.link.start()
        return AmqpSink(self._publisher)

    def _open_events(self, raw: RawConnection) -> None:
        for consumer in self._consumers:
            consumer.open(raw)

    def _lost_events(self) -> None:
        for consumer in self._consumers:
            consumer.lost()


def _is_missing(link: Link) -> bool:
    return link.is_started and not link.is_open
