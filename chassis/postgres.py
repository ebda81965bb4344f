"""PostgreSQL through psycopg2: every wait has a limit, on our side too.

The server's own limits do not help when the server itself is stopped, so the green wait of psycopg2
is replaced by one that gives up; psycopg2 then closes the connection and the pool makes a new one.
"""

import select
import time
from collections.abc import Mapping
from typing import Any, Final

import psycopg2
import sqlalchemy as sa
from psycopg2 import errorcodes, extensions
from sqlalchemy import event, exc

from chassis import fairpool, shield, sqlite
from chassis.errors import DatabaseUnavailableError

DRIVER: Final = "postgresql+psycopg2"
CONNECT_SECONDS: Final = 3
CHECKOUT_SECONDS: Final = 2
STATEMENT_SECONDS: Final = 5
# Longer than the server's own limit, so that this one only speaks when the server is gone.
ANSWER_SECONDS: Final = 7.0
_TIMEOUTS: Final = (
    f"-c statement_timeout={STATEMENT_SECONDS}s -c lock_timeout=2s"
    " -c idle_in_transaction_session_timeout=10s"
)
_READ_ONLY: Final = (
    r" -c default_transaction_isolation=repeatable\ read -c default_transaction_read_only=on"
)
_TRANSIENT_CODES: Final = frozenset(
    {
        errorcodes.LOCK_NOT_AVAILABLE,
        errorcodes.QUERY_CANCELED,
        errorcodes.DEADLOCK_DETECTED,
        errorcodes.SERIALIZATION_FAILURE,
        errorcodes.IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        errorcodes.CRASH_SHUTDOWN,
        errorcodes.ADMIN_SHUTDOWN,
        errorcodes.CANNOT_CONNECT_NOW,
    }
)
_READABLE: Final = 1  # select.POLLIN, which eventlet takes away
# Connection exceptions, insufficient resources.
_TRANSIENT_CLASSES: Final = frozenset({"08", "53"})


def new_engine(url: sa.URL, *, read_only: bool, pool_size: int = 5) -> sa.Engine:
    """Return an engine whose sessions have the limits of this module.

    Reading sessions see one snapshot for the whole transaction and cannot write.
    """
    _wait_greenly()
    engine = sa.create_engine(
        url,
        poolclass=fairpool.FairPool,
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=CHECKOUT_SECONDS,
        # Several rows in one round trip, also for UPDATE.
        executemany_mode="values_plus_batch",
        use_native_hstore=False,
        hide_parameters=True,
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": 5000,
            "keepalives_idle": 30,
            "application_name": "qibiao",
            "options": _TIMEOUTS + (_READ_ONLY if read_only else ""),
            "connection_factory": _Connection,
        },
    )
    event.listen(engine, "checkout", _refuse_dead)
    event.listen(engine, "set_connection_execution_options", sqlite.refuse_isolation_level)
    event.listen(engine, "set_engine_execution_options", sqlite.refuse_isolation_level)
    return engine


def is_transient(error: BaseException) -> bool:
    """Say whether a driver's error may go away by itself: server away, lock or time limits."""
    if not isinstance(error, psycopg2.Error):
        return False
    code = error.pgcode
    if code is None:
        # Without a code it did not come from the server: no connection, or lost.
        return isinstance(error, psycopg2.OperationalError | psycopg2.InterfaceError)
    return code in _TRANSIENT_CODES or code[:2] in _TRANSIENT_CLASSES


