"""The broker stops, crashes or freezes while enterprises publish: nothing is lost or doubled."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import eventlet
import pytest
import requests

from chassis import ids
from chassis.clock import SystemClock
from chassis.uow import Database
from contracts.events import SESSION_ENDED
from tests.chaos import checker
from tests.chaos.system import System
from tools.visitor import Visitor

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(1500)]

PUBLISHES = 2_000
OUTAGE_SECONDS = 30
# The promise's bound, with a factor 3 for noise.
LONGEST_ANSWER = 3 * 5.5
LONGEST_RECOVERY = 3 * 15


def publish_through(system: System, fault: Callable[[], None], mend: Callable[[], None]) -> str:
    """Publish while the broker is away for half a minute; return the figure."""
    before = len(system.ledger.commands)
    clerks = system.start_publishing(PUBLISHES)
    eventlet.sleep(5)
    fault()
    eventlet.sleep(OUTAGE_SECONDS)
    mend()
    for clerk in clerks:
        clerk.wait()
    lag = system.wait_converged(LONGEST_RECOVERY)

    tries = [entry for command in system.ledger.commands[before:] for entry in command.tries]
    refused = [seconds for status, seconds in tries if status == 503]
    assert {status for status, _ in tries} <= {200, 503}
    assert max(seconds for _, seconds in tries) < LONGEST_ANSWER
    assert refused
    return (
        f"{PUBLISHES} published, {len(refused)} answers 503 (median "
        f"{statistics.median(refused) * 1000:.0f} ms, longest {max(refused):.1f} s), "
        f"all delivered {lag:.1f} s after the last one"
    )


@pytest.mark.proves("A2")
class TestStoppedBroker:
    """A broker stopped for 30 s: every answer is fast and honest, nothing is lost or doubled."""

    def test_two_thousand_publishes_survive_it(self, system: System) -> None:
        figure = publish_through(system, system.node.stop, system.node.start)

        print(f"figure A2: {figure}")
        checker.check(system)


@pytest.mark.proves("A3")
class TestCrashedBroker:
    """A broker that crashes keeps what it confirmed."""

    def test_two_thousand_publishes_survive_it(self, system: System) -> None:
        figure = publish_through(system, system.node.kill, system.node.start)

        print(f"figure A3: {figure}")
        checker.check(system)


@dataclass
class Probe:
    """Call something at a steady rate and remember what came of each call."""

    call: Callable[[], int]
    rate: float
    seen: list[tuple[float, int, float]] = field(default_factory=list)
    is_over: bool = False

    def run(self, seconds: float) -> None:
        """Call for so many seconds or until it is over, each call in a green thread of its own."""
        pool = eventlet.GreenPool(200)
        begun = time.monotonic()
        while not self.is_over and time.monotonic() - begun < seconds:
            pool.spawn_n(self._once)
            eventlet.sleep(1 / self.rate)
        pool.waitall()

    def _once(self) -> None:
        begun = time.monotonic()
        try:
            status = self.call()
        except requests.RequestException:
            status = 0
        self.seen.append((begun, status, time.monotonic() - begun))

    def wait_served(self, since: float, within: float) -> float:
        """Return how many seconds after ``since`` the first call began that was answered 200."""
        while time.monotonic() - since < within:
            served = [at for at, status, _ in self.seen if at > since and status == 200]
            if served:
                return min(served) - since
            eventlet.sleep(0.1)
        message = f"not served within {within:.0f} s"
        raise AssertionError(message)

    def during(self, first: float, last: float) -> list[tuple[int, float]]:
        """Return status and seconds of the calls begun between two moments."""
        return [(status, took) for at, status, took in self.seen if first <= at < last]


@pytest.mark.proves("A4", "B6")
class TestFrozenBroker:
    """A broker that freezes (half-open connections) does not freeze us."""

    def test_answers_stay_fast_and_cached_pages_alive(self, system: System) -> None:
        system.publish_many(20)
        system.wait_converged()
        record = system.ledger.accepted[-1].answer["record_number"]  # type: ignore[index]
        page = f"{system.url}/s/{record}"
        assert requests.get(page, timeout=10).status_code == 200
        clerk = system.log_in()
        reads = Probe(lambda: requests.get(page, timeout=30).status_code, 20)
        asks = Probe(lambda: _list_status(clerk), 20)
        commits = Probe(lambda: _commit(system), 5)

        threads = [eventlet.spawn(probe.run, 40) for probe in (reads, asks, commits)]
        eventlet.sleep(3)
        frozen = time.monotonic()
        system.node.pause()
        eventlet.sleep(OUTAGE_SECONDS)
        system.node.resume()
        mended = time.monotonic()
        for thread in threads:
            thread.wait()

        lag = system.wait_converged(LONGEST_RECOVERY)
        refused = asks.during(frozen, mended - LONGEST_ANSWER / 3)
        late = asks.during(frozen + LONGEST_ANSWER / 3 + 3, mended - LONGEST_ANSWER / 3)
        kept = reads.during(frozen, mended)
        held = [took for _, took in commits.during(frozen, mended)]
        print(
            f"figure A4: refused answers longest {max(t for _, t in refused):.1f} s, with open "
            f"breaker median {statistics.median(t for _, t in late) * 1000:.0f} ms; cached pages "
            f"median {statistics.median(t for _, t in kept) * 1000:.0f} ms; commits p99 "
            f"{statistics.quantiles(held, n=100)[98] * 1000:.0f} ms; drained {lag:.1f} s after"
        )
        assert {status for status, _ in kept} == {200}
        assert {status for status, _ in refused} <= {200, 503}
        assert 503 in {status for status, _ in late}
        assert max(took for _, took in refused) < LONGEST_ANSWER
        checker.check(system)


def _list_status(clerk: Visitor) -> int:
    return clerk.request("GET", "/api/v1/declarations").status_code


def _commit(system: System) -> int:
    database = Database(system.cluster.url("registry"), service="registry", clock=SystemClock())
    try:
        with database.transaction() as tx:
            tx.audit("chaos.probe", object_id="probe")
    finally:
        database.close()
    return 200


@pytest.mark.proves("E1")
class TestHealth:
    """Health tells the truth within seconds, whatever is away."""

    def test_a_stopped_broker(self, system: System) -> None:
        services = [name for name in system.parts if name != "gateway"]

        noticed, alive, gateway, mended = _observe(
            system, services, system.node.stop, system.node.start
        )

        print(f"figure E1: broker stopped, noticed in {noticed:.1f} s, ready {mended:.1f} s after")
        assert set(alive.values()) == {200}
        assert gateway == 200

    def test_an_absent_database(self, system: System) -> None:
        services = [name for name in system.parts if name != "gateway"]

        noticed, alive, gateway, mended = _observe(
            system, services, lambda: system.cluster.stop("immediate"), system.cluster.start
        )

        print(f"figure E1: database away, noticed in {noticed:.1f} s, ready {mended:.1f} s after")
        assert set(alive.values()) == {200}
        assert gateway == 200

    @pytest.mark.proves("A5")
    def test_a_broker_that_blocks_who_publishes(self, system: System) -> None:
        def block() -> None:
            system.node.ctl("set_vm_memory_high_watermark", "0.00001")
            # The broker tells a connection only when it publishes: so let the relay publish.
            _announce_something(system)

        noticed, alive, gateway, mended = _observe(
            system,
            ["accounts"],
            block,
            lambda: system.node.ctl("set_vm_memory_high_watermark", "0.4"),
        )

        print(f"figure A5: blocked, noticed in {noticed:.1f} s, ready {mended:.1f} s after")
        assert set(alive.values()) == {200}
        assert gateway == 200
        system.wait_converged()


def _observe(
    system: System,
    services: list[str],
    break_it: Callable[[], object],
    mend_it: Callable[[], object],
) -> tuple[float, dict[str, int], int, float]:
    """Break something, wait until the services say so, mend it, wait until all are ready.

    Returns the seconds until all had noticed, ``/livez`` of all meanwhile, the gateway's
    ``/readyz``, and the seconds until everything was ready again.
    """
    break_it()
    begun = time.monotonic()
    try:
        _wait(lambda: all(_status(system, name, "readyz") == 503 for name in services), 15)
        noticed = time.monotonic() - begun
        alive = {name: _status(system, name, "livez") for name in system.parts}
        gateway = _status(system, "gateway", "readyz")
    finally:
        mend_it()
    begun = time.monotonic()
    _wait(lambda: all(part.is_ready() for part in system.parts.values()), 60)
    return noticed, alive, gateway, time.monotonic() - begun


def _announce_something(system: System) -> None:
    session_id = ids.new_id()
    database = Database(system.cluster.url("accounts"), service="accounts", clock=SystemClock())
    try:
        with database.transaction() as tx:
            tx.emit(
                SESSION_ENDED,
                subject=session_id,
                sequence=1,
                data={
                    "session_id": session_id,
                    "account_id": session_id,
                    "reason": "LOGGED_OUT",
                    "ended_at": "2026-03-02T01:30:00.000Z",
                },
            )
    finally:
        database.close()


def _status(system: System, name: str, path: str) -> int:
    try:
        url = f"http://127.0.0.1:{system.parts[name].ops_port}/{path}"
        return requests.get(url, timeout=10).status_code
    except requests.RequestException:
        return 0


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    with eventlet.Timeout(seconds, TimeoutError("condition stayed false")):
        while not condition():
            eventlet.sleep(0.2)
