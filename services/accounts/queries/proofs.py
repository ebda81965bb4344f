"""Reads about recoveries and phone changes."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from services.accounts.models import (
    Account,
    Enterprise,
    KnownNetwork,
    ProofFlow,
    RegistrationFacts,
)


def find_proof_flow(session: Session, token_hash: str, *, locks: bool = False) -> ProofFlow | None:
    """Return a recovery or phone change by the hash of its token."""
    statement = select(ProofFlow).where(ProofFlow.token_hash == token_hash)
    return session.scalar(statement.with_for_update() if locks else statement)


def find_enterprise_by_code(session: Session, code: str) -> Enterprise | None:
    """Return the enterprise with a folded credit code or organisation code."""
    return session.scalar(
        select(Enterprise)
        .where(or_(Enterprise.credit_code == code, Enterprise.organization_code == code))
        .limit(1)
    )


def get_registration_facts(session: Session, enterprise_id: str) -> RegistrationFacts | None:
    """Return what an enterprise stated at registration, if 更新 has changed it since."""
    return session.get(RegistrationFacts, enterprise_id)


def lock_enterprise(session: Session, enterprise_id: str) -> Enterprise:
    """Return one enterprise, locked against other changes until the end of the transaction."""
    return session.scalars(
        select(Enterprise).where(Enterprise.id == enterprise_id).with_for_update()
    ).one()


def find_account_by_phone(session: Session, phone_index: str) -> Account | None:
    """Return the account with a phone."""
    return session.scalar(select(Account).where(Account.phone_index == phone_index))


def list_known_networks(session: Session, account_id: str) -> list[KnownNetwork]:
    """Return the networks from which an account has logged in."""
    return list(session.scalars(select(KnownNetwork).where(KnownNetwork.account_id == account_id)))
