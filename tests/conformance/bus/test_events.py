"""Events and commands: delivered at least once, effective once, never lost, never in the way."""

import itertools
import json
import time
import uuid
from collections import Counter

import amqp
import eventlet
import pytest
from kombu.connection import Connection

from chassis import errors, outbox, tables
from chassis.deadletters import QueueDeadLetters
from chassis.refusals import LOUD, Refusal
from chassis.uow import Database
from tests.conformance.bus.conftest import RETRY_SCALE, Running
from tests.fakes.bus_services import later, raising, rejecting, unavailable


class TestEvent:
    def test_reaches_every_handler_once(self, running: Running) -> None:
        running.first.make(numbers=list(range(20)))

        running.system.wait_until(lambda: len(running.effects()) >= 20)
        eventlet.sleep(0.1)

        assert running.effects() == list(range(20))
        assert Counter(number for number, _ in running.world.attempts) == Counter(range(20))

    def test_is_marked_as_sent(self, running: Running) -> None:
        running.first.make(numbers=[1, 2, 3])

        running.system.wait_until(lambda: len(running.effects()) == 3)
        running.system.wait_idle()

        with running.system.database(running.world.first.name).read() as session:
            assert outbox.backlog(session).depth == 0

    @pytest.mark.proves("A14")
    def test_repeated_delivery_has_one_effect(self, running: Running) -> None:
        database = running.system.database(running.world.first.name)
        running.first.make(numbers=[5])
        running.system.wait_until(lambda: running.effects() == [5])
        message = _sent(database)
        sink = running.bus.sink(running.world.first.name)

        for _ in range(3):
            sink.publish([message])
        running.first.make(numbers=[6])
        running.system.wait_until(lambda: 6 in running.effects())
        eventlet.sleep(0.2)

        assert running.effects() == [5, 6]

    def test_a_handler_without_transaction_is_recorded_too(self, running: Running) -> None:
        running.first.make(numbers=[7])
        running.system.wait_until(lambda: running.effects() == [7])
        handler = f"{running.world.second.name}.handle_thing_made_too"

        def is_recorded() -> bool:
            with running.second_database.read() as session:
                states = session.execute(
                    tables.inbox.select().where(tables.inbox.c.handler == handler)
                ).mappings()
                return [row["state"] for row in states] == ["DONE"]

        running.system.wait_until(is_recorded)


class TestFailure:
    def test_is_tried_again_with_its_effect_undone(self, running: Running) -> None:
        running.world.behaviour[1] = raising(ValueError("twice"), 2)

        running.first.make(numbers=[1])
        running.system.wait_until(lambda: running.effects() == [1])

        assert running.world.attempts == [(1, 1), (1, 2), (1, 3)]

    @pytest.mark.proves("A8")
    def test_after_five_tries_it_is_a_dead_letter_and_can_be_replayed(
        self, running: Running
    ) -> None:
        running.world.behaviour[2] = raising(ValueError("always"))
        times: list[float] = []
        original = running.world.behaviour[2]

        def note() -> None:
            times.append(time.monotonic())
            original()

        running.world.behaviour[2] = note
        running.first.make(numbers=[2])
        running.system.wait_until(lambda: len(running.dead()) == 1, 30)
        waits = [later_ - earlier for earlier, later_ in itertools.pairwise(times)]
        letter = running.dead()[0]
        del running.world.behaviour[2]

        replayed = running.letters.replay(lambda entry: entry.id == letter.id)
        running.system.wait_until(lambda: running.effects() == [2])

        assert [attempt for _, attempt in running.world.attempts][:5] == [1, 2, 3, 4, 5]
        assert [
            round(wait / RETRY_SCALE) >= rung
            for wait, rung in zip(waits, (1, 10, 60, 600), strict=True)
        ]
        assert "ValueError" in letter.reason
        assert replayed == 1
        assert running.dead() == []

    def test_rejected_message_is_a_dead_letter_at_once(self, running: Running) -> None:
        running.world.behaviour[3] = rejecting("no such thing")

        running.first.make(numbers=[3])
        running.system.wait_until(lambda: len(running.dead()) == 1)

        assert running.dead()[0].reason == "no such thing"
        assert running.world.attempts == [(3, 1)]

    def test_retry_later_counts_as_a_try(self, running: Running) -> None:
        running.world.behaviour[4] = later(1, 2)

        running.first.make(numbers=[4])
        running.system.wait_until(lambda: running.effects() == [4])

        assert running.world.attempts == [(4, 1), (4, 2), (4, 3)]

    @pytest.mark.proves("A6")
    def test_missing_infrastructure_parks_without_counting(self, running: Running) -> None:
        running.world.behaviour[5] = unavailable(6)

        running.first.make(numbers=[5])
        running.system.wait_until(lambda: running.effects() == [5], 15)

        assert {attempt for _, attempt in running.world.attempts} == {1}
        assert len(running.world.attempts) == 7
        assert running.dead() == []

    def test_one_bad_message_does_not_hold_up_the_others(self, running: Running) -> None:
        running.world.behaviour[0] = raising(ValueError("always"))

        running.first.make(numbers=list(range(10)))
        running.system.wait_until(lambda: len(running.effects()) == 9)

        assert running.effects() == list(range(1, 10))


