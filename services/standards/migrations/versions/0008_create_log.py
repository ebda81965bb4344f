"""Create the Merkle log of published versions; a job enters what there is already."""

import sqlalchemy as sa
from alembic import op

from chassis import db

revision = "0008"
down_revision = "0007"

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_KEPT = ("log_leaves", "log_nodes")


def upgrade() -> None:
    _create_leaves()
    _create_heads()
    op.create_table(
        "log_states",
        sa.Column("id", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("position", sa.BigInteger, nullable=False),
        sa.Column("swept_to", sa.Text),
        sa.Column("swept_version", sa.Integer, nullable=False),
        sa.Column("swept_at", db.UTCDateTime),
        sa.PrimaryKeyConstraint("id", name="pk_log_states"),
    )
    op.execute(
        "INSERT INTO log_states (id, size, position, swept_to, swept_version) "
        "VALUES (1, 0, 0, '', 0)"
    )
    if op.get_bind().dialect.name == "postgresql":
        _refuse_changes_on_postgres()
    else:
        _refuse_changes_on_sqlite()


def _create_leaves() -> None:
    op.create_table(
        "log_leaves",
        sa.Column("leaf_index", _BIG_ID, nullable=False, autoincrement=False),
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("record_number", sa.Text, nullable=False),
        sa.Column("document_sha256", sa.Text, nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary, nullable=False),
        sa.Column("appended_at", db.UTCDateTime, nullable=False),
        sa.CheckConstraint("kind IN ('VERSION', 'WITHDRAWAL')", name="ck_log_leaves_kind"),
        sa.PrimaryKeyConstraint("leaf_index", name="pk_log_leaves"),
        sa.UniqueConstraint(
            "declaration_id", "version", "kind", name="uq_log_leaves_declaration_id_version_kind"
        ),
    )
    op.create_index("ix_log_leaves_leaf_hash", "log_leaves", ["leaf_hash"])
    op.create_table(
        "log_nodes",
        sa.Column("level", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("node_index", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("level", "node_index", name="pk_log_nodes"),
    )


def _create_heads() -> None:
    op.create_table(
        "tree_heads",
        sa.Column("number", _BIG_ID, sa.Identity(), nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("root", sa.LargeBinary, nullable=False),
        sa.Column("signed_at", db.UTCDateTime, nullable=False),
        sa.Column("key_id", sa.Text, nullable=False),
        sa.Column("signature", sa.LargeBinary, nullable=False),
        sa.Column("is_hourly", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_tree_heads"),
    )
    op.create_index("ix_tree_heads_is_hourly", "tree_heads", ["is_hourly", "number"])


def _refuse_changes_on_sqlite() -> None:
    for table in _KEPT:
        for action in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{action.lower()} BEFORE {action} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the log is only appended to'); END"
            )


def _refuse_changes_on_postgres() -> None:
    op.execute(
        "CREATE FUNCTION log_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is only appended to'; END $$"
    )
    for table in _KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_keeps_rows BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION log_is_kept()"
        )
