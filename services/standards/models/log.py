"""The Merkle log: its leaves, the perfect subtrees above them, and its signed heads."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from services.standards.models.base import Base

_BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


class LogLeaf(Base):
    """Be one entry of the log; the database refuses to change or delete it.

    It refers to nothing: what was entered stays, even if somebody deleted the declaration.
    """

    __tablename__ = "log_leaves"
    __table_args__ = (
        sa.UniqueConstraint("declaration_id", "version", "kind"),
        sa.CheckConstraint("kind IN ('VERSION', 'WITHDRAWAL')", name="kind"),
        sa.Index("ix_log_leaves_leaf_hash", "leaf_hash"),
    )

    leaf_index: Mapped[int] = mapped_column(_BIG_ID, primary_key=True, autoincrement=False)
    declaration_id: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.Text)
    record_number: Mapped[str] = mapped_column(sa.Text)
    document_sha256: Mapped[str] = mapped_column(sa.Text)
    leaf_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    appended_at: Mapped[datetime] = mapped_column(db.UTCDateTime)


class LogNode(Base):
    """Be the hash of a perfect subtree above the leaves; it never changes once it is complete."""

    __tablename__ = "log_nodes"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    node_index: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary)


class SignedHead(Base):
    """Be a signed tree head: one an hour is kept, of the others only the newest."""

    __tablename__ = "tree_heads"
    __table_args__ = (sa.Index("ix_tree_heads_is_hourly", "is_hourly", "number"),)

    number: Mapped[int] = mapped_column(_BIG_ID, sa.Identity(), primary_key=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary)
    signed_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    key_id: Mapped[str] = mapped_column(sa.Text)
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary)
    is_hourly: Mapped[bool]


class LogState(Base):
    """Be how far the log is; its one row is locked by whoever appends.

    ``position`` is that of the public log up to which all is entered. A sweep goes through all
    versions by their keys and enters what no event told of; ``swept_to`` is where it is, nothing
    when none is on, and ``swept_at`` when the last one ended.
    """

    __tablename__ = "log_states"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    position: Mapped[int] = mapped_column(sa.BigInteger)
    swept_to: Mapped[str | None] = mapped_column(sa.Text)
    swept_version: Mapped[int]
    swept_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
