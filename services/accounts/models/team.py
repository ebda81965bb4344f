"""The team of an enterprise: invitations, keys of its machines, and accounts that were closed."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db
from services.accounts.models.base import Base
from services.accounts.models.people import Enterprise


class InvitationState(StrEnum):
    """Say what became of an invitation."""

    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    WITHDRAWN = "WITHDRAWN"


class Invitation(Base):
    """Somebody who is asked to join the team of an enterprise; the link is only known to him."""

    __tablename__ = "invitation"
    __table_args__ = (
        CheckConstraint("role IN ('FILER', 'VIEWER')", name="role"),
        CheckConstraint("state IN ('OPEN', 'ACCEPTED', 'WITHDRAWN')", name="state"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprise.id"), index=True)
    name: Mapped[str]
    phone_encrypted: Mapped[str]
    phone_index: Mapped[str]
    role: Mapped[str]
    state: Mapped[str]
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()

    enterprise: Mapped[Enterprise] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    def is_open(self, now: datetime) -> bool:
        """Say whether the invitation can still be accepted."""
        return self.state == InvitationState.OPEN and now < self.expires_at


class MachineKey(Base):
    """A key with which a program of an enterprise reads and writes; only its hash is kept."""

    __tablename__ = "machine_key"

    id: Mapped[str] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprise.id"), index=True)
    name: Mapped[str]
    start: Mapped[str]
    key_hash: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(db.JsonText)
    created_by: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    replaced_by_id: Mapped[str | None]
    # None: as often as the settings say.
    per_minute: Mapped[int | None]
    per_day: Mapped[int | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    def is_alive(self, now: datetime) -> bool:
        """Say whether the key opens anything."""
        return self.ended_at is None and now < self.expires_at

    def end(self, now: datetime) -> bool:
        """End the key; tell whether it had not ended before."""
        if not self.is_alive(now):
            return False
        self.ended_at = now
        return True


class AccountClosure(Base):
    """An account that was closed: when, and what is kept to answer questions until it is erased."""

    __tablename__ = "account_closure"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    id_number_index: Mapped[str | None]
    phone_index: Mapped[str | None]
    closed_at: Mapped[datetime] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]
