"""The tables that every service has beside its own: the plumbing of reliable messages.

They are Core tables on one metadata, never mapped: the chassis reads and writes them by statements.
"""

from typing import Any, Final

import sqlalchemy as sa

from chassis import db

metadata: Final = db.new_metadata()
_BIG_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

outbox: Final = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", _BIG_ID, sa.Identity(), primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    # The service that announces an event, or the one that a command asks.
    sa.Column("service", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("is_public", sa.Boolean, nullable=False),
    sa.Column("position", sa.BigInteger),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", db.UTCDateTime, nullable=False),
    sa.Column("expires_at", db.UTCDateTime),
    sa.Column("sent_at", db.UTCDateTime),
    sa.CheckConstraint("kind IN ('EVENT', 'COMMAND')", name="kind"),
)
sa.Index(
    "ix_outbox_unsent",
    outbox.c.id,
    postgresql_where=outbox.c.sent_at.is_(None),
    sqlite_where=outbox.c.sent_at.is_(None),
)
sa.Index("ix_outbox_sent_at", outbox.c.sent_at)

inbox: Final = sa.Table(
    "inbox",
    metadata,
    sa.Column("id", _BIG_ID, sa.Identity(), primary_key=True),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("handler", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    # Empty where a broker is the queue and the row only remembers that the event was handled.
    sa.Column("body", sa.Text),
    sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
    sa.Column("due_at", db.UTCDateTime, nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("received_at", db.UTCDateTime, nullable=False),
    sa.Column("settled_at", db.UTCDateTime),
    sa.UniqueConstraint("event_id", "handler"),
    sa.CheckConstraint("state IN ('WAITING', 'DONE', 'DEAD')", name="state"),
)
# Most rows are done and only remembered: what is still open has a small index of its own.
inbox_is_open: Final = inbox.c.state != sa.literal_column("'DONE'")
sa.Index(
    "ix_inbox_open",
    inbox.c.handler,
    inbox.c.state,
    inbox.c.id,
    postgresql_where=inbox_is_open,
    sqlite_where=inbox_is_open,
)
sa.Index("ix_inbox_settled_at", inbox.c.settled_at)

leases: Final = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("holder", sa.Text, nullable=False),
    sa.Column("expires_at", db.UTCDateTime, nullable=False),
)

counters: Final = sa.Table(
    "counters",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
    sa.Column("expires_at", db.UTCDateTime, nullable=False, index=True),
)

idempotency: Final = sa.Table(
    "idempotency",
    metadata,
    # A hash of actor and key: the raw key is the secret of the request hash beside it.
    sa.Column("key_hash", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.Text, nullable=False),
    sa.Column("answer", sa.Text),
    sa.Column("created_at", db.UTCDateTime, nullable=False, index=True),
)

audit: Final = sa.Table(
    "audit",
    metadata,
    sa.Column("id", _BIG_ID, sa.Identity(), primary_key=True),
    sa.Column("recorded_at", db.UTCDateTime, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("enterprise_id", sa.Text),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("object_id", sa.Text, nullable=False),
    sa.Column("details", sa.Text, nullable=False),
    sa.Column("trace_id", sa.Text, nullable=False),
    # Set once, by the sealing job.
    sa.Column("sequence", sa.BigInteger),
    sa.Column("previous_hash", sa.Text),
    sa.Column("hash", sa.Text),
    sa.UniqueConstraint("sequence"),
)
sa.Index(
    "ix_audit_unsealed",
    audit.c.id,
    postgresql_where=audit.c.sequence.is_(None),
    sqlite_where=audit.c.sequence.is_(None),
)
sa.Index("ix_audit_object_id", audit.c.object_id)
sa.Index("ix_audit_enterprise_id_recorded_at", audit.c.enterprise_id, audit.c.recorded_at)

public_log: Final = sa.Table(
    "public_log",
    metadata,
    sa.Column("position", _BIG_ID, primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False, index=True),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("recorded_at", db.UTCDateTime, nullable=False),
)


_CONTENT: Final = tuple(
    column.name
    for column in audit.columns
    if column.name not in {"sequence", "previous_hash", "hash"}
)
_NEW: Final = ", ".join(f"NEW.{name}" for name in _CONTENT)
_OLD: Final = ", ".join(f"OLD.{name}" for name in _CONTENT)
_KEEP_AUDIT: Final = {
    "sqlite": (
        """
        CREATE TRIGGER audit_keeps_rows BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'audit rows are kept'); END
        """,
        f"""
        CREATE TRIGGER audit_keeps_content BEFORE UPDATE ON audit
        WHEN OLD.sequence IS NOT NULL OR ({_NEW}) IS NOT ({_OLD})
        BEGIN SELECT RAISE(ABORT, 'audit rows are not changed'); END
        """,
    ),
    "postgresql": (
        f"""
        CREATE OR REPLACE FUNCTION audit_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF TG_OP = 'UPDATE' THEN
                IF OLD.sequence IS NULL AND ({_NEW}) IS NOT DISTINCT FROM ({_OLD}) THEN
                    RETURN NEW;
                END IF;
            END IF;
            RAISE EXCEPTION 'audit rows are kept as they are';
        END $$
        """,
        """
        CREATE TRIGGER audit_keeps_content BEFORE UPDATE OR DELETE ON audit
        FOR EACH ROW EXECUTE FUNCTION audit_is_kept()
        """,
        """
        CREATE TRIGGER audit_keeps_rows BEFORE TRUNCATE ON audit
        FOR EACH STATEMENT EXECUTE FUNCTION audit_is_kept()
        """,
    ),
}


@sa.event.listens_for(audit, "after_create")
def _keep_audit(_table: sa.Table, connection: sa.Connection, **_: object) -> None:
    """Let the database itself refuse to change or delete what was audited."""
    for statement in _KEEP_AUDIT[connection.dialect.name]:
        connection.exec_driver_sql(statement)


def create_plumbing(op: Any, *, public_log: bool = False) -> None:  # noqa: ANN401 - alembic's operations
    """Create the tables of this module: the first step of every service's migration 0001.

    ``public_log`` only for the one service that owns the public log. A later change of these tables
    needs a migration in every service.
    """
    connection = op.get_bind()
    skipped = set() if public_log else {"public_log"}
    metadata.create_all(
        connection, tables=[table for table in metadata.sorted_tables if table.name not in skipped]
    )
