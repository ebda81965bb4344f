"""The relay: it takes what the outbox holds to the bus, batch by batch.

One runs in every replica; the one that holds the lease row ``relay`` works. Rows are read by
``sent_at IS NULL``. A crash after publishing and before marking publishes again: receivers skip
what they have. Public events get their position in the public log in a transaction that checks the
lease. They go out in the order of their positions: whatever is repeated, a position reaches the bus
for the first time only after all lower ones did.

`Relay.step` does one batch after the other; `RelayRunner` keeps several under way: while the broker
confirms one and the database marks another, the next is read.
"""

import logging
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import eventlet
from eventlet.event import Event as Signal
from sqlalchemy.orm import Session

from chassis import faults, leases, metrics, outbox
from chassis.bus.api import PipelinedSink, Sink, Ticket
from chassis.errors import DatabaseUnavailableError, UnavailableError
from chassis.handlers import INFRASTRUCTURE, park_delay
from chassis.postgres import Listener
from chassis.uow import Database

logger = logging.getLogger(__name__)

BATCH: Final = 50
LEASE: Final = "relay"
LEASE_SECONDS: Final = 3.0
RENEW_SECONDS: Final = 1.0
POLL_SECONDS: Final = 1.0
LISTEN_SECONDS: Final = 30.0
MAX_SHIPMENTS: Final = 4
ECHO_SECONDS: Final = 0.01
MARK_SECONDS: Final = 0.05


@dataclass(frozen=True)
class Delivered:
    """Be the ticket of a batch that has arrived already."""

    messages: list[outbox.Message]

    def wait(self) -> list[outbox.Message]:
        """Return the messages that are safe."""
        return self.messages


@dataclass(frozen=True)
class Shipment:
    """Be a batch on its way; ``late`` are commands that nobody wants any more."""

    messages: Sequence[outbox.Message]
    late: Sequence[outbox.Message]
    ticket: Ticket

    @property
    def ids(self) -> set[int]:
        """Return the numbers of all its rows."""
        return {entry.id for entry in (*self.messages, *self.late)}


