"""Create the public index: its generations, and the tables of the first."""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from chassis import db, tables
from services.search.models import create_generation

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create_plumbing(op)
    generations = op.create_table(
        "generations",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.CheckConstraint("state IN ('BUILDING', 'LIVE')", name="ck_generations_state"),
        sa.PrimaryKeyConstraint("number", name="pk_generations"),
        sa.UniqueConstraint("state", name="uq_generations_state"),
    )
    # The same moment in every database: it begins empty, and nobody needs to know since when.
    begun = datetime(2026, 11, 28, tzinfo=UTC)
    op.execute(generations.insert().values(number=1, state="LIVE", created_at=begun))
    create_generation(op.get_bind(), 1)
