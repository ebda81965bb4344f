"""Two small services that the bus tests make talk to each other.

Each test gets classes and event types of its own: several tests share one broker.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import eventlet
import sqlalchemy as sa

from chassis import db, tables
from chassis.config import CommonSettings, setting
from chassis.errors import DatabaseUnavailableError, DomainError, FieldError
from chassis.handlers import Delivery, Reject, RetryLater, on_broadcast, on_command, on_event
from chassis.rpc import RpcClient, rpc
from chassis.service import Service
from contracts.events import CommandType, EventType


class TakenError(DomainError):
    code = "accounts.username_taken"


@dataclass(frozen=True)
class Settings(CommonSettings):
    database_url: str = setting("SAMPLE_DATABASE_URL", default="sqlite:///sample.db", help="file")


metadata = db.new_metadata()
effects = sa.Table(
    "effects",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("event_id", sa.Text),
    sa.Column("number", sa.Integer),
)


def create_tables(url: str) -> None:
    engine = db.new_engine(url)
    tables.metadata.create_all(engine)
    metadata.create_all(engine)
    engine.dispose()


def create_files(folder: Path, *services: type[Service]) -> None:
    for service in services:
        create_tables(f"sqlite:///{folder}/{service.name}.db")


@dataclass
class World:
    """Hold two service classes, what they announce, and what they noticed."""

    first: type[Service]
    second: type[Service]
    event: EventType
    command: CommandType
    calls: list[Any] = field(default_factory=list)
    heard: list[int] = field(default_factory=list)
    attempts: list[tuple[int, int]] = field(default_factory=list)
    behaviour: dict[int, Callable[[], None]] = field(default_factory=dict)


def new_world() -> World:  # noqa: C901 - the methods of two classes
    """Return services whose names nobody else uses."""
    suffix = secrets.token_hex(4)
    event = EventType(f"first{suffix}", "thing.made.v1")
    command = CommandType(f"second{suffix}", "do_it.v1")
    world: World

    class First(Service):
        name = f"first{suffix}"
        settings_class = Settings
        second = RpcClient(f"second{suffix}")

        @rpc(public=True)
        def echo(self, value: Any = None) -> dict[str, Any]:
            world.calls.append(value)
            return {"value": value}

        @rpc(public=True)
        def whoami(self) -> dict[str, Any]:
            actor = self.call.actor
            return {
                "subject": actor.subject if actor else None,
                "enterprise_id": actor.enterprise_id if actor else None,
                "request_id": self.call.request_id,
                "trace_id": self.call.trace_id,
                "idempotency_key": self.call.idempotency_key,
            }

        @rpc
        def private(self) -> dict[str, Any]:
            return {}

        @rpc(roles=("OWNER",))
        def for_owners(self) -> dict[str, Any]:
            return {}

        @rpc(public=True)
        def refuse(self) -> dict[str, Any]:
            raise TakenError(fields=[FieldError("/username", "accounts.taken")], username="li")

        @rpc(public=True)
        def fail(self) -> dict[str, Any]:
            raise ValueError("the password is hunter2")

        @rpc(public=True)
        def leave(self, kind: str) -> dict[str, Any]:
            raise {"exit": SystemExit(3), "timeout": eventlet.Timeout()}[kind]

        @rpc(public=True)
        def odd_answer(self, kind: str) -> Any:
            return {"list": [1], "object": {"value": object()}, "nan": {"value": float("nan")}}[
                kind
            ]

        @rpc(public=True)
        def sleep(self, seconds: float, value: Any = None) -> dict[str, Any]:
            eventlet.sleep(seconds)
            world.calls.append(value)
            return {"value": value}

        @rpc(public=True)
        def ask_second(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
            return self.second.call(method, arguments)

        @rpc(public=True)
        def make(self, numbers: list[int]) -> dict[str, Any]:
            with self.database.transaction() as tx:
                for number in numbers:
                    tx.emit(event, subject="thing", sequence=number, data={"number": number})
            return {}

        @rpc(public=True)
        def ask(self, numbers: list[int], expires_in: float | None = None) -> dict[str, Any]:
            lifetime = None if expires_in is None else timedelta(seconds=expires_in)
            with self.database.transaction() as tx:
                for number in numbers:
                    tx.send(command, {"number": number}, expires_in=lifetime)
            return {}

    class Second(Service):
        name = f"second{suffix}"
        settings_class = Settings
        first = RpcClient(f"first{suffix}")

        @rpc(roles=("SERVICE",))
        def inner(self, value: Any = None) -> dict[str, Any]:
            world.calls.append(value)
            actor = self.call.actor
            return {
                "value": value,
                "subject": actor.subject if actor else None,
                "trace_id": self.call.trace_id,
                "stack": len(self.call.stack),
            }

        @rpc(roles=("SERVICE",))
        def ask_first(self, method: str, arguments: dict[str, Any]) -> dict[str, Any]:
            return self.first.call(method, arguments)

        @on_event(event)
        def handle_thing_made(self, delivery: Delivery) -> None:
            number = delivery.event.data["number"]
            world.attempts.append((number, delivery.attempt))
            with self.database.transaction(delivery) as tx:
                tx.session.execute(
                    sa.insert(effects).values(event_id=delivery.event.id, number=number)
                )
                if number in world.behaviour:
                    world.behaviour[number]()

        @on_event(event)
        def handle_thing_made_too(self, delivery: Delivery) -> None:
            del delivery

        @on_broadcast(event)
        def hear_thing_made(self, delivery: Delivery) -> None:
            world.heard.append(delivery.event.data["number"])

        @on_command(command)
        def do_it(self, delivery: Delivery) -> None:
            world.calls.append(delivery.event.data["number"])

    world = World(First, Second, event, command)
    return world


def raising(error: BaseException, times: int = 1_000_000) -> Callable[[], None]:
    """Return a behaviour that fails so many times, then succeeds."""
    left = [times]

    def behave() -> None:
        if left[0] > 0:
            left[0] -= 1
            raise error

    return behave


def unavailable(times: int) -> Callable[[], None]:
    return raising(DatabaseUnavailableError(), times)


def rejecting(reason: str) -> Callable[[], None]:
    return raising(Reject(reason))


def later(delay: float, times: int) -> Callable[[], None]:
    return raising(RetryLater(delay), times)
