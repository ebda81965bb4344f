"""Create webhooks, the events that wait for them, and the log of deliveries."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("url", sa.Text, nullable=False),
        sa.Column("filters", db.JsonText, nullable=False),
        sa.Column("parallel", sa.Integer, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("secret_encrypted", sa.Text, nullable=False),
        sa.Column("old_secret_encrypted", sa.Text),
        sa.Column("old_secret_until", db.UTCDateTime),
        sa.Column("challenge", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("due_at", db.UTCDateTime),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("failing_since", db.UTCDateTime),
        sa.Column("is_warned", sa.Boolean, nullable=False),
        sa.Column("test_event_id", sa.Text),
        sa.Column("claim", sa.Text),
        sa.Column("claimed_until", db.UTCDateTime),
        sa.Column("created_by", sa.Text, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("last_delivered_at", db.UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
        sa.CheckConstraint(
            "state IN ('PENDING', 'ACTIVE', 'PARKED', 'DISABLED')", name="ck_webhooks_state"
        ),
        sa.CheckConstraint("parallel BETWEEN 1 AND 8", name="ck_webhooks_parallel"),
    )
    op.create_index("ix_webhooks_owner", "webhooks", ["owner"])
    op.create_index("ix_webhooks_due_at", "webhooks", ["due_at"])
    op.create_index("ix_webhooks_state_position", "webhooks", ["state", "position"])
    op.create_table(
        "webhook_held_events",
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("webhook_id", "position", name="pk_webhook_held_events"),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhooks.id"],
            name="fk_webhook_held_events_webhook_id_webhooks",
            ondelete="CASCADE",
        ),
    )
    op.create_index(
        "ix_webhook_held_events_webhook_id_subject",
        "webhook_held_events",
        ["webhook_id", "subject", "position"],
    )
    op.create_table(
        "webhook_attempts",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("webhook_id", sa.Text, nullable=False),
        sa.Column("event_id", sa.Text, nullable=False),
        sa.Column("event_type", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger),
        sa.Column("attempt", sa.Integer, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("reason", sa.Text),
        sa.Column("status", sa.Integer),
        sa.Column("milliseconds", sa.Integer, nullable=False),
        sa.Column("answer", sa.Text, nullable=False),
        sa.Column("at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_attempts"),
        sa.ForeignKeyConstraint(
            ["webhook_id"],
            ["webhooks.id"],
            name="fk_webhook_attempts_webhook_id_webhooks",
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "outcome IN ('DELIVERED', 'FAILED')", name="ck_webhook_attempts_outcome"
        ),
    )
    op.create_index("ix_webhook_attempts_webhook_id_id", "webhook_attempts", ["webhook_id", "id"])
    op.create_index("ix_webhook_attempts_at", "webhook_attempts", ["at"])
