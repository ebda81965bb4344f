"""Exchanges and queues: their names, arguments and declaration.

``prepare`` declares everything once, with the rights of an operator. Running services look first
whether a thing exists (which needs no right to configure) and declare only what is missing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from amqp.exceptions import NotFound
from kombu.connection import Connection
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis.bus.api import Subscription, SubscriptionKind
from chassis.bus.link import establish
from chassis.bus.untyped import RawConnection

RPC_EXCHANGE: Final = "nameko-rpc"
DEAD_LETTERS: Final = "dead.letters"
PUBLIC_STREAM: Final = "public.events"
STREAM_AGE: Final = "30D"
# Only whole segments grow old: about 20,000 events each.
STREAM_SEGMENT: Final = 64 * 1024 * 1024
DELIVERY_LIMIT: Final = 20
LADDER: Final = (("retry.1s", 1), ("retry.10s", 10), ("retry.60s", 60), ("retry.10m", 600))

_SAFE: Final = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}


def rpc_queue(service: str) -> str:
    """Return the queue of a service's calls, as Nameko names it."""
    return f"rpc-{service}"


def handler_arguments() -> dict[str, Any]:
    """Return the arguments of a handler's queue.

    The broker's own limit only guards against messages that kill their consumer; it counts crashes
    too, so it is high, and ordinary retries are ours.
    """
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-dead-letter-exchange": DEAD_LETTERS,
        **_SAFE,
    }


def retry_arguments(seconds: int) -> dict[str, Any]:
    """Return the arguments of a rung: what expires goes home through the default exchange."""
    return {
        "x-queue-type": "quorum",
        "x-message-ttl": seconds * 1000,
        "x-dead-letter-exchange": "",
        **_SAFE,
    }


def stream_arguments() -> dict[str, Any]:
    """Return the arguments of the stream of public events."""
    return {
        "x-queue-type": "stream",
        "x-max-age": STREAM_AGE,
        "x-stream-max-segment-size-bytes": STREAM_SEGMENT,
    }


def rung_for(delay: float) -> str:
    """Return the rung whose delay is the shortest that is not shorter than ``delay``."""
    for name, seconds in LADDER:
        if delay <= seconds:
            return name
    return LADDER[-1][0]


class Declarer:
    """Declare things on one connection; ``is_eager`` declares without looking first."""

    def __init__(self, connection: RawConnection, *, is_eager: bool = False) -> None:
        self._connection = connection
        self._is_eager = is_eager
        self._channel: Any = None

    def close(self) -> None:
        """Close the channel used for declaring."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None

    def exchange(self, name: str) -> None:
        """Declare a durable topic exchange."""
        self._ensure(
            lambda channel, passive: channel.exchange_declare(
                name, "topic", passive=passive, durable=True, auto_delete=False
            )
        )

    def queue(
        self,
        name: str,
        arguments: Mapping[str, Any] | None,
        bindings: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Declare a durable queue and bind it to (exchange, routing key) pairs."""
        is_new = self._ensure(
            lambda channel, passive: channel.queue_declare(
                name, passive=passive, durable=True, auto_delete=False, arguments=arguments
            )
        )
        if is_new:
            for exchange, key in bindings:
                self._open().queue_bind(name, exchange=exchange, routing_key=key)

    def rpc(self, service: str) -> None:
        """Declare what a service's calls need: no dead letters, expired requests vanish."""
        self.exchange(RPC_EXCHANGE)
        self.queue(rpc_queue(service), None, [(RPC_EXCHANGE, f"{service}.*")])

    def dead_letters(self) -> None:
        """Declare where messages end that nobody could handle."""
        self.exchange(DEAD_LETTERS)
        self.queue(DEAD_LETTERS, {"x-queue-type": "quorum"}, [(DEAD_LETTERS, "#")])

    def ladder(self) -> None:
        """Declare the one retry ladder of the bus."""
        for name, seconds in LADDER:
            self.exchange(name)
            self.queue(name, retry_arguments(seconds), [(name, "#")])

    def subscription(self, subscription: Subscription) -> None:
        """Declare what a handler needs."""
        self.exchange(subscription.exchange)
        if subscription.kind is not SubscriptionKind.BROADCAST:
            self.queue(
                subscription.queue,
                handler_arguments(),
                [(subscription.exchange, subscription.name)],
            )

    def public_stream(self, source: str, names: Iterable[str]) -> None:
        """Declare the stream that keeps public events for outsiders."""
        self.exchange(f"{source}.events")
        bindings = [(f"{source}.events", name) for name in names]
        self.queue(PUBLIC_STREAM, stream_arguments(), bindings)

    def _open(self) -> Any:  # noqa: ANN401 - py-amqp ships no types
        if self._channel is None:
            self._channel = self._connection.channel()
        return self._channel

    def _ensure(self, declare: Callable[[Any, bool], object]) -> bool:
        """Declare unless it exists; tell whether bindings have to be made."""
        if not self._is_eager:
            try:
                declare(self._open(), True)  # noqa: FBT003 - passive, py-amqp's name for "look only"
            except NotFound:
                self._channel = None  # the broker closed it
            else:
                return False
        declare(self._open(), False)  # noqa: FBT003
        return True


def subscriptions_of(service_class: type) -> list[Subscription]:
    """Return what the handlers of a service class listen to."""
    from chassis.handlers import MessageHandler, subscription_of  # noqa: PLC0415 - handlers import the bus

    found = []
    for method in dir(service_class):
        entries = getattr(getattr(service_class, method), ENTRYPOINT_EXTENSIONS_ATTR, ())
        found += [
            subscription_of(service_class.name, method, entry.kind, entry.message_type)  # type: ignore[attr-defined] # a service class
            for entry in entries
            if isinstance(entry, MessageHandler)
        ]
    return found


def declare(url: str, services: Iterable[type]) -> None:
    """Declare everything that the services need; safe to repeat.

    Raises:
        OSError: the broker cannot be reached.
    """
    from contracts.events import EVENTS  # noqa: PLC0415 - only prepare knows all events

    connection = Connection(url, connect_timeout=5)  # type: ignore[no-untyped-call] # kombu ships no types
    raw = establish(connection)
    try:
        declarer = Declarer(raw, is_eager=True)
        declarer.dead_letters()
        declarer.ladder()
        for event in EVENTS.values():
            declarer.exchange(f"{event.source}.events")
        for service in services:
            declarer.rpc(service.name)  # type: ignore[attr-defined] # a service class
            for subscription in subscriptions_of(service):
                declarer.subscription(subscription)
            if getattr(service, "public_log", False):
                public = [event.name for event in EVENTS.values() if event.is_public]
                declarer.public_stream(service.name, public)  # type: ignore[attr-defined]
        declarer.close()
    finally:
        raw.close()