class TestMalformed:
    @pytest.mark.parametrize("body", ["{", "[]", "null", '{"id": 1}', '{"data": []}', '"text"'])
    def test_is_a_dead_letter_with_a_reason(self, running: Running, body: str) -> None:
        running.publish_raw(body)

        running.system.wait_until(lambda: len(running.dead()) >= 1)
        running.first.make(numbers=[1])
        running.system.wait_until(lambda: running.effects() == [1])

        assert running.dead()[0].reason.startswith("malformed")

    def test_unknown_version_is_a_dead_letter(self, running: Running) -> None:
        envelope = {
            "id": "1",
            "type": "cn.qibiao.thing.made.v9",
            "source": "/services/x",
            "time": "2026-01-01T00:00:00Z",
            "data": {},
        }

        running.publish_raw(json.dumps(envelope))
        running.system.wait_until(lambda: len(running.dead()) >= 1)

        assert "unknown version" in running.dead()[0].reason


class TestBroadcast:
    def test_is_heard(self, running: Running) -> None:
        running.first.make(numbers=[8])

        running.system.wait_until(lambda: running.world.heard == [8])


class TestCommand:
    def test_is_carried_out_once_and_forgotten(self, running: Running) -> None:
        running.first.ask(numbers=[1, 2])

        running.system.wait_until(lambda: sorted(running.world.calls) == [1, 2])
        running.system.wait_idle()

        with running.system.database(running.world.first.name).read() as session:
            assert session.execute(tables.outbox.select()).all() == []

    def test_expired_one_is_not_carried_out(self, running: Running) -> None:
        running.first.ask(numbers=[1], expires_in=-1)
        running.first.ask(numbers=[2], expires_in=60)

        running.system.wait_until(lambda: running.world.calls == [2])
        running.system.wait_idle()

        assert running.world.calls == [2]


class TestStop:
    @pytest.mark.proves("A10")
    def test_a_delivery_in_work_is_finished(self, running: Running) -> None:
        running.world.behaviour[1] = lambda: eventlet.sleep(0.5)
        running.first.make(numbers=[1])
        running.system.wait_until(lambda: running.world.attempts == [(1, 1)])

        running.system.container(running.world.second.name).stop_within(5)

        assert running.effects() == [1]
        assert running.world.attempts == [(1, 1)]


class TestUnavailableSubscriber:
    def test_relay_waits_and_loses_nothing(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sink_type = type(running.bus.sink(running.world.first.name))
        entry = "begin" if hasattr(sink_type, "begin") else "publish"
        original, failures = getattr(sink_type, entry), [0]

        def fail_first(self: object, messages: object) -> object:
            failures[0] += 1
            if failures[0] <= 3:
                raise errors.UnavailableError
            return original(self, messages)

        monkeypatch.setattr(sink_type, entry, fail_first)
        running.first.make(numbers=[1, 2])
        running.system.wait_until(lambda: running.effects() == [1, 2], 10)

        assert failures[0] >= 4


@pytest.mark.backends
@pytest.mark.parametrize("transport", ["amqp"])
class TestRefusingBroker:
    def test_is_told_and_what_it_refused_goes_once_it_takes_it(self, running: Running) -> None:
        """A queue that is full and refuses more makes the broker refuse the whole event."""
        event, system = running.world.event, running.system
        database = system.database(running.world.first.name)
        full = f"full-{uuid.uuid4().hex}"

        def refusals() -> list[Refusal]:
            with database.read() as session:
                return database.refusals.waiting(session)

        def depth() -> int:
            with database.read() as session:
                return outbox.backlog(session).depth

        with Connection(running.url) as connection:
            channel = connection.default_channel
            options = {"x-max-length": 1, "x-overflow": "reject-publish"}
            channel.queue_declare(full, durable=True, auto_delete=False, arguments=options)
            channel.queue_bind(full, f"{event.source}.events", event.name)
            running.first.make(numbers=[1])
            system.wait_until(lambda: running.effects() == [1], 20)
            running.first.make(numbers=[2])
            system.wait_until(lambda: refusals() != [], 30)
            (refusal,) = refusals()
            channel.queue_delete(full)
        system.wait_until(lambda: depth() == 0, 30)

        assert (refusal.name, refusal.times >= LOUD) == (event.name, True)
        assert refusals() == []


def _sent(database: Database) -> outbox.Message:
    with database.read() as session:
        row = session.execute(tables.outbox.select()).mappings().one()
        return outbox.Message(**{name: row[name] for name in outbox.Message.__dataclass_fields__})


@pytest.mark.backends
class TestDeadLettersOfNobody:
    def test_a_letter_whose_queue_is_gone_stays(self, rabbit_url: str) -> None:
        letters = QueueDeadLetters(rabbit_url)
        queue = f"gone-{uuid.uuid4().hex}"
        with Connection(rabbit_url) as connection:
            message = amqp.Message(
                "{}", application_headers={"x-origin-queue": queue, "x-reason": "old"}
            )
            connection.default_channel.basic_publish(message, "dead.letters", queue)
        with eventlet.Timeout(5):
            while not letters.list(queue):
                eventlet.sleep(0.05)

        replayed = letters.replay(lambda letter: letter.handler == queue)

        assert replayed == 0
        assert [letter.reason for letter in letters.list(queue)] == ["old"]
