"""Run the whole system for a bench, as separate processes on servers of its own."""

import contextlib
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import ClassVar, Final, TypeVar

import sqlalchemy as sa

from bench import measure
from chassis import bulk, migrate
from services.accounts import seeds
from services.standards.models import Upload
from tools import launch
from tools.backing import processes
from tools.generate_declarations import Plan, load_declarations
from tools.visitor import Visitor

CLERKS: Final = 8
STANDARDS: Final = "standards"
DATABASE: Final = "STANDARDS_DATABASE_URL"

# Name of a part of the system to the CPU seconds it has used.
Cpu = dict[str, float]


@dataclass(frozen=True)
class Load:
    """Hold what some seconds of requests took."""

    requests: int
    seconds: float
    cpu: Cpu

    @property
    def milliseconds(self) -> float:
        """Return the CPU milliseconds of one request."""
        return sum(self.cpu.values()) / self.requests * 1000

    def as_line(self, name: str) -> str:
        """Return a line of the report."""
        parts = "  ".join(
            f"{part} {spent / self.requests * 1000:.2f}" for part, spent in self.cpu.items()
        )
        rate = self.requests / self.seconds
        return f"{name:<18} {rate:6.0f}/s  {self.milliseconds:6.2f} ms of CPU each: {parts}"


class System(launch.Stack):
    """The system on servers of its own, with clerks of one enterprise at work.

    ``named`` are the parts whose CPU time is told by itself.
    """

    named: ClassVar[tuple[str, ...]] = (launch.GATEWAY, STANDARDS)

    def __init__(self, folder: Path, replicas: Mapping[str, int] | None = None) -> None:
        settings = {"GATEWAY_BURST_RATE": "0", "LOG_LEVEL": "WARNING"}
        super().__init__(folder, processes=True, environment=settings, replicas=replicas)
        self.clerks: list[Visitor] = []

    def fill(self, url: str, declarations: int) -> None:
        """Replace all declarations of a database by generated ones."""
        begun = time.perf_counter()
        # Of the day before yesterday: nothing is within its 24 hours of correction.
        plan = Plan(declarations=declarations, until=datetime.now(UTC) - timedelta(days=2))
        load_declarations(url, plan, replaces=True)
        assert self.database is not None  # noqa: S101 - started before
        # What else autovacuum would do while it is measured.
        self.database.execute("VACUUM ANALYZE", sa.make_url(url).database or "")
        took = time.perf_counter() - begun
        measure.say(f"{declarations} declarations generated and loaded in {took:.0f} s")

    def add_database(self, name: str) -> str:
        """Return the address of one more database of ``standards``."""
        assert self.database is not None  # noqa: S101 - started before
        url = self.database.create_database(name, owner=STANDARDS)
        migrate.upgrade(url, STANDARDS)
        return url

    def use(self, url: str) -> None:
        """Let the service go on with another database."""
        part = self.parts[STANDARDS]
        if part.environment[DATABASE] == url:
            return
        part.stop()
        part.environment = {**part.environment, DATABASE: url}
        part.start()
        self.wait_ready()

    def log_in(self) -> None:
        """Let the clerks come to work."""
        for _ in range(CLERKS):
            clerk = Visitor(self.url, patience=10)
            clerk.log_in(seeds.demo_usernames()["FILER"], seeds.PASSWORD)
            self.clerks.append(clerk)

    @property
    def database_url(self) -> str:
        """Return where the declarations are."""
        return self.settings()[DATABASE]

    def cpu(self) -> Cpu:
        """Return the CPU time that each part has used so far."""
        # The children first: what one of them used is its parent's once it has ended.
        backends = reversed(self.database.pids if self.database else [])
        broker = self.broker.pid if self.broker else None
        spent = {name: _cpu_of(part.pid) for name, part in self.parts.items()}
        named = {name: spent.pop(name) for name in self.named}
        return {
            **named,
            "other services": sum(spent.values()),
            "RabbitMQ": _cpu_of(broker) if broker else 0.0,
            "PostgreSQL": sum(map(_cpu_seconds, backends)),
        }

    def under_load(self, seconds: float, work: Callable[[Visitor, int], None], people: int) -> Load:
        """Let so many do the work again and again for some seconds."""
        done: list[int] = []
        failed: list[BaseException] = []

        def labour(place: int, clerk: Visitor) -> None:
            finished = 0
            try:
                while not finished or time.perf_counter() < begun + seconds:
                    work(clerk, place + finished * people)
                    finished += 1
            except Exception as error:  # noqa: BLE001 - raised again below
                failed.append(error)
            done.append(finished)

        before = self.cpu()
        begun = time.perf_counter()
        threads = [
            threading.Thread(target=labour, args=entry) for entry in enumerate(self.clerks[:people])
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        took, after = time.perf_counter() - begun, self.cpu()
        if failed:
            raise failed[0]
        return Load(sum(done), took, {name: after[name] - before[name] for name in after})


def _cpu_of(pid: int) -> float:
    """Return the CPU time of a process and of all below it, also of those that have ended."""
    return sum(map(_cpu_of, processes.children(pid))) + _cpu_seconds(pid)


def _cpu_seconds(pid: int) -> float:
    with contextlib.suppress(OSError):
        return measure.cpu_seconds(pid)
    return 0.0


def accepted_uploads(url: str, number: int) -> list[str]:
    """Put inspected files into the database, without the files: nobody reads them here."""
    now = datetime.now(UTC)
    enterprise = seeds.demo_enterprises()[0]["enterprise_id"]
    found = [str(uuid.uuid4()) for _ in range(number)]
    columns = ("id", "blob_id", "enterprise_id", "opened_by", "state", "file_name", "size",
               "sha256", "pages", "attempts", "created_at", "expires_at")  # fmt: skip
    rest = (enterprise, "bench", "ACCEPTED", "bench.pdf", 50_000, "0" * 64, 1, 1)
    rows = [(one, one, *rest, now, now + timedelta(days=1)) for one in found]
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        bulk.insert_rows(connection, Upload.__table__, columns, rows)  # type: ignore[arg-type]
    engine.dispose()
    return found


SystemT = TypeVar("SystemT", bound=System)


@contextlib.contextmanager
def started(kind: type[SystemT]) -> Iterator[SystemT]:
    """Give the running system with its clerks at work, and leave nothing of it."""
    with tempfile.TemporaryDirectory(prefix="qibiao-bench-") as name:
        system = kind(Path(name))
        try:
            with system:
                system.log_in()
                yield system
        finally:
            for clerk in system.clerks:
                clerk.__exit__()
            if system.database:
                system.database.remove()
