"""Readers of the public feed that crash miss nothing and are told nothing twice."""

import json
import random
import statistics
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import eventlet
import pytest
from kombu import Exchange, Queue
from kombu.connection import Connection

from chassis.clock import SystemClock
from chassis.uow import Database
from contracts.events import DECLARATION_MARKED
from tests.chaos import checker
from tests.chaos.system import System
from tests.factories.feed_readers import Reader
from tests.fakes.feed import Stream

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(600)]

EVENTS: Final = 600
KILLS: Final = 5
PROBES: Final = 40


class Announcer:
    """Announce the marks of a declaration again and again, as fast as one likes.

    Who hears of it reads them anew each time, and nothing changes.
    """

    def __init__(self, system: System) -> None:
        self._database = Database(
            system.cluster.url("standards"), service="standards", clock=SystemClock()
        )
        self._declaration, self._number = system.rows(
            "standards", "SELECT id, record_number FROM declarations WHERE state = 'PUBLISHED'"
        )[0]

    def announce(self, count: int = 1) -> None:
        """Commit so many events."""
        data = {
            "record_number": self._number,
            "marks": [],
            "page_url": f"/s/{self._number}",
        }
        with self._database.transaction() as tx:
            for _ in range(count):
                tx.emit(DECLARATION_MARKED, subject=self._declaration, sequence=1, data=data)

    def close(self) -> None:
        """Let the database go."""
        self._database.close()


@contextmanager
def announcing(system: System) -> Iterator[Announcer]:
    announcer = Announcer(system)
    try:
        yield announcer
    finally:
        announcer.close()


def newest(system: System) -> int:
    return system.count("standards", "SELECT coalesce(max(position), 0) FROM public_log")


def wait_until(is_so: Callable[[], bool], seconds: float = 120) -> None:
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, "it never came true"
        eventlet.sleep(0.05)


class TestResume:
    """Position by position, whatever is killed in between (A15)."""

    def test_killed_five_times_within_600_events(self, system: System, tmp_path: Path) -> None:
        chance = random.Random(20260315)
        system.wait_converged(60)
        first = newest(system)
        due = sorted(chance.sample(range(20, EVENTS - 20), KILLS))
        readers = [Reader(name, system.url, tmp_path, after=first) for name in ("pages", "stream")]
        with ExitStack() as stack:
            announcer = stack.enter_context(announcing(system))
            for reader in readers:
                stack.callback(reader.stop)
                reader.start()

            made = 0
            while made < EVENTS:
                step = min(chance.randrange(1, 8), EVENTS - made)
                announcer.announce(step)
                made += step
                eventlet.sleep(chance.uniform(0.0, 0.06))
                while due and due[0] <= made:
                    due.pop(0)
                    for reader in readers:
                        reader.kill()
                        reader.start()

            last = first + EVENTS
            wait_until(lambda: newest(system) >= last)
            wait_until(lambda: all(last in reader.positions() for reader in readers))

        expected = list(range(first + 1, last + 1))
        for reader in readers:
            assert reader.kills == KILLS
            assert reader.positions()[:EVENTS] == expected
        system.wait_converged(60)
        checker.check(system)

    def test_a_restarted_gateway_is_not_noticed(self, system: System, tmp_path: Path) -> None:
        first = newest(system)
        reader = Reader("stream", system.url, tmp_path, after=first)
        with announcing(system) as announcer, ExitStack() as stack:
            stack.callback(reader.stop)
            reader.start()
            announcer.announce(50)
            wait_until(lambda: len(reader.positions()) >= 50)

            begun = time.monotonic()
            code = system.parts["gateway"].stop()
            took = time.monotonic() - begun
            announcer.announce(50)
            system.parts["gateway"].start()
            announcer.announce(50)
            wait_until(lambda: first + 150 in reader.positions())

        print(f"figure: a gateway with an open stream stops in {took:.2f} s")
        assert code == 0
        assert reader.positions()[:150] == list(range(first + 1, first + 151))


@dataclass
class Watch:
    """Note when each position is announced, heard of on the bus, and seen in a stream."""

    made: dict[int, float] = field(default_factory=dict)
    heard: dict[int, float] = field(default_factory=dict)
    seen: dict[int, float] = field(default_factory=dict)

    def listen(self, body: str | bytes, message: Any) -> None:
        """Take a message of the bus."""
        self.heard[json.loads(body)["position"]] = time.monotonic()
        message.ack()

    def drain(self, connection: Connection) -> None:
        """Take messages until all are heard."""
        while len(self.heard) < PROBES:
            connection.drain_events(timeout=30)

    def follow(self, stream: Stream) -> None:
        """Read a stream to its end."""
        for told in stream.told():
            if told.id is not None:
                self.seen[told.id] = time.monotonic()

    def median(self, times: dict[int, float]) -> float:
        """Return how long after the commit it was, in seconds."""
        return statistics.median(times[position] - self.made[position] for position in self.made)


class TestLag:
    """An open stream shows an event about as soon as anybody hears of it."""

    def test_against_one_hop_of_the_bus(self, system: System) -> None:
        system.wait_converged(60)
        first, watch = newest(system), Watch()
        parts = urlsplit(system.url)
        address = (str(parts.hostname), int(parts.port or 80))
        with (
            announcing(system) as announcer,
            Connection(system.node.url) as connection,
            Stream(address, f"?after={first}") as stream,
            ExitStack() as stack,
        ):
            exchange = Exchange("standards.events", "topic", no_declare=True)
            queue = Queue(f"lag-{uuid.uuid4()}", exchange, "#", exclusive=True, auto_delete=True)
            consumer = connection.Consumer(
                queue, callbacks=[watch.listen], accept=["json", "application/cloudevents+json"]
            )
            stack.enter_context(consumer)
            for thread in (
                eventlet.spawn(watch.drain, connection),
                eventlet.spawn(watch.follow, stream),
            ):
                stack.callback(thread.kill)
            for number in range(PROBES):
                announcer.announce()
                watch.made[first + 1 + number] = time.monotonic()
                eventlet.sleep(0.05)
            wait_until(lambda: min(len(watch.seen), len(watch.heard)) >= PROBES, 60)

        hop, lag = watch.median(watch.heard), watch.median(watch.seen)
        print(
            f"figure lag_vs_event_hop: {lag / hop:.2f}"
            f" (stream {lag * 1000:.1f} ms, hop {hop * 1000:.1f} ms after the commit)"
        )
        assert sorted(watch.seen) == list(range(first + 1, first + PROBES + 1))
