"""Counters: every try is counted before it is made."""

from collections.abc import Callable
from datetime import timedelta

import eventlet
import pytest

from chassis import counters, tables
from chassis.uow import Database
from tests.fakes.sample_database import MovableClock

MINUTE = timedelta(minutes=1)


class TestHit:
    def test_counts_up_to_the_limit_and_beyond(self, database: Database) -> None:
        hits = [counters.hit(database, "login:1", 2, MINUTE) for _ in range(3)]

        assert [(hit.count, hit.is_over) for hit in hits] == [(1, False), (2, False), (3, True)]
        assert timedelta(seconds=50) < hits[2].retry_after <= MINUTE

    def test_keeps_keys_apart(self, database: Database) -> None:
        counters.hit(database, "login:1", 1, MINUTE)

        assert counters.hit(database, "login:2", 1, MINUTE).count == 1

    def test_starts_anew_after_the_window(self, database: Database, clock: MovableClock) -> None:
        counters.hit(database, "login:1", 1, MINUTE)
        clock.moved = timedelta(seconds=59)
        last = counters.hit(database, "login:1", 1, MINUTE)
        clock.moved = timedelta(seconds=61)
        anew = counters.hit(database, "login:1", 1, MINUTE)

        assert (last.count, last.is_over) == (2, True)
        assert (anew.count, anew.is_over) == (1, False)

    def test_never_lets_wait_longer_than_a_window(
        self, database: Database, clock: MovableClock
    ) -> None:
        counters.hit(database, "login:1", 1, MINUTE)
        clock.moved = timedelta(seconds=-5)

        assert counters.hit(database, "login:1", 1, MINUTE).retry_after == MINUTE

    def test_lets_no_more_through_than_the_limit_at_once(self, database: Database) -> None:
        pool = eventlet.GreenPool(50)

        hits = list(pool.imap(lambda _: counters.hit(database, "otp:1", 5, MINUTE), range(100)))

        assert sum(not hit.is_over for hit in hits) == 5
        assert sorted(hit.count for hit in hits) == list(range(1, 101))

    def test_survives_what_it_guards(self, database: Database) -> None:
        with pytest.raises(ZeroDivisionError):
            self._try_and_fail(database)

        assert counters.hit(database, "login:1", 5, MINUTE).count == 2

    def _try_and_fail(self, database: Database) -> None:
        counters.hit(database, "login:1", 5, MINUTE)
        with database.transaction():
            raise ZeroDivisionError


class TestForget:
    def test_starts_anew(self, database: Database) -> None:
        counters.hit(database, "login:1", 5, MINUTE)

        counters.forget(database, "login:1")

        assert counters.hit(database, "login:1", 5, MINUTE).count == 1


class TestPurge:
    def test_removes_what_is_over(
        self, database: Database, clock: MovableClock, count: Callable[[object], int]
    ) -> None:
        counters.hit(database, "short", 5, MINUTE)
        counters.hit(database, "long", 5, MINUTE * 10)
        clock.moved = MINUTE * 2

        with database.transaction() as tx:
            removed = counters.purge(tx.session, now=tx.now())

        assert removed == 1
        assert count(tables.counters) == 1
