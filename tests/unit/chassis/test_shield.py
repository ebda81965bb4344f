"""Shielded work is finished, and its outcome known, whatever is thrown at who waits."""

import time

import eventlet
import pytest

from chassis import shield


def slow() -> str:
    eventlet.sleep(0.05)
    return "done"


class TestRunShielded:
    @pytest.mark.parametrize("natively", [True, False])
    def test_returns_the_result(self, *, natively: bool) -> None:
        assert shield.run_shielded(lambda: 7, natively=natively) == 7

    @pytest.mark.parametrize("natively", [True, False])
    def test_raises_the_work_s_own_error(self, *, natively: bool) -> None:
        def fail() -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            shield.run_shielded(fail, natively=natively)

    def test_drops_a_timeout(self) -> None:
        with eventlet.Timeout(0.01):
            assert shield.run_shielded(slow) == "done"

    def test_delivers_a_kill_afterwards(self) -> None:
        steps: list[str] = []

        def work() -> None:
            steps.append(shield.run_shielded(slow))
            eventlet.sleep(0)
            steps.append("lived on")

        thread = eventlet.spawn(work)
        eventlet.sleep(0.01)
        for _ in range(3):
            eventlet.kill(thread)
        eventlet.sleep(0.1)

        assert steps == ["done"]

    def test_lets_others_go_on_meanwhile(self) -> None:
        ticks: list[float] = []

        def tick() -> None:
            while True:
                ticks.append(time.monotonic())
                eventlet.sleep(0.005)

        ticker = eventlet.spawn(tick)
        sleep = shield.unpatched("time").sleep
        shield.run_shielded(lambda: sleep(0.1), natively=True)
        ticker.kill()

        assert len(ticks) > 5

    def test_runs_in_place_without_green_threads(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(shield, "is_green", lambda: False)

        assert shield.run_shielded(lambda: 7, natively=True) == 7
        assert shield.unpatched("json").__name__ == "json"
