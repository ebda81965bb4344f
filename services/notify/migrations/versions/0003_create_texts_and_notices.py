"""Create the versions of texts (templates, FAQ entries) and the notices."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "text_versions",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("written_at", db.UTCDateTime, nullable=False),
        sa.CheckConstraint("kind IN ('SMS', 'INBOX', 'FAQ')", name="ck_text_versions_kind"),
        sa.PrimaryKeyConstraint("kind", "name", "version", name="pk_text_versions"),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("published_at", db.UTCDateTime),
        sa.Column("withdrawn_at", db.UTCDateTime),
        sa.CheckConstraint("state IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')", name="ck_notices_state"),
        sa.PrimaryKeyConstraint("id", name="pk_notices"),
    )
    op.create_index("ix_notices_state_published_at", "notices", ["state", "published_at"])
