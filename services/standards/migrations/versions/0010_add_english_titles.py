"""Keep the English names of catalogue standards, by which declarations are searched too."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column(
        "catalogue_standards",
        sa.Column("english_title", sa.Text, nullable=False, server_default=""),
    )
