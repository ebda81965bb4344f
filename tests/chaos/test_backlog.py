"""A backlog of events does not starve the queries of the same service (A18)."""

import statistics
import time

import eventlet
import pytest

from chassis.errors import DomainError
from tests.chaos.conftest import World
from tests.chaos.harness import running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(1500)]

EVENTS = 20_000
BATCH = 250
PROMISED_RATE = 150
PROMISED_SECONDS = 0.5


@pytest.mark.proves("A18")
class TestBacklog:
    def test_is_drained_while_calls_are_answered(self, world: World) -> None:
        maker, taker = world.service("maker"), world.service("taker")
        with running(maker, taker):
            wait_until(lambda: world.depth() == 0, 30)
            taker.terminate()
            client = world.client("maker")
            for first in range(0, EVENTS, BATCH):
                client.make(things=[{"number": first + number} for number in range(BATCH)])
            wait_until(lambda: world.depth() == EVENTS, 400)

            begun = time.monotonic()
            taker.start()
            taker.wait_ready()
            answers = eventlet.spawn(call_until_empty, world)
            wait_until(lambda: world.depth() == 0, 900, every=0.5)
            drained = time.monotonic() - begun
            seconds, failed = answers.wait()
            wait_until(lambda: len(world.effects()) >= EVENTS, 60)

        assert world.effects() == list(range(EVENTS))
        assert failed == []
        assert len(seconds) > 10
        print(
            f"figure A18: {EVENTS} events drained in {drained:.0f} s ({EVENTS / drained:.0f}/s, "
            f"promised {PROMISED_RATE}/s); {len(seconds)} calls meanwhile, p99 "
            f"{statistics.quantiles(seconds, n=100)[98] * 1000:.0f} ms "
            f"(promised {PROMISED_SECONDS * 1000:.0f} ms)"
        )


def call_until_empty(world: World) -> tuple[list[float], list[DomainError]]:
    """Call ten times a second until the queue is empty; return the seconds each call took."""
    client = world.client("taker")
    seconds: list[float] = []
    failed: list[DomainError] = []
    while world.depth() > 0:
        begun = time.monotonic()
        try:
            assert client.echo(value=1) == {"value": 1}
            seconds.append(time.monotonic() - begun)
        except DomainError as error:
            failed.append(error)
        eventlet.sleep(0.1)
    return seconds, failed
