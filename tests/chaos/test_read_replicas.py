"""Searches that read from a streaming standby: it lags, it freezes, it dies."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import migrate
from chassis.clock import SystemClock
from chassis.errors import DatabaseUnavailableError
from chassis.read_replicas import ReadReplicas
from chassis.uow import Database
from services.search import queries
from services.search.queries import Filters
from tests.chaos.harness import wait_until
from tests.factories.library import Library
from tools.backing import BackingError, PostgresCluster, PostgresStandby

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(180)]

PATIENCE = 60
IS_STANDBY = sa.text("SELECT pg_is_in_recovery()")


@pytest.fixture(scope="module")
def primary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    cluster = PostgresCluster(tmp_path_factory.mktemp("primary"), fsync=False)
    try:
        cluster.start()
    except BackingError as error:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            raise
        pytest.skip(str(error))
    migrate.upgrade(cluster.create_database("search"), "search")
    yield cluster
    cluster.resume()
    cluster.remove()


@pytest.fixture
def standby(primary: PostgresCluster, tmp_path: Path) -> Iterator[PostgresStandby]:
    primary.start()
    standby = PostgresStandby(primary, tmp_path / "standby").start()
    yield standby
    standby.resume()
    standby.remove()


@pytest.fixture
def database(primary: PostgresCluster) -> Iterator[Database]:
    database = Database(primary.url("search"), service="search", clock=SystemClock())
    yield database
    database.close()


@pytest.fixture
def replicas(standby: PostgresStandby, database: Database) -> Iterator[ReadReplicas]:
    replicas = ReadReplicas(database, [standby.url("search")], max_lag=timedelta(seconds=10))
    yield replicas
    replicas.close()


def is_standby(session: Session) -> bool:
    return bool(session.scalar(IS_STANDBY))


def watched(replicas: ReadReplicas) -> bool:
    """Look after the replicas, as the service does each second; tell whether one is read."""
    replicas.watch("test")
    return replicas.read(is_standby)


def found(session: Session) -> list[str]:
    page = queries.search(session, query="保温杯", filters=Filters(), after=None, limit=15)
    return [item["number"] for item in page.items]


class TestReplica:
    def test_is_read_once_it_is_known_to_follow(
        self, replicas: ReadReplicas, database: Database
    ) -> None:
        assert not replicas.read(is_standby)
        wait_until(lambda: watched(replicas), PATIENCE)

        number = Library(database).add(
            "Q/FOLLOWS-2024", title="保温杯", record_number="Q-1-202401010000-0001"
        )

        wait_until(lambda: number in replicas.read(found), PATIENCE)
        assert replicas.read(is_standby)

    def test_that_died_is_left_out_without_anybody_noticing(
        self, replicas: ReadReplicas, standby: PostgresStandby
    ) -> None:
        wait_until(lambda: watched(replicas), PATIENCE)
        standby.kill()

        assert [replicas.read(is_standby) for _ in range(5)] == [False] * 5
        assert not watched(replicas)
        standby.start()
        wait_until(lambda: watched(replicas), PATIENCE)

    def test_that_is_frozen_is_left_out(
        self, replicas: ReadReplicas, standby: PostgresStandby
    ) -> None:
        wait_until(lambda: watched(replicas), PATIENCE)
        standby.pause()

        assert not replicas.read(is_standby)
        assert not watched(replicas)
        standby.resume()
        wait_until(lambda: watched(replicas), PATIENCE)

    def test_that_lags_is_left_out_until_it_has_caught_up(
        self, standby: PostgresStandby, database: Database
    ) -> None:
        replicas = ReadReplicas(database, [standby.url("search")], max_lag=timedelta(seconds=3))
        wait_until(lambda: watched(replicas), PATIENCE)
        standby.pause_replay()

        wait_until(lambda: not watched(replicas), PATIENCE)
        standby.resume_replay()
        wait_until(lambda: watched(replicas), PATIENCE)
        replicas.close()

    def test_is_read_when_nobody_else_is_left(
        self, replicas: ReadReplicas, primary: PostgresCluster
    ) -> None:
        wait_until(lambda: watched(replicas), PATIENCE)
        primary.kill()
        replicas.watch("test")

        assert replicas.read(is_standby)
        primary.start()

    def test_s_refusal_is_not_the_last_word(
        self, replicas: ReadReplicas, standby: PostgresStandby, database: Database
    ) -> None:
        """What the replica does not know yet, the primary may know."""
        wait_until(lambda: watched(replicas), PATIENCE)
        standby.pause_replay()
        library = Library(database)
        library.add("Q/NEW-2024", title="新的", record_number="Q-1-202401010000-0002")
        [item] = library.search("Q/NEW-2024").items

        document: dict[str, Any] = replicas.read(
            lambda session: queries.find_document(session, record_number=item["record_number"])
        )

        assert document["declaration_id"] == item["declaration_id"]

    def test_and_primary_away_is_told(
        self, replicas: ReadReplicas, standby: PostgresStandby, primary: PostgresCluster
    ) -> None:
        standby.kill()
        primary.kill()

        with pytest.raises(DatabaseUnavailableError):
            replicas.read(is_standby)
        primary.start()
