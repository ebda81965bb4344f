"""The outbox under eight writers that commit in any order: the relay misses nothing."""

import itertools
import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta

import eventlet
import pytest

from chassis import leases, outbox, tables
from chassis.clock import SystemClock
from chassis.uow import Database
from contracts.events import DECLARATION_PUBLISHED

WRITERS = 8
ROWS = 2000


class Writers:
    """Be replicas of the service, so that their transactions overlap."""

    def __init__(self, url: str, dice: random.Random) -> None:
        self._url = url
        self._dice = dice
        self.databases = [self._open() for _ in range(WRITERS)]
        self._longest = 0.004 if self.databases[0].is_postgres else 0.001
        self.threads = [eventlet.spawn(self._write, number) for number in range(WRITERS)]

    @property
    def are_done(self) -> bool:
        return all(thread.dead for thread in self.threads)

    def close(self) -> None:
        for thread in self.threads:
            thread.wait()
        for database in self.databases:
            database.close()

    def _open(self) -> Database:
        return Database(self._url, service="standards", clock=SystemClock(), validate_events=False)

    def _write(self, number: int) -> None:
        for sequence in range(1, ROWS // WRITERS + 1):
            with self.databases[number].transaction() as tx:
                tx.emit(DECLARATION_PUBLISHED, subject=f"d{number}", sequence=sequence, data={})
                # The row gets its number now and is committed some time later.
                tx.finish()
                tx._last_statements.clear()
                eventlet.sleep(self._dice.uniform(0, self._longest))


def relay(database: Database) -> list[outbox.Message]:
    """Do what the relay does, without a bus."""
    with database.transaction() as tx:
        assert leases.acquire(tx, "relay", "one", timedelta(seconds=10))
        messages = outbox.claim_batch(tx.session)
        messages = outbox.assign_positions(tx.session, messages, now=tx.now())
        outbox.mark_sent(tx.session, messages, now=tx.now())
    return messages


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.proves("A13")
def test_relay_misses_none_of_two_thousand(new_database_url: Callable[[str | None], str]) -> None:
    seed = int(os.environ.get("CHAOS_SEED", time.time_ns() % 1_000_000))
    print(f"CHAOS_SEED={seed}")
    url = new_database_url(None)
    database = Database(url, service="standards", clock=SystemClock())
    with database.writer.begin() as connection:
        tables.metadata.create_all(connection)

    writers = Writers(url, random.Random(seed))
    relayed: list[outbox.Message] = []
    while not writers.are_done or database_has_unsent(database):
        relayed += relay(database)
        eventlet.sleep(0.001)
    writers.close()
    database.close()

    orders = defaultdict(list)
    for message in relayed:
        orders[message.subject].append(json.loads(message.body)["sequence"])
    late = sum(later.id < earlier.id for earlier, later in itertools.pairwise(relayed))
    print(f"A13: {len(relayed)} of {ROWS} relayed; {late} came after a higher number")
    assert len({message.event_id for message in relayed}) == len(relayed) == ROWS
    assert all(order == sorted(order) for order in orders.values())
    assert [message.position for message in relayed] == list(range(1, ROWS + 1))


def database_has_unsent(database: Database) -> bool:
    with database.read() as session:
        return outbox.has_unsent(session)
