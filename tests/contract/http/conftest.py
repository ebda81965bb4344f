"""The whole system in this process, with demonstration data, and somebody logged in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chassis import migrate
from chassis.blobs import open_store
from chassis.testing import Embedded
from chassis.uow import Database
from gateway.service import GatewayService
from services.accounts import seeds as accounts_seeds
from services.accounts.service import AccountsService
from services.notify.service import NotifyService
from services.registry import seeds as registry_seeds
from services.registry.service import RegistryService
from services.search.service import SearchService
from services.standards import seeds as standards_seeds
from services.standards.service import StandardsService
from tools.visitor import Visitor


@dataclass(frozen=True)
class System:
    """Hold the running system's address and a session of each role in it."""

    url: str
    sessions: dict[str, dict[str, str]]
    embedded: Embedded

    @property
    def headers(self) -> dict[str, str]:
        """Return the session of an enterprise's owner."""
        return self.sessions["OWNER"]

    def client(self, service: str) -> Any:
        """Return a client that passes the gateway by."""
        return self.embedded.client(service, as_service=None)

    def token(self, subject: str, **claims: Any) -> str:
        """Return an actor token as ``accounts`` would sign it."""
        return self.embedded.token(subject, **claims)


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Return the real services behind the real gateway."""
    embedded = Embedded(
        NotifyService,
        SearchService,
        RegistryService,
        AccountsService,
        StandardsService,
        GatewayService,
        data_dir=tmp_path_factory.mktemp("system"),
        overrides={"port": 0, "burst_rate": 0.0},
    )
    _load(embedded)
    with embedded:
        server = next(
            entry
            for entry in embedded.container("gateway").subextensions
            if type(entry).__name__ == "HttpServer"
        )
        url = f"http://127.0.0.1:{server.address[1]}"
        names = accounts_seeds.demo_usernames()
        yield System(url, {role: _log_in(url, name) for role, name in names.items()}, embedded)


def _log_in(url: str, username: str) -> dict[str, str]:
    """Return the headers of somebody who has logged in."""
    with Visitor(url) as visitor:
        visitor.log_in(username, accounts_seeds.PASSWORD)
        return {"Cookie": visitor._cookie, "X-CSRF-Token": visitor._csrf}


def _load(embedded: Embedded) -> None:
    """Load the demonstration data before the services start, as `tools.seed` does."""
    now = embedded.clock.now()
    settings: dict[str, Any] = dict(embedded.settings)
    with _database(embedded, "registry") as database:
        registry_seeds.load(database, settings["registry"], now)
    with _database(embedded, "accounts") as database:
        accounts_seeds.load(database, settings["accounts"], now)
    with _database(embedded, "standards") as database:
        blobs = open_store(settings["standards"].storage_url)
        enterprises = accounts_seeds.demo_enterprises()
        standards_seeds.load(database, settings["standards"], blobs, enterprises, now)


@contextmanager
def _database(embedded: Embedded, name: str) -> Iterator[Database]:
    settings: Any = embedded.settings[name]
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    url = migrate.copy_sqlite(migrate.sqlite_template(name), path)
    database = Database(url, service=name, clock=embedded.clock)
    try:
        yield database
    finally:
        database.close()
