"""Create the tables of the registry."""

import sqlalchemy as sa
from alembic import op

from chassis import db, tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create_plumbing(op)
    op.create_table(
        "organization",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("credit_code", sa.Text),
        sa.Column("organization_code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("legal_representative", sa.Text, nullable=False),
        sa.Column("id_number_type", sa.Text, nullable=False),
        sa.Column("id_number_encrypted", sa.Text, nullable=False),
        sa.Column("id_number_index", sa.Text, nullable=False),
        sa.Column("id_number_short_index", sa.Text),
        sa.Column("is_id_number_short", sa.Boolean, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("postcode", sa.Text, nullable=False),
        sa.Column("legal_representative_email", sa.Text, nullable=False),
        sa.Column("phone_encrypted", sa.Text),
        sa.Column("phone_index", sa.Text),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("source_digest", sa.Text, nullable=False),
        sa.Column("import_id", sa.Text),
        sa.Column("import_row", sa.Integer),
        sa.Column("last_synced_at", db.UTCDateTime, nullable=False),
        sa.Column("registered_at", db.UTCDateTime),
        sa.Column("version", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_organization"),
        sa.UniqueConstraint("credit_code", name="uq_organization_credit_code"),
        sa.UniqueConstraint("organization_code", name="uq_organization_organization_code"),
        sa.CheckConstraint("status IN ('ACTIVE', 'DEREGISTERED')", name="ck_organization_status"),
        sa.CheckConstraint(
            "id_number_type IN ('RESIDENT_ID', 'TRAVEL_PERMIT', 'PASSPORT')",
            name="ck_organization_id_number_type",
        ),
    )
    op.create_index("ix_organization_region", "organization", ["region"])
    op.create_table(
        "division",
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("parent_code", sa.Text, nullable=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("code", name="pk_division"),
    )
    op.create_index("ix_division_parent_code", "division", ["parent_code"])
    op.create_table(
        "region_switch",
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("is_open", sa.Boolean, nullable=False),
        sa.Column("changed_at", db.UTCDateTime, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("prefix", name="pk_region_switch"),
    )
    op.create_table(
        "import_run",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("started_at", db.UTCDateTime, nullable=False),
        sa.Column("finished_at", db.UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_import_run"),
        sa.UniqueConstraint("file_sha256", name="uq_import_run_file_sha256"),
    )
