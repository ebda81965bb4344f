"""Run hostile or heavy work off the hub: in a limited child process, or in a native thread.

`run_limited` starts one Python process per job. What the job may use is fixed before it reads its
input: processor time, address space, size of each file it writes, open files; it is killed, with
all it started, at the wall limit. The parent's memory, descriptors and environment are not passed
on. Waiting never blocks the hub, and everything here works without eventlet's patches too.
"""

import json
import math
import os
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Generic, TypeVar, TypeVarTuple, cast

import eventlet
import greenlet
from eventlet import event, patcher, tpool

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_ROOT: Final = str(Path(__file__).resolve().parents[1])
_BOOTSTRAP: Final = "import chassis.job_child as child; child.main()"
_FIRST_PAUSE: Final = 0.004
_LONGEST_PAUSE: Final = 0.025
_REAP_SECONDS: Final = 10.0
_LOG_TAIL: Final = 4_000
_MIB: Final = 1024 * 1024
_stuck: "Final[list[subprocess.Popen[bytes]]]" = []


class JobStatus(StrEnum):
    """Tell how a job ended."""

    OK = "OK"
    REFUSED = "REFUSED"
    TIMED_OUT = "TIMED_OUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    CRASHED = "CRASHED"


@dataclass(frozen=True)
class JobLimits:
    """Bound what one child process may use."""

    cpu_seconds: int = 10
    wall_seconds: float = 20.0
    memory_bytes: int = 512 * _MIB
    """Address space, not resident memory."""
    output_bytes: int = 256 * 1024
    """The answer; a longer one counts as a crash."""
    file_bytes: int = 8 * _MIB
    """Each file that the child writes."""
    open_files: int = 64


@dataclass(frozen=True)
class JobResult:
    """Hold the outcome of one job."""

    status: JobStatus
    value: Mapping[str, Any] = field(default_factory=dict)
    """What ``run`` returned; empty unless ``OK``."""
    code: str = ""
    """The job's own code of a refusal; empty unless ``REFUSED``."""
    detail: str = ""
    """For the log: the refusal's detail, the limit that was hit, the end of a crash's output."""
    signal_name: str = ""
    """The signal a crashed child died of, if it was one: a fault in native code."""
    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0
    peak_memory_bytes: int | None = None
    """Resident memory at its highest; unknown for a child that was killed."""


class JobStartError(Exception):
    """Say that the machine could not start the child; the input is not to blame, try later."""


class JobStarvedError(JobStartError):
    """Say that a child that never waits was timed out because others took the machine's time.

    Raised by those who know that their job never waits, not by `run_limited`.
    """


def run_limited(
    command_module: str, *, payload: Mapping[str, Any], limits: JobLimits | None = None
) -> JobResult:
    """Call ``run(payload)`` of a module in a child process of its own and return the outcome.

    ``payload`` and the value that ``run`` returns are JSON objects; a module refuses its input by
    raising `chassis.job_child.JobRefusedError`. When the calling greenlet is interrupted the child
    is killed.

    Raises:
        JobStartError: no process could be started.
    """
    bounds = limits or JobLimits()
    request = {"limits": asdict(bounds), "parent": os.getpid(), "payload": dict(payload)}
    with (
        _memory_file("request") as stdin,
        _memory_file("answer") as stdout,
        _memory_file("log") as stderr,
    ):
        _fill(stdin, json.dumps(request).encode())
        _stuck[:] = [each for each in _stuck if each.poll() is None]
        started = time.monotonic()
        process = _start(command_module, stdin, stdout, stderr)
        try:
            ended = _wait(process.pid, started + bounds.wall_seconds)
        finally:
            cpu = _kill_and_reap(process)
        if not ended:
            detail = f"killed after {bounds.wall_seconds:g} s, {cpu:.1f} s of processor time"
            result = JobResult(JobStatus.TIMED_OUT, detail=detail)
        elif (answer := _read_answer(stdout, bounds.output_bytes)) is not None:
            result = _result_of(answer, stderr)
        else:
            result = _judge_exit(process.returncode, cpu, bounds)
            result = replace(result, detail=_with_log(result.detail, stderr))
        seconds = time.monotonic() - started
        return replace(result, wall_seconds=round(seconds, 3), cpu_seconds=round(cpu, 3))


