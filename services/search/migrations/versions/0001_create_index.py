"""Create the public index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from chassis import db, tables

revision = "0001"
down_revision = None


# Full-text search of SQLite keeps only its index; the words stay in `passages`, and triggers keep
# the two equal, whoever writes.
FULL_TEXT = (
    """
    CREATE VIRTUAL TABLE passage_index USING fts5(
        tokens, content='passages', content_rowid='id',
        tokenize='unicode61 remove_diacritics 0', prefix='1'
    )
    """,
    """
    CREATE TRIGGER passages_insert AFTER INSERT ON passages BEGIN
        INSERT INTO passage_index(rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER passages_delete AFTER DELETE ON passages BEGIN
        INSERT INTO passage_index(passage_index, rowid, tokens)
        VALUES ('delete', old.id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER passages_update AFTER UPDATE ON passages BEGIN
        INSERT INTO passage_index(passage_index, rowid, tokens)
        VALUES ('delete', old.id, old.tokens);
        INSERT INTO passage_index(rowid, tokens) VALUES (new.id, new.tokens);
    END
    """,
)
# A pending list makes writes fast and then one query slow; statistics of the default size know
# nothing of rare words.
INVERTED = (
    "CREATE INDEX ix_passages_tokens ON passages USING gin (tokens) WITH (fastupdate = off)",
    "ALTER TABLE passages ALTER COLUMN tokens SET STATISTICS 5000",
)


def upgrade() -> None:
    tables.create_plumbing(op)
    big_id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "documents",
        sa.Column("id", big_id, nullable=False),
        sa.Column("declaration_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("record_number", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("number_text", sa.Text, nullable=False),
        sa.Column("number_flat", sa.Text, nullable=False),
        sa.Column("number_stem", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("enterprise_name", sa.Text, nullable=False),
        sa.Column("credit_code", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("product_summary", sa.Text, nullable=False),
        sa.Column("has_text", sa.Boolean, nullable=False),
        sa.Column("published_at", db.UTCDateTime, nullable=False),
        sa.Column("withdrawn_at", db.UTCDateTime),
        sa.Column("withdrawal_reason", sa.Text),
        sa.Column("marks", sa.Text, nullable=False),
        sa.Column("supersedes", sa.Text),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("document_sha256", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_documents"),
        sa.UniqueConstraint("declaration_id", name="uq_documents_declaration_id"),
        sa.UniqueConstraint("record_number", name="uq_documents_record_number"),
    )
    op.create_index("ix_documents_credit_code", "documents", ["credit_code"])
    op.create_index("ix_documents_supersedes", "documents", ["supersedes"])
    op.create_index("ix_documents_newest", "documents", ["published_at", "id"])
    op.create_index("ix_documents_number_flat", "documents", ["number_flat"])
    op.create_index("ix_documents_number_stem", "documents", ["number_stem"])
    op.create_table(
        "passages",
        sa.Column("id", big_id, nullable=False),
        sa.Column("document_id", big_id, nullable=False),
        sa.Column("tier", sa.SmallInteger, nullable=False),
        sa.Column(
            "tokens", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["document_id"], ["documents.id"], name="fk_passages_document_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_passages"),
    )
    op.create_index("ix_passages_document_id", "passages", ["document_id"])
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for statement in INVERTED if is_postgres else FULL_TEXT:
        op.execute(statement)
