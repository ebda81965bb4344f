"""The whole system on real servers, under load and under faults.

`System` is what `./run.sh --processes` starts, plus what a test of faults needs: accepted uploads
at hand, writers that record every answer they get, processes that can be killed and come back.
"""

import os
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import eventlet
import psycopg2
import requests
from psycopg2 import extras

from chassis import blobs
from services.accounts import seeds
from services.search.models import index_tables
from tests.factories import pdfs
from tools import launch
from tools.visitor import RefusedError, Visitor

PATIENCE: Final = 90.0
PRODUCT: Final = {"name": "不锈钢真空保温杯", "model": "BW-500", "class_code": "21-002"}


@dataclass
class Command:
    """One publication that a writer wants: its key, the answer, and how long each try took."""

    number: str
    key: str
    tries: list[tuple[int, float]] = field(default_factory=list)
    answer: dict[str, Any] | None = None


@dataclass
class Ledger:
    """What all writers asked for and were told; the checker believes only this."""

    commands: list[Command] = field(default_factory=list)

    @property
    def accepted(self) -> list[Command]:
        """Return the commands that were answered with success."""
        return [command for command in self.commands if command.answer is not None]

    @property
    def slowest(self) -> float:
        """Return the longest single answer in seconds."""
        return max(seconds for command in self.commands for _, seconds in command.tries)

    def statuses(self) -> dict[int, int]:
        """Return how often each HTTP status was answered; 0 is no answer at all."""
        counts: dict[int, int] = {}
        for command in self.commands:
            for status, _ in command.tries:
                counts[status] = counts.get(status, 0) + 1
        return counts