class JobPool:
    """Let at most ``max_parallel`` children run at a time; the others wait in order of arrival."""

    def __init__(self, max_parallel: int = 2) -> None:
        self._gate = FairGate(max_parallel)

    def run(
        self, command_module: str, *, payload: Mapping[str, Any], limits: JobLimits | None = None
    ) -> JobResult:
        """Wait for a free place, then do as `run_limited` does.

        Raises:
            JobStartError: no process could be started.
        """
        with self._gate:
            return run_limited(command_module, payload=payload, limits=limits)


class FairGate:
    """Admit a fixed number at a time, strictly in order of arrival.

    eventlet's semaphore lets newcomers overtake those who wait; this one hands a place on.
    """

    def __init__(self, places: int) -> None:
        if places < 1:
            raise ValueError(f"a gate needs a place: {places}")
        self._mutex = threading.Lock()
        self._free = places
        self._waiting: deque[threading.Event] = deque()

    @property
    def waiting(self) -> int:
        """Return how many wait."""
        return len(self._waiting)

    def __enter__(self) -> None:
        with self._mutex:
            if self._free and not self._waiting:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        try:
            turn.wait()
        except BaseException:  # interrupted: leave the queue, or pass on the place just given
            with self._mutex:
                given = turn not in self._waiting
                if not given:
                    self._waiting.remove(turn)
            if given:
                self._leave()
            raise

    def __exit__(self, *_exc: object) -> None:
        self._leave()

    def _leave(self) -> None:
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1


def in_thread(func: Callable[[*Ts], T], *args: *Ts, shielded: bool = False) -> T:
    """Run ``func(*args)`` in a native thread while the hub goes on, and return what it returns.

    For C code that is slow and harmless: hashing, fsync, archives; ``func`` must not touch green
    objects. An interrupted caller goes on at once and the thread finishes on its own. With
    ``shielded`` it never leaves before the outcome is known: a timeout that strikes meanwhile is
    dropped and the caller gets the true outcome, late; a kill of the greenlet, ``SystemExit`` and
    ``KeyboardInterrupt`` are raised again once ``func`` is done.
    Without eventlet's patches ``func`` is simply called.
    """
    if not _is_green():
        return func(*args)
    if shielded:
        return _await_shielded(func, *args)
    outcome: _Outcome[T] = tpool.execute(_Outcome.of, func, *args)
    return outcome.unpack()


def _await_shielded(func: Callable[[*Ts], T], *args: *Ts) -> T:
    done = event.Event()
    eventlet.spawn_n(lambda: done.send(tpool.execute(_Outcome.of, func, *args)))
    stop: BaseException | None = None
    while not done.ready():
        try:
            done.wait()
        except (greenlet.GreenletExit, SystemExit, KeyboardInterrupt) as error:
            stop = error
        except BaseException:  # noqa: BLE001, S112 - a timeout of any class: see in_thread()
            continue
    if stop is not None:
        raise stop
    outcome: _Outcome[T] = done.wait()
    return outcome.unpack()


@dataclass(frozen=True)
class _Outcome(Generic[T]):
    """Carry a result or an error out of a pool thread, which an error would end."""

    value: T | None
    error: BaseException | None = None

    @classmethod
    def of(cls, func: Callable[[*Ts], T], *args: *Ts) -> "_Outcome[T]":
        """Call ``func`` and keep what happened."""
        try:
            return cls(func(*args))
        except BaseException as error:  # noqa: BLE001 - raised again by unpack()
            return cls(None, error)

    def unpack(self) -> T:
        """Return the value or raise the error."""
        if self.error is not None:
            raise self.error
        return cast("T", self.value)


def _is_green() -> bool:
    """Tell whether other green threads would stand still if this one blocked."""
    return bool(patcher.is_monkey_patched("thread")) or greenlet.getcurrent().parent is not None


def _pause(seconds: float) -> None:
    if _is_green():
        eventlet.sleep(seconds)
    else:
        time.sleep(seconds)


