"""Add the history of records, faults of imports, the waiting list and retired divisions."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0002"
down_revision = "0001"

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("import_run", sa.Column("kind", sa.Text, nullable=False, server_default="DELTA"))
    op.add_column(
        "import_run", sa.Column("deregistered", sa.Integer, nullable=False, server_default="0")
    )
    op.add_column("import_run", sa.Column("note", sa.Text, nullable=False, server_default=""))
    op.add_column("import_run", sa.Column("updated_at", db.UTCDateTime))
    op.create_table(
        "organization_history",
        sa.Column("id", _BIG_ID, sa.Identity(), nullable=False),
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("changed_at", db.UTCDateTime, nullable=False),
        sa.Column("import_id", sa.Text),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("old_value", sa.Text),
        sa.PrimaryKeyConstraint("id", name="pk_organization_history"),
    )
    op.create_index(
        "ix_organization_history_organization_id", "organization_history", ["organization_id"]
    )
    op.create_table(
        "import_fault",
        sa.Column("id", _BIG_ID, sa.Identity(), nullable=False),
        sa.Column("import_id", sa.Text, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_fault"),
    )
    op.create_index("ix_import_fault_import_id_row", "import_fault", ["import_id", "row"])
    op.create_table(
        "waiting_applicant",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("organization_code", sa.Text, nullable=False),
        sa.Column("fields_encrypted", sa.Text, nullable=False),
        sa.Column("phone_encrypted", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("token_hash", sa.Text, nullable=False),
        sa.Column("resume_token_hash", sa.Text),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("checked_at", db.UTCDateTime),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_applicant"),
        sa.UniqueConstraint("token_hash", name="uq_waiting_applicant_token_hash"),
        sa.UniqueConstraint("resume_token_hash", name="uq_waiting_applicant_resume_token_hash"),
        sa.CheckConstraint(
            "state IN ('WAITING', 'MISMATCH', 'READY')", name="ck_waiting_applicant_state"
        ),
    )
    op.create_index(
        "ix_waiting_applicant_organization_code", "waiting_applicant", ["organization_code"]
    )
    op.create_index("ix_waiting_applicant_expires_at", "waiting_applicant", ["expires_at"])
    op.create_table(
        "retired_division",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("first_revision", sa.Text, nullable=False),
        sa.Column("last_revision", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_retired_division"),
    )
    op.create_table(
        "source_lookup",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("asked_at", db.UTCDateTime, nullable=False),
        sa.Column("is_found", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_source_lookup"),
    )
