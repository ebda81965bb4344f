"""The relay sends public events in the order of their positions, whatever has to be repeated."""

import json
from collections.abc import Sequence
from datetime import timedelta

import pytest
import sqlalchemy as sa

from chassis import leases, outbox, tables
from chassis.errors import UnavailableError
from chassis.relay import LEASE, Relay, Shipment
from chassis.uow import Database
from contracts.events import DECLARATION_PUBLISHED, DECLARATION_VERSIONED


class Line:
    """Be a transport that loses what it is told to lose, and remembers what arrived."""

    def __init__(self) -> None:
        self.arrived: list[int] = []
        self.is_cut = False
        self.is_away = False
        self.takes = 100
        self.refuses: set[int] = set()

    def connect(self) -> None:
        if self.is_away:
            raise UnavailableError(reason="away")

    def publish(self, messages: Sequence[outbox.Message]) -> list[outbox.Message]:
        return self.begin(messages).wait()

    def begin(self, messages: Sequence[outbox.Message]) -> "OnTheWay":
        if not self.is_cut:
            self.arrived += [message.position or 0 for message in self.taken(messages)]
        return OnTheWay(self, messages)

    def taken(self, messages: Sequence[outbox.Message]) -> list[outbox.Message]:
        return [message for message in messages if message.position not in self.refuses]

    @property
    def first_times(self) -> list[int]:
        return list(dict.fromkeys(self.arrived))


class OnTheWay:
    def __init__(self, line: Line, messages: Sequence[outbox.Message]) -> None:
        self._line = line
        self._is_lost = line.is_cut
        self._messages = list(messages)

    def wait(self) -> list[outbox.Message]:
        if self._is_lost:
            raise UnavailableError(reason="lost")
        return self._line.taken(self._messages[: self._line.takes])


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def relay(database: Database, line: Line) -> Relay:
    relay = Relay(database, line, holder="one", has_public_log=True, batch=3)
    assert relay.renew()
    return relay


def emit(database: Database, count: int) -> None:
    for number in range(count):
        with database.transaction() as tx:
            tx.emit(DECLARATION_PUBLISHED, subject=f"d{number}", sequence=1, data={})


def ship(relay: Relay, *under_way: Shipment) -> Shipment:
    shipment = relay.ship({number for other in under_way for number in other.ids})
    assert shipment is not None
    return shipment


def settle(relay: Relay, shipment: Shipment) -> None:
    relay.mark(relay.settle(shipment))


def drain(relay: Relay) -> None:
    while (shipment := relay.ship(())) is not None:
        settle(relay, shipment)


