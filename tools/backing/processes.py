"""Ports, processes and remembered state: what both kinds of servers need."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

LOOPBACK = "127.0.0.1"
# Below the ports the kernel hands to outgoing connections (32768 upward): nobody takes one between
# our looking and the server's listening, or while a killed server is away.
PORTS = range(20_000, 32_000)


# Held until they end: a handle that is dropped earlier warns that its process still runs.
_spawned: list[subprocess.Popen[bytes]] = []


class BackingError(RuntimeError):
    """A broker or database did not do what it was told; the text says where its log is."""


def free_port(taken: Sequence[int] = ()) -> int:
    """Return a loopback port on which nobody listens."""
    for _ in range(200):
        port = secrets.choice(PORTS)
        if port not in taken and is_port_free(port):
            return port
    message = "no free loopback port"
    raise BackingError(message)


def is_port_free(port: int) -> bool:
    """Tell whether a server could listen on this loopback port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def is_alive(pid: int | None) -> bool:
    """Tell whether the process runs; one that only waits to be reaped does not."""
    if not pid:
        return False
    folder = Path(f"/proc/{pid}")
    try:
        state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        # Its first thread may be gone while others still hold its files and ports.
        return state not in {"Z", "X"} or len(list((folder / "task").iterdir())) > 1
    except OSError:
        return False


def command_line(pid: int) -> str:
    """Return what the process was started with, or nothing when it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""


def has_environment(pid: int, line: str) -> bool:
    """Tell whether a process was started with this `NAME=value`."""
    try:
        return line.encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


def children(pid: int) -> list[int]:
    """Return the living direct children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] not in {"Z", "X"}:
                    found.append(int(entry.name))
    return sorted(found)


def send(pid: int | None, number: signal.Signals) -> None:
    """Signal one process; one that is gone already is no error."""
    if pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def wait_until(check: Callable[[], bool], *, seconds: float, every: float = 0.05) -> bool:
    """Ask again and again until the answer is yes or the time is over."""
    deadline = time.monotonic() + seconds
    while not check():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True


def tail(path: Path, lines: int = 15) -> str:
    """Return the end of a log, for an error's text."""
    try:
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return "(no log)"


def run(  # noqa: PLR0913  one call of a program has this many sides
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    user: int | None = None,
    group: int | None = None,
    seconds: float = 60,
) -> str:
    """Run a program to its end and return what it printed.

    Output goes through a file and waiting is sleeping, because a patched process must not block
    in a pipe.

    Raises:
        BackingError: it failed or did not end in time.
    """
    with log.open("w") as sink:
        process = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd="/",
            **as_user(user, group),
        )
        if not wait_until(lambda: process.poll() is not None, seconds=seconds, every=0.02):
            process.kill()
            process.wait()
            message = f"{command[0]} did not end within {seconds} s; log: {log}"
            raise BackingError(message)
    if process.returncode != 0:
        text = " ".join(str(part) for part in command[:3])
        message = f"{text} ended with {process.returncode}:\n{tail(log)}"
        raise BackingError(message)
    return log.read_text(errors="replace")


def spawn(  # noqa: PLR0913  one call of a program has this many sides
    command: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str] | None = None,
    cwd: str | Path = "/",
    user: int | None = None,
    group: int | None = None,
    farewell: signal.Signals | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, its output in a file.

    It lives on when we end, unless `farewell` names the signal that it gets then, however we end.
    """
    prefix: list[str] = []
    setpriv = shutil.which("setpriv")
    if farewell is not None and setpriv is not None and _is_main_thread():
        prefix = [setpriv, "--pdeathsig", farewell.name.removeprefix("SIG"), "--"]
    with log.open("a") as sink:
        process = subprocess.Popen(
            [*prefix, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
            cwd=cwd,
            start_new_session=True,
            **as_user(user, group),
        )
    _spawned.append(process)
    return process


def _is_main_thread() -> bool:
    """Tell whether we are; the kernel's farewell comes already when the starting thread ends."""
    process, _, thread = str(Path("/proc/thread-self").readlink()).partition("/task/")
    return process == thread


def reap() -> None:
    """Take notice of spawned servers that ended, so that they are no zombies."""
    _spawned[:] = [process for process in _spawned if process.poll() is None]


def as_user(user: int | None, group: int | None) -> dict[str, Any]:
    """Return the arguments that make Popen start a program as somebody else."""
    if user is None:
        return {}
    return {"user": user, "group": group, "extra_groups": []}


class State:
    """What has to outlive the process that started a server: ports, passwords, process ids."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / "state.json"
        self.values: dict[str, Any] = {}
        with contextlib.suppress(FileNotFoundError):
            self.values = json.loads(self.path.read_text())

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401  JSON holds anything
        """Return a remembered value."""
        return self.values.get(key, default)

    def put(self, **values: object) -> None:
        """Remember values, readable by the owner only."""
        self.values.update(values)
        fresh = self.path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(self.values, indent=1, sort_keys=True))
        fresh.replace(self.path)


class Server(ABC):
    """A server process of our own that can be killed, frozen and started again.

    `tied` to the process that starts it, it ends with that one, even if that one is killed.
    """

    def __init__(self, directory: str | os.PathLike[str], *, tied: bool = True) -> None:
        self.tied = tied
        self.directory = Path(directory).absolute()
        (self.directory / "log").mkdir(parents=True, exist_ok=True)
        self.state = State(self.directory)

    @abstractmethod
    def start(self) -> Self:
        """Start and wait until it answers."""

    @abstractmethod
    def stop(self) -> None:
        """Stop in good order."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The process id of the server itself."""

    @property
    def is_running(self) -> bool:
        """Whether the server's process lives; it may be frozen."""
        reap()
        return is_alive(self.pid)

    def pause(self) -> None:
        """Freeze: connections stay open and nothing answers (SIGSTOP)."""
        send(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let a frozen server run on (SIGCONT)."""
        send(self.pid, signal.SIGCONT)

    @staticmethod
    def _wait_gone(pid: int | None, seconds: float) -> bool:
        def is_gone() -> bool:
            is_gone_now = not is_alive(pid)
            reap()  # afterwards, else the last look leaves a zombie behind
            return is_gone_now

        return wait_until(is_gone, seconds=seconds, every=0.02)

    def _port(self, key: str) -> int:
        """Return the remembered port for this purpose, or choose one."""
        port = self.state.get(key)
        if port is None or not (is_port_free(port) or self.is_running):
            port = free_port()
            self.state.put(**{key: port})
        return int(port)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