class System(launch.Stack):
    """The system as separate processes, with one enterprise whose clerks publish."""

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str] | None = None,
        replicas: Mapping[str, int] | None = None,
    ) -> None:
        settings = {
            "GATEWAY_BURST_RATE": "0",
            "GATEWAY_FEED_PER_MINUTE": "0",
            "LOG_LEVEL": "WARNING",
            **(environment or {}),
        }
        super().__init__(folder, processes=True, environment=settings, replicas=replicas)
        self.ledger = Ledger()
        self.killed: list[str] = []
        self.added: list[str] = []

    def describe_parts(self) -> list[launch.Part]:
        """Return the processes of the system, and a relay of its own that can be killed alone."""
        relay = self._part("standards-relay", ("services.standards", "--only", "relay"))
        return [*super().describe_parts(), relay]

    @property
    def cluster(self) -> Any:
        """Return the database server."""
        assert self.database is not None
        return self.database

    @property
    def node(self) -> Any:
        """Return the broker."""
        assert self.broker is not None
        return self.broker

    def heal(self) -> None:
        """Bring back whatever an earlier test left broken, end the replicas it added."""
        self.node.resume()
        self.node.start()
        self.cluster.resume()
        self.cluster.start()
        while self.added:
            part = self.parts.pop(self.added.pop())
            if part.is_running:
                part.stop()
        for part in self.parts.values():
            if not part.is_running:
                part.start()
        self.wait_ready(60)

    def rows(
        self, service: str, statement: str, values: Sequence[Any] = ()
    ) -> list[tuple[Any, ...]]:
        """Return what a query finds in a service's database."""
        with psycopg2.connect(self.dsn(service)) as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        connection.close()
        return found

    def count(self, service: str, statement: str) -> int:
        """Return the number that a query yields."""
        return int(self.rows(service, statement)[0][0])

    def dsn(self, service: str) -> str:
        """Return how to connect to a service's database."""
        return str(self.cluster.url(service)).replace("+psycopg2", "")

    def accepted_uploads(self, count: int) -> list[str]:
        """Arrange inspected files: inspecting PDFs is not what these tests are about."""
        store = blobs.open_store(self.settings()["STORAGE_URL"])
        enterprise = seeds.demo_enterprises()[0]["enterprise_id"]
        content = pdfs.minimal_pdf("chaos")
        first, *others = [str(uuid.uuid4()) for _ in range(count)]
        with store.open_writer(f"uploads/{first}") as writer:
            writer.write(content)
            writer.commit()
        source = store.local_path(f"uploads/{first}")
        for upload_id in others:
            os.link(source, source.with_name(upload_id))
        values = [
            (
                upload_id,
                upload_id,
                enterprise,
                "chaos",
                "ACCEPTED",
                "chaos.pdf",
                len(content),
                "0" * 64,
                1,
                1,
            )
            for upload_id in (first, *others)
        ]
        with psycopg2.connect(self.dsn("standards")) as connection, connection.cursor() as cursor:
            extras.execute_values(
                cursor,
                "INSERT INTO uploads (id, blob_id, enterprise_id, opened_by, state, file_name,"
                " size, sha256, pages, attempts, created_at, expires_at) VALUES %s",
                values,
                template="(%s,%s,%s,%s,%s,%s,%s,%s,%s,%s,now(),now() + interval '1 day')",
            )
        connection.close()
        return [first, *others]

    def log_in(self, patience: float = PATIENCE) -> Visitor:
        """Return a signed-in clerk."""
        visitor = Visitor(self.url, patience=patience)
        visitor.log_in(seeds.demo_usernames()["FILER"], seeds.PASSWORD)
        # From here on every single answer counts, also "come back later".
        visitor.patience = 0
        return visitor

    def publish_many(self, count: int, *, writers: int = 4, pause: float = 0.0) -> float:
        """Publish ``count`` declarations with several clerks; return the seconds it took.

        Every command is sent again with its key until it is answered.
        """
        begun = time.monotonic()
        for thread in self.start_publishing(count, writers=writers, pause=pause):
            thread.wait()
        return time.monotonic() - begun

    def start_publishing(
        self, count: int, *, writers: int = 4, pause: float = 0.0
    ) -> list[eventlet.greenthread.GreenThread]:
        """Sign the clerks in, then let them publish; return their green threads."""
        uploads = self.accepted_uploads(count)
        tag = uuid.uuid4().hex[:8].upper()
        jobs = [(f"CH{tag} {number:05d}", upload) for number, upload in enumerate(uploads)]
        clerks = [self.log_in() for _ in range(writers)]
        return [
            eventlet.spawn(self._write, clerk, jobs[start::writers], pause)
            for start, clerk in enumerate(clerks)
        ]

    def _write(self, visitor: Visitor, jobs: Sequence[tuple[str, str]], pause: float) -> None:
        with visitor:
            for body, upload_id in jobs:
                draft = self._tried(
                    Command(f"Q/{body}-2026", str(uuid.uuid4())),
                    lambda key, body=body, upload_id=upload_id: visitor.save_draft(
                        {
                            "kind": "ENTERPRISE",
                            "number": {"body": body, "year": "2026"},
                            "title": f"不锈钢真空保温杯 {body}",
                            "disclosure_mode": "FULL_TEXT",
                            "upload_id": upload_id,
                            "products": [PRODUCT],
                        },
                        key=key,
                    ),
                )
                command = Command(f"Q/{body}-2026", str(uuid.uuid4()))
                self.ledger.commands.append(command)
                command.answer = self._tried(
                    command, lambda key, draft=draft: visitor.publish(draft, key=key)
                )
                eventlet.sleep(pause)

    def _tried(
        self, command: Command, send: Callable[[str], dict[str, Any]], patience: float = PATIENCE
    ) -> dict[str, Any]:
        """Send a command until it is answered with something else than "later"."""
        deadline = time.monotonic() + patience
        while True:
            begun = time.monotonic()
            try:
                answer = send(command.key)
            except RefusedError as error:
                command.tries.append((error.status, time.monotonic() - begun))
                if error.status != 503 or time.monotonic() > deadline:
                    raise
            except requests.RequestException:
                command.tries.append((0, time.monotonic() - begun))
                if time.monotonic() > deadline:
                    raise
            else:
                command.tries.append((200, time.monotonic() - begun))
                return answer
            eventlet.sleep(0.1)

    @contextmanager
    def random_kills(
        self, names: Sequence[str], chance: random.Random, between: tuple[float, float]
    ) -> Iterator[list[str]]:
        """Kill -9 one of the parts again and again, and start it anew at once."""
        kills: list[str] = []
        thread = eventlet.spawn(self._kill_for_ever, names, chance, between, kills)
        try:
            yield kills
        finally:
            thread.kill()
            for part in self.parts.values():
                if not part.is_running:
                    part.start()

    def _kill_for_ever(
        self,
        names: Sequence[str],
        chance: random.Random,
        between: tuple[float, float],
        kills: list[str],
    ) -> None:
        while True:
            eventlet.sleep(chance.uniform(*between))
            name = chance.choice(list(names))
            self.kill_part(name)
            kills.append(name)
            self.parts[name].start()

    def kill_part(self, name: str) -> None:
        """End one process as a crash would, and remember that it was us."""
        self.killed.append(name)
        self.parts[name].kill()

    def start_second(self, names: Sequence[str]) -> None:
        """Start a second replica of some services, where there is none."""
        for name in names:
            if f"{name}-2" not in self.parts:
                part = self._part(f"{name}-2", (f"services.{name}",))
                self.parts[part.name] = part
                self.added.append(part.name)
                part.start()
        self.wait_ready(60)

    def wait_converged(self, seconds: float = 60) -> float:
        """Wait until every published version is in the index and every outbox is empty.

        Returns the seconds it took.

        Raises:
            TimeoutError: something is still missing.
        """
        begun = time.monotonic()
        while not self.is_converged():
            if time.monotonic() - begun > seconds:
                raise TimeoutError(f"not converged in {seconds} s: {self.lag()}")
            eventlet.sleep(0.1)
        return time.monotonic() - begun

    def is_converged(self) -> bool:
        """Say whether nothing is on its way."""
        lag = self.lag()
        return lag["indexed"] == lag["published"] and lag["unsent"] == 0

    def index(self) -> str:
        """Return the name of the table of what can be found now."""
        [(number,)] = self.rows("search", "SELECT number FROM generations WHERE state = 'LIVE'")
        return index_tables(number).documents.name

    def lag(self) -> dict[str, int]:
        """Return how far the index and the outboxes are."""
        count = f"SELECT count(*) FROM {self.index()}"  # noqa: S608 - a table of ours
        unsent = sum(
            self.count(name, "SELECT count(*) FROM outbox WHERE sent_at IS NULL")
            for name in launch.SERVICES
        )
        return {
            "published": self.count(
                "standards", "SELECT count(*) FROM declarations WHERE published_version > 0"
            ),
            "indexed": self.count("search", count),
            "unsent": unsent,
        }
