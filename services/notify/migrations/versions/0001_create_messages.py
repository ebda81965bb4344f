"""Create messages."""

import sqlalchemy as sa
from alembic import op

from chassis import db, tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create_plumbing(op)
    op.create_table(
        "messages",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("purpose", sa.Text, nullable=False),
        sa.Column("phone_sealed", sa.Text),
        sa.Column("values_sealed", sa.Text),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("may_have_arrived", sa.Boolean, nullable=False),
        sa.Column("provider", sa.Text),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("due_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime),
        sa.Column("settled_at", db.UTCDateTime),
        sa.CheckConstraint(
            "(state = 'FAILED') = (reason IS NOT NULL)", name="ck_messages_reason_if_failed"
        ),
        sa.CheckConstraint(
            "state IN ('CREATED', 'SENDING', 'SENT', 'FAILED')", name="ck_messages_state"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("request_id", name="uq_messages_request_id"),
    )
    op.create_index("ix_messages_created_at", "messages", ["created_at"])
    op.create_index("ix_messages_settled_at", "messages", ["settled_at"])
    op.create_index("ix_messages_state_due_at", "messages", ["state", "due_at"])
