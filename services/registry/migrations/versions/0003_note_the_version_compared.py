"""Note which version of a record a waiting applicant was compared with."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("waiting_applicant", sa.Column("checked_version", sa.Integer))
