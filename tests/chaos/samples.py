"""Two tiny services for the chaos tests, run as processes: ``python -m tests.chaos.samples NAME…``.

``maker`` announces, ``taker`` notes in its database each try and each effect. What a delivery does
is said by the event itself, so that a test needs no access to the process.
"""

import sys

from chassis import green

green.patch()

# ruff: noqa: E402
import argparse
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import eventlet
import sqlalchemy as sa

from chassis import db, process, tables
from chassis.config import CommonSettings, setting
from chassis.handlers import Delivery, Reject, on_broadcast, on_event
from chassis.rpc import RpcClient, rpc
from chassis.service import Service
from contracts.events import EventType

MADE = EventType("maker", "thing.made.v1")
WITHOUT_CONTRACTS = {"migrations": False, "validate_events": False}

metadata = db.new_metadata()
tries = sa.Table(
    "tries",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("attempt", sa.Integer),
    sa.Column("at", sa.Double),
    sa.Column("pid", sa.Integer),
)
effects = sa.Table(
    "effects",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(), primary_key=True),
    sa.Column("number", sa.Integer),
    sa.Column("at", sa.Double),
)
versions = sa.Table(
    "versions",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("sequence", sa.Integer),
)


@dataclass(frozen=True)
class MakerSettings(CommonSettings):
    service = "maker"
    database_url: str = setting("MAKER_DATABASE_URL", help="database")


@dataclass(frozen=True)
class TakerSettings(CommonSettings):
    service = "taker"
    database_url: str = setting("TAKER_DATABASE_URL", help="database")
    fixed: str = setting("TAKER_FIXED", default="", help="file whose existence means: fixed")


def create_tables(url: str) -> None:
    engine = db.new_engine(url)
    tables.metadata.create_all(engine)
    metadata.create_all(engine)
    engine.dispose()


class Maker(Service):
    name = "maker"
    settings_class = MakerSettings
    taker = RpcClient("taker")

    @rpc(public=True)
    def make(self, things: list[dict[str, Any]]) -> dict[str, Any]:
        """Announce things; each is the data of one event."""
        with self.database.transaction() as tx:
            for thing in things:
                tx.emit(
                    MADE,
                    subject=str(thing.get("subject", "thing")),
                    sequence=int(thing.get("sequence", 1)),
                    data={**thing, "made_at": time.time()},
                )
        return {}

    @rpc(public=True)
    def ask_taker(self, value: int) -> dict[str, Any]:
        return self.taker.echo(value=value)


class Taker(Service):
    name = "taker"
    settings_class = TakerSettings

    @rpc(public=True)
    def echo(self, value: Any = None) -> dict[str, Any]:
        return {"value": value}

    @rpc(public=True)
    def sleep(self, seconds: float, number: int = 0) -> dict[str, Any]:
        with self.database.transaction() as tx:
            tx.session.execute(sa.insert(tries).values(number=number, attempt=1, at=time.time()))
        eventlet.sleep(seconds)
        return {"number": number}

    @on_event(MADE)
    def handle_thing_made(self, delivery: Delivery) -> None:
        data = delivery.event.data
        with self.database.transaction() as tx:
            tx.session.execute(
                sa.insert(tries).values(
                    number=data["number"],
                    attempt=delivery.attempt,
                    at=time.time(),
                    pid=threading.main_thread().native_id,
                )
            )
        self.act(data)
        with self.database.transaction(delivery) as tx:
            tx.session.execute(sa.insert(effects).values(number=data["number"], at=time.time()))
            self.project(tx.session, delivery)

    def act(self, data: Any) -> None:
        """Do what the event wants done."""
        if "sleep" in data:
            eventlet.sleep(data["sleep"])
        while data.get("spin"):  # a worker that lets nobody else run
            pass
        if data.get("fail") and not (self.settings.fixed and Path(self.settings.fixed).exists()):
            raise ValueError("as asked")
        if data.get("reject"):
            raise Reject("as asked")

    def project(self, session: Any, delivery: Delivery) -> None:
        """Keep the newest version of each subject, whoever else does so at the same moment."""
        event = delivery.event
        put = db.insert_into(versions, session.get_bind().dialect.name)
        session.execute(
            put.values(subject=event.subject, sequence=event.sequence).on_conflict_do_update(
                index_elements=[versions.c.subject],
                set_={"sequence": put.excluded.sequence},
                where=versions.c.sequence < put.excluded.sequence,
            )
        )

    @on_broadcast(MADE)
    def hear_thing_made(self, delivery: Delivery) -> None:
        del delivery


SAMPLES: dict[str, type[Service]] = {"maker": Maker, "taker": Taker}


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="+", choices=sorted(SAMPLES))
    parser.add_argument("--only", choices=["relay"])
    options = parser.parse_args()
    services = [SAMPLES[name] for name in options.names]
    if options.only:
        return process.run_relay(services[0], options=WITHOUT_CONTRACTS)
    return process.run(services, lock="samples.lock", options=WITHOUT_CONTRACTS)


if __name__ == "__main__":
    sys.exit(main())
