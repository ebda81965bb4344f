"""What is under way when a connection is lost: answered, delivered again, effective once."""

import time
from typing import Any

import eventlet
import pytest

from chassis import errors
from chassis.bus.amqp import AmqpBus
from tests.conformance.bus.conftest import Running
from tests.fakes.bus_services import raising

pytestmark = pytest.mark.backends


@pytest.fixture
def transport() -> str:
    return "amqp"


@pytest.fixture
def bus(running: Running) -> AmqpBus:
    """Return the bus, whose connections can be dropped one by one."""
    assert isinstance(running.bus, AmqpBus)
    return running.bus


def reopened(link: Any, opened_at: float) -> bool:
    return link.is_open and link.opened_at > opened_at


class TestLostWhileWorking:
    @pytest.mark.parametrize("ending", ["done", "failed"])
    def test_an_event_comes_again_and_has_one_effect(
        self, running: Running, bus: AmqpBus, ending: str
    ) -> None:
        fail = raising(ValueError("once"), 1)
        waits = [0.6]

        def behave() -> None:
            eventlet.sleep(waits.pop() if waits else 0)
            if ending == "failed":
                fail()

        running.world.behaviour[1] = behave
        link = bus._events
        opened_at = link.opened_at
        running.first.make(numbers=[1])
        running.system.wait_until(lambda: len(running.world.attempts) == 1)

        link.shut("test")
        running.system.wait_until(lambda: running.effects() == [1])
        running.system.wait_until(lambda: reopened(link, opened_at))
        last = link.opened_at
        running.first.make(numbers=[2])
        running.system.wait_until(lambda: running.effects() == [1, 2])
        eventlet.sleep(0.5)

        assert running.effects() == [1, 2]
        assert link.opened_at == last
        assert running.dead() == []

    def test_a_call_is_answered_by_the_next_delivery(self, running: Running, bus: AmqpBus) -> None:
        serving = next(one for one in bus._servings if one._service == running.world.first.name)
        asked = eventlet.spawn(running.first.call, "sleep", {"seconds": 0.4, "value": 1})
        eventlet.sleep(0.2)

        serving.link.shut("test")
        answer = asked.wait()

        assert answer == {"value": 1}
        assert running.first.echo(value=2) == {"value": 2}

    def test_a_caller_is_told_at_once(self, running: Running, bus: AmqpBus) -> None:
        asked = eventlet.spawn(running.first.call, "sleep", {"seconds": 2})
        eventlet.sleep(0.2)
        begun = time.monotonic()

        bus._caller.link.shut("test")
        with pytest.raises(errors.UnavailableError):
            asked.wait()

        assert time.monotonic() - begun < 0.2
        assert bus.pending_calls == 0
        assert running.first.echo(value=3) == {"value": 3}

    def test_a_batch_of_the_relay_is_sent_again(self, running: Running, bus: AmqpBus) -> None:
        publisher = bus._publisher
        for number in range(30):
            running.first.make(numbers=[number])
            if number % 10 == 5:
                publisher.link.shut("test")
        running.system.wait_until(lambda: len(running.effects()) >= 30, 10)

        assert running.effects() == list(range(30))
        assert publisher._unconfirmed == {}