class Listener:
    """Wait for the notifications of one channel, on a connection of its own."""

    def __init__(self, url: sa.URL, channel: str) -> None:
        self._url = url
        self._channel = channel
        self._connection: Any = None

    def wait(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds; say whether there was a notification.

        A lost connection is opened again; having missed something meanwhile counts as notified.

        Raises:
            DatabaseUnavailableError: the server is away.
        """
        try:
            if self._connection is None:
                self._open()
                return True
            return self._hear(time.monotonic() + timeout)
        except psycopg2.Error as error:
            self.close()
            raise DatabaseUnavailableError from error

    def close(self) -> None:
        """Close the connection; a later `wait` opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _hear(self, give_up_at: float) -> bool:
        connection = self._connection
        while not connection.notifies:
            remaining = give_up_at - time.monotonic()
            if remaining <= 0 or not any(select.select([connection.fileno()], [], [], remaining)):
                return False
            connection.poll()
        connection.notifies.clear()
        return True

    def _open(self) -> None:
        connection = _connect_alone(self._url, "qibiao-listener")
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"LISTEN {self._channel}")
        except BaseException:
            connection.close()
            raise
        self._connection = connection


class Glancer:
    """Ask the same again and again, in one round trip; each statement is its own transaction.

    It has a connection of its own; one green thread uses it.
    """

    def __init__(self, url: sa.URL) -> None:
        self._url = url
        self._connection: Any = None

    def rows(self, sql: str, values: tuple[Any, ...] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Return what the statement (with ``%s`` or ``%(name)s`` for values) finds.

        Raises:
            DatabaseUnavailableError: the server is away or too slow.
        """
        try:
            if self._connection is None:
                self._connection = _connect_alone(self._url, "qibiao-glancer", _TIMEOUTS)
            with self._connection.cursor() as cursor:
                cursor.execute(sql, values)
                found: list[tuple[Any, ...]] = cursor.fetchall()
        except psycopg2.Error as error:
            self.close()
            if is_transient(error):
                raise DatabaseUnavailableError from error
            raise
        return found

    def close(self) -> None:
        """Close the connection; a later question opens it again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _connect_alone(url: sa.URL, name: str, options: str = "") -> Any:  # noqa: ANN401 - psycopg2's connection
    """Return a connection outside any pool; each statement is a transaction of its own."""
    _wait_greenly()
    connection = psycopg2.connect(
        url.set(drivername="postgresql").render_as_string(hide_password=False),
        connect_timeout=CONNECT_SECONDS,
        tcp_user_timeout=5000,
        keepalives_idle=30,
        application_name=name,
        options=options,
    )
    connection.autocommit = True
    return connection


class _Connection(extensions.connection):
    """Commit without being cut in the middle."""

    def commit(self) -> None:
        shield.run_shielded(super().commit)


def _wait_greenly() -> None:
    """Let psycopg2 wait on the hub, in a process of green threads."""
    if shield.is_green():
        extensions.set_wait_callback(_wait)


def _refuse_dead(connection: Any, record: Any, _proxy: object) -> None:  # noqa: ANN401 - theirs
    """Refuse a connection that the server has closed since it was used: the pool makes new ones.

    A server that goes away says so, or closes: between two transactions there is nothing else to
    read. That is seen without asking the server.

    Raises:
        sqlalchemy.exc.DisconnectionError: something waits to be read.
    """
    is_new = "used" not in record.info
    record.info["used"] = True
    if is_new:
        return
    if connection.closed or _has_something_to_read(connection):
        raise exc.InvalidatePoolError


def _has_something_to_read(connection: Any) -> bool:  # noqa: ANN401 - psycopg2's connection
    poll = shield.unpatched("select").poll()
    poll.register(connection.fileno(), _READABLE)
    return bool(poll.poll(0))


def _wait(connection: Any) -> None:  # noqa: ANN401 - psycopg2's connection
    """Wait for the server on the hub, but not for ever.

    Raises:
        psycopg2.OperationalError: the server did not answer in time.
    """
    is_connecting = connection.status == extensions.STATUS_SETUP
    give_up_at = time.monotonic() + (CONNECT_SECONDS if is_connecting else ANSWER_SECONDS)
    while (state := connection.poll()) != extensions.POLL_OK:
        remaining = give_up_at - time.monotonic()
        reading = [connection.fileno()] if state == extensions.POLL_READ else []
        writing = [connection.fileno()] if state == extensions.POLL_WRITE else []
        if remaining <= 0 or not any(select.select(reading, writing, [], remaining)):
            raise psycopg2.OperationalError("the server did not answer in time")
