"""Create the record of rebuilds of the index."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "rebuilds",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("generation", sa.Integer, nullable=False),
        sa.Column("is_in_place", sa.Boolean(create_constraint=False), nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("after", sa.Text, nullable=False),
        sa.Column("documents", sa.Integer, nullable=False),
        sa.Column("checked", sa.Integer, nullable=False),
        sa.Column("repaired", sa.Integer, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("started_at", db.UTCDateTime, nullable=False),
        sa.Column("moved_at", db.UTCDateTime, nullable=False),
        sa.Column("ended_at", db.UTCDateTime),
        sa.Column("replaced", sa.Integer),
        sa.Column("dropped_at", db.UTCDateTime),
        sa.CheckConstraint(
            "step IN ('COPYING', 'CHECKING', 'DONE', 'FAILED')", name="ck_rebuilds_step"
        ),
        sa.PrimaryKeyConstraint("number", name="pk_rebuilds"),
    )
