"""A database with the plumbing and one sample table, on each engine in turn."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from chassis import db, tables
from chassis.uow import Database
from tests.fakes.sample_database import Base, MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def make_database(
    new_database_url: Callable[[str | None], str], clock: MovableClock
) -> Iterator[Callable[..., Database]]:
    """Return a function that opens the test's database; a second call opens it once more."""
    url = new_database_url(None)
    engine = db.new_engine(url)
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        Base.metadata.create_all(connection)
    engine.dispose()
    opened: list[Database] = []

    def open_database(**options: object) -> Database:
        settings = {"service": "standards", "clock": clock, "validate_events": False, **options}
        opened.append(Database(url, **settings))
        return opened[-1]

    yield open_database
    for database in opened:
        database.close()


@pytest.fixture
def database(make_database: Callable[..., Database]) -> Database:
    return make_database()


@pytest.fixture
def count(database: Database) -> Callable[[sa.Table | type[Base]], int]:
    """Return a function that counts rows."""

    def count_rows(table: sa.Table | type[Base]) -> int:
        with database.read() as session:
            return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0

    return count_rows
