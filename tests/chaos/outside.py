"""A small system for those who follow the register from outside, and the programs that follow it.

Only `standards` with its relay and the gateway run; events are announced without the declarations
that they tell of. Each system has a virtual host of its own, so that its stream begins at 0.
"""

import json
import os
import secrets
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import amqp
import requests
from kombu.connection import Connection

from chassis import ids, migrate
from chassis.bus import topology
from chassis.clock import SystemClock
from chassis.uow import Database
from contracts.events import DECLARATION_PUBLISHED
from services.standards.service import StandardsService
from tests.chaos.harness import wait_until
from tools import launch
from tools.backing import PostgresCluster, RabbitNode

ROOT: Final = Path(__file__).resolve().parents[2]
EXAMPLES: Final = ROOT / "docs" / "examples"
EVENT: Final = ROOT / "contracts/examples/standards/declaration.published.v1.minimal.json"
TOGETHER: Final = 100


class Archive(launch.Stack):
    """Announce events, and show them by feed and stream."""

    def __init__(self, folder: Path, node: RabbitNode, cluster: PostgresCluster) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.node = node
        self.vhost = f"outside-{secrets.token_hex(4)}"
        self._data = json.loads(EVENT.read_text(encoding="utf-8"))["data"]
        self._database_url = cluster.create_database(self.vhost.replace("-", "_"))
        node.ctl("add_vhost", self.vhost)
        node.ctl("set_permissions", "-p", self.vhost, "qibiao", ".*", ".*", ".*")
        self.bus_url = node.url[:-3] + self.vhost
        super().__init__(
            folder,
            environment={
                "BUS_URL": self.bus_url,
                "STANDARDS_DATABASE_URL": self._database_url,
                "GATEWAY_BURST_RATE": "0",
                "GATEWAY_FEED_PER_MINUTE": "0",
                "LOG_LEVEL": "WARNING",
            },
        )

    def prepare(self) -> None:
        """Make the tables and declare exchanges, queues and the stream of `standards`."""
        migrate.upgrade(self._database_url, "standards")
        self.declare()

    def describe_parts(self) -> list[launch.Part]:
        """Return the two processes."""
        return [
            self._part("standards", ("services.standards",)),
            self._part(launch.GATEWAY, ("gateway",)),
        ]

    def wait_ready(self, seconds: float = 90) -> None:
        """Wait until the feed answers."""
        try:
            wait_until(lambda: launch.status(f"{self.url}/api/v1/events") == 200, seconds, 0.1)
        except TimeoutError as error:
            raise launch.LaunchError(
                "\n".join(part.tail() for part in self.parts.values())
            ) from error

    def wait_indexed(self, seconds: float = 30) -> None:
        """There is no index here."""

    def restart_with(self, fault: str) -> None:
        """Start `standards` anew with fail points, or with none."""
        part = self.parts["standards"]
        part.kill()
        part.environment = {**part.environment, "FAULT": fault}
        part.start()

    def announce(self, count: int) -> None:
        """Let as many events be accepted."""
        database = Database(self._database_url, service="standards", clock=SystemClock())
        try:
            for start in range(0, count, TOGETHER):
                with database.transaction() as tx:
                    for _ in range(min(TOGETHER, count - start)):
                        subject = ids.new_id()
                        tx.emit(DECLARATION_PUBLISHED, subject=subject, sequence=1, data=self._data)
        finally:
            database.close()

    def declare(self) -> None:
        """Declare what `standards` needs once more."""
        topology.declare(self.bus_url, [StandardsService])

    def delete_stream(self) -> None:
        """Lose the stream."""
        with Connection(self.bus_url) as connection:
            connection.default_channel.queue_delete(topology.PUBLIC_STREAM)

    def stream(self, last: int, start: str | int = "first") -> list[tuple[int, int, str]]:
        """Return offset, position and event id of the stream's messages up to a position.

        Raises:
            TimeoutError: nothing came for a minute.
        """
        found: list[tuple[int, int, str]] = []
        with Connection(self.bus_url) as connection:
            channel = connection.default_channel
            channel.basic_qos(0, 500, a_global=False)

            def take(message: amqp.Message) -> None:
                event = json.loads(message.body)
                found.append((message.headers["x-stream-offset"], event["position"], event["id"]))
                channel.basic_ack(message.delivery_tag)

            channel.basic_consume(
                topology.PUBLIC_STREAM, callback=take, arguments={"x-stream-offset": start}
            )
            while not found or found[-1][1] < last:
                connection.drain_events(timeout=60)
        return found

    def feed(self) -> list[tuple[int, str]]:
        """Return position and event id of all that the feed holds."""
        found: list[tuple[int, str]] = []
        after = 0
        while True:
            answer = requests.get(
                f"{self.url}/api/v1/events", params={"after": after, "limit": 500}, timeout=20
            ).json()
            if not answer["items"]:
                return found
            found += [(event["position"], event["id"]) for event in answer["items"]]
            after = answer["next_after"]


