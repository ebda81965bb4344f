"""Fail points fail as told, and only then."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

from chassis import faults
from chassis.errors import UnavailableError


@pytest.fixture(autouse=True)
def _no_faults() -> Iterator[None]:
    yield
    faults.configure("")


class TestPoint:
    def test_does_nothing_without_a_plan(self) -> None:
        assert faults.point("relay.after_publish") is False

    def test_raises_what_looks_like_infrastructure(self) -> None:
        faults.configure("relay.after_publish:raise:1")

        with pytest.raises(UnavailableError):
            faults.point("relay.after_publish")
        assert faults.point("relay.before_publish") is False

    def test_drops_the_next_step(self) -> None:
        faults.configure(" a:drop:1 , b:sleep=0.001:1 ")

        assert faults.point("a") is True
        assert faults.point("b") is False

    def test_fails_as_often_as_told_and_the_same_way_for_a_seed(self) -> None:
        def run() -> list[bool]:
            faults.configure("a:drop:0.3", seed=7)
            return [faults.point("a") for _ in range(1000)]

        first, second = run(), run()

        assert first == second
        assert 250 < sum(first) < 350

    def test_kills_like_kill_9(self) -> None:
        code = (
            "from chassis import faults; faults.configure('a:kill:1');"
            "faults.point('b'); print('before', flush=True); faults.point('a'); print('after')"
        )

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

        assert done.returncode == -9
        assert done.stdout == b"before\n"


class TestConfigure:
    @pytest.mark.parametrize(
        "text", ["a", "a:raise", "a:explode:1", ":raise:1", "a:sleep=x:1", "a:raise:often"]
    )
    def test_refuses_what_it_cannot_read(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"point:|action"):
            faults.configure(text)
