"""Create the counts of what is published."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "statistics_facts",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("enterprise", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("month", sa.Text, nullable=False),
        sa.Column("products", sa.Integer, nullable=False),
        sa.Column("classes", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("declaration_id", name="pk_statistics_facts"),
    )
    op.create_index("ix_statistics_facts_enterprise", "statistics_facts", ["enterprise"])
    op.create_table(
        "statistics_enterprises",
        sa.Column("enterprise", sa.Text, nullable=False),
        sa.Column("changes", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("enterprise", name="pk_statistics_enterprises"),
    )
    op.create_table(
        "statistics_counts",
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("dimension", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.Column("shard", sa.SmallInteger, nullable=False, autoincrement=False),
        sa.Column("declarations", sa.BigInteger, nullable=False),
        sa.Column("products", sa.BigInteger, nullable=False),
        sa.Column("enterprises", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint(
            "scope", "dimension", "value", "shard", name="pk_statistics_counts"
        ),
    )
