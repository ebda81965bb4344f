"""Steps by which somebody proves who he is, and what is remembered for later proofs."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from services.accounts.models.base import Base


class FlowKind(StrEnum):
    """Say what is to be done once the steps are passed."""

    PASSWORD_RECOVERY = "PASSWORD_RECOVERY"  # noqa: S105 - a kind
    USERNAME_RECOVERY = "USERNAME_RECOVERY"
    PHONE_CHANGE = "PHONE_CHANGE"


class ProofStep(StrEnum):
    """Name the last step that was passed."""

    BEGUN = "BEGUN"
    PROVEN = "PROVEN"


class ProofFlow(Base):
    """One recovery or phone change under way.

    Without ``enterprise_id`` and ``account_id`` it belongs to a stranger whose answers match
    nobody: he may go on, and gets nowhere.
    """

    __tablename__ = "proof_flow"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('PASSWORD_RECOVERY', 'USERNAME_RECOVERY', 'PHONE_CHANGE')", name="kind"
        ),
        CheckConstraint("step IN ('BEGUN', 'PROVEN')", name="step"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)
    step: Mapped[str]
    enterprise_id: Mapped[str | None] = mapped_column(ForeignKey("enterprise.id"))
    account_id: Mapped[str | None] = mapped_column(ForeignKey("account.id"))
    phone_index: Mapped[str | None]
    phone_encrypted: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - read by SQLAlchemy

    def is_open(self, *, kind: FlowKind, step: ProofStep, now: datetime) -> bool:
        """Say whether the next step after ``step`` may be taken."""
        return self.kind == kind and self.step == step and now < self.expires_at

    def prove(self, token_hash: str) -> None:
        """Pass the step of the code; the old token opens nothing any more."""
        self.step, self.token_hash = ProofStep.PROVEN, token_hash


class RegistrationFacts(Base):
    """What an enterprise stated when it registered; kept when 更新 replaces it (R-201)."""

    __tablename__ = "registration_facts"

    enterprise_id: Mapped[str] = mapped_column(ForeignKey("enterprise.id"), primary_key=True)
    name: Mapped[str]
    legal_representative: Mapped[str]
    legal_representative_id_number_encrypted: Mapped[str]
    address: Mapped[str]


class KnownNetwork(Base):
    """A network from which an account has logged in before."""

    __tablename__ = "known_network"

    account_id: Mapped[str] = mapped_column(ForeignKey("account.id"), primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    last_seen_at: Mapped[datetime] = mapped_column(index=True)
