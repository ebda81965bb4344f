"""The index on a real database, on both engines."""

from collections.abc import Callable, Iterator

import pytest

from chassis.clock import SystemClock
from chassis.uow import Database
from tests.factories.library import Library


@pytest.fixture
def library(new_database_url: Callable[[str | None], str]) -> Iterator[Library]:
    database = Database(new_database_url("search"), service="search", clock=SystemClock())
    yield Library(database)
    database.close()
