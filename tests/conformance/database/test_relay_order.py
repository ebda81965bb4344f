"""The relay sends public events in the order of their positions, whatever has to be repeated."""

from collections.abc import Sequence

import pytest

from chassis import outbox
from chassis.errors import UnavailableError
from chassis.relay import Relay, Shipment
from chassis.uow import Database
from contracts.events import DECLARATION_PUBLISHED


class Line:
    """Be a transport that loses what it is told to lose, and remembers what arrived."""

    def __init__(self) -> None:
        self.arrived: list[int] = []
        self.is_cut = False
        self.is_away = False
        self.takes = 100

    def connect(self) -> None:
        if self.is_away:
            raise UnavailableError(reason="away")

    def publish(self, messages: Sequence[outbox.Message]) -> list[outbox.Message]:
        return self.begin(messages).wait()

    def begin(self, messages: Sequence[outbox.Message]) -> "OnTheWay":
        if not self.is_cut:
            self.arrived += [message.position or 0 for message in messages]
        return OnTheWay(self, messages)

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
        return self._messages[: self._line.takes]


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
