"""A process that writes to one database until it is killed, and notes each answer it gave.

``python -m tests.chaos.database_writer <url> <ledger> <run>``: a line of the ledger is
``<key> <milliseconds>`` once the command is acknowledged, or ``! <error>``.
"""

from chassis import green

green.patch()

# ruff: noqa: E402
import os
import sys
import time

import eventlet

from chassis.clock import SystemClock
from chassis.context import Call
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from contracts.events import DECLARATION_PUBLISHED
from tests.fakes.sample_database import Account

WRITERS = 20


def open_account(*, tx: Transaction, username: str) -> dict[str, str]:
    tx.session.add(Account(username=username))
    tx.emit(DECLARATION_PUBLISHED, subject=username, sequence=1, data={})
    return {"username": username}


def write(database: Database, ledger: int, prefix: str) -> None:
    number = 0
    while True:
        number += 1
        key = f"{prefix}.{number}"
        begun = time.monotonic()
        try:
            database.command(Call(idempotency_key=key), open_account, username=key)
        except DomainError as error:
            os.write(ledger, f"! {error} {error.__cause__!r}\n".encode())
            continue
        milliseconds = (time.monotonic() - begun) * 1000
        os.write(ledger, f"{key} {milliseconds:.1f}\n".encode())


def main(url: str, path: str, run: str) -> None:
    ledger = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    database = Database(url, service="standards", clock=SystemClock(), validate_events=False)
    writers = [
        eventlet.spawn(write, database, ledger, f"{run}.{number}") for number in range(WRITERS)
    ]
    for writer in writers:
        writer.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
