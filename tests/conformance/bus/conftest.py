"""One suite, two transports: every test here runs in process and over RabbitMQ."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import amqp
import pytest
import sqlalchemy as sa
from kombu.connection import Connection

from chassis import inbox
from chassis.bus.amqp import AmqpBus
from chassis.bus.api import Bus
from chassis.bus.inproc import InprocBus
from chassis.deadletters import DeadLetters, InboxDeadLetters, Letter, QueueDeadLetters
from chassis.testing import Embedded
from chassis.uow import Database
from tests.fakes import bus_services
from tests.fakes.bus_services import World, new_world

RETRY_SCALE = 0.005


@dataclass
class Running:
    """Hold two running services and ways to look at what they did."""

    system: Embedded
    world: World
    transport: str
    url: str

    @property
    def bus(self) -> Bus:
        return self.system.bus

    @property
    def first(self) -> Any:
        return self.system.client(self.world.first.name)

    @property
    def second_database(self) -> Database:
        return self.system.database(self.world.second.name)

    def effects(self) -> list[int]:
        with self.second_database.read() as session:
            rows = session.scalars(
                sa.select(bus_services.effects.c.number).order_by(bus_services.effects.c.number)
            )
            return [number for number in rows if number is not None]

    @property
    def letters(self) -> DeadLetters:
        if self.transport == "amqp":
            return QueueDeadLetters(self.url)
        return InboxDeadLetters({self.world.second.name: self.second_database})

    def dead(self) -> list[Letter]:
        return [
            letter for letter in self.letters.list() if self.world.second.name in letter.handler
        ]

    def publish_raw(self, body: bytes | str, **properties: Any) -> None:
        """Put a message in the handler's queue as a stranger would."""
        event = self.world.event
        if self.transport == "amqp":
            with Connection(self.url) as connection:
                channel = connection.default_channel
                message = amqp.Message(body, **{"content_type": "application/json", **properties})
                channel.basic_publish(message, f"{event.source}.events", event.name)
            return
        text = body if isinstance(body, str) else body.decode("latin-1")
        handler = f"{self.world.second.name}.handle_thing_made"
        arrival = inbox.Arrival(uuid.uuid4().hex, handler, text)
        with self.second_database.transaction() as tx:
            inbox.put(tx.session, [arrival], now=self.system.clock.now())


@pytest.fixture
def world() -> World:
    return new_world()


@pytest.fixture(params=["inproc", pytest.param("amqp", marks=pytest.mark.backends)])
def transport(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bus_url(request: pytest.FixtureRequest, transport: str) -> str:
    return str(request.getfixturevalue("rabbit_url")) if transport == "amqp" else "inprocess://"


@pytest.fixture
def running(world: World, transport: str, bus_url: str, tmp_path: Path) -> Iterator[Running]:
    """Start both services on the transport under test."""
    bus_services.create_files(tmp_path, world.first, world.second)
    bus: Bus = AmqpBus(bus_url) if transport == "amqp" else InprocBus()
    with Embedded(
        world.second,
        world.first,
        data_dir=tmp_path,
        bus=bus,
        overrides={"retry_scale": RETRY_SCALE, "max_workers": 10},
        migrations=False,
        validate_events=False,
    ) as system:
        yield Running(system, world, transport, bus_url)
