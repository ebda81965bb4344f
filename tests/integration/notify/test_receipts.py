"""Receipts, totals, the circuit's limit, and who is asked first, on both engines."""

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from chassis.tables import outbox
from services.notify.adapters.dispatching import Dispatcher
from services.notify.adapters.health import REST
from services.notify.adapters.providers import NotSentError, RefusedError
from services.notify.domain import delivery
from services.notify.models import DailyTotal, Message
from services.notify.queries import totals as total_queries
from services.notify.usecases import receipts, totals
from services.notify.usecases.receipts import Receipt
from tests.integration.notify.conftest import Recorder

if TYPE_CHECKING:
    from services.notify.adapters.sealing import Letter
    from tests.integration.notify.conftest import PostOffice

MINUTE = timedelta(minutes=1)


def take(post_office: "PostOffice", receipt: Receipt, provider: str = "recorder") -> None:
    """Take one receipt."""
    with post_office.database.transaction() as tx:
        receipts.record_receipt(tx=tx, provider=provider, receipt=receipt)


def deliveries(post_office: "PostOffice") -> list[tuple[str, str | None]]:
    """Return state and delivery of every message."""
    with post_office.database.read() as session:
        rows = session.execute(sa.select(Message.state, Message.delivery).order_by(Message.id))
        return [(row.state, row.delivery) for row in rows]


def announced(post_office: "PostOffice") -> list[tuple[str, str]]:
    """Return name and reason of what was announced."""
    with post_office.database.read() as session:
        rows = session.execute(sa.select(outbox.c.name, outbox.c.body).order_by(outbox.c.id))
        return [(row.name, json.loads(row.body)["data"].get("reason", "")) for row in rows]


def sent_id(provider: Recorder) -> str:
    """Return the id of the only message sent."""
    ((message_id, _),) = provider.sent
    return message_id


class TestReceipts:
    @pytest.mark.proves("E7")
    @pytest.mark.parametrize(
        ("is_delivered", "final", "told"),
        [
            (True, "DELIVERED", ("message.delivered.v1", "")),
            (False, "UNDELIVERED", ("message.failed.v1", "UNDELIVERED")),
        ],
    )
    def test_change_the_state_once(
        self,
        post_office: "PostOffice",
        is_delivered: bool,  # noqa: FBT001 - a case
        final: str,
        told: tuple[str, str],
    ) -> None:
        provider = Recorder(has_receipts=True)
        post_office.accept()
        post_office.run(provider)
        awaited = deliveries(post_office)
        reference = f"recorder-{sent_id(provider)}"

        for verdict in (is_delivered, is_delivered, not is_delivered):
            take(post_office, Receipt(is_delivered=verdict, reference=reference))

        assert awaited == [("SENT", "AWAITED")]
        assert deliveries(post_office) == [("SENT", final)]
        assert announced(post_office) == [told]

    @pytest.mark.proves("E7")
    def test_may_come_before_the_answer(self, post_office: "PostOffice") -> None:
        """A provider that is quick with its receipt and slow with its answer."""

        class Quick(Recorder):
            def _send(self, letter: "Letter", message_id: str) -> str | None:
                reference = super()._send(letter, message_id)
                take(post_office, Receipt(is_delivered=True, reference=str(reference)))
                return reference

        post_office.accept()

        post_office.run(Quick(has_receipts=True))

        assert deliveries(post_office) == [("SENT", "DELIVERED")]

    @pytest.mark.proves("E7")
    @pytest.mark.parametrize("when", ["before", "after"])
    def test_settle_what_nobody_knew(self, post_office: "PostOffice", when: str) -> None:
        """The connection broke, but the message had arrived: its receipt names our id."""

        class Broken(Recorder):
            def _send(self, letter: "Letter", message_id: str) -> str | None:
                super()._send(letter, message_id)
                if when == "before":
                    take(post_office, Receipt(is_delivered=True, message_id=message_id))
                raise ConnectionError

        provider = Broken(has_receipts=True)
        post_office.accept()
        post_office.run(provider)
        if when == "after":
            assert post_office.states() == [("FAILED", "UNKNOWN_OUTCOME")]
            take(post_office, Receipt(is_delivered=True, message_id=sent_id(provider)))

        assert deliveries(post_office) == [("SENT", "DELIVERED")]
        assert post_office.states() == [("SENT", None)]

    def test_speak_only_of_the_provider_s_own_messages(self, post_office: "PostOffice") -> None:
        provider = Recorder(has_receipts=True)
        post_office.accept()
        post_office.run(provider)

        take(post_office, Receipt(is_delivered=True, message_id=sent_id(provider)), "other")

        assert deliveries(post_office) == [("SENT", "AWAITED")]

    @pytest.mark.proves("E7")
    def test_that_never_come_are_given_up(self, post_office: "PostOffice") -> None:
        post_office.accept()
        post_office.run(Recorder(has_receipts=True))
        swept = []

        for _ in range(2):
            with post_office.database.transaction() as tx:
                swept.append(receipts.sweep(tx=tx))
            post_office.clock.advance(delivery.RECEIPT_PATIENCE + MINUTE)

        assert swept == [0, 1]
        assert deliveries(post_office) == [("SENT", "UNCONFIRMED")]

    @pytest.mark.proves("E7")
    def test_failures_are_announced(self, post_office: "PostOffice") -> None:
        post_office.accept(is_limited=True)
        post_office.accept(post_office.request(lifetime=MINUTE))
        post_office.clock.advance(MINUTE)
        post_office.run(Recorder())

        assert announced(post_office) == [
            ("message.failed.v1", "LIMITED"),
            ("message.failed.v1", "EXPIRED"),
        ]


