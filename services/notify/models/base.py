"""The base of all tables of notify."""

from sqlalchemy.orm import DeclarativeBase

from chassis import db


class WrongStateError(Exception):
    """Say that a message is not where the step expects it: a bug, never quietly passed over."""


class Base(DeclarativeBase):
    """Tie the tables of this service together."""

    metadata = db.new_metadata()
