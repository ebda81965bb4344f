"""Leases: one holder at a time, and another one soon after it is gone."""

from datetime import timedelta

import eventlet
import pytest

from chassis import leases
from chassis.errors import DatabaseUnavailableError
from chassis.uow import Database
from tests.fakes.engines import only_postgres
from tests.fakes.sample_database import MovableClock

TEN_SECONDS = timedelta(seconds=10)


def acquire(database: Database, holder: str) -> bool:
    with database.transaction() as tx:
        return leases.acquire(tx, "relay", holder, TEN_SECONDS)


def holds(database: Database, holder: str) -> bool:
    with database.transaction() as tx:
        return leases.holds(tx, "relay", holder)


class TestLease:
    def test_has_one_holder(self, database: Database) -> None:
        taken = [acquire(database, "first"), acquire(database, "second")]

        assert taken == [True, False]
        assert holds(database, "first")
        assert not holds(database, "second")

    def test_has_one_holder_among_many_who_want_it(self, database: Database) -> None:
        pool = eventlet.GreenPool(10)

        taken = list(pool.imap(lambda number: acquire(database, f"n{number}"), range(10)))

        assert sum(taken) == 1

    def test_is_renewed(self, database: Database, clock: MovableClock) -> None:
        acquire(database, "first")
        clock.moved = timedelta(seconds=8)
        renewed = acquire(database, "first")
        clock.moved = timedelta(seconds=16)

        assert renewed
        assert holds(database, "first")
        assert not acquire(database, "second")

    def test_ends_by_itself(self, database: Database, clock: MovableClock) -> None:
        acquire(database, "first")
        clock.moved = timedelta(seconds=11)

        assert not holds(database, "first")
        assert acquire(database, "second")
        assert not acquire(database, "first")

    def test_is_given_back(self, database: Database) -> None:
        acquire(database, "first")

        with database.transaction() as tx:
            leases.release(tx, "relay", "second")
            leases.release(tx, "relay", "first")

        assert acquire(database, "second")

    def test_cannot_be_taken_while_its_holder_works(
        self, database: Database, clock: MovableClock
    ) -> None:
        acquire(database, "first")

        with database.transaction() as tx:
            assert leases.holds(tx, "relay", "first")
            clock.moved = timedelta(seconds=11)
            thief = eventlet.spawn(acquire, database, "second")
            eventlet.sleep(0.1)
            was_waiting = not thief.dead
            thief.kill()

        assert was_waiting

    @only_postgres
    def test_says_so_when_the_wait_is_too_long(
        self, database: Database, clock: MovableClock
    ) -> None:
        acquire(database, "first")

        with database.transaction() as tx:
            leases.holds(tx, "relay", "first")
            clock.moved = timedelta(seconds=11)
            thief = eventlet.spawn(acquire, database, "second")
            with pytest.raises(DatabaseUnavailableError):
                thief.wait()
