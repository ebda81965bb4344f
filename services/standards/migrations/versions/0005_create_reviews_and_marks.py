"""Create the question of every two years, marks, and what they are known by."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0005"
down_revision = "0004"

# Whatever was published before is asked about too; the second part of its number is the code.
_BACKFILL = (
    "INSERT INTO reviews (declaration_id, enterprise_id, enterprise_code, counted_from, "
    "times_asked, is_overdue, ended_at) "
    "SELECT id, enterprise_id, {code}, published_at, 0, {no}, withdrawn_at "
    "FROM declarations WHERE record_number IS NOT NULL"
)


def upgrade() -> None:
    _create_reviews()
    _create_marks()
    is_postgres = op.get_bind().dialect.name == "postgresql"
    code = (
        "split_part(record_number, '-', 2)"
        if is_postgres
        else "substr(record_number, 3, instr(substr(record_number, 3), '-') - 1)"
    )
    op.execute(_BACKFILL.format(code=code, no="false" if is_postgres else "0"))


def _create_reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("enterprise_code", sa.Text, nullable=False),
        sa.Column("counted_from", db.UTCDateTime, nullable=False),
        sa.Column("asked_at", db.UTCDateTime),
        sa.Column("times_asked", sa.Integer, nullable=False),
        sa.Column("confirmed_at", db.UTCDateTime),
        sa.Column("is_overdue", sa.Boolean, nullable=False),
        sa.Column("ended_at", db.UTCDateTime),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name="fk_reviews_declaration_id"
        ),
        sa.PrimaryKeyConstraint("declaration_id", name="pk_reviews"),
    )
    op.create_index("ix_reviews_enterprise_code", "reviews", ["enterprise_code"])
    op.create_index("ix_reviews_own", "reviews", ["enterprise_id", "asked_at"])
    op.create_index(
        "ix_reviews_open",
        "reviews",
        ["asked_at", "counted_from"],
        postgresql_where=sa.text("ended_at IS NULL"),
        sqlite_where=sa.text("ended_at IS NULL"),
    )


def _create_marks() -> None:
    op.create_table(
        "marks",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("since", db.UTCDateTime, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.CheckConstraint(
            "kind IN ('ENTERPRISE_DEREGISTERED', 'ENTERPRISE_CHANGED', 'IN_USE_CONFIRMED', "
            "'REVIEW_UNANSWERED', 'STANDARD_SUPERSEDED', 'STANDARD_WITHDRAWN', "
            "'CITED_STANDARD_OVER')",
            name="ck_marks_kind",
        ),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name="fk_marks_declaration_id"
        ),
        sa.PrimaryKeyConstraint("declaration_id", "kind", name="pk_marks"),
    )
    op.create_table(
        "organization_standings",
        sa.Column("organization_id", sa.Text, nullable=False),
        sa.Column("credit_code", sa.Text),
        sa.Column("organization_code", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("changed_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("organization_id", name="pk_organization_standings"),
    )
    for column in ("credit_code", "organization_code"):
        op.create_index(f"ix_organization_standings_{column}", "organization_standings", [column])
    op.create_table(
        "enterprise_profiles",
        sa.Column("enterprise_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("profile", sa.Text, nullable=False),
        sa.Column("changed_at", db.UTCDateTime, nullable=False),
        sa.PrimaryKeyConstraint("enterprise_id", name="pk_enterprise_profiles"),
    )
    op.create_table(
        "mark_cursors",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_mark_cursors"),
    )
