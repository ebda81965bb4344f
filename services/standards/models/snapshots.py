"""Snapshots that can be downloaded, and that somebody wants one now."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from services.standards.models.base import Base


class Snapshot(Base):
    """Be a finished snapshot or delta; the files lie in the blob store under its id.

    The row is written after the last file: what has none is not there.
    """

    __tablename__ = "snapshots"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('FULL', 'DELTA')", name="kind"),
        sa.CheckConstraint("(kind = 'DELTA') = (base IS NOT NULL)", name="base_of_delta"),
        sa.Index("ix_snapshots_newest", "kind", "position"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    position: Mapped[int] = mapped_column(sa.BigInteger)
    from_position: Mapped[int | None] = mapped_column(sa.BigInteger)
    # The full snapshot that a delta is applied to; it may be gone, the delta goes with it.
    base: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    declarations: Mapped[int] = mapped_column(sa.BigInteger)
    events: Mapped[int] = mapped_column(sa.BigInteger)
    products: Mapped[int] = mapped_column(sa.BigInteger)
    pending: Mapped[int]
    checksum: Mapped[str] = mapped_column(sa.Text)
    files: Mapped[list[dict[str, object]]] = mapped_column(db.JsonText)


class SnapshotRequest(Base):
    """Be an operator's wish for a snapshot as soon as possible."""

    __tablename__ = "snapshot_requests"

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    requested_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    requested_by: Mapped[str] = mapped_column(sa.Text)
