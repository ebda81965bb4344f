"""The relay: it takes what the outbox holds to the bus, batch by batch.

One runs in every replica; the one that holds the lease row ``relay`` works. Rows are read by
``sent_at IS NULL``. A crash after publishing and before marking publishes again: receivers skip
what they have. Public events get their position in the public log in a transaction that checks the
lease. They go out in the order of their positions: whatever is repeated, a position reaches the bus
for the first time only after all lower ones did.

`Relay.step` does one batch after the other; `chassis.relay_runner` keeps several under way.
"""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from chassis import faults, leases, metrics, outbox
from chassis.bus.api import PipelinedSink, Sink, Ticket
from chassis.errors import UnavailableError
from chassis.postgres import Glancer
from chassis.uow import Database

BATCH: Final = 50
LEASE: Final = "relay"
LEASE_SECONDS: Final = 3.0
RENEW_SECONDS: Final = 1.0


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
            self.database.refusals.note(shipment.messages, sent)
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
        if self._has_public_log and self._glancer and self._looked_back == self._setbacks:
            return self._place(self._glancer, exclude)
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

    def _place(self, glancer: Glancer, exclude: Collection[int]) -> Sequence[outbox.Message]:
        """Claim and give positions in one round trip, when nothing has to be sent again first."""
        clock = self.database.clock
        messages = outbox.place(
            glancer,
            lease=LEASE,
            holder=self._holder,
            now=clock.now(),
            offset=clock.offset,
            limit=self._batch,
            exclude=exclude,
        )
        if messages is None:
            self._held_until = 0.0
        return messages or []

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
