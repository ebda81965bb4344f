"""Create declarations, products, number claims, versions and uploads."""

import sqlalchemy as sa
from alembic import op

from chassis import db, tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    tables.create_plumbing(op, public_log=True)
    op.create_table(
        "declarations",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("chain_id", sa.Text, nullable=False),
        sa.Column("supersedes_id", sa.Text),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("prefix", sa.Text, nullable=False),
        sa.Column("number_body", sa.Text, nullable=False),
        sa.Column("number_year", sa.Text, nullable=False),
        sa.Column("number_text", sa.Text, nullable=False),
        sa.Column("number_key", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("folded_title", sa.Text, nullable=False),
        sa.Column("catalogue_id", sa.Text),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("disclosure_mode", sa.Text, nullable=False),
        sa.Column("disclosure", sa.Text, nullable=False),
        sa.Column("record_number", sa.Text),
        sa.Column("published_version", sa.Integer, nullable=False),
        sa.Column("published_at", db.UTCDateTime),
        sa.Column("corrected_at", db.UTCDateTime),
        sa.Column("withdrawn_at", db.UTCDateTime),
        sa.Column("withdrawal_reason", sa.Text),
        sa.Column("withdrawal_note", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("updated_at", db.UTCDateTime, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.CheckConstraint(
            "(state = 'DRAFT') = (published_at IS NULL)",
            name="ck_declarations_published_at_unless_draft",
        ),
        sa.CheckConstraint(
            "disclosure_mode IN ('NONE', 'FULL_TEXT', 'INDICATORS')",
            name="ck_declarations_disclosure_mode",
        ),
        sa.CheckConstraint(
            "kind IN ('NATIONAL', 'INDUSTRY', 'LOCAL', 'GROUP', 'ENTERPRISE')",
            name="ck_declarations_kind",
        ),
        sa.CheckConstraint(
            "state IN ('DRAFT', 'PUBLISHED', 'WITHDRAWN')", name="ck_declarations_state"
        ),
        sa.ForeignKeyConstraint(
            ["supersedes_id"], ["declarations.id"], name="fk_declarations_supersedes_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_declarations"),
        sa.UniqueConstraint("record_number", name="uq_declarations_record_number"),
    )
    op.create_index("ix_declarations_catalogue_id", "declarations", ["catalogue_id"])
    op.create_index("ix_declarations_chain_id", "declarations", ["chain_id"])
    op.create_index("ix_declarations_supersedes_id", "declarations", ["supersedes_id"])
    op.create_index(
        "uq_declarations_open_revision",
        "declarations",
        ["supersedes_id"],
        unique=True,
        postgresql_where=sa.text("state = 'DRAFT'"),
        sqlite_where=sa.text("state = 'DRAFT'"),
    )
    op.create_index(
        "ix_declarations_own_list",
        "declarations",
        ["enterprise_id", "kind", "state", "published_at"],
    )
    op.create_table(
        "record_counters",
        sa.Column("enterprise_code", sa.Text, nullable=False),
        sa.Column("last", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_code", name="pk_record_counters"),
    )
    op.create_table(
        "number_claims",
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("number_key", sa.Text, nullable=False),
        sa.Column("chain_id", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", "kind", "number_key", name="pk_number_claims"),
        sa.UniqueConstraint("chain_id", name="uq_number_claims_chain_id"),
    )
    op.create_table(
        "products",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("generic_name", sa.Text, nullable=False),
        sa.Column("barcode", sa.Text, nullable=False),
        sa.Column("brand", sa.Text, nullable=False),
        sa.Column("specification", sa.Text, nullable=False),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("class_code", sa.Text, nullable=False),
        sa.Column("folded_name", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declarations.id"],
            name="fk_products_declaration_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("declaration_id", "position", name="pk_products"),
    )
    op.create_index("ix_products_barcode", "products", ["barcode"])
    op.create_table(
        "indicators",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("category", sa.Text, nullable=False),
        sa.Column("content", sa.Text, nullable=False),
        sa.Column("low", sa.Text),
        sa.Column("is_low_closed", sa.Boolean, nullable=False),
        sa.Column("high", sa.Text),
        sa.Column("is_high_closed", sa.Boolean, nullable=False),
        sa.Column("unit", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declarations.id"],
            name="fk_indicators_declaration_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("declaration_id", "position", name="pk_indicators"),
    )
    op.create_index("ix_indicators_category", "indicators", ["category"])
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text, nullable=False),
        sa.Column("blob_id", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("opened_by", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("file_name", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger),
        sa.Column("sha256", sa.Text),
        sa.Column("pages", sa.Integer),
        sa.Column("reason", sa.Text),
        sa.Column("extracted_sha256", sa.Text),
        sa.Column("extracted_size", sa.BigInteger),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("due_at", db.UTCDateTime),
        sa.Column("created_at", db.UTCDateTime, nullable=False),
        sa.Column("expires_at", db.UTCDateTime),
        sa.Column("declaration_id", sa.Text),
        sa.Column("indicator_of_id", sa.Text),
        sa.CheckConstraint(
            "state IN ('OPEN', 'INSPECTING', 'ACCEPTED', 'REFUSED')", name="ck_uploads_state"
        ),
        sa.CheckConstraint(
            "(declaration_id IS NULL AND indicator_of_id IS NULL) <> (expires_at IS NULL)",
            name="ck_uploads_attached_or_expiring",
        ),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declarations.id"],
            name="fk_uploads_declaration_id",
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["indicator_of_id"],
            ["declarations.id"],
            name="fk_uploads_indicator_of_id",
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
        sa.UniqueConstraint("declaration_id", name="uq_uploads_declaration_id"),
    )
    op.create_index("ix_uploads_indicator_of_id", "uploads", ["indicator_of_id"])
    op.create_index("ix_uploads_blob_id", "uploads", ["blob_id"])
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"])
    op.create_index("ix_uploads_state_due_at", "uploads", ["state", "due_at"])
    op.create_table(
        "versions",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("change", sa.Text, nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("document_sha256", sa.Text, nullable=False),
        sa.Column("published_at", db.UTCDateTime, nullable=False),
        sa.Column("upload_id", sa.Text),
        sa.Column("commitment_template", sa.Text, nullable=False),
        sa.Column("commitment_text", sa.Text, nullable=False),
        sa.Column("committed_by", sa.Text, nullable=False),
        sa.Column("committed_from", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name="fk_versions_declaration_id"
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="fk_versions_upload_id"),
        sa.PrimaryKeyConstraint("declaration_id", "number", name="pk_versions"),
    )
    op.create_index("ix_versions_upload_id", "versions", ["upload_id"])
    op.create_table(
        "version_files",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("upload_id", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id", "number"],
            ["versions.declaration_id", "versions.number"],
            name="fk_version_files_declaration_id",
        ),
        sa.ForeignKeyConstraint(["upload_id"], ["uploads.id"], name="fk_version_files_upload_id"),
        sa.PrimaryKeyConstraint("declaration_id", "number", "upload_id", name="pk_version_files"),
    )
    op.create_index("ix_version_files_upload_id", "version_files", ["upload_id"])
    op.create_table(
        "confirmations",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("token_sha256", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("expires_at", db.UTCDateTime, nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"],
            ["declarations.id"],
            name="fk_confirmations_declaration_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("declaration_id", name="pk_confirmations"),
    )
    op.create_index("ix_confirmations_expires_at", "confirmations", ["expires_at"])
