"""Add how often a machine key of its own may be used; empty ones follow the settings."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("machine_key", sa.Column("per_minute", sa.Integer, nullable=True))
    op.add_column("machine_key", sa.Column("per_day", sa.Integer, nullable=True))