class Relay:
    """Take messages from one service's outbox to the bus.

    ``step`` is plain and synchronous: the simulator calls it itself.
    """

    def __init__(
        self,
        database: Database,
        sink: Sink,
        *,
        holder: str,
        has_public_log: bool = False,
        batch: int = BATCH,
    ) -> None:
        self.database = database
        self._sink = sink
        self._holder = holder
        self._has_public_log = has_public_log
        self._batch = batch
        self._renew_at = 0.0
        self._held_until = 0.0
        self._setbacks = 0
        self._looked_back = -1
        self._glancer = database.glancer()

    @property
    def is_active(self) -> bool:
        """Tell whether this relay held the lease when it last asked, and that was not long ago."""
        return time.monotonic() < self._held_until

    def step(self) -> int:
        """Publish one batch; return how many messages went out, 0 also when another relay works.

        Raises:
            DatabaseUnavailableError: the service's or a subscriber's database is away.
            UnavailableError: the bus is away.
        """
        if not self.renew():
            return 0
        messages = self._claim()
        if not messages:
            return 0
        live, late = self._sort(messages)
        faults.point("relay.before_publish")
        sent = self.settle(Shipment(live, late, self._begin(live, self._setbacks)))
        faults.point("relay.after_publish")
        self.mark(sent)
        return len(sent)

    def ship(self, exclude: Collection[int]) -> Shipment | None:
        """Begin to publish the next batch without those rows; None when there is none.

        Raises:
            DatabaseUnavailableError: the service's or a subscriber's database is away.
            UnavailableError: the bus is away.
        """
        setbacks = self._setbacks
        messages = self._claim(exclude) if self.is_active else []
        if not messages:
            return None
        live, late = self._sort(messages)
        faults.point("relay.before_publish")
        return Shipment(live, late, self._begin(live, setbacks))

    def settle(self, shipment: Shipment) -> list[outbox.Message]:
        """Wait until a shipment's fate is known; return those of it that need not be sent again.

        Raises:
            UnavailableError: it is not known; the shipment is to be sent again.
        """
        sent: list[outbox.Message] = []
        try:
            sent = shipment.ticket.wait()
        finally:
            if len(sent) < len(shipment.messages):
                self._setbacks += 1
        return [*sent, *shipment.late]

    def _begin(self, messages: Sequence[outbox.Message], setbacks: int) -> Ticket:
        """Begin to publish what was claimed when there had been so many setbacks.

        Raises:
            UnavailableError: the bus is away, or an earlier batch was lost since: it goes first.
        """
        if not messages:
            return Delivered([])
        try:
            return self._hand_over(messages, setbacks)
        except BaseException:
            self._setbacks += 1
            raise

    def _hand_over(self, messages: Sequence[outbox.Message], setbacks: int) -> Ticket:
        if not isinstance(self._sink, PipelinedSink):
            return Delivered(self._sink.publish(messages))
        self._sink.connect()  # while it is waited for, earlier batches may turn out to be lost
        if setbacks != self._setbacks:
            raise UnavailableError(reason="an earlier batch was lost")
        return self._sink.begin(messages)

    def mark(self, messages: Sequence[outbox.Message]) -> None:
        """Remember that the messages were sent.

        Raises:
            DatabaseUnavailableError: the database is away; they will be sent again.
        """
        if not messages:
            return
        with self.database.transaction() as tx:
            outbox.mark_sent(tx.session, messages, now=self.database.clock.now())
        metrics.count_sent(service=self.database.service, messages=len(messages))

    def renew(self) -> bool:
        """Take the lease or renew it once a second; tell whether it is held.

        Raises:
            DatabaseUnavailableError: the database is away.
        """
        now = time.monotonic()
        if now < self._renew_at:
            return now < self._held_until
        self._renew_at = now + RENEW_SECONDS
        with self.database.transaction() as tx:
            is_held = leases.acquire(tx, LEASE, self._holder, timedelta(seconds=LEASE_SECONDS))
        if is_held and now >= self._held_until:
            self._setbacks += 1  # who held it before may have left something half done
        self._held_until = now + LEASE_SECONDS if is_held else 0.0
        return is_held

    def release(self) -> None:
        """Give the lease back, so that another replica can go on at once.

        Raises:
            DatabaseUnavailableError: the database is away; the lease ends by itself then.
        """
        if self._glancer is not None:
            self._glancer.close()
        if self._held_until:
            self._held_until = self._renew_at = 0.0
            with self.database.transaction() as tx:
                leases.release(tx, LEASE, self._holder)

    def _sort(
        self, messages: Sequence[outbox.Message]
    ) -> tuple[Sequence[outbox.Message], list[outbox.Message]]:
        now = self.database.clock.now()
        late = [entry for entry in messages if entry.expires_at and entry.expires_at <= now]
        return ([entry for entry in messages if entry not in late] if late else messages), late

    def _claim(self, exclude: Collection[int] = ()) -> Sequence[outbox.Message]:
        # A plain read: it costs one round trip and no lock, and an idle poll writes nothing. A row
        # that is published twice, because the lease changed hands in between, is only repeated.
        options = {"exclude": exclude} if exclude else {}
        messages = self._look(exclude)
        if not messages or not self._has_public_log:
            return messages
        with self.database.transaction() as tx:
            if not leases.holds(tx, LEASE, self._holder):
                self._held_until = 0.0
                return []
            placed = self._look_back(tx.session, exclude)
            if placed:
                return placed
            claimed = outbox.claim_batch(tx.session, self._batch, **options)
            return outbox.assign_positions(tx.session, claimed, now=self.database.clock.now())

    def _look_back(self, session: Session, exclude: Collection[int]) -> list[outbox.Message]:
        """Return what got its position already and has to be sent again, before anything newer."""
        setbacks = self._setbacks
        if self._looked_back == setbacks:
            return []
        placed = outbox.claim_placed(session, self._batch, exclude)
        if not placed:
            self._looked_back = setbacks
        return placed

    def _look(self, exclude: Collection[int]) -> Sequence[outbox.Message]:
        if self._glancer is not None:
            return outbox.glance(self._glancer, self._batch, exclude)
        options = {"exclude": exclude} if exclude else {}
        with self.database.read() as session:
            return outbox.unsent(session, self._batch, **options)


