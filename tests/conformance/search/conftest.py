"""The index on a real database, on both engines."""

from collections.abc import Callable, Iterator

import pytest

from chassis import migrate
from chassis.clock import SystemClock
from chassis.uow import Database
from tests.conftest import PostgresServer
from tests.factories.library import Library


@pytest.fixture
def library(new_database_url: Callable[[str | None], str]) -> Iterator[Library]:
    database = Database(new_database_url("search"), service="search", clock=SystemClock())
    yield Library(database)
    database.close()


@pytest.fixture(scope="module")
def both(
    postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Library, Library]]:
    """Return an index on each engine, which a module's tests share."""
    path = tmp_path_factory.mktemp("search") / "search.db"
    urls = (
        migrate.copy_sqlite(migrate.sqlite_template("search"), path),
        postgres_server.new_database("search"),
    )
    databases = [Database(url, service="search", clock=SystemClock()) for url in urls]
    yield Library(databases[0]), Library(databases[1])
    for database in databases:
        database.close()
