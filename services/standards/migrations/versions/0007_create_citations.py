"""Create the citations: which standards of others published declarations cite."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

_CODE = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "citations",
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("number_key", _CODE, nullable=False),
        sa.ForeignKeyConstraint(
            ["declaration_id"], ["declarations.id"], name="fk_citations_declaration_id"
        ),
        sa.PrimaryKeyConstraint("declaration_id", "number_key", name="pk_citations"),
    )
    op.create_index("ix_citations_number_key", "citations", ["number_key"])
