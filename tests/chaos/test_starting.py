"""Any order of starting works (E2); duplicates and disorder harm nobody (A14)."""

import json
import random
import uuid

import eventlet
import pytest

from tests.chaos import samples
from tests.chaos.conftest import World
from tests.chaos.harness import publish, running, wait_until, wait_while_it_moves

pytestmark = [pytest.mark.slow, pytest.mark.backends]

READY_SECONDS = 15


@pytest.mark.proves("E2")
class TestStartOrder:
    def test_services_wait_for_their_servers(self, world: World) -> None:
        world.broker.stop()
        world.cluster.stop("immediate")
        processes = [world.service("maker"), world.service("taker")]
        try:
            for process in processes:
                process.start()
            wait_until(lambda: all(one.health()[0] == 503 for one in processes), 20)
            eventlet.sleep(5)
            assert all(process.is_running for process in processes)
            assert all(process.health("/livez")[0] == 200 for process in processes)

            world.cluster.start()
            world.broker.start()
            took = wait_until(lambda: all(one.is_ready() for one in processes), READY_SECONDS)
            world.client("maker").make(things=[{"number": 1}])
            wait_until(lambda: world.effects() == [1])
        finally:
            for process in processes:
                process.kill()

        print(f"E2: ready {took:.1f} s after the servers")

    def test_a_service_may_come_before_the_one_it_calls(self, world: World) -> None:
        with running(world.service("maker")):
            world.client("maker").make(things=[{"number": 1}])
            with running(world.service("taker")):
                assert world.client("maker").ask_taker(value=3) == {"value": 3}


@pytest.mark.proves("A14")
@pytest.mark.timeout(900)
class TestDisorder:
    def test_each_message_up_to_three_times_in_any_order(self, world: World) -> None:
        seed = 20261123
        dice = random.Random(seed)
        print(f"A14: seed {seed}")
        deliveries = []
        for number in range(1000):
            envelope = {
                "id": uuid.uuid4().hex,
                "type": samples.MADE.type,
                "source": "/services/maker",
                "subject": f"thing-{number % 7}",
                "time": "2026-01-01T00:00:00Z",
                "sequence": number // 7 + 1,
                "data": {"number": number},
            }
            deliveries += [json.dumps(envelope)] * dice.randint(1, 3)
        dice.shuffle(deliveries)
        with running(world.service("taker", name="one"), world.service("taker", name="two")):
            publish(world.broker.url, "maker.events", samples.MADE.name, deliveries)
            took = wait_while_it_moves(
                lambda: len(world.effects()) >= 1000 and world.depth() == 0,
                lambda: len(world.tries()),
                world.state,
            )
            eventlet.sleep(0.5)

            versions = {row.subject: row.sequence for row in world.rows(samples.versions)}
            assert world.effects() == list(range(1000))
            assert versions == {
                f"thing-{subject}": (999 - subject) // 7 + 1 for subject in range(7)
            }
            assert world.letters() == []
        print(f"A14: {len(deliveries)} deliveries handled in {took:.0f} s")
