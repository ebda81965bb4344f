"""What was published, word for word."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db
from services.standards.models.base import Base


class Version(Base):
    """Be one published version, word for word, and who committed to it, when and from where."""

    __tablename__ = "versions"

    declaration_id: Mapped[str] = mapped_column(sa.ForeignKey("declarations.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    change: Mapped[str] = mapped_column(sa.Text)
    document: Mapped[str] = mapped_column(sa.Text)
    document_sha256: Mapped[str] = mapped_column(sa.Text)
    published_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    upload_id: Mapped[str | None] = mapped_column(sa.ForeignKey("uploads.id"), index=True)
    commitment_template: Mapped[str] = mapped_column(sa.Text)
    commitment_text: Mapped[str] = mapped_column(sa.Text)
    committed_by: Mapped[str] = mapped_column(sa.Text)
    committed_from: Mapped[str] = mapped_column(sa.Text)


class VersionFile(Base):
    """Be a file that an indicator of a published version refers to; it is kept as long as that."""

    __tablename__ = "version_files"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["declaration_id", "number"], ["versions.declaration_id", "versions.number"]
        ),
    )

    declaration_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    upload_id: Mapped[str] = mapped_column(
        sa.ForeignKey("uploads.id"), primary_key=True, index=True
    )


class Confirmation(Base):
    """Be the question 确定废止？ that waits for its answer; one per declaration (手册 5.5.1)."""

    __tablename__ = "confirmations"

    declaration_id: Mapped[str] = mapped_column(
        sa.ForeignKey("declarations.id", ondelete="CASCADE"), primary_key=True
    )
    token_sha256: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(db.UTCDateTime, index=True)
