"""The burst guard: one address cannot take the whole process."""

import pytest

from gateway.burst import BurstGuard
from gateway.errors import BurstError


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def count_allowed(guard: BurstGuard, address: str, tries: int) -> int:
    allowed = 0
    for _ in range(tries):
        try:
            guard.take(address)
        except BurstError:
            continue
        allowed += 1
    return allowed


class TestBurstGuard:
    def test_lets_a_burst_through_and_then_the_rate(self) -> None:
        clock = Clock()
        guard = BurstGuard(rate=10, burst=5, clock=clock)

        at_once = count_allowed(guard, "1.2.3.4", 20)
        clock.now += 1
        later = count_allowed(guard, "1.2.3.4", 20)

        assert (at_once, later) == (5, 5)

    def test_addresses_do_not_share_a_bucket_but_a_network_of_ipv6_does(self) -> None:
        guard = BurstGuard(rate=1, burst=1, clock=Clock())

        guard.take("1.2.3.4")
        guard.take("1.2.3.5")
        guard.take("2001:db8::1")

        with pytest.raises(BurstError):
            guard.take("2001:db8::2")

    def test_can_be_switched_off(self) -> None:
        guard = BurstGuard(rate=0, burst=1, clock=Clock())

        assert count_allowed(guard, "1.2.3.4", 50) == 50
