"""Reads of second factors, logins under way, staff accounts, and what bureaus decide."""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from services.accounts.models import (
    Account,
    AccountRole,
    AccountState,
    EnterpriseFreeze,
    InitialPassword,
    PendingLogin,
    RoleRow,
    SecondFactor,
)


def find_pending_login(session: Session, token_hash: str) -> PendingLogin | None:
    """Return a login that waits for its next step."""
    return session.scalar(select(PendingLogin).where(PendingLogin.token_hash == token_hash))


def forget_pending_logins(session: Session, account_id: str) -> None:
    """Delete every login of an account that waits for its next step."""
    session.execute(delete(PendingLogin).where(PendingLogin.account_id == account_id))


def find_second_factor(session: Session, account_id: str) -> SecondFactor | None:
    """Return what makes the codes of an account."""
    return session.get(SecondFactor, account_id)


def find_initial_password(session: Session, account_id: str) -> InitialPassword | None:
    """Return the note that an account's password was made by somebody else."""
    return session.get(InitialPassword, account_id)


def find_freeze(session: Session, enterprise_id: str | None) -> EnterpriseFreeze | None:
    """Return why an enterprise is frozen, or nothing."""
    return session.get(EnterpriseFreeze, enterprise_id) if enterprise_id else None


def list_staff(session: Session) -> list[tuple[Account, datetime | None]]:
    """Return the staff accounts that are not closed, and when each enrolled its second factor."""
    statement = (
        select(Account, SecondFactor.enrolled_at)
        .outerjoin(SecondFactor, SecondFactor.account_id == Account.id)
        .where(Account.enterprise_id.is_(None), Account.state == AccountState.ACTIVE)
        .order_by(Account.username_folded)
    )
    return [(row[0], row[1]) for row in session.execute(statement)]


def find_staff(session: Session, account_id: str) -> Account | None:
    """Return one staff account that is not closed, locked against other changes."""
    return session.scalar(
        select(Account)
        .where(
            Account.id == account_id,
            Account.enterprise_id.is_(None),
            Account.state == AccountState.ACTIVE,
        )
        .with_for_update(of=Account)
    )


def list_staff_roles(session: Session) -> frozenset[str]:
    """Return the codes of the roles that staff can have."""
    return frozenset(session.scalars(select(RoleRow.code).where(RoleRow.is_staff.is_(True))))


def has_holder(session: Session, role: str, *, except_id: str) -> bool:
    """Tell whether another account that is not closed has a role."""
    found = (
        select(Account.id)
        .join(AccountRole, AccountRole.account_id == Account.id)
        .where(
            AccountRole.role_code == role,
            Account.id != except_id,
            Account.state == AccountState.ACTIVE,
        )
    )
    return session.scalar(found.limit(1)) is not None