class TestOrder:
    @pytest.mark.proves("E7")
    def test_a_provider_in_trouble_loses_its_turn(self, post_office: "PostOffice") -> None:
        first, second = Recorder("first"), Recorder("second")
        first.failures = [NotSentError() for _ in range(3)]
        dispatcher = Dispatcher(post_office.opener, [first, second])

        for _ in range(5):
            post_office.accept()
            for _ in range(3):
                post_office.clock.advance(timedelta(seconds=3))
                dispatcher.run_due(post_office.database)

        assert (len(first.sent), len(second.sent)) == (0, 5)
        post_office.accept()
        post_office.clock.advance(REST)
        dispatcher.run_due(post_office.database)
        assert len(first.sent) == 1

    def test_a_message_that_is_refused_tells_nothing_of_others(
        self, post_office: "PostOffice"
    ) -> None:
        first, second = Recorder("first"), Recorder("second")
        first.failures = [RefusedError() for _ in range(4)]
        dispatcher = Dispatcher(post_office.opener, [first, second])

        for _ in range(5):
            post_office.accept()
            for _ in range(2):
                post_office.clock.advance(timedelta(seconds=3))
                dispatcher.run_due(post_office.database)

        assert (len(first.sent), len(second.sent)) == (1, 4)

    @pytest.mark.proves("E7")
    def test_late_delivery_loses_its_turn(self, post_office: "PostOffice") -> None:
        late, other = Recorder("late", has_receipts=True), Recorder("other")
        dispatcher = Dispatcher(post_office.opener, [late, other])
        for _ in range(3):
            post_office.accept()
            post_office.clock.advance(timedelta(seconds=1))
            dispatcher.run_due(post_office.database)
        post_office.clock.advance(2 * MINUTE)
        for message_id, _ in late.sent:
            take(post_office, Receipt(is_delivered=True, message_id=message_id), "late")

        post_office.accept()
        post_office.clock.advance(timedelta(seconds=1))
        dispatcher.run_due(post_office.database)

        assert (len(late.sent), len(other.sent)) == (3, 1)


class TestTotals:
    @pytest.mark.proves("F4")
    def test_are_counted_by_day_provider_and_end(self, post_office: "PostOffice") -> None:
        provider = Recorder(has_receipts=True)
        for _ in range(3):
            post_office.accept()
        post_office.accept(is_limited=True)
        post_office.run(provider)
        message_id, _ = provider.sent[0]
        take(post_office, Receipt(is_delivered=True, message_id=message_id))

        for _ in range(2):
            with post_office.database.transaction() as tx:
                totals.count_days(tx=tx)

        with post_office.database.read() as session:
            days = session.scalars(sa.select(DailyTotal.day)).all()
            found = total_queries.list_totals(session, first=min(days), last=max(days))
        counted = {(row["provider"], row["outcome"]): row["count"] for row in found}
        assert counted == {
            ("recorder", "AWAITED"): 2,
            ("recorder", "DELIVERED"): 1,
            ("", "LIMITED"): 1,
        }
        assert {row["day"] for row in found} == {day.isoformat() for day in days}

    @pytest.mark.proves("F4")
    def test_the_circuit_follows_the_last_seven_days(self, post_office: "PostOffice") -> None:
        for _ in range(112):
            post_office.accept()
        post_office.accept(is_limited=True)

        def measure(floor: int) -> int:
            with post_office.database.transaction() as tx:
                return totals.measure(tx=tx, floor=floor)

        now = [measure(1), measure(100)]
        post_office.clock.advance(timedelta(days=8))

        assert now == [2, 100]
        assert measure(1) == 1


class TestRank:
    @pytest.mark.proves("E7")
    def test_shares_by_weight_the_same_way_each_time(self) -> None:
        weights = {"a": 3, "b": 1}
        order = [delivery.rank(f"m{n}", ["a", "b", "c"], weights) for n in range(2_000)]

        share = sum(names[0] == "a" for names in order) / len(order)

        assert 0.7 < share < 0.8
        assert all(names[2] == "c" for names in order)
        assert order == [delivery.rank(f"m{n}", ["c", "b", "a"], weights) for n in range(2_000)]

    def test_without_weights_keeps_the_order_of_the_setting(self) -> None:
        assert delivery.rank("m", ["a", "b", "c"], {}) == ["a", "b", "c"]
        assert delivery.rank("m", ["a", "b", "c"], {}, {"a"}) == ["b", "c", "a"]

    def test_health_is_forgotten_after_a_success(self, post_office: "PostOffice") -> None:
        shaky: Any = Recorder("shaky")
        shaky.failures = [NotSentError(), NotSentError()]
        dispatcher = Dispatcher(post_office.opener, [shaky, Recorder("other")])

        for _ in range(4):
            post_office.accept()
            post_office.clock.advance(timedelta(seconds=1))
            dispatcher.run_due(post_office.database)
        shaky.failures = [NotSentError(), NotSentError()]
        for _ in range(3):
            post_office.accept()
            post_office.clock.advance(timedelta(seconds=1))
            dispatcher.run_due(post_office.database)

        assert len(shaky.sent) >= 3
