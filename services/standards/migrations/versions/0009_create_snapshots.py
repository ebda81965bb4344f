"""Create the snapshots: which files of everything public can be downloaded, and who wants one."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("from_position", sa.BigInteger),
        sa.Column("base", sa.Text),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("declarations", sa.BigInteger, nullable=False),
        sa.Column("events", sa.BigInteger, nullable=False),
        sa.Column("products", sa.BigInteger, nullable=False),
        sa.Column("pending", sa.Integer, nullable=False),
        sa.Column("checksum", sa.Text, nullable=False),
        sa.Column("files", db.JsonText, nullable=False),
        sa.CheckConstraint("kind IN ('FULL', 'DELTA')", name=op.f("ck_snapshots_kind")),
        sa.CheckConstraint(
            "(kind = 'DELTA') = (base IS NOT NULL)", name=op.f("ck_snapshots_base_of_delta")
        ),
        sa.PrimaryKeyConstraint("id", name="pk_snapshots"),
    )
    op.create_index("ix_snapshots_newest", "snapshots", ["kind", "position"])
    op.create_table(
        "snapshot_requests",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("requested_at", db.UTCDateTime, nullable=False),
        sa.Column("requested_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot_requests"),
    )