@contextmanager
def _memory_file(name: str) -> Iterator[int]:
    """Open an anonymous file in memory: no pipe to drain, and bounded by the child's file limit."""
    descriptor = os.memfd_create(f"job-{name}", os.MFD_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _fill(descriptor: int, body: bytes) -> None:
    while body:
        body = body[os.write(descriptor, body) :]
    os.lseek(descriptor, 0, os.SEEK_SET)


def _start(module: str, stdin: int, stdout: int, stderr: int) -> "subprocess.Popen[bytes]":
    paths = [_ROOT, *(os.path.abspath(entry) for entry in sys.path)]  # noqa: PTH100 - "" is the folder at hand
    environment = {
        "LANG": "C.UTF-8",
        "MALLOC_ARENA_MAX": "1",
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(paths)),
    }
    command = [sys.executable, "-S", "-P", "-X", "utf8", "-c", _BOOTSTRAP, module]
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and module names
            command,
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            env=environment,
            cwd="/",
            close_fds=True,
            start_new_session=True,
        )
    except OSError as error:
        raise JobStartError(f"{module}: {error}") from error


def _wait(pid: int, deadline: float) -> bool:
    """Wait until the child has ended; False at the deadline. The child stays to be reaped."""
    pause = _FIRST_PAUSE
    while True:
        try:
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                return True
        except ChildProcessError:  # reaped by someone else
            return True
        left = deadline - time.monotonic()
        if left <= 0:
            return False
        _pause(min(pause, left))
        pause = min(pause * 1.3, _LONGEST_PAUSE)


def _kill_and_reap(process: "subprocess.Popen[bytes]") -> float:
    """Kill what is left of the child's session, collect the child; return its CPU seconds."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)  # not reaped yet, so the number is still its own
    deadline = time.monotonic() + _REAP_SECONDS
    while True:
        try:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        except ChildProcessError:
            process.returncode = 0
            return 0.0
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:  # stuck in the kernel; collected by a later job
            _stuck.append(process)
            return 0.0
        try:
            _pause(_FIRST_PAUSE)
        except BaseException:
            _stuck.append(process)
            raise


def _read_answer(descriptor: int, limit: int) -> dict[str, Any] | None:
    body = os.pread(descriptor, limit + 1, 0)
    if not body or len(body) > limit:
        return None
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) and "status" in answer else None


def _judge_exit(code: int | None, cpu: float, limits: JobLimits) -> JobResult:
    """Tell why a child gave no answer, from its exit code (negative: a signal)."""
    if code in (-signal.SIGXCPU, -signal.SIGKILL) and math.ceil(cpu) >= limits.cpu_seconds:
        detail = f"used its {limits.cpu_seconds} s of processor time"
        return JobResult(JobStatus.TIMED_OUT, detail=detail)
    if code == -signal.SIGKILL:
        return JobResult(JobStatus.OUT_OF_MEMORY, detail="killed by the system")
    if code is not None and code < 0:
        name = signal.Signals(-code).name
        return JobResult(JobStatus.CRASHED, detail=f"died of {name}", signal_name=name)
    detail = f"no answer within {limits.output_bytes} bytes, exit code {code}"
    return JobResult(JobStatus.CRASHED, detail=detail)


def _result_of(answer: Mapping[str, Any], log: int) -> JobResult:
    peak = answer.get("peak_memory_bytes")
    match answer["status"]:
        case "ok":
            value = answer.get("value") or {}
            return JobResult(JobStatus.OK, value=value, peak_memory_bytes=peak)
        case "refused":
            code = str(answer.get("code", ""))
            detail = str(answer.get("detail", "")).encode(errors="replace").decode()
            return JobResult(JobStatus.REFUSED, code=code, detail=detail, peak_memory_bytes=peak)
        case "out_of_memory":
            return JobResult(JobStatus.OUT_OF_MEMORY, detail="memory limit")
    detail = _with_log("unexpected error", log)
    return JobResult(JobStatus.CRASHED, detail=detail, peak_memory_bytes=peak)


def _with_log(detail: str, descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    tail = os.pread(descriptor, _LOG_TAIL, max(0, size - _LOG_TAIL)).decode(errors="replace")
    return f"{detail}\n{tail.strip()}".strip()
