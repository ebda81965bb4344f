"""A service that does not answer is left alone for a while."""

import pytest

from chassis.breaker import Breaker


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(failures=3, open_seconds=10, clock=clock)


def fail(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.enter()
        breaker.fail()


class TestBreaker:
    def test_is_closed_at_first(self, breaker: Breaker) -> None:
        assert breaker.enter() == 0
        assert not breaker.is_open

    def test_opens_after_failures_in_a_row(self, breaker: Breaker) -> None:
        fail(breaker, 3)

        assert breaker.is_open
        assert breaker.enter() == 10

    def test_a_success_in_between_counts_anew(self, breaker: Breaker) -> None:
        fail(breaker, 2)
        breaker.succeed()
        fail(breaker, 2)

        assert breaker.enter() == 0

    def test_lets_one_call_through_to_find_out(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now += 10

        assert breaker.enter() == 0
        assert breaker.enter() > 0

    def test_closes_when_that_one_succeeds(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now += 10
        breaker.enter()
        breaker.succeed()

        assert breaker.enter() == 0
        assert not breaker.is_open

    def test_stays_open_when_that_one_fails(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now += 10
        fail(breaker, 1)

        assert breaker.enter() == 10

    def test_an_abandoned_one_lets_the_next_try(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now += 10
        breaker.enter()
        breaker.abandon()

        assert breaker.enter() == 0

    def test_late_failures_do_not_keep_it_open_longer(self, breaker: Breaker, clock: Clock) -> None:
        fail(breaker, 3)
        clock.now += 8

        breaker.fail()

        assert breaker.enter() == 2
