"""What every table of ``standards`` has in common."""

from sqlalchemy.orm import DeclarativeBase

from chassis import db


class Base(DeclarativeBase):
    """Tie the tables of this service together."""

    metadata = db.new_metadata()
