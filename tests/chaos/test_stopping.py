"""Stopping: nothing is executed twice (A10), and it always comes to an end (A11)."""

import time
from typing import Any

import eventlet
import pytest

from chassis.errors import DomainError
from tests.chaos.conftest import World
from tests.chaos.harness import running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.backends]

EXIT_SECONDS = 20


class Caller:
    """Call an idempotent method ten times a second and note what fails."""

    def __init__(self, world: World) -> None:
        self._client = world.client("taker")
        self.answered = 0
        self.failed: list[DomainError] = []
        self._is_stopping = False
        self._thread = eventlet.spawn(self._run)

    def _run(self) -> None:
        number = 0
        while not self._is_stopping:
            number += 1
            try:
                assert self._client.echo(value=number) == {"value": number}
                self.answered += 1
            except DomainError as error:
                self.failed.append(error)
            eventlet.sleep(0.1)

    def stop(self) -> None:
        self._is_stopping = True
        self._thread.wait()


@pytest.mark.proves("A10")
class TestRollingRestart:
    def test_is_invisible(self, world: World) -> None:
        takers = [world.service("taker", name=f"taker-{number}") for number in (1, 2)]
        maker = world.service("maker")
        exits: list[tuple[int, float]] = []
        with running(maker, *takers):
            client = world.client("maker")
            caller = Caller(world)
            client.make(things=[{"number": number, "sleep": 1.0} for number in range(20)])

            made = 20
            for taker in takers * 2:
                client.make(
                    things=[{"number": made + number, "sleep": 1.0} for number in range(10)]
                )
                made += 10
                wait_until(lambda: len(world.tries()) > len(world.effects()))
                exits.append(taker.terminate())
                taker.start()
                taker.wait_ready()
            wait_until(lambda: len(world.effects()) >= made, 60)
            caller.stop()
            eventlet.sleep(1)

            assert world.tries() == list(range(made))
            assert world.effects() == list(range(made))
            assert caller.failed == []
            assert caller.answered > 20
            assert all(code == 0 and seconds <= 15 for code, seconds in exits)
            slowest = max(seconds for _, seconds in exits)
            print(
                f"A10: 4 restarts, {made} deliveries begun once each, {caller.answered} calls, "
                f"0 failed, slowest exit {slowest:.1f} s"
            )

    def test_a_call_in_work_is_answered_and_not_done_again(self, world: World) -> None:
        takers = [world.service("taker", name=f"taker-{number}") for number in (1, 2)]
        with running(*takers):
            client = world.client("taker", timeout=10)
            asked = [eventlet.spawn(client.sleep, seconds=2, number=n) for n in range(6)]
            wait_until(lambda: len(world.tries()) == 6)

            codes = [taker.terminate()[0] for taker in takers]
            answers: list[Any] = [thread.wait() for thread in asked]

            assert codes == [0, 0]
            assert sorted(answer["number"] for answer in answers) == list(range(6))
            assert world.tries() == list(range(6))


@pytest.mark.proves("A11")
class TestSigterm:
    def test_while_the_broker_is_away(self, world: World) -> None:
        processes = [world.service("maker"), world.service("taker")]
        with running(*processes):
            world.client("maker").make(things=[{"number": 1, "sleep": 3}])
            wait_until(lambda: world.tries() == [1])
            world.broker.stop()

            exits = [process.terminate(EXIT_SECONDS) for process in processes]

            assert all(code == 0 for code, _ in exits)
            print(f"A11: exits without broker after {[round(took, 1) for _, took in exits]} s")

    def test_while_the_broker_is_frozen(self, world: World) -> None:
        processes = [world.service("maker"), world.service("taker")]
        with running(*processes):
            world.client("maker").make(things=[{"number": 1, "sleep": 3}])
            wait_until(lambda: world.tries() == [1])
            world.broker.pause()

            exits = [process.terminate(EXIT_SECONDS) for process in processes]

            assert all(code == 0 for code, _ in exits)
            print(f"A11: exits with frozen broker after {[round(took, 1) for _, took in exits]} s")

    def test_while_the_database_is_away(self, world: World) -> None:
        processes = [world.service("maker"), world.service("taker")]
        with running(*processes):
            world.client("maker").make(things=[{"number": 1, "sleep": 1}])
            wait_until(lambda: world.tries() == [1])
            world.cluster.stop("immediate")

            exits = [process.terminate(EXIT_SECONDS) for process in processes]

            assert all(code == 0 for code, _ in exits)
            print(f"A11: exits without database after {[round(took, 1) for _, took in exits]} s")

    @pytest.mark.parametrize("how", ["sleep", "spin"])
    def test_with_a_stuck_handler(self, world: World, how: str) -> None:
        taker = world.service("taker")
        with running(world.service("maker"), taker):
            world.client("maker").make(things=[{"number": 1, how: 1000}])
            wait_until(lambda: world.tries() == [1])
            eventlet.sleep(0.3)
            begun = time.monotonic()

            code, took = taker.terminate(EXIT_SECONDS + 1)

            assert took <= EXIT_SECONDS
            assert world.effects() == []
            print(f"A11: stuck ({how}): exit {code} after {took:.1f} s")
            assert time.monotonic() - begun <= EXIT_SECONDS + 1
