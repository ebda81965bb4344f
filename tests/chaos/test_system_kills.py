"""Killing services while enterprises publish: nothing is lost and nothing is doubled."""

import random

import pytest

from tests.chaos import checker
from tests.chaos.system import System

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(1500)]

PUBLISHES = 2_000
LEAST_KILLS = 12


@pytest.mark.proves("A1")
class TestKillingServices:
    """Killing any service loses nothing and doubles nothing."""

    def test_two_thousand_publishes_survive_random_kills(self, system: System) -> None:
        seed = 20260101
        chance = random.Random(seed)
        print(f"seed {seed}")

        with system.random_kills(
            ["standards-relay", "search", "search-2", "notify"], chance, (2.0, 5.0)
        ) as kills:
            seconds = system.publish_many(PUBLISHES)

        system.wait_ready(60)
        lag = system.wait_converged(60)
        print(
            f"figure A1: {PUBLISHES} publishes in {seconds:.0f} s, {len(kills)} kills, {lag:.1f} s"
        )
        assert len(kills) >= LEAST_KILLS
        assert len(system.ledger.accepted) == len(system.ledger.commands)
        checker.check(system)
