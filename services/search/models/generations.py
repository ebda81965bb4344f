"""Generations of the index: one answers, another may be built beside it."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import db


class GenerationState(StrEnum):
    """Say what a generation is for."""

    BUILDING = "BUILDING"
    LIVE = "LIVE"


class Base(DeclarativeBase):
    """Tie the tables of this service together."""

    metadata = db.new_metadata()


class Generation(Base):
    """Be one set of index tables (`index_tables`); at most one is live and one being built."""

    __tablename__ = "generations"
    __table_args__ = (sa.CheckConstraint("state IN ('BUILDING', 'LIVE')", name="state"),)

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(sa.Text, unique=True)
    created_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
