"""SQLite under many writers that are killed: nothing acknowledged is lost, nobody is locked out."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import eventlet
import pytest
import sqlalchemy as sa

from chassis import db, tables
from chassis.clock import SystemClock
from chassis.uow import Database
from tests.fakes.sample_database import Base

ROOT = Path(__file__).resolve().parents[2]
KILLS = 5
HOLDER = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
time.sleep(1)
connection.execute("COMMIT")
"""
SECONDS = float(os.environ.get("CHAOS_SECONDS", "10"))


def start(url: str, ledger: Path, run: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.chaos.database_writer", url, str(ledger), str(run)]
    with (ledger.parent / "writer.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)


def wait_for_answers(ledger: Path, known: int) -> None:
    give_up_at = time.monotonic() + 15
    while not ledger.exists() or ledger.stat().st_size <= known:
        assert time.monotonic() < give_up_at, (ledger.parent / "writer.log").read_text()
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.proves("C10")
def test_twenty_writers_killed_five_times_lose_nothing(tmp_path: Path) -> None:
    seed = int(os.environ.get("CHAOS_SEED", time.time_ns() % 1_000_000))
    dice = random.Random(seed)
    print(f"CHAOS_SEED={seed}")
    path, ledger = tmp_path / "standards.db", tmp_path / "ledger"
    url = f"sqlite:///{path}"
    engine = db.new_engine(url)
    with engine.begin() as connection:
        tables.metadata.create_all(connection)
        Base.metadata.create_all(connection)
    engine.dispose()

    for run in range(KILLS + 1):
        known = ledger.stat().st_size if ledger.exists() else 0
        writer = start(url, ledger, run)
        try:
            wait_for_answers(ledger, known)
            time.sleep(SECONDS / (KILLS + 1) * dice.uniform(0.5, 1.5))
        finally:
            writer.send_signal(signal.SIGKILL)
            writer.wait()

    lines = ledger.read_text().splitlines()
    failures = [line for line in lines if line.startswith("!")]
    answers = dict(line.split() for line in lines if not line.startswith("!"))
    connection = sqlite3.connect(path)
    stored = {row[0] for row in connection.execute("SELECT username FROM account")}
    announced = {row[0] for row in connection.execute("SELECT subject FROM outbox")}
    integrity = connection.execute("PRAGMA integrity_check").fetchone()
    connection.close()
    waits = sorted(float(text) for text in answers.values())
    print(
        f"C10: {len(answers)} commands by 20 writers, {KILLS + 1} kills; milliseconds"
        f" p50 {waits[len(waits) // 2]:.0f} p99 {waits[int(len(waits) * 0.99)]:.0f}"
        f" max {waits[-1]:.0f}"
    )
    assert failures == []
    assert set(answers) <= stored
    assert announced == stored
    assert integrity == ("ok",)


@pytest.mark.slow
def test_another_process_that_writes_makes_ours_wait_not_freeze(tmp_path: Path) -> None:
    """An import in another process holds the file for 1 s: green threads go on meanwhile."""
    url = f"sqlite:///{tmp_path / 'standards.db'}"
    database = Database(url, service="standards", clock=SystemClock())
    with database.writer.begin() as connection:
        tables.metadata.create_all(connection)
    marker = tmp_path / "held"
    with marker.open("wb") as sink:
        holder = [sys.executable, "-c", HOLDER, str(tmp_path / "standards.db")]
        other = subprocess.Popen(holder, stdout=sink)
    wait_for_answers(marker, 0)
    gaps = []

    def tick() -> None:
        while True:
            begun = time.monotonic()
            eventlet.sleep(0.005)
            gaps.append(time.monotonic() - begun)

    ticker = eventlet.spawn(tick)
    begun = time.monotonic()
    with database.read() as session:
        session.execute(sa.select(tables.outbox)).all()
    read_seconds = time.monotonic() - begun
    with database.transaction() as tx:
        tx.audit("imported", object_id="x")
    write_seconds = time.monotonic() - begun
    ticker.kill()
    other.wait()
    database.close()

    assert read_seconds < 0.5
    assert 0.3 < write_seconds < 4
    assert max(gaps) < 0.5
