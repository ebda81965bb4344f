"""Event and command handlers: ``@on_event``, ``@on_command``, ``@on_broadcast``.

A handler ends in one of four ways: done; :class:`RetryLater`; :class:`Reject`; anything else is
logged, tried again on the ladder 1 s, 10 s, 60 s, 10 min, and after five tries becomes a dead
letter. Failures of the infrastructure are not the message's fault: it is parked in place and tried
again, uncounted.
"""

import json
import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from eventlet.event import Event as Signal
from nameko.extensions import Entrypoint

from chassis import ids, metrics
from chassis.bus.api import (
    DONE,
    Delivery,
    Event,
    Outcome,
    Registration,
    Settle,
    Subscription,
    SubscriptionKind,
    Verdict,
)
from chassis.container import CALL_KEY, ExcInfo
from chassis.context import Actor, Call
from chassis.errors import (
    DatabaseUnavailableError,
    DeadlineError,
    OverloadedError,
    StorageUnavailableError,
    UnavailableError,
)
from chassis.uow import AlreadyHandled, Database
from contracts.events import CommandType, EventType

__all__ = [
    "Delivery",
    "Event",
    "Outcome",
    "Reject",
    "RetryLater",
    "on_broadcast",
    "on_command",
    "on_event",
]

logger = logging.getLogger(__name__)

LADDER: Final = (1.0, 10.0, 60.0, 600.0)
MAX_ATTEMPTS: Final = len(LADDER) + 1
PARK_SECONDS: Final = (0.2, 2.0)

INFRASTRUCTURE: Final = (
    DatabaseUnavailableError,
    DeadlineError,
    OverloadedError,
    StorageUnavailableError,
    UnavailableError,
)

F = TypeVar("F", bound=Callable[..., Any])


class RetryLater(Exception):  # noqa: N818 - it is an instruction, not an error
    """Ask for the message again after ``delay`` seconds; it counts as a try."""

    def __init__(self, delay: float = LADDER[0]) -> None:
        self.delay = delay
        super().__init__(delay)


