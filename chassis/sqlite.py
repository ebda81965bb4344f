"""SQLite in a process of many green threads: one writer at a time, waiting done by us.

SQLite waits for a lock inside C, which stops every green thread (measured: 5 s frozen, then
"database is locked"). So its own waiting is off (``busy_timeout=0``); writers of this process queue
for a fair lock per file, and what other processes hold is waited for with growing pauses.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, TypeVar
from weakref import WeakValueDictionary

import sqlalchemy as sa
from sqlalchemy import event, exc

from chassis import locks, shield

DRIVERS: Final = frozenset({"sqlite", "sqlite+pysqlite"})
LOCK_SECONDS: Final = 5.0
_FIRST_PAUSE: Final = 0.005
_LONGEST_PAUSE: Final = 0.1
_CHECKOUT_SECONDS: Final = 5.0
_PRAGMAS: Final = (
    "busy_timeout=0",
    "journal_mode=wal",
    # NORMAL can lose an event between two files at a power cut: the outbox row is marked as sent,
    # the effect in the other file is gone.
    "synchronous=full",
)
_TRANSIENT: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL,
     sqlite3.SQLITE_IOERR}
)  # fmt: skip
_LOCKED: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})

_R = TypeVar("_R")
_writer_locks: Final[WeakValueDictionary[Path, locks.FairSemaphore]] = WeakValueDictionary()
_pauses: Final = random.Random()  # noqa: S311 - spreads waiting writers, no secret


class LockTimeoutError(Exception):
    """Say that the one writer's lock of the file was not free in time."""


def writer_lock(url: sa.URL) -> locks.FairSemaphore:
    """Return the lock that the writers of the file share within this process."""
    path = Path(url.database or "").resolve()
    return _writer_locks.setdefault(path, locks.FairSemaphore())


def new_engine(
    url: sa.URL,
    *,
    read_only: bool,
    threads: bool = True,
    pool_size: int = 5,
    foreign_keys: bool = True,
) -> sa.Engine:
    """Return an engine for the file; ``threads`` lets commits run in a native thread.

    Only migrations do without ``foreign_keys``.

    Raises:
        ValueError: the database would be in memory, where connections do not see each other.
    """
    if url.database in {None, "", ":memory:"}:
        raise ValueError("an in-memory SQLite database cannot be shared: use a file")
    Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,
        pool_timeout=_CHECKOUT_SECONDS,
        connect_args={"timeout": 0, "factory": _ThreadedConnection if threads else _Connection},
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    pragmas = (*_PRAGMAS, f"foreign_keys={int(foreign_keys)}", f"query_only={int(read_only)}")

    def prepare(connection: sqlite3.Connection, _record: object) -> None:
        # Python's own transaction handling begins late, at the first write: off.
        connection.isolation_level = None
        script = "; ".join(f"PRAGMA {pragma}" for pragma in pragmas)
        retry_while_locked(lambda: connection.executescript(script))

    def start(connection: sa.Connection) -> None:
        retry_while_locked(lambda: connection.exec_driver_sql(begin))

    event.listen(engine, "connect", prepare)
    event.listen(engine, "begin", start)
    event.listen(engine, "set_connection_execution_options", refuse_isolation_level)
    event.listen(engine, "set_engine_execution_options", refuse_isolation_level)
    return engine


def refuse_isolation_level(_: object, options: dict[str, Any]) -> None:
    """Refuse what would silently lose writes: with it our own BEGIN is followed by no COMMIT.

    Raises:
        ValueError: always, when the option is there.
    """
    if "isolation_level" in options:
        raise ValueError("isolation_level is not to be changed")


def retry_while_locked(attempt: Callable[[], _R], *, seconds: float = LOCK_SECONDS) -> _R:
    """Try again, with growing pauses, while another process holds the lock of the file.

    Raises:
        LockTimeoutError: the lock was not free in time.
    """
    give_up_at = time.monotonic() + seconds
    pause = _FIRST_PAUSE
    while True:
        try:
            return attempt()
        except (sqlite3.OperationalError, exc.OperationalError) as error:
            if not is_locked(error):
                raise
            if time.monotonic() + pause > give_up_at:
                raise LockTimeoutError from error
        time.sleep(pause * _pauses.uniform(0.5, 1.0))
        pause = min(pause * 2, _LONGEST_PAUSE)


def is_locked(error: BaseException) -> bool:
    """Say whether the error is SQLite's "database is locked"."""
    return _primary_code(getattr(error, "orig", error)) in _LOCKED


def is_transient(error: BaseException) -> bool:
    """Say whether a driver's error may go away by itself: locked, disk full, file not reachable."""
    return _primary_code(error) in _TRANSIENT


def _primary_code(error: Any) -> int:  # noqa: ANN401 - any exception
    if not isinstance(error, sqlite3.Error):
        return 0
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


class _Connection(sqlite3.Connection):
    """Commit on the spot, waiting while another process holds the file."""

    def commit(self) -> None:
        retry_while_locked(super().commit)


class _ThreadedConnection(_Connection):
    """Commit in a native thread: the wait for the disk (5 ms and more) stops nobody else."""

    def commit(self) -> None:
        if self.in_transaction:
            commit = super(_Connection, self).commit
            retry_while_locked(lambda: shield.run_shielded(commit, natively=True))
