"""Start the whole system as child processes: embedded in one, or one per service on real servers.

``tools.run``, ``tools.demo``, the benchmarks and the tests start the system through `Stack`, so
that there is one place that knows its processes and their settings.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tools import backing

SERVICES: Final = ("notify", "search", "registry", "accounts", "standards")
GATEWAY: Final = "gateway"
EMBEDDED: Final = "all"
HOST: Final = "127.0.0.1"


# The kernel then stops a part when whoever started it dies: nothing is left behind.
_END_WITH_PARENT: Final = ("setpriv", "--pdeathsig", "TERM") if shutil.which("setpriv") else ()


class LaunchError(RuntimeError):
    """A part of the system did not start; the text names it and shows the end of its log."""


@dataclass
class Part:
    """One process of the system: what it runs, its settings and, while it runs, its handle.

    ``name`` is ``standards``, or ``standards-2`` for a second replica.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    ops_port: int
    process: "subprocess.Popen[bytes] | None" = None
    exits: list[int] = field(default_factory=list)

    @property
    def pid(self) -> int:
        """Return the process id, 0 while it does not run."""
        return self.process.pid if self.process else 0

    @property
    def is_running(self) -> bool:
        """Say whether the process lives."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the process; its output is appended to the log."""
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [*_END_WITH_PARENT, sys.executable, "-m", *self.command],
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=sink,
                start_new_session=True,
            )

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the process if it lives."""
        if self.process is not None and self.is_running:
            self.process.send_signal(number)

    def wait(self, seconds: float) -> int:
        """Wait for the end and return the exit code.

        Raises:
            subprocess.TimeoutExpired: it still runs.
        """
        assert self.process is not None  # noqa: S101 - only started parts are waited for
        deadline = time.monotonic() + seconds
        while (code := self.process.poll()) is None:
            if time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.command, seconds)
            time.sleep(0.02)
        self.exits.append(code)
        return code

    def stop(self, seconds: float = 25) -> int:
        """Ask the process to end, insist after ``seconds``; return its exit code."""
        self.send(signal.SIGTERM)
        try:
            return self.wait(seconds)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGKILL)
            return self.wait(5)

    def kill(self) -> None:
        """End the process at once, as a crash would (kill -9)."""
        self.send(signal.SIGKILL)
        self.wait(10)

    def is_ready(self) -> bool:
        """Say whether the part answers ``/readyz`` with 200."""
        return status(f"http://{HOST}:{self.ops_port}/readyz") == 200  # noqa: PLR2004 - HTTP

    def tail(self, lines: int = 20) -> str:
        """Return the end of the log."""
        try:
            text = self.log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            return "(no log)"
        return "\n".join(text.splitlines()[-lines:])


def status(url: str, seconds: float = 2) -> int:
    """Return the HTTP status that an address answers with, 0 when it does not answer."""
    try:
        with urllib.request.urlopen(url, timeout=seconds) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


class Stack:
    """The whole system below one folder.

    Args:
        folder: databases, files, logs; a second start on the same folder finds the data again.
        processes: a process per service on RabbitMQ and PostgreSQL, instead of one process.
        port: of the web site; a free one when 0.
        environment: settings on top of (or instead of) those of `settings`.
        replicas: how many processes of a service, 1 where it is not named.
        say: told of each step as it begins.
    """

    def __init__(  # noqa: PLR0913 - each says one thing about the system
        self,
        folder: Path,
        *,
        processes: bool = False,
        port: int = 0,
        environment: Mapping[str, str] | None = None,
        replicas: Mapping[str, int] | None = None,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.folder = folder.resolve()
        self.processes = processes
        self.port = port or backing.free_port()
        self.url = f"http://{HOST}:{self.port}"
        self._extra = dict(environment or {})
        self._replicas = dict(replicas or {})
        self._say = say
        self.broker: backing.RabbitNode | None = None
        self.database: backing.PostgresCluster | None = None
        self.parts: dict[str, Part] = {}

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def start(self, seconds: float = 90) -> None:
        """Start everything and wait until all of it is ready.

        Raises:
            LaunchError: a part ended or is not ready in time.
        """
        self.start_backing()
        self.prepare()
        self.start_parts()
        self.wait_ready(seconds)
        self.wait_indexed()

    def start_backing(self) -> None:
        """Make the folders and, for separate processes, start RabbitMQ and PostgreSQL."""
        (self.folder / "log").mkdir(parents=True, exist_ok=True)
        if not self.processes:
            return
        self._say("启动 PostgreSQL 和 RabbitMQ")
        self.database = backing.PostgresCluster(self.folder / "postgres")
        self.database.start()
        for name in SERVICES:
            self.database.create_database(name)
        self.broker = backing.RabbitNode(self.folder / "rabbit")
        self.broker.start()

    def prepare(self) -> None:
        """Bring the databases to the newest version, declare the topology and load the demo data.

        Raises:
            LaunchError: it failed.
        """
        self._say("准备数据库")
        self._once("prepare", "chassis.runner", "prepare")
        self._say("装入演示数据")
        self._once("seed", "tools.seed")

    def start_parts(self) -> None:
        """Start every process, services before the gateway."""
        self._say("启动服务")
        for part in self.describe_parts():
            self.parts[part.name] = part
            part.start()

    def describe_parts(self) -> list[Part]:
        """Return the processes that make up the system."""
        if not self.processes:
            return [self._part(EMBEDDED, ("chassis.runner", "all"))]
        parts = [
            self._part(name if number == 1 else f"{name}-{number}", (f"services.{name}",))
            for name in SERVICES
            for number in range(1, self._replicas.get(name, 1) + 1)
        ]
        return [*parts, self._part(GATEWAY, ("gateway",))]

    def wait_ready(self, seconds: float = 90) -> None:
        """Wait until every part and the web site answer.

        Raises:
            LaunchError: a part ended or is not ready in time.
        """
        deadline = time.monotonic() + seconds
        waiting = dict(self.parts)
        while waiting or status(f"{self.url}/") != 200:  # noqa: PLR2004 - HTTP
            for name, part in list(waiting.items()):
                if not part.is_running:
                    raise LaunchError(f"{name} ended\n{part.tail()}")
                if part.is_ready():
                    del waiting[name]
            if time.monotonic() > deadline:
                late = ", ".join(waiting) or "web site"
                logs = "\n".join(part.tail() for part in (waiting or self.parts).values())
                raise LaunchError(f"not ready in {seconds:.0f} s: {late}\n{logs}")
            time.sleep(0.05)

    def wait_indexed(self, seconds: float = 30) -> None:
        """Wait until the demonstration data can be found, so that the first page is not empty.

        After ``seconds`` nobody is kept waiting any longer: what was published arrives by itself.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            address = f"{self.url}/api/v1/public/declarations"
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - loopback
                if json.load(answer)["items"]:
                    return
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop everything, the gateway first; the data stays."""
        for part in reversed(self.parts.values()):
            part.send(signal.SIGTERM)
            if part.name == GATEWAY and part.is_running:
                part.stop()
        for part in self.parts.values():
            if part.is_running:
                part.stop()
        if self.broker:
            self.broker.stop()
        if self.database:
            self.database.stop()

    def settings(self) -> dict[str, str]:
        """Return the settings that all parts share."""
        common = {
            "DATA_DIR": str(self.folder),
            "STORAGE_URL": f"file://{self.folder}/blobs",
            "GATEWAY_PORT": str(self.port),
            "GATEWAY_HOST": HOST,
        }
        if self.database and self.broker:
            urls = {f"{name.upper()}_DATABASE_URL": self.database.url(name) for name in SERVICES}
            return {**common, "BUS_URL": self.broker.url, **urls, **self._extra}
        urls = {
            f"{name.upper()}_DATABASE_URL": f"sqlite:///{self.folder}/{name}.db"
            for name in SERVICES
        }
        return {**common, **urls, **self._extra}

    def _part(self, name: str, command: tuple[str, ...]) -> Part:
        ops_port = backing.free_port()
        environment = {**os.environ, **self.settings(), "OPS_PORT": str(ops_port)}
        return Part(name, command, environment, self.folder / "log" / f"{name}.log", ops_port)

    def _once(self, name: str, *command: str) -> None:
        part = self._part(name, command)
        part.start()
        try:
            code = part.wait(120)
        except subprocess.TimeoutExpired:
            part.kill()
            code = -1
        if code != 0:
            raise LaunchError(f"{name} failed ({code})\n{part.tail()}")
