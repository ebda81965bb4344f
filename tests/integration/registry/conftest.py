"""A database of the registry with a few organisations in it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from chassis import keyrings
from chassis.clock import VirtualClock
from chassis.crypto import Keyring
from chassis.uow import Database
from services.registry import importing, seeds
from services.registry.config import Settings
from services.registry.usecases import regions

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(START)


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def ring(settings: Settings) -> Keyring:
    return keyrings.data_ring(settings)


@pytest.fixture
def database(
    new_database_url: Callable[[str | None], str], clock: VirtualClock
) -> Iterator[Database]:
    database = Database(new_database_url("registry"), service="registry", clock=clock)
    yield database
    database.close()


@pytest.fixture
def seeded(database: Database, ring: Keyring) -> Database:
    """Return the database with the demonstration's organisations and regions, without divisions."""
    with database.transaction() as tx:
        for region, is_open in seeds.SWITCHES:
            regions.set_region_open(tx=tx, region=region, is_open=is_open)
    importing.import_file(database=database, ring=ring, path=seeds.ORGANIZATIONS, pause_seconds=0)
    return database
