"""Enterprises, accounts, registrations under way, and sessions."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from chassis import db
from services.accounts.models.base import Base


class AccountState(StrEnum):
    """Say whether somebody may still log in with an account."""

    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class FlowStep(StrEnum):
    """Name the last step of a registration that was passed."""

    VERIFIED = "VERIFIED"
    IDENTIFIED = "IDENTIFIED"


class EndReason(StrEnum):
    """Say why a session ended."""

    LOGGED_OUT = "LOGGED_OUT"
    PASSWORD_CHANGED = "PASSWORD_CHANGED"  # noqa: S105 - a reason
    PHONE_CHANGED = "PHONE_CHANGED"
    ACCOUNT_CLOSED = "ACCOUNT_CLOSED"
    ENDED_ELSEWHERE = "ENDED_ELSEWHERE"
    RIGHTS_CHANGED = "RIGHTS_CHANGED"
    SECOND_FACTOR_RESET = "SECOND_FACTOR_RESET"
    FROZEN = "FROZEN"
    REVOKED = "REVOKED"


class Enterprise(Base):
    """An organisation that has registered; its facts are those last taken from the registry."""

    __tablename__ = "enterprise"

    id: Mapped[str] = mapped_column(primary_key=True)
    organization_id: Mapped[str] = mapped_column(unique=True)
    credit_code: Mapped[str | None] = mapped_column(unique=True)
    organization_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    legal_representative: Mapped[str]
    legal_representative_id_number_encrypted: Mapped[str]
    legal_representative_id_number_index: Mapped[str]
    address: Mapped[str]
    region: Mapped[str]
    bureau_code: Mapped[str | None]
    postcode: Mapped[str]
    legal_representative_email: Mapped[str]
    phone_masked: Mapped[str]
    registered_at: Mapped[datetime]
    refreshed_at: Mapped[datetime]
    organization_sequence: Mapped[int]
    organization_changed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def is_outdated(self) -> bool:
        """Say whether the code database states something newer: 更新 would bring it."""
        return (
            self.organization_changed_at is not None
            and self.organization_changed_at > self.refreshed_at
        )

    def refresh(self, facts: Mapping[str, Any], now: datetime) -> list[str]:
        """Take over what the code database states now; return the names of what changed."""
        changed = [name for name, value in facts.items() if getattr(self, name) != value]
        for name in changed:
            setattr(self, name, facts[name])
        self.refreshed_at = now
        return changed

    def note_change(self, *, sequence: int, at: datetime) -> None:
        """Note that the organisation's record has changed; older news change nothing."""
        if sequence > self.organization_sequence:
            self.organization_sequence = sequence
            self.organization_changed_at = at


class RoleRow(Base):
    """One role that accounts can have."""

    __tablename__ = "role"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    is_staff: Mapped[bool]


class AccountRole(Base):
    """One role of one account."""

    __tablename__ = "account_role"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    role_code: Mapped[str] = mapped_column(ForeignKey("role.code"), primary_key=True)


class Account(Base):
    """Somebody who can log in: for an enterprise, or as staff."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("state IN ('ACTIVE', 'CLOSED')", name="state"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    enterprise_id: Mapped[str | None] = mapped_column(ForeignKey("enterprise.id"), index=True)
    username: Mapped[str]
    username_folded: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    id_number_encrypted: Mapped[str | None]
    id_number_index: Mapped[str | None] = mapped_column(unique=True)
    phone_encrypted: Mapped[str | None]
    phone_index: Mapped[str | None] = mapped_column(unique=True)
    password_hash: Mapped[str]
    password_changed_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]
    region: Mapped[str | None]
    state: Mapped[str]
    terms_version: Mapped[str | None]
    terms_accepted_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column()

    roles: Mapped[list[AccountRole]] = relationship(lazy="selectin")
    enterprise: Mapped[Enterprise | None] = relationship(lazy="joined", innerjoin=False)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    @property
    def role_codes(self) -> frozenset[str]:
        """Return the roles."""
        return frozenset(role.role_code for role in self.roles)

    @property
    def is_active(self) -> bool:
        """Say whether the account may be used; a lock does not end sessions that are open."""
        return self.state == AccountState.ACTIVE

    def can_log_in(self, now: datetime) -> bool:
        """Say whether a right password opens a session now."""
        is_locked = self.locked_until is not None and now < self.locked_until
        return self.is_active and not is_locked

    def change_password(self, password_hash: str, now: datetime) -> None:
        """Take another password; it also ends a lock: who sets it has proved who he is."""
        self.password_hash, self.password_changed_at = password_hash, now
        self.locked_until = None

    def change_id_number(self, encrypted: str, index: str) -> None:
        """Take another ID number."""
        self.id_number_encrypted, self.id_number_index = encrypted, index

    def change_phone(self, encrypted: str, index: str) -> None:
        """Take another phone."""
        self.phone_encrypted, self.phone_index = encrypted, index

    def accept_terms(self, version: str, now: datetime) -> None:
        """Note that the terms of service were accepted."""
        self.terms_version, self.terms_accepted_at = version, now

    def lock(self, until: datetime) -> None:
        """Refuse every password until a moment."""
        self.locked_until = until


class RegistrationFlow(Base):
    """One registration under way; it reserves nothing and is deleted when it ends (R-056)."""

    __tablename__ = "registration_flow"
    __table_args__ = (CheckConstraint("step IN ('VERIFIED', 'IDENTIFIED')", name="step"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    step: Mapped[str]
    organization: Mapped[dict[str, Any]] = mapped_column(db.JsonText)
    legal_representative_id_number_encrypted: Mapped[str]
    legal_representative_id_number_index: Mapped[str]
    username: Mapped[str | None]
    name: Mapped[str | None]
    id_number_encrypted: Mapped[str | None]
    id_number_index: Mapped[str | None]
    bureau_code: Mapped[str | None]
    password_hash: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy


class OneTimeCode(Base):
    """One code sent by SMS; only a keyed hash of it is kept."""

    __tablename__ = "one_time_code"
    __table_args__ = (Index("ix_one_time_code_flow_id", "flow_id"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    flow_id: Mapped[str]
    phone_index: Mapped[str]
    code_hash: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    is_void: Mapped[bool]


class Captcha(Base):
    """One picture that waits for its answer; using it deletes it."""

    __tablename__ = "captcha"

    id: Mapped[str] = mapped_column(primary_key=True)
    answer_hash: Mapped[str]
    # Only where everything can be looked into anyway: in development.
    answer: Mapped[str | None]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class LoginSession(Base):
    """One browser that is signed in; the token is only known to it."""

    __tablename__ = "login_session"
    __table_args__ = (
        CheckConstraint(
            "end_reason IN ('LOGGED_OUT', 'PASSWORD_CHANGED', 'PHONE_CHANGED', 'ACCOUNT_CLOSED',"
            " 'ENDED_ELSEWHERE', 'RIGHTS_CHANGED', 'SECOND_FACTOR_RESET', 'FROZEN', 'REVOKED')",
            name="end_reason",
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    network: Mapped[str]
    user_agent: Mapped[str]

    account: Mapped[Account] = relationship(lazy="joined", innerjoin=True)

    def is_alive(self, now: datetime, idle: timedelta) -> bool:
        """Say whether the session still stands for its account (手册 4.1(2): 长时间未操作)."""
        is_used = now < self.last_seen_at + idle
        return self.ended_at is None and now < self.expires_at and is_used

    def end(self, reason: EndReason, now: datetime) -> bool:
        """End the session; tell whether it had not ended before."""
        if self.ended_at is not None:
            return False
        self.ended_at, self.end_reason = now, reason
        return True
