"""What staff log in with beside a password, and what bureaus decide."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db
from chassis.errors import DomainError
from services.accounts.models.base import Base
from services.accounts.models.people import Account

HOLD: Final = timedelta(hours=24)


class PhoneChangeStateError(DomainError):
    """Say that a change of phone was decided, done or withdrawn already."""

    code = "accounts.phone_change_decided"


class SecondFactor(Base):
    """The secret of somebody's one-time codes (TOTP, RFC 6238), and the codes used last."""

    __tablename__ = "second_factor"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    secret_encrypted: Mapped[str]
    used_steps: Mapped[list[int]] = mapped_column(db.JsonText)
    enrolled_at: Mapped[datetime]


class InitialPassword(Base):
    """Note that a password was made by somebody else: it opens nothing until it is replaced."""

    __tablename__ = "initial_password"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    expires_at: Mapped[datetime]


class PendingLogin(Base):
    """One login whose password was right and that waits for a code or a new password."""

    __tablename__ = "pending_login"

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    # What was right a moment ago; another one by now makes this login worthless.
    password_hash: Mapped[str]
    # The secret on offer, of somebody who has none yet.
    secret_encrypted: Mapped[str | None]
    network: Mapped[str]
    user_agent: Mapped[str]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class EnterpriseFreeze(Base):
    """One enterprise that nobody may act for until it is unfrozen; its records stay public."""

    __tablename__ = "enterprise_freeze"

    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprise.id"), primary_key=True)
    reason: Mapped[str]
    frozen_by: Mapped[str]
    frozen_at: Mapped[datetime]


class PhoneChangeState(StrEnum):
    """Say how far a bureau's change of somebody's phone is."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    OBJECTED = "OBJECTED"
    DONE = "DONE"
    FAILED = "FAILED"


class BureauPhoneChange(Base):
    """A new phone for somebody who lost the old one: one proposes, another decides (R-203)."""

    __tablename__ = "bureau_phone_change"
    __table_args__ = (
        CheckConstraint(
            "state IN ('PENDING', 'APPROVED', 'REJECTED', 'OBJECTED', 'DONE', 'FAILED')",
            name="state",
        ),
        Index("ix_bureau_phone_change_state_effective_at", "state", "effective_at"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    # Gone once the change has ended.
    phone_encrypted: Mapped[str | None]
    phone_index: Mapped[str | None]
    phone_masked: Mapped[str]
    reason: Mapped[str]
    state: Mapped[str]
    made_by: Mapped[str]
    made_at: Mapped[datetime]
    decided_by: Mapped[str | None]
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]
    effective_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    def approve(self, *, by: str, now: datetime) -> None:
        """Let the change take effect a day later.

        Raises:
            PhoneChangeStateError: it was decided already.
        """
        self._leave(PhoneChangeState.PENDING)
        self.state, self.decided_by, self.decided_at = PhoneChangeState.APPROVED, by, now
        self.effective_at = now + HOLD

    def reject(self, *, by: str, note: str, now: datetime) -> None:
        """Refuse the change.

        Raises:
            PhoneChangeStateError: it was decided already.
        """
        self._leave(PhoneChangeState.PENDING)
        self.decided_by, self.decided_at, self.decision_note = by, now, note
        self._end(PhoneChangeState.REJECTED, now)

    def object_to(self, *, now: datetime) -> None:
        """Stop the change in the name of the one whose phone it is.

        Raises:
            PhoneChangeStateError: it has taken effect or ended already.
        """
        self._leave(PhoneChangeState.PENDING, PhoneChangeState.APPROVED)
        self._end(PhoneChangeState.OBJECTED, now)

    def finish(self, *, is_done: bool, now: datetime) -> None:
        """Note that the change has taken effect, or could not.

        Raises:
            PhoneChangeStateError: it was not approved, or has ended already.
        """
        self._leave(PhoneChangeState.APPROVED)
        self._end(PhoneChangeState.DONE if is_done else PhoneChangeState.FAILED, now)

    def _leave(self, *states: PhoneChangeState) -> None:
        if self.state not in states:
            raise PhoneChangeStateError

    def _end(self, state: PhoneChangeState, now: datetime) -> None:
        self.state, self.ended_at = state, now
        self.phone_encrypted = self.phone_index = None
