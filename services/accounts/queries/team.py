"""Reads of teams, invitations, machine keys and closed accounts."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.accounts.models import (
    Account,
    AccountState,
    Invitation,
    InvitationState,
    LoginSession,
    MachineKey,
)


def list_members(session: Session, enterprise_id: str, *, locks: bool = False) -> list[Account]:
    """Return the accounts of an enterprise that are not closed, oldest first."""
    statement = (
        select(Account)
        .where(Account.enterprise_id == enterprise_id, Account.state == AccountState.ACTIVE)
        .order_by(Account.created_at, Account.id)
    )
    return list(session.scalars(statement.with_for_update(of=Account) if locks else statement))


def list_open_invitations(
    session: Session, enterprise_id: str, *, now: datetime
) -> list[Invitation]:
    """Return the invitations of an enterprise that can still be accepted, newest first."""
    return list(
        session.scalars(
            select(Invitation)
            .where(
                Invitation.enterprise_id == enterprise_id,
                Invitation.state == InvitationState.OPEN,
                Invitation.expires_at > now,
            )
            .order_by(Invitation.created_at.desc(), Invitation.id)
        )
    )


def find_invitation(session: Session, token_hash: str, *, locks: bool = False) -> Invitation | None:
    """Return an invitation by the hash of its token."""
    statement = select(Invitation).where(Invitation.token_hash == token_hash)
    return session.scalar(statement.with_for_update(of=Invitation) if locks else statement)


def find_own_invitation(
    session: Session, invitation_id: str, enterprise_id: str
) -> Invitation | None:
    """Return one of the enterprise's own invitations, locked against other changes."""
    return session.scalar(
        select(Invitation)
        .where(Invitation.id == invitation_id, Invitation.enterprise_id == enterprise_id)
        .with_for_update(of=Invitation)
    )


def list_keys(session: Session, enterprise_id: str) -> list[MachineKey]:
    """Return the keys of an enterprise, ended ones as well, newest first."""
    return list(
        session.scalars(
            select(MachineKey)
            .where(MachineKey.enterprise_id == enterprise_id)
            .order_by(MachineKey.created_at.desc(), MachineKey.id)
        )
    )


def count_live_keys(session: Session, enterprise_id: str, *, now: datetime) -> int:
    """Return how many keys of an enterprise open something."""
    found = select(func.count()).where(
        MachineKey.enterprise_id == enterprise_id,
        MachineKey.ended_at.is_(None),
        MachineKey.expires_at > now,
    )
    return session.scalar(found) or 0


def find_own_key(session: Session, key_id: str, enterprise_id: str) -> MachineKey | None:
    """Return one of the enterprise's own keys, locked against other changes."""
    return session.scalar(
        select(MachineKey)
        .where(MachineKey.id == key_id, MachineKey.enterprise_id == enterprise_id)
        .with_for_update()
    )


def find_any_key(session: Session, key_id: str) -> MachineKey | None:
    """Return a key of whichever enterprise, locked against other changes."""
    return session.scalar(select(MachineKey).where(MachineKey.id == key_id).with_for_update())


def find_key(session: Session, key_hash: str) -> MachineKey | None:
    """Return a key by its hash."""
    return session.scalar(select(MachineKey).where(MachineKey.key_hash == key_hash))


def list_all_accounts(session: Session, enterprise_id: str, limit: int) -> list[Account]:
    """Return the accounts of an enterprise, closed ones as well, newest first."""
    return list(
        session.scalars(
            select(Account)
            .where(Account.enterprise_id == enterprise_id)
            .order_by(Account.created_at.desc(), Account.id)
            .limit(limit)
        )
    )


def list_all_sessions(session: Session, enterprise_id: str, limit: int) -> list[LoginSession]:
    """Return the sessions of an enterprise's accounts that are still kept, newest first."""
    return list(
        session.scalars(
            select(LoginSession)
            .join(Account, Account.id == LoginSession.account_id)
            .where(Account.enterprise_id == enterprise_id)
            .order_by(LoginSession.created_at.desc(), LoginSession.id)
            .limit(limit)
        )
    )


def list_all_invitations(session: Session, enterprise_id: str, limit: int) -> list[Invitation]:
    """Return the invitations of an enterprise that are still kept, newest first."""
    return list(
        session.scalars(
            select(Invitation)
            .where(Invitation.enterprise_id == enterprise_id)
            .order_by(Invitation.created_at.desc(), Invitation.id)
            .limit(limit)
        )
    )


def lock_invitations(session: Session, enterprise_id: str) -> list[Invitation]:
    """Return the invitations of an enterprise that were not used, locked: nobody accepts one."""
    return list(
        session.scalars(
            select(Invitation)
            .where(
                Invitation.enterprise_id == enterprise_id,
                Invitation.state == InvitationState.OPEN,
            )
            .order_by(Invitation.id)
            .with_for_update(of=Invitation)
        )
    )
