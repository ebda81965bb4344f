"""Create the trees of product classes."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0003"
down_revision = "0002"

_CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "class_schemes",
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("content_sha256", sa.Text, nullable=False),
        sa.Column("class_count", sa.Integer, nullable=False),
        sa.Column("loaded_at", db.UTCDateTime, nullable=False),
        sa.Column("is_current", sa.Boolean, nullable=False),
        sa.Column("is_default", sa.Boolean, nullable=False),
        sa.CheckConstraint(
            "is_current OR NOT is_default", name="ck_class_schemes_default_is_current"
        ),
        sa.PrimaryKeyConstraint("scheme", "version", name="pk_class_schemes"),
    )
    for name, column, condition in (
        ("uq_class_schemes_current", "scheme", "is_current"),
        ("uq_class_schemes_default", "is_default", "is_default"),
    ):
        op.create_index(
            name,
            "class_schemes",
            [column],
            unique=True,
            postgresql_where=sa.text(condition),
            sqlite_where=sa.text(condition),
        )
    op.create_table(
        "product_classes",
        sa.Column("scheme", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("code", _CODE, nullable=False),
        sa.Column("parent_code", _CODE, nullable=False),
        sa.Column("level", sa.Integer, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("folded_name", _CODE, nullable=False),
        sa.Column("folded_above", _CODE, nullable=False),
        sa.Column("is_leaf", sa.Boolean, nullable=False),
        sa.CheckConstraint("level BETWEEN 1 AND 3", name="ck_product_classes_level"),
        sa.ForeignKeyConstraint(
            ["scheme", "version"],
            ["class_schemes.scheme", "class_schemes.version"],
            name="fk_product_classes_scheme_version",
        ),
        sa.PrimaryKeyConstraint("scheme", "version", "code", name="pk_product_classes"),
    )
    op.create_index(
        "ix_product_classes_parent", "product_classes", ["scheme", "version", "parent_code"]
    )
    op.create_index("ix_product_classes_code", "product_classes", ["code"])