class RelayRunner:
    """Run a relay in green threads, woken at each commit, else once a second.

    A commit in this process calls; one in another replica is heard by LISTEN.
    """

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self._wakeup = Signal()
        self._is_stopping = False
        self._failures = 0
        self._looked_at = 0.0
        self._in_flight: set[int] = set()
        self._shipments = 0
        self._settled = Signal()
        self._sent: list[outbox.Message] = []
        self._is_marking = False
        self._loop_thread: Any = None
        self._helpers: list[Any] = []
        self._listener: Listener | None = None

    def start(self) -> None:
        """Begin to work."""
        self.relay.database.wakeups.add(self.wake)
        self._helpers = [eventlet.spawn(self._keep_lease)]
        self._listener = self.relay.database.listener()
        if self._listener is not None:
            self._helpers.append(eventlet.spawn(self._listen, self._listener))
        self._loop_thread = eventlet.spawn(self._loop)

    def wake(self) -> None:
        """Say that there is something to send."""
        if not self._wakeup.ready():
            self._wakeup.send()

    def stop(self) -> None:
        """Send what is left once, wait for what is under way, and give the lease back."""
        self._is_stopping = True
        self.relay.database.wakeups.remove(self.wake)
        self.wake()
        if self._loop_thread is not None:
            self._loop_thread.wait()
            self._loop_thread = None
        for helper in self._helpers:
            helper.kill()
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        try:
            self.relay.release()
        except DatabaseUnavailableError:
            logger.warning("relay could not release its lease")

    def _loop(self) -> None:
        while True:
            self._wakeup = Signal()
            is_last = self._is_stopping
            has_shipped = self._ship()
            if is_last:
                break
            while self._shipments >= MAX_SHIPMENTS:
                self._settled.wait()
            if not has_shipped:
                pause = park_delay(self._failures - 1) if self._failures else POLL_SECONDS
                self._wakeup.wait(pause)
        while self._shipments or self._is_marking:
            self._settled.wait()

    def _ship(self) -> bool:
        if self._failures:
            # One batch at a time until the bus takes one again.
            while self._shipments:
                self._settled.wait()
        self._looked_at = time.monotonic()
        try:
            shipment = self.relay.ship(self._in_flight)
        except INFRASTRUCTURE as error:
            self._failures += 1
            logger.warning("relay waits", extra={"reason": str(error)})
            return False
        except Exception:
            self._failures += 1
            logger.exception("relay failed")
            return False
        if shipment is None:
            self._failures = 0 if not self._shipments else self._failures
            return False
        self._in_flight |= shipment.ids
        self._shipments += 1
        eventlet.spawn(self._settle, shipment)
        return True

    def _settle(self, shipment: Shipment) -> None:
        sent: list[outbox.Message] = []
        try:
            sent = self.relay.settle(shipment)
            faults.point("relay.after_publish")
            self._failures = 0
        except UnavailableError as error:
            self._failures += 1
            logger.warning("relay waits", extra={"reason": str(error)})
        finally:
            # What was not taken is read again.
            self._in_flight -= shipment.ids - {entry.id for entry in sent}
            self._sent += sent
            if self._sent and not self._is_marking:
                self._is_marking = True
                eventlet.spawn(self._mark)
            self._shipments -= 1
            self._tell_settled()

    def _mark(self) -> None:
        """Mark all that was sent until now, again and again: one commit for many batches."""
        while self._sent:
            if not self._is_stopping:
                eventlet.sleep(MARK_SECONDS)
            sent, self._sent = self._sent, []
            try:
                self.relay.mark(sent)
            except DatabaseUnavailableError as error:
                logger.warning("relay cannot mark", extra={"reason": str(error)})
            except Exception:
                logger.exception("relay failed to mark")
            # Not marked means sent again: receivers skip what they have.
            self._in_flight -= {entry.id for entry in sent}
        self._is_marking = False
        self._tell_settled()

    def _tell_settled(self) -> None:
        settled, self._settled = self._settled, Signal()
        settled.send()

    def _keep_lease(self) -> None:
        while True:
            was_active = self.relay.is_active
            try:
                if self.relay.renew() and not was_active:
                    self.wake()
            except DatabaseUnavailableError as error:
                logger.warning("relay cannot renew its lease", extra={"reason": str(error)})
            eventlet.sleep(RENEW_SECONDS)

    def _listen(self, listener: Listener) -> None:
        failures = 0
        while True:
            try:
                if listener.wait(LISTEN_SECONDS):
                    # Mostly the echo of a commit of our own, which has been looked at already.
                    if time.monotonic() - self._looked_at < ECHO_SECONDS:
                        eventlet.sleep(ECHO_SECONDS)
                    self.wake()
                failures = 0
            except DatabaseUnavailableError:
                eventlet.sleep(park_delay(failures))
                failures += 1
