"""Rebuilds of the index: how far each has come, so that it goes on after a crash."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from services.search.models.generations import Base


class RebuildStep(StrEnum):
    """Say what a rebuild does now, or how it ended."""

    COPYING = "COPYING"
    CHECKING = "CHECKING"
    DONE = "DONE"
    FAILED = "FAILED"


class Rebuild(Base):
    """Be one rebuild; the open one, of which there is at most one, has no ``ended_at``.

    It fills ``generation``: a new one, or in place the one that answers when that was never
    filled. ``after`` is the last declaration that the step has come past. ``replaced`` is the
    generation that answered before; it stays until ``dropped_at``.
    """

    __tablename__ = "rebuilds"
    __table_args__ = (
        sa.CheckConstraint("step IN ('COPYING', 'CHECKING', 'DONE', 'FAILED')", name="step"),
    )

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    generation: Mapped[int]
    is_in_place: Mapped[bool] = mapped_column(sa.Boolean(create_constraint=False))
    step: Mapped[str] = mapped_column(sa.Text)
    after: Mapped[str] = mapped_column(sa.Text)
    documents: Mapped[int]
    checked: Mapped[int]
    repaired: Mapped[int]
    checksum: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    started_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    moved_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    replaced: Mapped[int | None]
    dropped_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