class TestOrder:
    def test_a_batch_waits_for_an_earlier_one_that_was_lost_meanwhile(
        self, database: Database, line: Line, relay: Relay
    ) -> None:
        emit(database, 9)
        line.is_cut = True
        first = ship(relay)

        def connect() -> None:
            # The connection comes back, and the loss of what it carried is learnt.
            line.is_cut = False
            with pytest.raises(UnavailableError, match="lost"):
                relay.settle(first)

        line.connect = connect  # type: ignore[method-assign] # only for this test
        with pytest.raises(UnavailableError, match="earlier"):
            relay.ship(first.ids)
        line.connect = lambda: None  # type: ignore[method-assign]
        drain(relay)

        assert line.first_times == list(range(1, 10))

    def test_what_was_refused_goes_before_what_is_new(
        self, database: Database, line: Line, relay: Relay
    ) -> None:
        emit(database, 6)
        line.takes = 1
        settle(relay, ship(relay))
        line.takes = 100

        again = ship(relay)

        assert [message.position for message in again.messages] == [2, 3]

    def test_positions_count_not_the_order_of_rows(
        self, database: Database, line: Line, relay: Relay
    ) -> None:
        # A row with a lower id that is committed after others got their positions.
        emit(database, 4)
        line.is_cut = True
        with database.transaction() as tx:
            rows = outbox.claim_batch(tx.session)
            outbox.assign_positions(tx.session, rows[1:], now=tx.now())
        with pytest.raises(UnavailableError):
            relay.settle(ship(relay))
        line.is_cut = False

        drain(relay)

        assert line.first_times == [1, 2, 3, 4]
        assert rows[0].position is None

    def test_who_takes_over_begins_with_what_was_left_half_done(
        self, database: Database, line: Line, relay: Relay
    ) -> None:
        emit(database, 4)
        with database.transaction() as tx:
            rows = outbox.claim_batch(tx.session)
            outbox.assign_positions(tx.session, rows[2:], now=tx.now())
        relay.release()
        other = Relay(database, line, holder="two", has_public_log=True, batch=3)
        assert other.renew()

        drain(other)

        assert line.first_times == [1, 2, 3, 4]

    def test_what_is_sent_is_what_the_log_says(self, database: Database, relay: Relay) -> None:
        drain(relay)
        emit(database, 2)
        with database.transaction() as tx:
            tx.emit(DECLARATION_VERSIONED, subject="d9", sequence=1, data={})
        with database.transaction() as tx:
            tx.emit(DECLARATION_PUBLISHED, subject="d“9”", sequence=1, data={"title": '{a} "杯"'})

        shipments = [ship(relay)]
        shipments.append(ship(relay, *shipments))

        sent = [message for shipment in shipments for message in shipment.messages]
        assert [message.position for message in sent] == [1, 2, None, 3]
        public = [message for message in sent if message.is_public]
        with database.read() as session:
            log = session.execute(sa.select(tables.public_log).order_by("position")).all()
            kept = session.scalars(
                sa.select(tables.outbox.c.body).where(tables.outbox.c.is_public).order_by("id")
            ).all()
        assert [(row.position, row.event_id, row.body) for row in log] == [
            (message.position, message.event_id, message.body) for message in public
        ]
        assert kept == [message.body for message in public]
        assert [json.loads(row.body)["position"] for row in log] == [1, 2, 3]
        assert {row.type for row in log} == {DECLARATION_PUBLISHED.type}
        assert [row.subject for row in log] == ["d0", "d1", "d“9”"]

    def test_who_has_lost_the_lease_gives_no_positions(
        self, database: Database, relay: Relay
    ) -> None:
        drain(relay)
        with database.transaction() as tx:
            leases.release(tx, LEASE, "one")
            assert leases.acquire(tx, LEASE, "two", timedelta(minutes=1))
        emit(database, 2)

        assert relay.ship(()) is None

        assert not relay.is_active
        with database.read() as session:
            assert session.execute(sa.select(tables.public_log)).all() == []
            assert [message.position for message in outbox.unsent(session)] == [None, None]

    def test_a_transport_that_is_away_costs_no_order(
        self, database: Database, line: Line, relay: Relay
    ) -> None:
        emit(database, 7)
        under_way = ship(relay)
        line.is_away = True
        with pytest.raises(UnavailableError, match="away"):
            relay.ship(under_way.ids)
        line.is_away = False
        settle(relay, under_way)

        drain(relay)

        assert line.arrived == list(range(1, 8))

    def test_what_is_always_refused_holds_back_what_is_newer_and_is_told(
        self, database: Database, line: Line, relay: Relay, caplog: pytest.LogCaptureFixture
    ) -> None:
        emit(database, 9)
        line.refuses = {2}

        for _ in range(8):
            relay.step()

        # The first batch has gone out; nothing behind it until the second event has.
        assert line.first_times == [1, 3]
        told = [each for each in caplog.records if each.msg == "bus does not take a message"]
        assert [(each.position, each.times) for each in told] == [(2, 4), (2, 8)]  # type: ignore[attr-defined] # extra
        with database.read() as session:
            (waiting,) = database.refusals.waiting(session)
        assert (waiting.times, waiting.is_public) == (8, True)

        line.refuses = set()
        drain(relay)
        assert line.first_times == [1, 3, 2, 4, 5, 6, 7, 8, 9]
        with database.read() as session:
            assert database.refusals.waiting(session) == []

    def test_what_somebody_else_has_sent_meanwhile_is_not_told_any_more(
        self, database: Database, line: Line, relay: Relay
    ) -> None:
        emit(database, 1)
        line.refuses = {1}
        for _ in range(4):
            relay.step()
        with database.transaction() as tx:
            outbox.mark_sent(tx.session, outbox.unsent(tx.session), now=tx.now())

        with database.read() as session:
            assert database.refusals.waiting(session) == []

    def test_a_single_step_keeps_it_as_well(
        self, database: Database, line: Line, relay: Relay
    ) -> None:
        emit(database, 5)
        line.is_cut = True
        with pytest.raises(UnavailableError):
            relay.step()
        line.is_cut = False

        sent = [relay.step() for _ in range(3)]

        assert sent == [3, 2, 0]
        assert line.arrived == [1, 2, 3, 4, 5]
