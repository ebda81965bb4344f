"""A receiver that is killed again and again ends with exactly 1…N, in order, by webhook."""

import json
import os
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest

from chassis import ids
from chassis.testing import Embedded
from contracts.events import DECLARATION_PUBLISHED
from services.notify.service import NotifyService
from services.standards.service import StandardsService

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "examples" / "receive_webhook.py"
SAMPLE = ROOT / "contracts" / "examples" / "standards" / "declaration.published.v1.full.json"
RECORDS = 50
KILLS = 5


class Consumer:
    """Run the example receiver, kill it and start it again."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "received.db"
        self.secret = ""
        self._process: subprocess.Popen[str] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it and wait until it listens."""
        arguments = ("--port", str(self.port), "--database", str(self.database))
        self._process = subprocess.Popen(
            [sys.executable, str(EXAMPLE), *arguments],
            env={**os.environ, "WEBHOOK_SECRET": self.secret},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        assert "listening" in self._process.stdout.readline()

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process.stdout.close()  # type: ignore[union-attr] # it was opened as a pipe
            self._process = None

    def received(self) -> list[tuple[int, str]]:
        """Return position and record of what is kept, in the order it came."""
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)
        try:
            return connection.execute(
                "SELECT position, subject FROM events WHERE position IS NOT NULL ORDER BY rowid"
            ).fetchall()
        finally:
            connection.close()


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(
        NotifyService,
        StandardsService,
        data_dir=tmp_path,
        overrides={"webhook_test_hosts": ("127.0.0.1",), "retry_scale": 0.02},
    ) as running:
        yield running


@pytest.fixture
def consumer(tmp_path: Path) -> Iterator[Consumer]:
    consumer = Consumer(tmp_path)
    yield consumer
    consumer.kill()


def announce(system: Embedded, count: int) -> None:
    """Let standards announce so many publications of a few records."""
    data = json.loads(SAMPLE.read_text(encoding="utf-8"))["data"]
    subjects = [ids.new_id() for _ in range(RECORDS)]
    for first in range(0, count, 100):
        with system.database("standards").transaction() as tx:
            for number in range(first, min(first + 100, count)):
                tx.emit(
                    DECLARATION_PUBLISHED,
                    subject=subjects[number % RECORDS],
                    sequence=number // RECORDS + 1,
                    data=data,
                )


def wait(condition: Callable[[], bool], seconds: float = 240) -> None:
    """Wait until something is so."""
    with eventlet.Timeout(seconds, TimeoutError("condition stayed false")):
        while not condition():
            eventlet.sleep(0.02)


def subscribe(system: Embedded, consumer: Consumer, **options: Any) -> Callable[..., Any]:
    """Subscribe the consumer, start it, and return a function that asks about the webhook."""
    subject = f"user:{ids.new_id()}"
    notify = system.client("notify", as_service=None)

    def ask(method: str, **arguments: Any) -> Any:
        token = system.token(subject, roles=["OPERATOR"])  # good for a minute
        return notify.call(method, arguments, actor_token=token)

    made = ask("create_webhook", name="消费者", url=consumer.url, after=0, **options)
    consumer.secret = made["secret"]
    consumer.start()
    known = {"webhook_id": made["webhook_id"]}
    if ask("get_webhook", **known)["state"] == "PENDING":
        ask("validate_webhook", **known)
    wait(lambda: ask("get_webhook", **known)["state"] == "ACTIVE")
    return lambda method, **arguments: ask(method, **known, **arguments)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("parallel", [1, 8])
def test_killed_five_times_it_ends_with_exactly_all_in_order(
    system: Embedded, consumer: Consumer, parallel: int
) -> None:
    count = int(os.environ.get("WEBHOOK_EVENTS", "1000"))
    ask = subscribe(system, consumer, parallel=parallel)
    begun = time.perf_counter()

    announce(system, count)
    for kill in range(1, KILLS + 1):
        wait(lambda goal=kill * count // (KILLS + 1): len(consumer.received()) >= goal)  # type: ignore[misc] # bound now
        consumer.kill()
        consumer.start()
    wait(lambda: len(consumer.received()) >= count)
    seconds = time.perf_counter() - begun
    wait(lambda: ask("get_webhook")["held_events"] == 0)

    received = consumer.received()
    positions = [position for position, _ in received]
    by_record: dict[str, list[int]] = {}
    for position, subject in received:
        by_record.setdefault(subject, []).append(position)
    print(f"{count} events, {KILLS} kills, {parallel} at once: {seconds:.1f} s")
    assert sorted(positions) == list(range(1, count + 1))
    assert all(found == sorted(found) for found in by_record.values())
    if parallel == 1:
        assert positions == list(range(1, count + 1))
