"""Create the catalogue, its changes and imports, and the tickets about missing standards."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0002"
down_revision = "0001"

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_KINDS = "kind IN ('NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP')"


def upgrade() -> None:
    _create_standards()
    _create_changes()
    _create_imports()
    _create_tickets()


def _create_standards() -> None:
    op.create_table(
        "catalogue_standards",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number_text", sa.Text, nullable=False),
        sa.Column("number_key", _CODE, nullable=False),
        sa.Column("number_stem", _CODE, nullable=False),
        sa.Column("number_body", _CODE, nullable=False),
        sa.Column("number_serial", _CODE, nullable=False),
        sa.Column("number_year", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("folded_title", _CODE, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("replaced_by_text", sa.Text),
        sa.Column("replaced_by_key", _CODE),
        sa.Column("issued_on", sa.Date),
        sa.Column("effective_on", sa.Date),
        sa.Column("withdrawn_on", sa.Date),
        sa.Column("ics", sa.Text, nullable=False),
        sa.Column("ccs", sa.Text, nullable=False),
        sa.Column("issued_by", sa.Text, nullable=False),
        sa.Column("source_digest", sa.Text, nullable=False),
        sa.Column("import_id", sa.Text),
        sa.Column("import_row", sa.Integer),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("updated_at", db.UTCDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(_KINDS, name="ck_catalogue_standards_kind"),
        sa.CheckConstraint(
            "state IN ('UPCOMING', 'CURRENT', 'SUPERSEDED', 'WITHDRAWN')",
            name="ck_catalogue_standards_state",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_standards"),
        sa.UniqueConstraint("number_key", name="uq_catalogue_standards_number_key"),
    )
    for column in ("number_stem", "number_body", "number_serial", "replaced_by_key", "import_id"):
        op.create_index(f"ix_catalogue_standards_{column}", "catalogue_standards", [column])
    op.create_index("ix_catalogue_standards_title", "catalogue_standards", ["kind", "folded_title"])


def _create_changes() -> None:
    op.create_table(
        "catalogue_changes",
        sa.Column("id", _BIG_ID, sa.Identity(), nullable=False),
        sa.Column("catalogue_id", sa.Text, nullable=False),
        sa.Column("import_id", sa.Text, nullable=False),
        sa.Column("changed_at", db.UTCDateTime, nullable=False),
        sa.Column("old_state", sa.Text, nullable=False),
        sa.Column("new_state", sa.Text, nullable=False),
        sa.Column("old_replaced_by", sa.Text),
        sa.Column("new_replaced_by", sa.Text),
        sa.ForeignKeyConstraint(
            ["catalogue_id"], ["catalogue_standards.id"], name="fk_catalogue_changes_catalogue_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_changes"),
    )
    op.create_index("ix_catalogue_changes_catalogue_id", "catalogue_changes", ["catalogue_id"])
    op.create_index("ix_catalogue_changes_import_id", "catalogue_changes", ["import_id", "id"])


def _create_imports() -> None:
    op.create_table(
        "catalogue_imports",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("file_sha256", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("created", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.Column("withdrawn", sa.Integer, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("started_at", db.UTCDateTime, nullable=False),
        sa.Column("updated_at", db.UTCDateTime, nullable=False),
        sa.Column("finished_at", db.UTCDateTime),
        sa.CheckConstraint("kind IN ('FULL', 'DELTA')", name="ck_catalogue_imports_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_imports"),
        sa.UniqueConstraint("file_sha256", "kind", name="uq_catalogue_imports_file_sha256_kind"),
    )
    op.create_index("ix_catalogue_imports_started_at", "catalogue_imports", ["started_at"])
    op.create_table(
        "catalogue_import_faults",
        sa.Column("id", _BIG_ID, sa.Identity(), nullable=False),
        sa.Column("import_id", sa.Text, nullable=False),
        sa.Column("row", sa.Integer, nullable=False),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("fault", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_catalogue_import_faults"),
    )
    op.create_index(
        "ix_catalogue_import_faults_import_id_row", "catalogue_import_faults", ["import_id", "row"]
    )


def _create_tickets() -> None:
    op.create_table(
        "missing_standard_tickets",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("asked_at", db.UTCDateTime, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number_text", sa.Text, nullable=False),
        sa.Column("number_key", _CODE, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("resolution_note", sa.Text, nullable=False),
        sa.Column("resolved_by", sa.Text),
        sa.Column("resolved_at", db.UTCDateTime),
        sa.Column("catalogue_id", sa.Text),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(_KINDS, name="ck_missing_standard_tickets_kind"),
        sa.CheckConstraint(
            "state IN ('OPEN', 'ADDED', 'REFUSED')", name="ck_missing_standard_tickets_state"
        ),
        sa.CheckConstraint(
            "(state = 'ADDED') = (catalogue_id IS NOT NULL)",
            name="ck_missing_standard_tickets_entry_if_added",
        ),
        sa.CheckConstraint(
            "(state = 'OPEN') = (resolved_at IS NULL)",
            name="ck_missing_standard_tickets_resolved_unless_open",
        ),
        sa.ForeignKeyConstraint(
            ["catalogue_id"],
            ["catalogue_standards.id"],
            name="fk_missing_standard_tickets_catalogue_id",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_missing_standard_tickets"),
    )
    table = "missing_standard_tickets"
    op.create_index("ix_missing_standard_tickets_number_key", table, ["number_key"])
    op.create_index("ix_missing_standard_tickets_catalogue_id", table, ["catalogue_id"])
    op.create_index("ix_missing_standard_tickets_state", table, ["state", "asked_at"])
    op.create_index("ix_missing_standard_tickets_own", table, ["enterprise_id", "asked_at"])
    op.create_index(
        "uq_missing_standard_tickets_open",
        table,
        ["enterprise_id", "number_key"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
        sqlite_where=sa.text("state = 'OPEN'"),
    )
