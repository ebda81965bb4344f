"""Complaints about published declarations, and what was done about them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db, errors
from services.standards.domain import complaints
from services.standards.domain.complaints import ComplaintAction, ComplaintState, Finding
from services.standards.models.base import Base


class ComplaintWrongStateError(errors.DomainError):
    """Refuse a step that is not open: the complaint is not there yet, or is closed."""

    code = "standards.complaint_wrong_state"


class ComplaintStep(Base):
    """Be one thing that staff did with a complaint; nobody outside of staff sees the note."""

    __tablename__ = "complaint_steps"
    __table_args__ = (
        sa.CheckConstraint("action IN ('ACCEPT', 'REFUSE', 'RESOLVE', 'NOTE')", name="action"),
    )

    complaint_id: Mapped[str] = mapped_column(
        sa.ForeignKey("complaints.id", ondelete="CASCADE"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    action: Mapped[str] = mapped_column(sa.Text)
    note: Mapped[str] = mapped_column(sa.Text)
    taken_by: Mapped[str] = mapped_column(sa.Text)
    taken_at: Mapped[datetime] = mapped_column(db.UTCDateTime)


class Complaint(Base):
    """Be one complaint about a publication.

    What was written, and who wrote it, is encrypted. ``area`` is the division code of the bureau
    in charge; ``code_hash`` stands for the code with which the reporter asks how it stands.
    """

    __tablename__ = "complaints"
    __table_args__ = (
        sa.CheckConstraint(
            "category IN ('NOT_AS_DECLARED', 'BELOW_MANDATORY', 'WRONG_INFORMATION', "
            "'INFRINGEMENT', 'OTHER')",
            name="category",
        ),
        sa.CheckConstraint(
            "state IN ('RECEIVED', 'ACCEPTED', 'REFUSED', 'RESOLVED')", name="state"
        ),
        sa.CheckConstraint(
            "finding IN ('CONFIRMED', 'PARTLY_CONFIRMED', 'NOT_CONFIRMED')", name="finding"
        ),
        sa.CheckConstraint(
            "(state = 'RESOLVED') = (finding IS NOT NULL)", name="finding_if_resolved"
        ),
        sa.CheckConstraint(
            "(state IN ('REFUSED', 'RESOLVED')) = (closed_at IS NOT NULL)", name="closed_at_if_over"
        ),
        sa.CheckConstraint(
            "(reporter_name_encrypted IS NULL) = (phone_encrypted IS NULL)",
            name="named_or_anonymous",
        ),
        sa.Index("ix_complaints_area", "area", "received_at"),
        sa.Index("ix_complaints_declaration", "declaration_id", "state"),
    )

    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number: Mapped[str] = mapped_column(sa.Text, unique=True)
    declaration_id: Mapped[str] = mapped_column(sa.ForeignKey("declarations.id"))
    record_number: Mapped[str] = mapped_column(sa.Text)
    area: Mapped[str] = mapped_column(sa.Text)
    category: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text, default=ComplaintState.RECEIVED.value)
    text_encrypted: Mapped[str] = mapped_column(sa.Text)
    reporter_name_encrypted: Mapped[str | None] = mapped_column(sa.Text)
    phone_encrypted: Mapped[str | None] = mapped_column(sa.Text)
    code_hash: Mapped[str] = mapped_column(sa.Text)
    received_at: Mapped[datetime] = mapped_column(db.UTCDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(db.UTCDateTime)
    finding: Mapped[str | None] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.Text, default="")
    # Every step changes this row, so that the version tells of notes as well.
    step_count: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)

    steps: Mapped[list[ComplaintStep]] = relationship(
        order_by=ComplaintStep.position, cascade="all, delete-orphan", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it off the class

    @property
    def is_named(self) -> bool:
        """Tell whether the reporter has said who he is."""
        return self.phone_encrypted is not None

    def check_version(self, expected: int) -> None:
        """Make sure that nobody changed the complaint since the caller read it.

        Raises:
            StaleError: somebody did.
        """
        if self.version != expected:
            raise errors.StaleError

    def accept(self, *, note: str, by: str, now: datetime) -> None:
        """Take the complaint up.

        Raises:
            ComplaintWrongStateError: it was taken up, or refused, before.
        """
        self._step(ComplaintAction.ACCEPT, note=note, by=by, now=now)
        self.accepted_at = now

    def refuse(self, outcome: str, *, note: str, by: str, now: datetime) -> None:
        """Refuse to take the complaint up; ``outcome`` tells the reporter why.

        Raises:
            ComplaintWrongStateError: it was taken up, or refused, before.
        """
        self._step(ComplaintAction.REFUSE, note=note, by=by, now=now)
        self.outcome, self.closed_at = outcome, now

    def resolve(self, finding: Finding, outcome: str, *, note: str, by: str, now: datetime) -> None:
        """End the inquiry with what it found.

        Raises:
            ComplaintWrongStateError: it was not taken up, or is closed.
        """
        self._step(ComplaintAction.RESOLVE, note=note, by=by, now=now)
        self.finding, self.outcome, self.closed_at = finding.value, outcome, now

    def add_note(self, note: str, *, by: str, now: datetime) -> None:
        """Write something down for colleagues."""
        self._step(ComplaintAction.NOTE, note=note, by=by, now=now)

    def _step(self, action: ComplaintAction, *, note: str, by: str, now: datetime) -> None:
        following = complaints.next_state(ComplaintState(self.state), action)
        if following is None:
            raise ComplaintWrongStateError(state=self.state)
        self.state = following.value
        self.step_count += 1
        step = ComplaintStep(
            position=self.step_count, action=action.value, note=note, taken_by=by, taken_at=now
        )
        self.steps.append(step)


class ComplaintCounter(Base):
    """Count the complaints of one day."""

    __tablename__ = "complaint_counters"

    day: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    last: Mapped[int]
