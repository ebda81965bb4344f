"""Create the table of the ends of all audit chains."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "audit_head",
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("hash", sa.Text, nullable=False),
        sa.Column("noted_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("service", "sequence", name="pk_audit_head"),
    )
