"""Create the messages of the inbox, and who has read them."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "inbox_messages",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("template", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("link", sa.Text, nullable=False),
        sa.Column("posted_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_inbox_messages"),
        sa.UniqueConstraint("request_id", name="uq_inbox_messages_request_id"),
    )
    op.create_index(
        "ix_inbox_messages_recipient_posted_at", "inbox_messages", ["recipient", "posted_at"]
    )
    op.create_index("ix_inbox_messages_posted_at", "inbox_messages", ["posted_at"])
    op.create_table(
        "inbox_readings",
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("reader", sa.Text, nullable=False),
        sa.Column("read_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("message_id", "reader", name="pk_inbox_readings"),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["inbox_messages.id"],
            name="fk_inbox_readings_message_id_inbox_messages",
            ondelete="CASCADE",
        ),
    )
