"""Add what providers tell after sending, daily totals and the limit of the circuit."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("messages", sa.Column("reference", sa.Text))
    # Both engines take a column with its check this way; SQLite takes no check any other way.
    op.execute(
        "ALTER TABLE messages ADD COLUMN delivery TEXT CONSTRAINT ck_messages_delivery"
        " CHECK (delivery IN ('AWAITED', 'DELIVERED', 'UNDELIVERED', 'UNCONFIRMED'))"
    )
    op.add_column("messages", sa.Column("receipt_due_at", db.UTCDateTime))
    op.add_column("messages", sa.Column("receipt_at", db.UTCDateTime))
    op.create_index("ix_messages_provider_reference", "messages", ["provider", "reference"])
    op.create_index("ix_messages_receipt_due_at", "messages", ["receipt_due_at"])
    op.create_table(
        "early_receipts",
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("reference", sa.Text, nullable=False),
        sa.Column("is_delivered", sa.Boolean, nullable=False),
        sa.Column("received_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("provider", "reference", name="pk_early_receipts"),
    )
    op.create_index("ix_early_receipts_received_at", "early_receipts", ["received_at"])
    op.create_table(
        "daily_totals",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("provider", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", "provider", "template", "outcome", name="pk_daily_totals"),
    )
    op.create_table(
        "circuit_limits",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("recent", sa.Integer, nullable=False),
        sa.Column("threshold", sa.Integer, nullable=False),
        sa.Column("measured_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_circuit_limits"),
    )
