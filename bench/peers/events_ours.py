"""Our events: one process commits them with its changes, another commits their effects."""

import chassis.green

chassis.green.patch()

import os  # noqa: E402 - the standard library is patched first
import sys  # noqa: E402
import time  # noqa: E402
from dataclasses import dataclass  # noqa: E402
from typing import Any, ClassVar  # noqa: E402

import eventlet  # noqa: E402
import sqlalchemy as sa  # noqa: E402

from bench import measure  # noqa: E402
from chassis import tables  # noqa: E402
from chassis.bus.opening import open_bus  # noqa: E402
from chassis.clock import SystemClock  # noqa: E402
from chassis.config import CommonSettings, database_url, setting  # noqa: E402
from chassis.handlers import Delivery, on_event  # noqa: E402
from chassis.process import Runner  # noqa: E402
from chassis.service import Service  # noqa: E402
from chassis.uow import Database  # noqa: E402
from contracts.events import SESSION_ENDED  # noqa: E402

CHANGES = sa.Table("bench_changes", sa.MetaData(), sa.Column("id", sa.Text, primary_key=True))
INSERT = sa.insert(CHANGES)
SEEN: dict[str, int] = {}


@dataclass(frozen=True)
class Settings(CommonSettings):
    """Say where the database is."""

    service: ClassVar[str] = "accounts"
    database_url: str = setting(
        "BENCH_DATABASE_URL", parse=database_url, help="database of this side"
    )


class ProducerService(Service):
    """Own the events."""

    name = "accounts"
    settings_class = Settings


class ConsumerService(Service):
    """Commit the effect of each event, once."""

    name = "bench_consumer"
    settings_class = Settings

    @on_event(SESSION_ENDED)
    def handle_session_ended(self, delivery: Delivery) -> None:
        """Insert one row."""
        with self.database.transaction(delivery) as tx:
            tx.session.execute(INSERT, {"id": delivery.event.id})
        SEEN[delivery.event.id] = time.monotonic_ns()


def produce(database: Database, events: int, pause: float) -> dict[str, int]:
    """Commit changes with an event each; return when each commit was over."""
    committed = {}
    for number in range(events):
        with database.transaction() as tx:
            session_id = f"0193a7f0-5c1e-7d64-9c1b-{number:012d}"
            event_id = tx.emit(
                SESSION_ENDED,
                subject=session_id,
                sequence=1,
                data={
                    "session_id": session_id,
                    "account_id": session_id,
                    "reason": "LOGGED_OUT",
                    "ended_at": "2026-03-02T01:30:00.000Z",
                },
            )
            tx.session.execute(INSERT, {"id": event_id})
        committed[event_id] = time.monotonic_ns()
        eventlet.sleep(pause)
    return committed


def collect(events: int) -> dict[str, int]:
    """Wait for so many effects; return when each was committed."""
    with eventlet.Timeout(60):
        while len(SEEN) < events:
            eventlet.sleep(0.01)
    effects = dict(SEEN)
    SEEN.clear()
    return effects


def main() -> None:
    """Run ``producer`` or ``consumer`` against the broker and database on the command line."""
    role, bus_url, database = sys.argv[1:4]
    service = ProducerService if role == "producer" else ConsumerService
    settings = Settings.from_env({**os.environ, "BUS_URL": bus_url, "BENCH_DATABASE_URL": database})
    engine = sa.create_engine(database)
    tables.metadata.create_all(engine)
    CHANGES.metadata.create_all(engine)
    engine.dispose()
    runner = Runner(
        [service],
        bus=open_bus(bus_url),
        clock=SystemClock(),
        settings={service.name: settings},
        options={"migrations": False},
    )
    runner.start()

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        if role == "producer":
            return produce(runner.containers[0].database, **command)
        return collect(**command)

    measure.serve_commands(answer)
    runner.stop(5)


if __name__ == "__main__":
    main()