class Reject(Exception):  # noqa: N818 - it is an instruction, not an error
    """Refuse the message for ever: it becomes a dead letter with this reason."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class MalformedMessageError(ValueError):
    """Say what is wrong with a message that no handler can be given."""


def settle_failure(error: BaseException, attempt: int) -> Outcome:
    """Return what becomes of a delivery whose handler raised ``error`` at this try."""
    if isinstance(error, Reject):
        return Outcome(Verdict.DEAD, reason=error.reason)
    if isinstance(error, INFRASTRUCTURE):
        return Outcome(Verdict.PARK, delay=PARK_SECONDS[0])
    if attempt >= MAX_ATTEMPTS:
        return Outcome(Verdict.DEAD, reason=f"failed {attempt} times: {type(error).__name__}")
    if isinstance(error, RetryLater):
        return Outcome(Verdict.RETRY, delay=error.delay)
    return Outcome(Verdict.RETRY, delay=LADDER[attempt - 1])


def park_delay(times: int) -> float:
    """Return how long to wait before the next try of a message parked ``times`` times already."""
    first, longest = PARK_SECONDS
    return float(min(longest, first * 2 ** min(times, 8)))


def parse_event(body: str | bytes) -> Event:
    """Read an envelope.

    Raises:
        MalformedMessageError: it is not one.
    """
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise MalformedMessageError("not JSON") from error
    if not isinstance(envelope, dict):
        raise MalformedMessageError("not an object")
    for name in ("id", "type", "source", "time"):
        if not isinstance(envelope.get(name), str):
            raise MalformedMessageError(f"no {name}")
    data = envelope.get("data")
    sequence, position = envelope.get("sequence", 0), envelope.get("position")
    if not isinstance(data, dict) or not isinstance(sequence, int):
        raise MalformedMessageError("no data or sequence")
    return Event(
        id=envelope["id"],
        type=envelope["type"],
        source=envelope["source"].rpartition("/")[2],
        subject=str(envelope.get("subject", "")),
        sequence=sequence,
        time=envelope["time"],
        data=data,
        position=position if isinstance(position, int) else None,
        traceparent=_optional(envelope, "traceparent"),
        expires_at=_optional(envelope, "expiretime"),
        envelope=envelope,
    )


def has_expired(event: Event, now: datetime) -> bool:
    """Tell whether nobody wants the message any more: a code sent by SMS lives five minutes."""
    if event.expires_at is None:
        return False
    try:
        return datetime.fromisoformat(event.expires_at) <= now
    except (ValueError, TypeError):
        return False


def _optional(envelope: Mapping[str, Any], name: str) -> str | None:
    value = envelope.get(name)
    return value if isinstance(value, str) else None


def call_for(subscription: Subscription, event: Event) -> Call:
    """Return the call context of a handler: the service itself asks, the trace goes on."""
    trace_id, traceparent = ids.continue_trace(event.traceparent)
    return Call(
        actor=Actor(
            subject=f"service:{subscription.service}",
            roles=frozenset({"SERVICE"}),
            issuer=subscription.service,
        ),
        trace_id=trace_id,
        traceparent=traceparent,
        request_id=event.id,
        stack=(f"{subscription.service}.{subscription.method}.{event.id}",),
    )


def run_handler(
    function: Callable[[Delivery], Any], delivery: Delivery, database: Database | None
) -> None:
    """Run a handler; when it opened no transaction of its own, record the delivery afterwards."""
    delivery.is_recorded = False
    try:
        function(delivery)
        if database is not None and not delivery.is_recorded:
            with database.transaction(delivery):
                pass
    except AlreadyHandled:
        # Exactly what the inbox is for.
        logger.info(
            "handled before", extra={"handler": delivery.handler, "event_id": delivery.event.id}
        )


class MessageHandler(Entrypoint):  # type: ignore[misc] # nameko ships no types
    """Be the entry point of a handler; the bus gives it deliveries."""

    kind = SubscriptionKind.EVENT

    def __init__(self, message_type: EventType | CommandType) -> None:
        self.message_type = message_type
        self._registration: Registration | None = None
        super().__init__(expected_exceptions=(BaseException,))

    def setup(self) -> None:
        """Find out what to listen to."""
        self.subscription = subscription_of(
            self.container.service_name, self.method_name, self.kind, self.message_type
        )
        self.retry_scale: float = self.container.settings.retry_scale
        self.database = None if self.kind is SubscriptionKind.BROADCAST else self.container.database

    def start(self) -> None:
        """Subscribe."""
        self._registration = self.container.bus.subscribe(self)

    def stop(self) -> None:
        """Take nothing new; wait until the deliveries in work are settled."""
        if self._registration is not None:
            self._registration.pause()
            self._registration.drain()
            self._registration.close()
            self._registration = None

    def kill(self) -> None:
        """Take nothing new and wait for nothing."""
        if self._registration is not None:
            self._registration.pause()
            self._registration.close()
            self._registration = None

    def invoke(self, method: Callable[..., Any], delivery: Delivery) -> None:
        """Call the service's method inside a worker."""
        run_handler(method, delivery, self.database)

    def start_delivery(self, delivery: Delivery, settle: Settle) -> None:
        """Run the handler in a worker; ``settle`` is given the outcome, exactly once."""
        settle = partial(self._count, time.monotonic(), settle)
        if has_expired(delivery.event, self.container.clock.now()):
            logger.warning("message expired", extra={"event_id": delivery.event.id})
            settle(DONE)
            return
        self.container.spawn_worker(
            self,
            (delivery,),
            {},
            context_data={CALL_KEY: call_for(self.subscription, delivery.event)},
            handle_result=partial(self._finish, delivery, settle),
        )

    def _count(self, begun: float, settle: Settle, outcome: Outcome) -> None:
        metrics.observe_delivery(
            service=self.subscription.service,
            handler=self.subscription.method,
            outcome=outcome.verdict.value,
            seconds=time.monotonic() - begun,
        )
        settle(outcome)

    def run_delivery(self, delivery: Delivery) -> Outcome:
        """Run the handler in a worker and wait for the outcome."""
        signal = Signal()
        self.start_delivery(delivery, signal.send)
        outcome: Outcome = signal.wait()
        return outcome

    def _finish(
        self,
        delivery: Delivery,
        settle: Settle,
        _worker_ctx: Any,  # noqa: ANN401 - nameko ships no types
        result: Any,  # noqa: ANN401 - handlers return nothing
        exc_info: ExcInfo | None,
    ) -> tuple[Any, ExcInfo | None]:
        if exc_info is None:
            settle(DONE)
            return result, None
        error = exc_info[1]
        outcome = settle_failure(error, delivery.attempt)
        log_failure(delivery, outcome, error)
        settle(outcome)
        return result, exc_info


def log_failure(delivery: Delivery, outcome: Outcome, error: BaseException) -> None:
    """Say in the log why a handler failed and what happens now."""
    is_known = isinstance(error, (Reject, RetryLater, *INFRASTRUCTURE))
    logger.warning(
        "handler failed",
        exc_info=None if is_known else error,
        extra={
            "handler": delivery.handler,
            "event_id": delivery.event.id,
            "attempt": delivery.attempt,
            "outcome": outcome.verdict.value,
            "reason": outcome.reason or type(error).__name__,
        },
    )


def subscription_of(
    service: str, method: str, kind: SubscriptionKind, message_type: EventType | CommandType
) -> Subscription:
    """Return the subscription of one handler method."""
    source = message_type.source if isinstance(message_type, EventType) else message_type.target
    return Subscription(
        service=service,
        method=method,
        kind=kind,
        source=source,
        name=message_type.name,
        type=message_type.type,
    )


class EventHandler(MessageHandler):
    """Handle each event once per service."""


class CommandHandler(MessageHandler):
    """Carry out commands sent to this service."""

    kind = SubscriptionKind.COMMAND


class BroadcastHandler(MessageHandler):
    """Hear an event in every process, at most once, without an inbox."""

    kind = SubscriptionKind.BROADCAST


def on_event(event_type: EventType) -> Callable[[F], F]:
    """Make a method ``handle_<event>(self, delivery)`` a handler of an event."""
    decorator: Callable[[F], F] = EventHandler.decorator(event_type)
    return decorator


def on_command(command_type: CommandType) -> Callable[[F], F]:
    """Make a method the handler of a command; its service must be the command's target."""
    decorator: Callable[[F], F] = CommandHandler.decorator(command_type)
    return decorator


def on_broadcast(event_type: EventType) -> Callable[[F], F]:
    """Make a method hear an event in every process; what is sent while it is away is lost to it."""
    decorator: Callable[[F], F] = BroadcastHandler.decorator(event_type)
    return decorator
