"""PostgreSQL that is restarted, frozen, or lost in the middle of a commit."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa

from chassis import db, tables
from chassis.clock import SystemClock
from chassis.context import Call
from chassis.errors import DatabaseUnavailableError
from chassis.uow import Database, Transaction
from contracts.events import DECLARATION_PUBLISHED
from tests.fakes.sample_database import Account, Base
from tools.backing import BackingError, PostgresCluster

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(180)]
# What a caller waits at most, with a factor for a busy machine.
LONGEST_SECONDS = 7.0 * 2

SLOW_COMMIT = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN PERFORM pg_sleep(1); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON account
DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION dawdle();
"""


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[PostgresCluster]:
    cluster = PostgresCluster(tmp_path / "postgres")
    try:
        cluster.start()
    except BackingError as error:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            raise
        pytest.skip(str(error))
    yield cluster
    cluster.resume()
    cluster.remove()


@pytest.fixture
def database(cluster: PostgresCluster) -> Iterator[Database]:
    url = cluster.create_database("standards")
    engine = db.new_engine(url)
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        Base.metadata.create_all(connection)
    engine.dispose()
    database = Database(url, service="standards", clock=SystemClock(), validate_events=False)
    yield database
    database.close()


def open_account(*, tx: Transaction, username: str) -> dict[str, str]:
    tx.session.add(Account(username=username))
    tx.emit(DECLARATION_PUBLISHED, subject=username, sequence=1, data={})
    return {"username": username}


def command(database: Database, username: str) -> dict[str, str]:
    return database.command(Call(idempotency_key=username), open_account, username=username)


def usernames(database: Database) -> list[str]:
    with database.read() as session:
        return list(session.scalars(sa.select(Account.username).order_by(Account.id)))


def fails_soon(work: Callable[..., Any], *arguments: Any) -> float:
    begun = time.monotonic()
    with pytest.raises(DatabaseUnavailableError):
        work(*arguments)
    return time.monotonic() - begun


class TestRestart:
    def test_between_transactions_is_not_noticed(
        self, cluster: PostgresCluster, database: Database
    ) -> None:
        for number in range(8):
            eventlet.spawn(command, database, f"warm{number}")
        command(database, "before")
        usernames(database)

        cluster.stop()
        seconds = fails_soon(command, database, "during")
        cluster.start()
        command(database, "after")

        assert seconds < LONGEST_SECONDS
        assert usernames(database)[-1] == "after"
        assert "during" not in usernames(database)

    def test_after_a_crash_is_not_noticed(
        self, cluster: PostgresCluster, database: Database
    ) -> None:
        command(database, "before")
        usernames(database)

        cluster.kill()
        cluster.start()

        assert usernames(database) == ["before"]
        command(database, "after")
        assert usernames(database) == ["before", "after"]

    def test_within_a_transaction_is_an_outage(
        self, cluster: PostgresCluster, database: Database
    ) -> None:
        with pytest.raises(DatabaseUnavailableError), database.transaction() as tx:  # noqa: PT012 - one block
            open_account(tx=tx, username="lost")
            tx.session.flush()
            cluster.stop("immediate")
            tx.session.execute(sa.select(Account))
        cluster.start()

        assert usernames(database) == []


class TestFrozenServer:
    def test_is_given_up(self, cluster: PostgresCluster, database: Database) -> None:
        command(database, "before")
        cluster.pause()

        seconds = [
            fails_soon(command, database, "during"),
            fails_soon(usernames, database),
        ]
        cluster.resume()

        assert max(seconds) < LONGEST_SECONDS
        give_up_at = time.monotonic() + 10
        while "after" not in usernames(database):
            command(database, "after")
            assert time.monotonic() < give_up_at

    def test_lets_other_green_threads_go_on(
        self, cluster: PostgresCluster, database: Database
    ) -> None:
        command(database, "before")
        cluster.pause()
        gaps: list[float] = []

        def tick() -> None:
            while True:
                begun = time.monotonic()
                eventlet.sleep(0.01)
                gaps.append(time.monotonic() - begun)

        ticker = eventlet.spawn(tick)
        fails_soon(command, database, "during")
        ticker.kill()
        cluster.resume()

        assert max(gaps) < 1


class TestLostCommit:
    @pytest.mark.proves("C1")
    @pytest.mark.parametrize("how", ["kill", "terminate"])
    def test_is_an_outage_and_the_retry_is_safe(
        self, cluster: PostgresCluster, database: Database, how: str
    ) -> None:
        cluster.execute(SLOW_COMMIT, "standards")
        thread = eventlet.spawn(command, database, "ada")
        eventlet.sleep(0.5)

        if how == "kill":
            cluster.kill()
        else:
            cluster.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = 'standards' AND state = 'active'"
            )
        with pytest.raises(DatabaseUnavailableError):
            thread.wait()
        cluster.start()
        answers = [command(database, "ada") for _ in range(2)]

        assert answers == [{"username": "ada"}] * 2
        assert usernames(database) == ["ada"]

    def test_that_succeeded_is_answered_from_memory(
        self, cluster: PostgresCluster, database: Database
    ) -> None:
        """The server commits, but its answer never arrives: the client's side is cut off."""
        cluster.execute(SLOW_COMMIT, "standards")
        used: list[Any] = []
        sa.event.listen(database.writer, "checkout", lambda raw, *_: used.append(raw))
        thread = eventlet.spawn(command, database, "ada")
        eventlet.sleep(0.5)
        _cut_off(used[-1])

        with pytest.raises(DatabaseUnavailableError):
            thread.wait()
        eventlet.sleep(1.5)

        assert usernames(database) == ["ada"]
        assert command(database, "ada") == {"username": "ada"}
        with database.read() as session:
            assert session.scalar(sa.select(sa.func.count()).select_from(tables.outbox)) == 1


@pytest.mark.proves("C1")
def test_everything_acknowledged_is_there_after_three_crashes(
    cluster: PostgresCluster, database: Database
) -> None:
    acknowledged: list[str] = []
    is_over = False

    def write(writer: int) -> None:
        number = 0
        while not is_over:
            number += 1
            name = f"user{writer}.{number}"
            while not is_over:
                try:
                    command(database, name)
                except DatabaseUnavailableError:
                    eventlet.sleep(0.05)
                    continue
                acknowledged.append(name)
                break
            eventlet.sleep(0.1)

    writers = [eventlet.spawn(write, number) for number in range(5)]
    for _ in range(3):
        eventlet.sleep(1)
        cluster.kill()
        cluster.start()
    eventlet.sleep(1)
    is_over = True
    for writer in writers:
        writer.wait()

    stored = usernames(database)
    print(f"C1: {len(acknowledged)} acknowledged over 3 crashes")
    assert len(acknowledged) > 20
    assert len(stored) == len(set(stored))
    assert set(acknowledged) <= set(stored)


def _cut_off(connection: Any) -> None:
    """Shut the connection for reading, as a broken network would."""
    with socket.socket(fileno=os.dup(connection.fileno())) as ours:
        ours.shutdown(socket.SHUT_RD)
