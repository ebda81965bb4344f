"""Jobs run within their limits, tell how they ended, and never stop the hub."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import eventlet
import greenlet
import pytest

from chassis import jobs
from chassis.jobs import FairGate, JobLimits, JobPool, JobStatus, in_thread, run_limited

ROOT = Path(__file__).resolve().parents[3]
SAMPLES = "tests.fakes.job_samples"


def act(name: str, limits: JobLimits | None = None, **payload: object) -> jobs.JobResult:
    return run_limited(SAMPLES, payload={"act": name, **payload}, limits=limits)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_for(path: Path) -> int:
    for _ in range(500):
        if path.exists() and (text := path.read_text(encoding="ascii")):
            return int(text)
        eventlet.sleep(0.01)
    raise AssertionError(f"{path.name} was not written")


def longest_stall(work: "object", *args: object) -> float:
    """Return by how many seconds a 5 ms ticker was late at worst while ``work`` ran."""
    worst, going = 0.0, True

    def tick() -> None:
        nonlocal worst
        while going:
            before = time.monotonic()
            eventlet.sleep(0.005)
            worst = max(worst, time.monotonic() - before - 0.005)

    ticker = eventlet.spawn(tick)
    eventlet.sleep(0.02)
    work(*args)
    going = False
    ticker.wait()
    return worst


class TestRunLimited:
    def test_returns_what_the_module_returns(self) -> None:
        result = act("echo", text="标准 ✓")

        assert result.status is JobStatus.OK
        assert result.value == {"echo": "标准 ✓"}
        assert result.peak_memory_bytes is not None
        assert 1_000_000 < result.peak_memory_bytes < 60_000_000
        assert 0 < result.wall_seconds < 5

    def test_child_starts_clean(self) -> None:
        secret = os.open(__file__, os.O_RDONLY)
        os.set_inheritable(secret, True)  # noqa: FBT003 - takes no keyword
        try:
            seen = act("look_around").value
        finally:
            os.close(secret)

        assert set(seen["environment"]) <= {
            "LANG",
            "LC_CTYPE",
            "MALLOC_ARENA_MAX",
            "PATH",
            "PYTHONPATH",
        }
        assert len(seen["descriptors"]) == 2  # the answer, and the listing itself
        assert seen["session"]
        assert seen["folder"] == "/"
        assert seen["nice"] >= 5
        assert seen["no_new_privileges"]

    def test_tells_a_refusal(self) -> None:
        result = act("refuse", text="why")

        assert (result.status, result.code, result.detail) == (JobStatus.REFUSED, "unfit", "why")

    def test_tells_an_unexpected_error_with_its_text_for_the_log(self) -> None:
        result = act("fail", text="deep inside")

        assert result.status is JobStatus.CRASHED
        assert "LookupError: deep inside" in result.detail

    def test_tells_an_unknown_module(self) -> None:
        result = run_limited("tests.fakes.no_such_module", payload={})

        assert result.status is JobStatus.CRASHED
        assert "no_such_module" in result.detail

    @pytest.mark.proves("F11", "E4")
    def test_ends_at_the_processor_limit(self) -> None:
        result = act("spin", JobLimits(cpu_seconds=1))

        assert result.status is JobStatus.TIMED_OUT
        assert "processor" in result.detail
        assert result.cpu_seconds <= 3

    @pytest.mark.proves("F11")
    def test_ends_at_the_wall_limit(self, tmp_path: Path) -> None:
        mark = tmp_path / "pid"

        result = act("sleep", JobLimits(wall_seconds=0.6), seconds=60, mark=str(mark))

        assert result.status is JobStatus.TIMED_OUT
        assert result.wall_seconds < 3
        assert not is_running(wait_for(mark))

    @pytest.mark.proves("F11")
    def test_ends_at_the_memory_limit(self) -> None:
        result = act("hoard")

        assert result.status is JobStatus.OUT_OF_MEMORY

    def test_takes_a_kill_by_the_system_for_want_of_memory(self) -> None:
        result = act("die", signal=int(signal.SIGKILL))

        assert result.status is JobStatus.OUT_OF_MEMORY

    @pytest.mark.parametrize("name", ["SIGSEGV", "SIGABRT", "SIGTRAP"])
    def test_tells_a_crash(self, name: str) -> None:
        result = act("die", signal=int(signal.Signals[name]))

        assert result.status is JobStatus.CRASHED
        assert result.signal_name == name

    def test_takes_no_answer_that_is_too_long(self) -> None:
        result = act("talk", JobLimits(output_bytes=1_000), size=2_000)

        assert result.status is JobStatus.CRASHED

    def test_takes_no_answer_beyond_the_file_limit(self) -> None:
        result = act("talk", JobLimits(file_bytes=10_000), size=50_000)

        assert result.status is JobStatus.CRASHED

    def test_keeps_noise_out_of_the_answer(self) -> None:
        result = act("print_noise")

        assert result.value == {"answer": "clean"}

    def test_bounds_files_and_descriptors(self, tmp_path: Path) -> None:
        limits = JobLimits(file_bytes=100_000)

        big = act("write_file", limits, path=str(tmp_path / "big"), size=200_000)
        many = act("open_many", limits)

        assert "File too large" in big.detail
        assert "Too many open files" in many.detail

    def test_kills_what_the_child_left_behind(self, tmp_path: Path) -> None:
        mark = tmp_path / "pid"

        result = act("leave_a_grandchild", mark=str(mark))

        assert result.status is JobStatus.OK
        grandchild = wait_for(mark)
        eventlet.sleep(0.05)
        assert not is_running(grandchild)

    def test_kills_the_child_when_the_caller_is_interrupted(self, tmp_path: Path) -> None:
        mark = tmp_path / "pid"

        with pytest.raises(eventlet.Timeout), eventlet.Timeout(1):
            act("sleep", seconds=60, mark=str(mark))

        assert not is_running(wait_for(mark))

    def test_child_does_not_outlive_a_killed_parent(self, tmp_path: Path) -> None:
        mark = tmp_path / "pid"
        program = (
            "from chassis.jobs import run_limited\n"
            f"run_limited({SAMPLES!r}, payload="
            f"{{'act': 'sleep', 'seconds': 60, 'mark': {str(mark)!r}}})\n"
        )
        parent = subprocess.Popen([sys.executable, "-c", program], cwd=ROOT)
        child = wait_for(mark)

        parent.kill()
        parent.wait()

        for _ in range(200):
            if not is_running(child):
                break
            eventlet.sleep(0.01)
        assert not is_running(child)

    @pytest.mark.proves("E4")
    def test_hub_goes_on(self) -> None:
        assert longest_stall(lambda: act("spin", JobLimits(cpu_seconds=1))) < 0.25

    def test_says_that_no_process_can_be_started(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", "/nonexistent/python")

        with pytest.raises(jobs.JobStartError):
            act("echo", text="")

    def test_works_without_eventlet_patches(self) -> None:
        program = (
            "import threading, chassis.jobs as j\n"
            "pool = j.JobPool(2)\n"
            "out = []\n"
            "def go(n):\n"
            f"    out.append(pool.run({SAMPLES!r}, payload={{'act': 'echo', 'text': n}}))\n"
            "threads = [threading.Thread(target=go, args=(n,)) for n in range(4)]\n"
            "[t.start() for t in threads]; [t.join() for t in threads]\n"
            "print(sorted(r.value['echo'] for r in out))\n"
            "print(j.in_thread(divmod, 7, 2), j.in_thread(divmod, 7, 2, shielded=True))\n"
        )

        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout.splitlines() == ["[0, 1, 2, 3]", "(3, 1) (3, 1)"]


class TestJobPool:
    def test_runs_no_more_than_it_may(self, tmp_path: Path) -> None:
        pool = JobPool(max_parallel=2)
        marks = [tmp_path / str(number) for number in range(4)]

        def go(mark: Path) -> jobs.JobResult:
            payload = {"act": "sleep", "seconds": 0.4, "mark": str(mark)}
            return pool.run(SAMPLES, payload=payload)

        threads = [eventlet.spawn(go, mark) for mark in marks]
        eventlet.sleep(0.35)
        begun_early = sum(mark.exists() for mark in marks)
        results = [thread.wait() for thread in threads]

        assert begun_early <= 2
        assert all(result.status is JobStatus.OK for result in results)


class TestFairGate:
    def test_admits_in_order_of_arrival(self) -> None:
        gate = FairGate(1)
        order: list[str] = []

        def pass_through(name: str) -> None:
            with gate:
                order.append(name)
                eventlet.sleep(0.01)

        threads = [eventlet.spawn(pass_through, name) for name in "abcdef"]
        for thread in threads:
            thread.wait()

        assert order == list("abcdef")
        assert gate.waiting == 0

    def test_a_newcomer_does_not_overtake(self) -> None:
        gate = FairGate(1)
        order: list[str] = []

        def greedy() -> None:
            for _ in range(20):
                with gate:
                    order.append("greedy")
                    eventlet.sleep(0)

        def polite() -> None:
            with gate:
                order.append("polite")

        threads = [eventlet.spawn(greedy), eventlet.spawn(polite)]
        for thread in threads:
            thread.wait()

        assert order.index("polite") <= 2

    def test_one_that_gives_up_loses_no_place(self) -> None:
        gate = FairGate(1)

        with gate, pytest.raises(eventlet.Timeout), eventlet.Timeout(0.02), gate:
            pass

        with gate:
            assert gate.waiting == 0

    def test_a_place_given_to_one_just_killed_is_passed_on(self) -> None:
        gate = FairGate(1)
        gate.__enter__()

        def wait_and_leave() -> None:
            with gate:
                pass

        waiting = eventlet.spawn(wait_and_leave)
        eventlet.sleep(0)
        gate.__exit__()
        waiting.kill()
        eventlet.sleep(0.01)

        with eventlet.Timeout(1), gate:
            assert gate.waiting == 0

    def test_needs_a_place(self) -> None:
        with pytest.raises(ValueError, match="place"):
            FairGate(0)


class TestInThread:
    def test_returns_the_value(self) -> None:
        assert in_thread(divmod, 7, 2) == (3, 1)

    @pytest.mark.parametrize("error", [LookupError, SystemExit])
    def test_raises_the_error(self, error: type[BaseException]) -> None:
        def fail() -> None:
            raise error("inside")

        with pytest.raises(error, match="inside"):
            in_thread(fail)
        with pytest.raises(error, match="inside"):
            in_thread(fail, shielded=True)

    @pytest.mark.proves("E4")
    def test_hub_goes_on(self) -> None:
        assert longest_stall(in_thread, native_sleep, 0.4) < 0.2

    def test_unshielded_leaves_at_a_timeout(self) -> None:
        started = time.monotonic()

        with pytest.raises(eventlet.Timeout), eventlet.Timeout(0.05):
            in_thread(native_sleep, 4)

        assert time.monotonic() - started < 3

    def test_shielded_knows_the_outcome_in_spite_of_a_timeout(self) -> None:
        done: list[str] = []

        def commit() -> str:
            native_sleep(0.2)
            done.append("committed")
            return "committed"

        with eventlet.Timeout(0.05, LookupError("deadline")):
            answer = in_thread(commit, shielded=True)

        assert answer == "committed"
        assert done == ["committed"]

    def test_shielded_ends_before_a_kill_takes_effect(self) -> None:
        events: list[str] = []

        def commit() -> None:
            native_sleep(0.2)
            events.append("committed")

        def work() -> None:
            try:
                in_thread(commit, shielded=True)
            except greenlet.GreenletExit:
                events.append("killed")
                raise

        thread = eventlet.spawn(work)
        eventlet.sleep(0.05)
        eventlet.kill(thread)
        for _ in range(100):
            if len(events) == 2:
                break
            eventlet.sleep(0.01)

        assert events == ["committed", "killed"]

    def test_runs_off_the_main_thread(self) -> None:
        native = eventlet.patcher.original("threading")

        assert in_thread(native.get_ident) != native.get_ident()
        assert threading.current_thread() is not None


def native_sleep(seconds: float) -> None:
    eventlet.patcher.original("time").sleep(seconds)
