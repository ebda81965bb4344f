"""Servers that the chaos tests may break, and the sample services between them."""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import amqp
import pytest
import sqlalchemy as sa
from kombu.connection import Connection

from chassis import db
from chassis.bus import topology
from chassis.bus.amqp import AmqpBus
from chassis.deadletters import Letter, QueueDeadLetters
from chassis.rpc import RpcProxy
from tests.chaos import samples
from tests.chaos.harness import ServiceProcess
from tests.chaos.system import System
from tools.backing import BackingError, PostgresCluster, RabbitNode

HANDLER_QUEUE = "evt-maker-thing.made.v1--taker.handle_thing_made"


def _started(server: RabbitNode | PostgresCluster) -> None:
    try:
        server.start()
    except BackingError as error:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            raise
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def _broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    node = RabbitNode(tmp_path_factory.mktemp("rabbit"))
    _started(node)
    yield node
    node.resume()
    node.stop()


@pytest.fixture(scope="session")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresCluster]:
    cluster = PostgresCluster(tmp_path_factory.mktemp("postgres"))
    _started(cluster)
    yield cluster
    cluster.resume()
    cluster.remove()


@pytest.fixture
def broker(_broker: RabbitNode) -> RabbitNode:
    """Return a broker that runs, with nothing of earlier tests in its queues."""
    _broker.resume()
    _broker.start()
    with Connection(_broker.url) as connection:
        for name in (
            topology.rpc_queue("maker"),
            topology.rpc_queue("taker"),
            HANDLER_QUEUE,
            topology.DEAD_LETTERS,
            *(name for name, _ in topology.LADDER),
        ):
            # Purged, not deleted: RabbitMQ 3.10 crashes when a quorum queue is soon declared again.
            with suppress(amqp.NotFound):
                connection.channel().queue_purge(name)
    return _broker


@pytest.fixture
def cluster(_cluster: PostgresCluster) -> PostgresCluster:
    """Return a PostgreSQL server that runs."""
    _cluster.resume()
    _cluster.start()
    return _cluster


@dataclass
class World:
    """Hold the sample services' settings, and look at what they did."""

    folder: Path
    broker: RabbitNode
    cluster: PostgresCluster
    maker_url: str
    taker_url: str
    extra: dict[str, str] = field(default_factory=dict)
    bus_url: str = ""
    _buses: list[AmqpBus] = field(default_factory=list)
    _engines: dict[str, sa.Engine] = field(default_factory=dict)

    def service(self, *names: str, name: str = "", **environment: str) -> ServiceProcess:
        """Return a process of sample services, not started yet."""
        settings = {
            "BUS_URL": self.bus_url or self.broker.url,
            "MAKER_DATABASE_URL": self.maker_url,
            "TAKER_DATABASE_URL": self.taker_url,
            "RETRY_SCALE": "0.01",
            **self.extra,
            **environment,
        }
        return ServiceProcess(
            self.folder, "tests.chaos.samples", *names, environment=settings, name=name
        )

    def client(self, target: str, timeout: float = 5) -> RpcProxy:
        """Return a client of a sample service."""
        bus = AmqpBus(self.bus_url or self.broker.url, name="test")
        self._buses.append(bus)
        return RpcProxy(bus, "test", target, timeout=timeout)

    def rows(self, table: sa.Table, url: str = "") -> list[Any]:
        """Return all rows of one of taker's tables, or of another database."""
        url = url or self.taker_url
        engine = self._engines.setdefault(url, db.new_engine(url))
        with engine.connect() as connection:
            return list(connection.execute(sa.select(table)))

    def effects(self) -> list[int]:
        """Return the numbers that had an effect, sorted."""
        return sorted(row.number for row in self.rows(samples.effects))

    def tries(self) -> list[int]:
        """Return the numbers that were begun, sorted."""
        return sorted(row.number for row in self.rows(samples.tries))

    def letters(self, handler: str | None = None) -> list[Letter]:
        """Return the dead letters."""
        return QueueDeadLetters(self.broker.url).list(handler)

    def depth(self, queue: str = HANDLER_QUEUE) -> int:
        """Return how many messages wait in a queue."""
        with Connection(self.broker.url) as connection:
            answer = connection.default_channel.queue_declare(queue, passive=True)
            return int(answer.message_count)

    def state(self) -> str:
        """Say how far the taker is, for messages about tests that wait in vain."""
        letters = [f"{letter.handler}: {letter.reason}" for letter in self.letters()]
        rungs = {name: self.depth(name) for name, _ in topology.LADDER}
        return (
            f"{len(self.tries())} tries, {len(self.effects())} effects, {self.depth()} messages "
            f"ready, retries {rungs}, {len(letters)} dead letters {letters[:3]}"
        )

    def close(self) -> None:
        for bus in self._buses:
            bus.stop()
        for engine in self._engines.values():
            engine.dispose()


@pytest.fixture
def world(broker: RabbitNode, cluster: PostgresCluster, tmp_path: Path) -> Iterator[World]:
    """Return the sample world with two empty databases."""
    names = [f"{name}_{os.urandom(4).hex()}" for name in ("maker", "taker")]
    urls = [cluster.create_database(name) for name in names]
    for url in urls:
        samples.create_tables(url)
    world = World(tmp_path, broker, cluster, *urls)
    yield world
    world.close()


@pytest.fixture(scope="session")
def _system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    system = System(tmp_path_factory.mktemp("system"), replicas={"search": 2})
    try:
        system.start()
    except BackingError as error:
        if os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            raise
        pytest.skip(str(error))
    yield system
    system.node.resume()
    system.stop()
    system.cluster.remove()


@pytest.fixture
def system(_system: System) -> System:
    """Return the whole system, running; it outlives the tests and what they break."""
    _system.heal()
    return _system
