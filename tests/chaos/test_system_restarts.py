"""Services restart, one after the other or for a while not at all, under a steady load."""

import statistics
import time

import eventlet
import pytest

from tests.chaos import checker
from tests.chaos.system import System
from tests.chaos.test_system_broker import LONGEST_ANSWER, LONGEST_RECOVERY, Probe
from tools.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(1500)]


def read_list(clerk: Visitor) -> int:
    """Ask for the enterprise's own list."""
    return clerk.request("GET", "/api/v1/declarations").status_code


@pytest.mark.proves("B1")
class TestDeadService:
    """A dead service costs at most five seconds, then milliseconds."""

    def test_answers_are_fast_and_honest_until_it_is_back(self, system: System) -> None:
        clerk = system.log_in()
        asks = Probe(lambda: read_list(clerk), 10)

        probing = eventlet.spawn(asks.run, 120)
        eventlet.sleep(2)
        system.kill_part("standards")
        killed = time.monotonic()
        eventlet.sleep(10)
        system.parts["standards"].start()
        restarted = time.monotonic()
        # A slow start can meet the breaker's one try and wait for the next one.
        back = asks.wait_served(restarted, within=LONGEST_RECOVERY)
        asks.is_over = True
        probing.wait()

        while_dead = asks.during(killed, restarted)
        refused = [took for status, took in while_dead if status == 503]
        fast = [took for status, took in asks.during(killed + LONGEST_ANSWER / 3, restarted)]
        print(
            f"figure B1: first answers 503 after at most {max(refused):.1f} s, then median "
            f"{statistics.median(fast) * 1000:.0f} ms; served again "
            f"{back:.1f} s after the restart"
        )
        assert {status for status, _ in while_dead} <= {200, 503}
        assert refused
        assert max(took for _, took in while_dead) < LONGEST_ANSWER
        system.wait_ready()
        assert read_list(clerk) == 200
        system.wait_converged()
        checker.check(system)


@pytest.mark.proves("A10")
class TestRollingRestart:
    """A rolling restart is invisible."""

    def test_no_request_fails_and_nothing_runs_twice(self, system: System) -> None:
        names = ["standards", "accounts", "search"]
        seconds = 20.0 * len(names)
        system.start_second(names)
        clerk = system.log_in()
        asks = Probe(lambda: read_list(clerk), 20)
        searches = Probe(lambda: clerk.request("GET", "/search?q=保温杯").status_code, 10)
        probing = [eventlet.spawn(probe.run, seconds) for probe in (asks, searches)]
        writing = eventlet.spawn(system.publish_many, 300, writers=2, pause=0.2)

        eventlet.sleep(2)
        took = []
        for name in names:
            for part in (system.parts[name], system.parts[f"{name}-2"]):
                begun = time.monotonic()
                assert part.stop() == 0
                took.append(time.monotonic() - begun)
                part.start()
                system.wait_ready(60)
        for thread in probing:
            thread.wait()
        writing.wait()

        system.wait_converged()
        statuses = [status for _, status, _ in (*asks.seen, *searches.seen)]
        print(f"figure A10: {len(statuses)} requests, {statuses.count(200)} answered 200; "
              f"longest exit {max(took):.1f} s")  # fmt: skip
        assert set(statuses) == {200}
        assert max(took) < 3 * 15
        checker.check(system)
