"""tools.simulation: chance, trace, numbers and the faults of the world."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from chassis.clock import VirtualClock
from chassis.errors import DatabaseUnavailableError
from tools.simulation.chance import Chance
from tools.simulation.databases import Numbers
from tools.simulation.trace import Trace
from tools.simulation.world import FAULTS, World

NOW = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)


class TestChance:
    def test_is_the_same_for_a_seed(self) -> None:
        first, again = Chance(7), Chance(7)

        assert [first.whole(0, 99) for _ in range(9)] == [again.whole(0, 99) for _ in range(9)]

    def test_bytes_do_not_change_what_happens(self) -> None:
        plain, greedy = Chance(7), Chance(7)
        greedy.bytes(1000)

        assert plain.between(0, 1) == greedy.between(0, 1)


class TestTrace:
    def test_hash_depends_on_order_and_time(self) -> None:
        def hash_of(*lines: str, pause: int = 0) -> str:
            clock = VirtualClock(NOW)
            trace = Trace(clock)
            for line in lines:
                trace.add(line)
                clock.advance(timedelta(seconds=pause))
            return trace.hash

        assert hash_of("a", "b") == hash_of("a", "b")
        assert len({hash_of("a", "b"), hash_of("b", "a"), hash_of("a", "b", pause=1)}) == 3


class TestNumbers:
    def test_each_is_given_once_and_some_come_late(self) -> None:
        clock, late = VirtualClock(NOW), Counter[str]()
        numbers = Numbers(Chance(3), clock, lambda: late.update(["late"]))

        given = []
        for row_id in range(1, 301):
            given.append(numbers.next(f"s{row_id}", row_id))
            clock.advance(timedelta(seconds=1))

        assert len(set(given)) == len(given)
        assert 0 < late["late"] == sum(later < max(given[:place]) for place, later in
                                       enumerate(given) if place)  # fmt: skip

    def test_rows_of_one_subject_keep_their_order(self) -> None:
        clock = VirtualClock(NOW)
        numbers = Numbers(Chance(3), clock, lambda: None)

        given = [numbers.next("the one", row_id) for row_id in range(1, 301)]

        assert given == sorted(given)


class TestWorld:
    def test_nothing_strikes_while_it_is_calm(self) -> None:
        world = World(1, start=NOW)

        assert not any(world.strikes(name) for name in FAULTS for _ in range(1000))
        assert world.trace.faults == Counter()

    def test_a_commit_may_fail(self) -> None:
        world = World(4, start=NOW)
        world.is_calm = False

        def commit_often() -> None:
            for _ in range(10_000):
                world.point("database.before_commit")

        with pytest.raises(DatabaseUnavailableError):
            commit_often()

        assert world.trace.faults["database.not_committed"] == 1
