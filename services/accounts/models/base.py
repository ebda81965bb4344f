"""What every table of ``accounts`` has in common."""

from datetime import datetime

from sqlalchemy import Text
from sqlalchemy.orm import DeclarativeBase

from chassis import db


class Base(DeclarativeBase):
    """Be the base of every table of this service."""

    metadata = db.new_metadata()
    type_annotation_map = {datetime: db.UTCDateTime, str: Text}  # noqa: RUF012 - read by SQLAlchemy
