"""One open transaction, and what a use case may do in it.

Events, commands and audit rows become real together with the changes of the session, or not at all.
They are kept until the end and written in one round trip right before the commit.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import audit, db, ids, outbox, schemas
from chassis.clock import Clock
from chassis.context import Call, current_call
from contracts.events import CommandType, EventType

NOTIFY_CHANNEL: Final = "outbox"
_SERVER_TIME: Final = sa.select(sa.func.clock_timestamp())
_INSERT: Final = (
    "INSERT INTO outbox"
    " (event_id, kind, service, name, subject, is_public, body, created_at, expires_at)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Transaction:
    """Be one open transaction, with what a use case may do in it."""

    def __init__(self, session: Session, *, service: str, clock: Clock, validates: bool) -> None:
        self.session = session
        self.service = service
        self.clock = clock
        self.call: Call | None = current_call.get()
        self.has_messages = False
        self._validates = validates
        self._now: datetime | None = None
        self._last_statements: list[tuple[str, tuple[Any, ...]]] = []
        self.dialect: str = session.get_bind().dialect.name
        self._is_postgres = self.dialect == "postgresql"

    def now(self) -> datetime:
        """Return the moment by the database's clock: ask after the row is locked.

        PostgreSQL tells its own time, the same for all processes; with SQLite it is the process's.
        """
        if self._is_postgres:
            told = self.session.connection().scalar(_SERVER_TIME)
            assert isinstance(told, datetime)  # noqa: S101 - for the type checker
            self._now = told.astimezone(UTC) + self.clock.offset
        else:
            self._now = self.clock.now()
        return self._now

    def sql_now(self, plus: timedelta = timedelta()) -> sa.ColumnElement[datetime]:
        """Return the same moment as an expression, for statements that compare and set at once."""
        if self._is_postgres:
            offset = sa.literal(self.time_parameter(plus), sa.Interval())
            return sa.type_coerce(sa.func.clock_timestamp() + offset, db.UTCDateTime())
        return sa.literal(self.time_parameter(plus), db.UTCDateTime())

    def time_parameter(self, plus: timedelta = timedelta()) -> timedelta | datetime:
        """Return the value of the parameter of `chassis.db.database_time`."""
        return (self.clock.offset if self._is_postgres else self.clock.now()) + plus

    def emit(
        self, event_type: EventType, *, subject: str, sequence: int, data: Mapping[str, Any]
    ) -> str:
        """Announce a fact once this transaction is committed; return the event's id.

        ``subject`` is the aggregate's id and ``sequence`` its version: events of one aggregate are
        sent in the order they were emitted.

        Raises:
            chassis.schemas.ContractError: the data is not what the event's schema promises.
            ValueError: the event is not this service's, or too large.
        """
        if event_type.source != self.service:
            raise ValueError(f"{event_type.name} belongs to {event_type.source}")
        if self._validates:
            schemas.validate(event_type.source, event_type.name, data)
        event_id = ids.new_id()
        envelope = outbox.event_envelope(
            event_type,
            event_id=event_id,
            subject=subject,
            sequence=sequence,
            time=self._now or self.clock.now(),
            traceparent=self._traceparent(),
            data=data,
        )
        self._add_message(
            outbox.EVENT, event_type.source, event_type.name, envelope, event_type.is_public, None
        )
        return event_id

    def send(
        self,
        command: CommandType,
        data: Mapping[str, Any],
        *,
        expires_in: timedelta | None = None,
        request_id: str | None = None,
    ) -> str:
        """Ask another service to do something once, after the commit; return the command's id.

        Two commands with the same ``request_id`` are one to the receiver. After ``expires_in`` it
        is not sent any more.

        Raises:
            chassis.schemas.ContractError: the data is not what the command's schema promises.
            ValueError: the command is too large.
        """
        if self._validates:
            schemas.validate(command.target, command.name, data)
        event_id = request_id or ids.new_id()
        now = self._now or self.clock.now()
        expires_at = None if expires_in is None else now + expires_in
        envelope = outbox.command_envelope(
            command,
            event_id=event_id,
            source=self.service,
            time=now,
            expires_at=expires_at,
            traceparent=self._traceparent(),
            data=data,
        )
        self._add_message(
            outbox.COMMAND,
            command.target,
            command.name,
            envelope,
            is_public=False,
            expires_at=expires_at,
        )
        return event_id

    def audit(
        self,
        action: str,
        *,
        object_id: str,
        details: Mapping[str, str] | None = None,
        enterprise_id: str | None = None,
    ) -> None:
        """Write into the audit log who did what; never personal numbers or secrets."""
        statement, values = audit.insert_statement(
            self.call,
            now=self.clock.now(),
            dialect=self.dialect,
            action=action,
            object_id=object_id,
            details=details or {},
            enterprise_id=enterprise_id,
        )
        self.execute_last(statement, values)

    def execute_last(self, sql: str, values: tuple[Any, ...]) -> None:
        """Run a statement, with ``?`` for values, right before the commit together with others."""
        self._last_statements.append((sql, values))

    def finish(self) -> None:
        """Write what is pending; `Database` calls it before the commit."""
        self.session.flush()
        connection = self.session.connection()
        if not self._last_statements:
            return
        if not self._is_postgres:
            for sql, values in self._last_statements:
                connection.exec_driver_sql(sql, values)
            return
        # One round trip for all. The notification arrives only if the commit does.
        parts = [sql.replace("?", "%s") for sql, _ in self._last_statements]
        if self.has_messages:
            parts.append(f"NOTIFY {NOTIFY_CHANNEL}")
        flat = tuple(value for _, values in self._last_statements for value in values)
        connection.exec_driver_sql("; ".join(parts), flat)

    def _traceparent(self) -> str:
        return self.call.traceparent if self.call else ids.new_traceparent(ids.new_trace_id())

    def _add_message(  # noqa: PLR0913, PLR0917 - one per column
        self,
        kind: str,
        service: str,
        name: str,
        envelope: Mapping[str, Any],
        is_public: bool,  # noqa: FBT001 - a column's value
        expires_at: datetime | None,
    ) -> None:
        body = db.dump_json(envelope)
        if len(body.encode()) > outbox.MAX_BYTES:
            raise ValueError(f"{name} is larger than {outbox.MAX_BYTES} bytes")
        values = (
            envelope["id"],
            kind,
            service,
            name,
            envelope["subject"],
            is_public,
            body,
            db.driver_time(self.clock.now(), self.dialect),
            db.driver_time(expires_at, self.dialect),
        )
        self.execute_last(_INSERT, values)
        self.has_messages = True
