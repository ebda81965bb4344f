"""Transactions: all or nothing, and nothing left behind, whatever happens in them."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import eventlet
import greenlet
import pytest
import sqlalchemy as sa
from eventlet import timeout as eventlet_timeout
from sqlalchemy import exc

from chassis import db, faults, greenshield, postgres, sqlite
from chassis.errors import DatabaseUnavailableError, DomainError, StaleError, UnavailableError
from chassis.uow import AlreadyHandled, Database, Transaction
from tests.fakes.engines import only_postgres
from tests.fakes.sample_database import Account, MovableClock

Count = Callable[[object], int]


class RefusedError(DomainError):
    code = "test.refused"


class Stopped(BaseException):
    """Stand for anything that is no Exception."""


def open_account(tx: Transaction, username: str = "ada") -> None:
    tx.session.add(Account(username=username))


def is_free(database: Database) -> bool:
    """Say whether nothing is held: no lock, no connection, and the next writer gets through."""
    with eventlet.Timeout(2), database.transaction() as tx:
        tx.session.execute(sa.select(Account))
    return database.writer.pool.checkedout() == 0 and database.reader.pool.checkedout() == 0


class TestTransaction:
    def test_keeps_what_was_done(self, database: Database, count: Count) -> None:
        with database.transaction() as tx:
            open_account(tx)

        assert count(Account) == 1

    @pytest.mark.parametrize(
        "error", [RefusedError(), ZeroDivisionError(), greenlet.GreenletExit(), Stopped()]
    )
    def test_undoes_all_when_an_error_leaves_it(
        self, database: Database, count: Count, error: BaseException
    ) -> None:
        with pytest.raises(type(error)), database.transaction() as tx:  # noqa: PT012 - one block
            open_account(tx)
            tx.session.flush()
            raise error

        assert count(Account) == 0
        assert is_free(database)

    def test_refuses_a_second_one_inside(self, database: Database) -> None:
        with (
            pytest.raises(RuntimeError),
            database.transaction(),
            database.transaction(),
        ):
            pass

        assert is_free(database)

    def test_reads_within_see_what_was_committed_before(self, database: Database) -> None:
        with database.transaction() as tx:
            open_account(tx)
            tx.session.flush()
            with database.read() as session:
                seen = session.scalars(sa.select(Account)).all()

        assert seen == []

    def test_turns_a_stale_write_into_a_conflict(self, database: Database) -> None:
        with database.transaction() as tx:
            open_account(tx)
        with database.read() as session:
            old = session.scalars(sa.select(Account)).one()
        with database.transaction() as tx:
            tx.session.scalars(sa.select(Account)).one().balance = 1

        old.balance = 2

        with pytest.raises(StaleError), database.transaction() as tx:
            tx.session.add(old)

    def test_names_the_unique_constraint_that_was_broken(self, database: Database) -> None:
        with database.transaction() as tx:
            open_account(tx)

        with pytest.raises(exc.IntegrityError) as caught, database.transaction() as tx:
            open_account(tx)

        assert db.unique_violation(caught.value, "uq_account_username")
        assert not db.unique_violation(caught.value, "pk_account")

    def test_keeps_moments_aware_and_in_utc(self, database: Database) -> None:
        beijing = timezone(timedelta(hours=8))
        opened_at = datetime(2026, 3, 1, 7, 30, 0, 123456, tzinfo=beijing)

        with database.transaction() as tx:
            tx.session.add(Account(username="ada", opened_at=opened_at))
        with database.read() as session:
            stored = session.scalars(sa.select(Account.opened_at)).one()

        assert stored == opened_at
        assert stored.tzinfo is UTC

    def test_refuses_a_naive_moment(self, database: Database) -> None:
        naive = datetime(2026, 3, 1)  # noqa: DTZ001 - the point of the test

        with pytest.raises(exc.StatementError), database.transaction() as tx:
            tx.session.add(Account(username="ada", opened_at=naive))

    def test_tells_the_time_moved_by_the_clock(
        self, database: Database, clock: MovableClock
    ) -> None:
        clock.moved = timedelta(days=1)

        with database.transaction() as tx:
            now = tx.now()

        assert abs(now - datetime.now(UTC) - timedelta(days=1)) < timedelta(seconds=5)

    def test_tells_the_same_time_in_statements(
        self, database: Database, clock: MovableClock
    ) -> None:
        clock.moved = timedelta(hours=-3)

        with database.transaction() as tx:
            in_sql = tx.session.scalar(sa.select(tx.sql_now(plus=timedelta(hours=1))))
            told = tx.now()

        assert abs(told + timedelta(hours=1) - in_sql) < timedelta(seconds=1)

    def test_notes_the_delivery_it_handles(self, database: Database, count: Count) -> None:
        delivery = _Delivery()

        with database.transaction(delivery) as tx:
            open_account(tx)
        with pytest.raises(AlreadyHandled), database.transaction(delivery) as tx:
            open_account(tx, "bob")

        assert count(Account) == 1

    def test_forgets_the_delivery_that_failed(self, database: Database, count: Count) -> None:
        delivery = _Delivery()
        with pytest.raises(RefusedError), database.transaction(delivery):
            raise RefusedError

        with database.transaction(delivery) as tx:
            open_account(tx)

        assert count(Account) == 1

    @pytest.mark.parametrize("option", ["AUTOCOMMIT", "SERIALIZABLE"])
    def test_refuses_another_isolation_level(self, database: Database, option: str) -> None:
        with pytest.raises(ValueError, match="isolation_level"):
            database.writer.execution_options(isolation_level=option)
        with database.writer.connect() as connection, pytest.raises(ValueError, match="isolation"):
            connection.execution_options(isolation_level=option)


class TestRead:
    def test_sees_one_snapshot(self, database: Database) -> None:
        with database.transaction() as tx:
            open_account(tx)

        with database.read() as session:
            first = session.scalars(sa.select(Account.username)).all()
            with database.transaction() as tx:
                open_account(tx, "bob")
            second = session.scalars(sa.select(Account.username)).all()

        assert first == second == ["ada"]

    def test_cannot_write(self, database: Database, count: Count) -> None:
        with pytest.raises(exc.DBAPIError), database.read() as session:  # noqa: PT012 - one block
            session.add(Account(username="ada"))
            session.flush()

        assert count(Account) == 0
        assert is_free(database)


@pytest.fixture
def during_commit(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Let each commit take a while, in which the functions in this list are called."""
    settle = greenshield._settle
    interruptions: list[Callable[[], None]] = []

    def settle_late(*arguments: Any, **options: Any) -> None:
        for interrupt in interruptions:
            eventlet.spawn_after(0, interrupt)
        eventlet.sleep(0.05)
        settle(*arguments, **options)

    monkeypatch.setattr(greenshield, "_settle", settle_late)
    return interruptions


