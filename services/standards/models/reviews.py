"""The question of every two years, the marks of declarations, and what they are known by."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from chassis import db, errors
from services.standards.domain.reviews import ReviewRules
from services.standards.models.base import Base


class ReviewNotDueError(errors.DomainError):
    """Refuse an answer to a question that is not asked yet (FAQ 36)."""

    code = "standards.review_not_due"


class Review(Base):
    """Be the question whether a declaration goes on being used, from its publication on (FAQ 36).

    The time runs from ``counted_from``: the publication, then each answer. Corrections and added
    products do not move it. ``enterprise_code`` is the code that the record number carries.
    """

    __tablename__ = "reviews"
    __table_args__ = (
        sa.Index(
            "ix_reviews_open",
            "asked_at",
            "counted_from",
            postgresql_where=sa.text("ended_at IS NULL"),
            sqlite_where=sa.text("ended_at IS NULL"),
        ),
        sa.Index("ix_reviews_own", "enterprise_id", "asked_at"),
    )

    declaration_id: Mapped[str] = mapped_column(sa.ForeignKey("declarations.id"), primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(sa.Text)
    enterprise_code: Mapped[str] = mapped_column(sa.Text, index=True)
    counted_from: Mapped[datetime] = mapped_column(db.UTCDateTime)
    asked_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    times_asked: Mapped[int] = mapped_column(default=0)
    confirmed_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    is_overdue: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)

    def ask(self, *, now: datetime, rules: ReviewRules) -> None:
        """Note that the enterprise was asked once more."""
        self.asked_at = now
        self.times_asked += 1
        self.is_overdue = rules.is_overdue(self.times_asked)

    def confirm(self, *, now: datetime, rules: ReviewRules) -> None:
        """Note that the standard goes on being used; the time begins anew.

        Raises:
            ReviewNotDueError: the question is not due yet.
        """
        due_at = rules.due_at(self.counted_from)
        if now < due_at:
            raise ReviewNotDueError(due_at=due_at.isoformat())
        self.counted_from = self.confirmed_at = now
        self.asked_at, self.times_asked, self.is_overdue = None, 0, False

    def end(self, *, now: datetime) -> None:
        """Ask no more: the declaration was withdrawn."""
        self.ended_at = now
        self.is_overdue = False


class Mark(Base):
    """Be one mark of one declaration; its absence says that it does not apply."""

    __tablename__ = "marks"
    __table_args__ = (
        sa.CheckConstraint(
            "kind IN ('ENTERPRISE_DEREGISTERED', 'ENTERPRISE_CHANGED', 'IN_USE_CONFIRMED', "
            "'REVIEW_UNANSWERED', 'STANDARD_SUPERSEDED', 'STANDARD_WITHDRAWN', "
            "'CITED_STANDARD_OVER')",
            name="kind",
        ),
    )

    declaration_id: Mapped[str] = mapped_column(sa.ForeignKey("declarations.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    since: Mapped[datetime] = mapped_column(db.UTCDateTime)
    detail: Mapped[str] = mapped_column(sa.Text)


class Citation(Base):
    """Be a standard that the newest version of a declaration cites: by text or by test method."""

    __tablename__ = "citations"

    declaration_id: Mapped[str] = mapped_column(sa.ForeignKey("declarations.id"), primary_key=True)
    number_key: Mapped[str] = mapped_column(
        sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), primary_key=True, index=True
    )


class OrganizationStanding(Base):
    """Be what the registry said last of whether an organisation exists; kept once it did not."""

    __tablename__ = "organization_standings"

    organization_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    credit_code: Mapped[str | None] = mapped_column(sa.Text, index=True)
    organization_code: Mapped[str] = mapped_column(sa.Text, index=True)
    is_active: Mapped[bool]
    sequence: Mapped[int]
    changed_at: Mapped[datetime] = mapped_column(db.UTCDateTime)


class EnterpriseProfile(Base):
    """Be what an enterprise stated of itself at its last 更新, to compare publications with."""

    __tablename__ = "enterprise_profiles"

    enterprise_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    sequence: Mapped[int]
    profile: Mapped[str] = mapped_column(sa.Text)
    changed_at: Mapped[datetime] = mapped_column(db.UTCDateTime)


class MarkCursor(Base):
    """Be how far a list of changes has been made into marks."""

    __tablename__ = "mark_cursors"

    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    position: Mapped[int] = mapped_column(sa.BigInteger)
