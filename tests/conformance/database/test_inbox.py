"""The inbox: a handler does each message once, later if need be, and gives up loudly."""

from collections.abc import Callable
from datetime import timedelta

import eventlet
import pytest
import sqlalchemy as sa

from chassis import inbox, tables
from chassis.uow import AlreadyHandled, Database
from tests.fakes.engines import only_sqlite
from tests.fakes.sample_database import Account, MovableClock

Count = Callable[[object], int]
HANDLER = "search.handle_declaration_published"


class Event:
    id = "e1"


class Delivery:
    event = Event()
    handler = HANDLER


def put(database: Database, *event_ids: str, handler: str = HANDLER) -> int:
    arrivals = [inbox.Arrival(event_id, handler, '{"id": 1}') for event_id in event_ids]
    with database.transaction() as tx:
        return inbox.put(tx.session, arrivals, now=tx.now())


def due(database: Database) -> list[inbox.Entry]:
    with database.read() as session:
        return inbox.due(session, HANDLER, database.clock.now() + timedelta(seconds=1))


class TestPut:
    def test_adds_each_message_once(self, database: Database) -> None:
        added = [put(database, "e1", "e2"), put(database, "e2", "e3")]

        assert added == [2, 1]
        assert [entry.event_id for entry in due(database)] == ["e1", "e2", "e3"]

    def test_keeps_handlers_apart(self, database: Database) -> None:
        put(database, "e1")

        assert put(database, "e1", handler="notify.other") == 1

    def test_does_not_revive_what_is_done(self, database: Database) -> None:
        put(database, "e1")
        with database.transaction(Delivery()):
            pass

        assert put(database, "e1") == 0
        assert due(database) == []


class TestSettle:
    def test_is_done_once_by_deliveries_at_the_same_moment(
        self, database: Database, count: Count
    ) -> None:
        put(database, "e1")

        def handle(number: int) -> bool:
            try:
                with database.transaction(Delivery()) as tx:
                    tx.session.add(Account(username=f"user{number}"))
                    eventlet.sleep(0.01)
            except AlreadyHandled:
                return False
            return True

        outcomes = list(eventlet.GreenPool(8).imap(handle, range(8)))

        assert sum(outcomes) == 1
        assert count(Account) == 1

    def test_forgets_the_content_of_what_is_done(self, database: Database) -> None:
        put(database, "e1")

        with database.transaction(Delivery()):
            pass

        with database.read() as session:
            row = session.execute(sa.select(tables.inbox)).one()
        assert (row.state, row.body) == (inbox.DONE, None)


class TestRetry:
    def test_waits_until_it_is_due(self, database: Database, clock: MovableClock) -> None:
        put(database, "e1")
        at = clock.now() + timedelta(seconds=10)

        with database.transaction() as tx:
            inbox.retry(tx.session, "e1", HANDLER, at=at, reason="ValueError")

        assert due(database) == []
        with database.read() as session:
            assert inbox.next_due_at(session, HANDLER) == at
        clock.moved = timedelta(seconds=11)
        (entry,) = due(database)
        assert (entry.attempts, entry.reason) == (1, "ValueError")

    def test_does_not_count_a_wait_for_infrastructure(
        self, database: Database, clock: MovableClock
    ) -> None:
        put(database, "e1")

        with database.transaction() as tx:
            inbox.retry(
                tx.session, "e1", HANDLER, at=clock.now(), reason="database", is_counted=False
            )

        assert due(database)[0].attempts == 0


class TestDead:
    def test_is_listed_counted_and_replayed(self, database: Database, clock: MovableClock) -> None:
        put(database, "e1", "e2")
        with database.transaction() as tx:
            inbox.bury(tx.session, "e1", HANDLER, reason="bad payload", now=clock.now())

        with database.read() as session:
            dead = inbox.dead(session)
            others = inbox.dead(session, "notify.other")
            counts = inbox.counts(session)
        with database.transaction() as tx:
            replayed = inbox.replay(tx.session, [entry.id for entry in dead], now=clock.now())

        assert [(entry.event_id, entry.reason) for entry in dead] == [("e1", "bad payload")]
        assert others == []
        assert counts == {(HANDLER, inbox.DEAD): 1, (HANDLER, inbox.WAITING): 1}
        assert replayed == 1
        assert [entry.attempts for entry in due(database)] == [0, 0]

    def test_replays_only_what_is_dead(self, database: Database, clock: MovableClock) -> None:
        put(database, "e1")

        with database.transaction() as tx:
            assert inbox.replay(tx.session, [1], now=clock.now()) == 0


class TestIndexes:
    @only_sqlite
    def test_keep_the_work_list_apart_from_what_is_done(self, database: Database) -> None:
        """A handler with a long past finds its next message at once.

        PostgreSQL decides by the size of the table, so only SQLite's plan says something here.
        """
        query = sa.text(
            "EXPLAIN QUERY PLAN SELECT id FROM inbox WHERE state != 'DONE' AND handler = :handler"
            " AND state = :state AND due_at <= 'x' ORDER BY id LIMIT 50"
        )

        with database.read() as session:
            plan = str(session.execute(query, {"handler": "h", "state": "WAITING"}).all())

        assert "USING INDEX ix_inbox_open " in plan
        assert "B-TREE" not in plan


class TestPurge:
    @pytest.mark.parametrize(("days", "expected"), [(29, 0), (31, 1)])
    def test_forgets_only_what_was_done_long_ago(
        self, database: Database, clock: MovableClock, days: int, expected: int
    ) -> None:
        put(database, "e1", "e2", "e3")
        with database.transaction(Delivery()) as tx:
            inbox.bury(tx.session, "e2", HANDLER, reason="bad", now=clock.now())
        clock.moved = timedelta(days=days)

        with database.transaction() as tx:
            assert inbox.purge(tx.session, now=tx.now()) == expected