class TestInterruption:
    """A green thread may be killed or run out of time wherever it waits."""

    def test_in_the_queue_leaves_the_queue(self, database: Database) -> None:
        waiting: list[Any] = []
        with database.transaction() as tx:
            tx.session.execute(sa.select(Account))
            waiting = [eventlet.spawn(self._write, database, f"user{n}") for n in range(3)]
            eventlet.sleep(0.05)
            eventlet.kill(waiting[1])

        eventlet.sleep(0.2)
        assert is_free(database)

    def test_in_the_work_undoes_it(self, database: Database, count: Count) -> None:
        def work() -> None:
            with database.transaction() as tx:
                open_account(tx)
                tx.session.flush()
                eventlet.sleep(10)

        thread = eventlet.spawn(work)
        eventlet.sleep(0.05)
        eventlet.kill(thread)

        assert count(Account) == 0
        assert is_free(database)

    def test_by_a_timeout_undoes_it(self, database: Database, count: Count) -> None:
        with (  # noqa: PT012 - one block
            pytest.raises(eventlet_timeout.Timeout),
            eventlet.Timeout(0.05),
            database.transaction() as tx,
        ):
            open_account(tx)
            tx.session.flush()
            eventlet.sleep(10)

        assert count(Account) == 0
        assert is_free(database)

    @pytest.mark.proves("C1")
    def test_of_a_commit_never_lies_about_the_outcome(
        self, database: Database, count: Count
    ) -> None:
        reported = 0

        for number in range(60):
            try:
                with eventlet.Timeout(0.0005 * (number % 10)):
                    self._write(database, f"user{number}")
            except eventlet_timeout.Timeout:
                continue
            reported += 1

        assert count(Account) == reported
        assert is_free(database)

    @pytest.mark.proves("C1")
    def test_by_a_kill_during_the_commit_keeps_it_and_dies_afterwards(
        self, database: Database, count: Count, during_commit: list[Callable[[], None]]
    ) -> None:
        steps: list[str] = []

        def work() -> None:
            self._write(database, "ada")
            steps.append("committed")
            eventlet.sleep(0.01)
            steps.append("lived on")

        thread = eventlet.spawn(work)
        during_commit.append(lambda: eventlet.kill(thread))
        while not thread.dead:
            eventlet.sleep(0.01)

        assert count(Account) == 1
        assert steps == ["committed"]
        during_commit.clear()
        assert is_free(database)

    def test_by_a_timeout_during_the_commit_is_dropped(
        self, database: Database, count: Count, during_commit: list[Callable[[], None]]
    ) -> None:
        me = greenlet.getcurrent()
        interruption = eventlet_timeout.Timeout()
        interruption.cancel()
        during_commit.append(lambda: me.throw(interruption))

        self._write(database, "ada")

        assert count(Account) == 1

    def _write(self, database: Database, username: str) -> None:
        with database.transaction() as tx:
            open_account(tx, username)