class Follower:
    """Run one of the programs of docs/examples, and read what it wrote."""

    def __init__(
        self,
        folder: Path,
        script: str,
        archive: Archive,
        *options: str,
        bus: str = "",
    ) -> None:
        self.store = folder / f"{Path(script).stem}-{secrets.token_hex(3)}.db"
        self.log = self.store.with_suffix(".log")
        self._command = [sys.executable, script, archive.url, str(self.store), *options]
        self._environment = {**os.environ, "QIBIAO_BUS": bus or archive.bus_url}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> "Follower":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def is_running(self) -> bool:
        """Say whether the program runs."""
        return self._process is not None and self._process.poll() is None

    def start(self) -> "Follower":
        """Start the program; it goes on where its store says."""
        with self.log.open("ab") as sink:
            self._process = subprocess.Popen(
                self._command,
                cwd=EXAMPLES,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
            )
        return self

    def kill(self) -> bool:
        """End it at once (kill -9); say whether it ran until now."""
        was_running = self.is_running
        if self._process is not None and was_running:
            self._process.kill()
        self.wait()
        return was_running

    def stop(self) -> int:
        """Ask it to end and return the exit code."""
        assert self._process is not None
        self._process.terminate()
        return self.wait()

    def wait(self, seconds: float = 60) -> int:
        """Wait for the end and return the exit code."""
        process = self._process
        assert process is not None
        wait_until(lambda: process.poll() is not None, seconds, 0.02)
        return int(process.returncode)

    def rows(self, statement: str) -> list[Any]:
        """Return what a query finds in the store; nothing while there is no store yet."""
        with closing(sqlite3.connect(self.store, timeout=30)) as connection:
            try:
                return connection.execute(statement).fetchall()
            except sqlite3.OperationalError:
                return []

    def count(self) -> int:
        """Return how many events were digested."""
        counted = self.rows("SELECT count(*) FROM journal")
        return int(counted[0][0]) if counted else 0

    def positions(self) -> list[int]:
        """Return the positions that were digested, in the order in which that was done."""
        return [row[0] for row in self.rows("SELECT position FROM journal ORDER BY row")]

    def digested(self) -> list[tuple[int, str]]:
        """Return position and event id of what was digested, in the order of doing."""
        return list(self.rows("SELECT position, event_id FROM journal ORDER BY row"))

    def wait_for(self, count: int, seconds: float = 90) -> None:
        """Wait until at least as many events were digested.

        Raises:
            AssertionError: the program ended or is too slow; the text has its log.
        """
        try:
            wait_until(lambda: self.count() >= count or not self.is_running, seconds, 0.005)
        except TimeoutError as error:
            raise AssertionError(f"{self.count()} of {count}: {self.tail()}") from error
        assert self.count() >= count, self.tail()

    def tail(self) -> str:
        """Return the end of the log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-2000:]


def killed_on_the_way(follower: Follower, stops: Sequence[int]) -> int:
    """Let a follower run and kill it when it has come so far each time; return the kills."""
    kills = 0
    for stop in stops:
        follower.start()
        follower.wait_for(stop)
        kills += follower.kill()
    return kills
