"""A clock that tests move, and a table to change, for the tests of the database plumbing."""

from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from chassis import db
from chassis.clock import SystemClock


class Base(DeclarativeBase):
    metadata = db.new_metadata()
    type_annotation_map: ClassVar = {datetime: db.UTCDateTime()}


class Account(Base):
    """Be something to change: versioned, with a unique name."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    balance: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__: ClassVar = {"version_id_col": version}


class MovableClock(SystemClock):
    """Be the machine's clock, moved by the test."""

    def __init__(self) -> None:
        super().__init__()
        self.moved = timedelta()

    @property
    def offset(self) -> timedelta:
        return self.moved