class TestFailPoints:
    """A fault right before the commit undoes it, one right after leaves it done (C2)."""

    @pytest.mark.proves("C2")
    @pytest.mark.parametrize(("point", "expected"), [("before", 0), ("after", 1)])
    def test_around_the_commit(
        self, database: Database, count: Count, point: str, expected: int
    ) -> None:
        faults.configure(f"database.{point}_commit:raise:1")
        try:
            with pytest.raises(UnavailableError), database.transaction() as tx:
                open_account(tx)
        finally:
            faults.configure("")

        assert count(Account) == expected
        assert is_free(database)


class TestManyWriters:
    def test_lose_no_update(self, database: Database) -> None:
        with database.transaction() as tx:
            open_account(tx)

        def add_one(_: int) -> None:
            with database.transaction() as tx:
                found = sa.select(Account).with_for_update()
                tx.session.scalars(found).one().balance += 1

        list(eventlet.GreenPool(20).imap(add_one, range(60)))

        with database.read() as session:
            assert session.scalars(sa.select(Account.balance)).one() == 60

    def test_do_not_starve_a_polite_one(self, database: Database) -> None:
        until = time.monotonic() + 1.0

        def be_busy(number: int) -> None:
            done = 0
            while time.monotonic() < until:
                done += 1
                with database.transaction() as tx:
                    open_account(tx, f"busy{number}.{done}")

        busy = [eventlet.spawn(be_busy, number) for number in range(3)]
        waits = []
        while time.monotonic() < until:
            eventlet.sleep(0.02)
            begun = time.monotonic()
            with database.transaction() as tx:
                open_account(tx, f"polite{len(waits)}")
            waits.append(time.monotonic() - begun)
        for thread in busy:
            thread.wait()

        assert len(waits) >= 5
        assert max(waits) < 0.6


class TestPing:
    def test_answers(self, database: Database) -> None:
        database.ping()

    @only_postgres
    def test_tells_of_a_database_that_is_away(self, database: Database) -> None:
        url = database.url.set(port=1).render_as_string(hide_password=False)

        with pytest.raises(DatabaseUnavailableError):
            Database(url, service="standards", clock=MovableClock()).ping()


class TestEngines:
    @pytest.mark.parametrize(
        "url",
        ["sqlite://", "sqlite:///:memory:", "postgresql://x/y", "postgresql+psycopg://x/y"],
    )
    def test_refuse_what_cannot_work(self, url: str) -> None:
        with pytest.raises(ValueError, match="database"):
            db.new_engine(url)

    def test_have_their_limits(self, database: Database) -> None:
        with database.transaction() as tx:
            connection = tx.session.connection()
            if database.is_postgres:
                names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
                told = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
            else:
                names = ("busy_timeout", "journal_mode", "synchronous", "foreign_keys")
                told = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in names]

        assert told == (["5s", "2s", "10s"] if database.is_postgres else [0, "wal", 2, 1])
        assert postgres.ANSWER_SECONDS > postgres.STATEMENT_SECONDS
        assert sqlite.LOCK_SECONDS == 5


class _Event:
    id = "0199c2f4-0000-7000-8000-000000000001"


class _Delivery:
    event = _Event()
    handler = "search.handle_declaration_published"
