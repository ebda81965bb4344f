"""Create the indicators of standards of the catalogue, to compare declarations with."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

_CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "catalogue_indicators",
        sa.Column("catalogue_number_key", _CODE, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("number_stem", _CODE, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("low", sa.Text),
        sa.Column("is_low_closed", sa.Boolean, nullable=False),
        sa.Column("high", sa.Text),
        sa.Column("is_high_closed", sa.Boolean, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("catalogue_number_key", "position", name="pk_catalogue_indicators"),
    )
    op.create_index(
        "ix_catalogue_indicators_number_stem",
        "catalogue_indicators",
        ["number_stem", "catalogue_number_key"],
    )
