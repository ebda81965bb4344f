"""Drive measured processes: start, command, CPU time, medians of interleaved rounds."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Self

_TICKS = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """Return the user and system CPU time of a process and its waited-for children, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return sum(int(value) for value in fields[11:15]) / _TICKS


def resident_bytes(pid: int) -> int:
    """Return the resident memory of a process in bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


@dataclass
class Peer:
    """A child process that says ``ready`` and then answers one JSON line per JSON line.

    Args:
        module: what ``python -m`` runs.
        arguments: its command line.
        environment: variables added to those of this process.
    """

    module: str
    arguments: Iterable[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", self.module, *self.arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **self.environment},
            text=True,
        )
        self._expect("ready")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    @property
    def pid(self) -> int:
        """Return the child's process id."""
        return self._process.pid

    def ask(self, **command: object) -> dict[str, Any]:
        """Send one command and return its answer."""
        assert self._process.stdin is not None  # noqa: S101 - opened as a pipe above
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._line())
        return answer

    def _expect(self, word: str) -> None:
        line = self._line().strip()
        while line != word:
            line = self._line().strip()

    def _line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - opened as a pipe above
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.module} ended with {self._process.wait()}")
        return line


def interleaved(
    rounds: int, contenders: Mapping[str, Callable[[], Mapping[str, float]]]
) -> dict[str, dict[str, float]]:
    """Run every contender once a round, in turn, and return the median of each of its figures."""
    seen: dict[str, list[Mapping[str, float]]] = {name: [] for name in contenders}
    for number in range(rounds):
        order = list(contenders) if number % 2 == 0 else list(reversed(list(contenders)))
        for name in order:
            seen[name].append(contenders[name]())
    return {
        name: {key: statistics.median(run[key] for run in runs) for key in runs[0]}
        for name, runs in seen.items()
    }


def say(line: str) -> None:
    """Print one line of a report at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def serve_commands(
    answer: Callable[[dict[str, Any]], Mapping[str, Any]], *, patched: bool = True
) -> None:
    """Say ``ready``, then answer JSON lines from standard input until it ends.

    A ``patched`` process waits for them in a native thread, so that its hub goes on.
    """
    read_line: Callable[[], str] = sys.stdin.readline
    if patched:
        from eventlet import tpool  # noqa: PLC0415 - only driven processes are patched

        read_line = partial(tpool.execute, sys.stdin.readline)
    say("ready")
    while True:
        line = read_line()
        if not line:
            return
        say(json.dumps(answer(json.loads(line))))
