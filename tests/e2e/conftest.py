"""The whole system, running: embedded, and as processes on RabbitMQ and PostgreSQL."""

import contextlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from services.accounts import seeds
from tools import launch
from tools.visitor import Visitor

ROOT: Final = Path(__file__).resolve().parents[2]


class RunningSystem:
    """What a journey needs of a running system: visitors, its clock and its commands."""

    def __init__(self, stack: launch.Stack, clock: Path) -> None:
        self.stack = stack
        self._clock = clock
        self._addresses = (
            # A network of his own as well: what one network may do is limited.
            f"198.{18 + number // 250}.{number % 250}.7"
            for number in itertools.count()
        )
        self._visitors: list[Visitor] = []

    @property
    def url(self) -> str:
        """Return the address of the web site."""
        return self.stack.url

    def visitor(self) -> Visitor:
        """Return somebody new, at an address of his own."""
        visitor = Visitor(self.url, patience=10, address=next(self._addresses))
        self._visitors.append(visitor)
        return visitor

    def move_clock(self, seconds: float) -> None:
        """Let the time of all processes be so many seconds later than it is."""
        beside = self._clock.with_suffix(".new")
        beside.write_text(str(seconds), encoding="ascii")
        beside.replace(self._clock)

    def run(self, module: str, *arguments: str, seconds: float = 120) -> str:
        """Run a command of the operators with the system's settings; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env={**os.environ, **self.stack.settings()},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def close(self) -> None:
        """Let all visitors go home."""
        for visitor in self._visitors:
            visitor.__exit__()


@contextlib.contextmanager
def running_system(folder: Path, *, processes: bool) -> Iterator[RunningSystem]:
    """Run the system in a folder, whose clock can be moved."""
    clock = folder / "clock-offset"
    clock.write_text("0", encoding="ascii")
    environment = {
        "CLOCK_OFFSET_FILE": str(clock),
        "GATEWAY_TRUSTED_PROXIES": "127.0.0.1",
        "RETRY_SCALE": "0.1",
        "NOTIFY_WEBHOOK_TEST_HOSTS": "127.0.0.1",
    }
    with launch.Stack(folder, processes=processes, environment=environment) as stack:
        running = RunningSystem(stack, clock)
        try:
            yield running
        finally:
            running.close()


@pytest.fixture(scope="session", params=["embedded", "processes"])
def system(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Return the running system; every journey is taken on both kinds."""
    folder = tmp_path_factory.mktemp(f"system-{request.param}")
    with running_system(folder, processes=request.param == "processes") as running:
        yield running


@pytest.fixture(scope="module")
def clerk(system: RunningSystem) -> Visitor:
    """Return the clerk of an enterprise of the demonstration, logged in."""
    visitor = system.visitor()
    visitor.log_in(seeds.demo_usernames()["FILER"], seeds.PASSWORD)
    return visitor
