"""Workers: asked and heard, and what is left when they or their parent die.

Processes with green threads cannot be forked, so each test runs a small program.
"""

import subprocess
import sys
import textwrap
from pathlib import Path

from chassis import workers

ROOT = Path(__file__).resolve().parents[3]
BEGIN = """
import os, signal, sys, time, multiprocessing
from chassis.workers import Team, WorkerDiedError, can_start

def answer(question):
    if question == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if question == "refuse":
        raise LookupError("refused")
    if question == "sleep":
        time.sleep(60)
    return question * 2

team = Team(2, answer, passes=(ZeroDivisionError, LookupError))
"""


def run(program: str, begin: str = BEGIN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", begin + textwrap.dedent(program)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )


def output_of(program: str, begin: str = BEGIN) -> list[str]:
    done = run(program, begin)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


class TestTeam:
    def test_each_answers_its_own_in_order(self) -> None:
        written = output_of("""
            team.ask(0, "a"); team.ask(1, "b")
            print(len(team), team.answer(1), team.answer(0))
            team.ask(0, "c" * 3_000_000)
            print(len(team.answer(0)))
            team.close()
            print(multiprocessing.active_children())
        """)

        assert written == ["2 bb aa", "6000000", "[]"]

    def test_expected_errors_are_raised_here_and_the_worker_goes_on(self) -> None:
        written = output_of("""
            team.ask(0, "refuse")
            try:
                team.answer(0)
            except LookupError as error:
                print(error)
            team.ask(0, "a")
            print(team.answer(0))
            team.close()
        """)

        assert written == ["refused", "aa"]

    def test_death_is_said_with_its_code(self) -> None:
        written = output_of("""
            team.ask(0, "die")
            for ask in (False, True):
                try:
                    if ask:
                        team.ask(0, "a")
                    team.answer(0)
                except WorkerDiedError as error:
                    print(error.exit_code)
            team.ask(1, "a")
            print(team.answer(1))
            team.close()
        """)

        assert written == ["-9", "-9", "aa"]

    def test_other_errors_end_the_worker_and_are_on_standard_error(self) -> None:
        done = run(
            """
            class Other(Exception): ...
            team.close()
            def answer(question): raise Other("what failed")
            team = Team(1, answer, passes=LookupError)
            team.ask(0, "fail")
            try:
                team.answer(0)
            except WorkerDiedError as error:
                print(error.exit_code)
            team.close()
            """
        )

        assert done.stdout == "1\n"
        assert "what failed" in done.stderr

    def test_closing_ends_those_that_are_busy(self) -> None:
        written = output_of("""
            team.ask(0, "sleep")
            begun = time.monotonic()
            team.close()
            print(time.monotonic() - begun < 10, multiprocessing.active_children())
        """)

        assert written == ["True []"]

    def test_end_when_the_parent_is_killed(self) -> None:
        """Their standard output is ours: it ends when the last of them has ended."""
        done = run("os.kill(os.getpid(), signal.SIGKILL)")

        assert done.returncode == -9


class TestCanStart:
    def test_not_with_green_threads(self) -> None:
        assert not workers.can_start()

    def test_not_beside_other_threads(self) -> None:
        written = output_of(
            """
            import threading
            from chassis.workers import can_start
            print(can_start())
            event = threading.Event()
            thread = threading.Thread(target=event.wait)
            thread.start()
            print(can_start())
            event.set()
            """,
            begin="",
        )

        assert written == ["True", "False"]

    def test_there_is_a_processor(self) -> None:
        assert workers.count_cores() >= 1
