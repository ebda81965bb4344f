"""The unit of work: the one place where a transaction is opened and committed.

A use case gets a `Transaction`: changes made through its session, events, commands and audit rows
become real together or not at all.
"""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from chassis import db, faults, idempotency, inbox, metrics, postgres, sqlite
from chassis.clock import Clock
from chassis.context import Call
from chassis.errors import DatabaseUnavailableError, StaleError
from chassis.refusals import Refusals
from chassis.transaction import NOTIFY_CHANNEL, Transaction

R = TypeVar("R")


class Identified(Protocol):
    """Be something with an id."""

    @property
    def id(self) -> str:
        """Return the id."""
        ...


class Delivery(Protocol):
    """Be a message handed to a handler, as far as the database is concerned.

    ``is_recorded`` becomes true when a transaction that notes it as done was committed.
    """

    is_recorded: bool

    @property
    def event(self) -> Identified:
        """Return what was delivered."""
        ...

    @property
    def handler(self) -> str:
        """Return the name under which the handler remembers it."""
        ...


class AlreadyHandled(Exception):  # noqa: N818 - no failure: the work is done
    """Say that the handler has done this message before."""


class Callbacks:
    """Call everyone who wants to know, in the order they asked."""

    def __init__(self) -> None:
        self._functions: list[Callable[[], None]] = []

    def add(self, function: Callable[[], None]) -> None:
        """Call ``function`` from now on."""
        self._functions.append(function)

    def remove(self, function: Callable[[], None]) -> None:
        """Call ``function`` no more; unknown ones are ignored."""
        with contextlib.suppress(ValueError):
            self._functions.remove(function)

    def __call__(self) -> None:
        """Call everyone."""
        for function in tuple(self._functions):
            function()


class Database:
    """Be the database of one service: reads, transactions and commands.

    Green threads share it; one of them has at most one transaction open.
    """

    def __init__(
        self,
        url: str,
        *,
        service: str,
        clock: Clock,
        validate_events: bool = True,
        threads: bool = True,
    ) -> None:
        self.service = service
        self.clock = clock
        self.url = sa.make_url(url)
        self.wakeups: Final = Callbacks()
        self.refusals: Final = Refusals(service)
        self.writer = db.new_engine(url, threads=threads)
        self.reader = db.new_engine(url, threads=threads, read_only=True)
        self._validates = validate_events
        self._busy: set[int] = set()
        self._writer_lock = None if self.is_postgres else sqlite.writer_lock(self.url)

    @property
    def is_postgres(self) -> bool:
        """Say whether the engine below is PostgreSQL."""
        return self.url.drivername == postgres.DRIVER

    @contextlib.contextmanager
    def read(self) -> Iterator[Session]:
        """Give a session that sees one snapshot of the database and cannot change it.

        Raises:
            DatabaseUnavailableError: the database is away or too slow.
        """
        with _translated(), Session(self.reader, expire_on_commit=False) as session:
            yield session

    @contextlib.contextmanager
    def transaction(self, delivery: Delivery | None = None) -> Iterator[Transaction]:
        """Open a transaction and commit it at the end of the block, unless an error leaves it.

        With a ``delivery`` the message is first noted as done by its handler, in this transaction.

        Raises:
            DatabaseUnavailableError: the database is away, too slow, or was lost; when that happens
                while committing, the outcome is not known, and the same request may be sent again.
            AlreadyHandled: the handler has done the message before.
            StaleError: a row was changed by someone else since it was read.
        """
        with (
            self._measured(),
            self._turn(),
            Session(self.writer, expire_on_commit=False) as session,
        ):
            tx = Transaction(
                session, service=self.service, clock=self.clock, validates=self._validates
            )
            session.connection()
            if delivery is not None:
                self._settle(session, delivery)
            yield tx
            tx.finish()
            faults.point("database.before_commit")
            session.commit()
            if delivery is not None:
                delivery.is_recorded = True
        faults.point("database.after_commit")
        if tx.has_messages:
            self.wakeups()

    def command(
        self,
        call: Call,
        use_case: Callable[..., R],
        /,
        **arguments: Any,  # noqa: ANN401 - the use case's own
    ) -> R:
        """Carry out a use case once for this request, however often it arrives.

        The use case is called with ``tx`` and the arguments and returns what JSON can hold. A
        request seen before, by the same actor with the same key, gets the answer given then.

        Raises:
            IdempotencyMismatchError: the key was used for a different request.
            DatabaseUnavailableError: as `transaction`.
        """
        request = idempotency.identify(call, use_case.__name__, arguments)
        with self.transaction() as tx:
            replay = idempotency.begin(tx.session, request, now=self.clock.now())
            if replay is not None:
                answer: R = replay.answer
                return answer
            text = db.dump_json(use_case(tx=tx, **arguments))
            tx.execute_last(idempotency.ANSWER_SQL, (text, request.key_hash))
        result: R = json.loads(text)
        return result

    def listener(self) -> postgres.Listener | None:
        """Return who hears of new outbox rows of all processes; None with SQLite."""
        return postgres.Listener(self.url, NOTIFY_CHANNEL) if self.is_postgres else None

    def glancer(self) -> postgres.Glancer | None:
        """Return who asks one question often and cheaply; None with SQLite."""
        return postgres.Glancer(self.url) if self.is_postgres else None

    def ping(self) -> None:
        """Ask the database for a sign of life.

        Raises:
            DatabaseUnavailableError: it gave none.
        """
        with self.read() as session:
            session.execute(sa.text("SELECT 1"))

    def close(self) -> None:
        """Close all idle connections."""
        self.writer.dispose()
        self.reader.dispose()

    @contextlib.contextmanager
    def _measured(self) -> Iterator[None]:
        started = time.perf_counter()
        outcome = "refused"
        try:
            with _translated():
                yield
            outcome = "committed"
        except DatabaseUnavailableError:
            outcome = "unavailable"
            raise
        finally:
            metrics.observe_transaction(
                service=self.service, outcome=outcome, seconds=time.perf_counter() - started
            )

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for this writer's turn, where only one can write; never nested."""
        me = threading.get_ident()
        if me in self._busy:
            raise RuntimeError("a transaction is already open here")
        self._busy.add(me)
        try:
            if self._writer_lock is None:
                yield
                return
            with self._writer_lock.hold(sqlite.LOCK_SECONDS) as is_mine:
                if not is_mine:
                    raise DatabaseUnavailableError
                yield
        finally:
            self._busy.discard(me)

    def _settle(self, session: Session, delivery: Delivery) -> None:
        now = self.clock.now()
        if not inbox.settle(session, delivery.event.id, delivery.handler, now=now):
            raise AlreadyHandled


def begin_anew(session: Session) -> None:
    """Let a session of `Database.read` see the database as it is now, not as it was at first."""
    session.rollback()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Turn what engines say about trouble into the errors of the chassis."""
    try:
        yield
    except StaleDataError as error:
        raise StaleError from error
    except Exception as error:
        if db.is_unavailable(error):
            raise DatabaseUnavailableError from error
        raise


__all__ = [
    "AlreadyHandled",
    "Callbacks",
    "Database",
    "Delivery",
    "Identified",
    "Transaction",
    "begin_anew",
]
