"""Waiting for SQLite is done by us, for a limited time."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from chassis import sqlite
from chassis.clock import SystemClock
from chassis.errors import DatabaseUnavailableError
from chassis.sqlite import LockTimeoutError
from chassis.uow import Database


def failing(times: int, error: Exception) -> Callable[[], str]:
    left = [times]

    def attempt() -> str:
        if left[0]:
            left[0] -= 1
            raise error
        return "done"

    return attempt


def busy(path: Path) -> Exception:
    """Return the error that SQLite raises while another connection writes."""
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        sqlite3.connect(path, isolation_level=None, timeout=0).execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        return error
    finally:
        holder.close()
    raise AssertionError


class TestRetryWhileLocked:
    def test_tries_until_the_file_is_free(self, tmp_path: Path) -> None:
        attempt = failing(4, busy(tmp_path / "x.db"))

        assert sqlite.retry_while_locked(attempt) == "done"

    def test_gives_up_in_time(self, tmp_path: Path) -> None:
        attempt = failing(1000, busy(tmp_path / "x.db"))

        with pytest.raises(LockTimeoutError):
            sqlite.retry_while_locked(attempt, seconds=0.05)

    def test_does_not_wait_for_a_mistake_to_go_away(self) -> None:
        attempt = failing(1, sqlite3.OperationalError("no such table: x"))

        with pytest.raises(sqlite3.OperationalError):
            sqlite.retry_while_locked(attempt)


class TestWriterLock:
    def test_is_one_per_file(self, tmp_path: Path) -> None:
        same = [
            sqlite.writer_lock(sa.make_url(f"sqlite:///{tmp_path}/{path}"))
            for path in ("a.db", "../" + tmp_path.name + "/a.db")
        ]
        other = sqlite.writer_lock(sa.make_url(f"sqlite:///{tmp_path}/b.db"))

        assert same[0] is same[1]
        assert other is not same[0]

    def test_that_is_not_free_in_time_is_an_outage(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "LOCK_SECONDS", 0.05)
        url = f"sqlite:///{tmp_path}/x.db"
        database = Database(url, service="standards", clock=SystemClock())

        with (
            sqlite.writer_lock(sa.make_url(url)).hold(),
            pytest.raises(DatabaseUnavailableError),
            database.transaction(),
        ):
            pass

        with database.transaction() as tx:
            assert tx.session.scalar(sa.text("SELECT 1")) == 1
        database.close()
