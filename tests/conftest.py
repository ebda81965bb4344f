"""What all tests share: green threads, the shared data, and a database on either engine."""

import os

from chassis import green

# Before anything else: a module that took hold of an unpatched lock would stop the whole process.
# What drives a browser has a loop of its own, which green threads would stop.
if os.environ.get("QIBIAO_TESTS") != "browser":
    green.patch()

import secrets
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from urllib3.util import ssl_ as urllib3_ssl

from chassis import migrate
from tools.backing import BackingError, PostgresCluster, RabbitNode

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"
LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104 - names to compare with

_connect = socket.socket.connect

# A plug-in of pytest imports urllib3 before the patch: it would go on with a class that is gone.
urllib3_ssl.SSLContext = ssl.SSLContext  # type: ignore[misc]  # a class, replaced on purpose

# How fast the machine is must decide nothing.
settings.register_profile("any speed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any speed")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse xdist: its native threads and our green ones wait for each other for ever."""
    if config.getoption("numprocesses", None):
        raise pytest.UsageError("run without -n: xdist does not work with green threads")


@pytest.fixture(scope="session", autouse=True)
def _loopback_only() -> Iterator[None]:
    """Let no test reach another machine."""

    def connect(self: socket.socket, address: Any) -> Any:
        if isinstance(address, tuple) and not str(address[0]).startswith(LOOPBACK):
            raise AssertionError(f"a test wanted to reach {address[0]}")
        return _connect(self, address)

    socket.socket.connect = connect  # type: ignore[method-assign]  # for the whole session
    yield
    socket.socket.connect = _connect  # type: ignore[method-assign]  # as it was


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the data that lies beside the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the shared data are not here")
    return SHARED_DATA


class PostgresServer:
    """Give out fresh databases of one server; those of a service are copies of a migrated one."""

    def __init__(self, url: str) -> None:
        self._url = sa.make_url(url)
        self._templates: dict[str, str] = {}

    def new_database(self, service: str | None = None) -> str:
        """Return the address of a new database: empty, or migrated as the service's."""
        if service is not None and service not in self._templates:
            template = self._create(None)
            migrate.upgrade(self._address(template), service)
            self._templates[service] = template
        return self._address(self._create(self._templates.get(service or "")))

    def _create(self, template: str | None) -> str:
        name = f"test_{secrets.token_hex(6)}"
        dsn = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg2.connect(dsn)
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                source = f" TEMPLATE {template}" if template else ""
                cursor.execute(f"CREATE DATABASE {name}{source}")
        finally:
            connection.close()
        return name

    def _address(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Return the PostgreSQL server of TEST_DATABASE_URL, or one started for this session."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield PostgresServer(given)
        return
    cluster = PostgresCluster(tmp_path_factory.mktemp("postgres"), fsync=False)
    try:
        cluster.start()
    except BackingError as error:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            raise
        pytest.skip(str(error))
    yield PostgresServer(cluster.url())
    cluster.remove()


@pytest.fixture(scope="session")
def rabbit_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the broker of TEST_BUS_URL, or one started for this session; tests share it."""
    if given := os.environ.get("TEST_BUS_URL"):
        yield given
        return
    node = RabbitNode(tmp_path_factory.mktemp("rabbit"))
    try:
        node.start()
    except BackingError as error:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            raise
        pytest.skip(str(error))
    yield node.url
    node.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.backends)])
def new_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str | None], str]:
    """Return a function that makes a database, on each engine in turn.

    ``new_database_url("standards")`` is migrated as the service's, ``new_database_url(None)`` is
    empty.
    """
    if request.param == "postgresql":
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.new_database

    def new_file(service: str | None) -> str:
        path = tmp_path / f"{service or 'empty'}-{secrets.token_hex(4)}.db"
        if service is None:
            return f"sqlite:///{path}"
        return migrate.copy_sqlite(migrate.sqlite_template(service), path)

    return new_file
