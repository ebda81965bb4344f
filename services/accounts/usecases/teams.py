"""The team of an enterprise: who is in it, what each may do, and who leads it."""

from typing import Any, Final

import sqlalchemy as sa

from chassis import crypto
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments
from services.accounts.domain.roles import Role
from services.accounts.models import (
    Account,
    AccountClosure,
    AccountRole,
    AccountState,
    EndReason,
    Invitation,
)
from services.accounts.usecases import notices, protection, sessions
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.protection import Ring

LIMIT: Final = 20
NAMES: Final = {Role.OWNER: "企业管理员", Role.FILER: "填报人", Role.VIEWER: "查看人"}


class OwnerRequiredError(DomainError):
    """Refuse to leave an enterprise without somebody who leads it."""

    code = "accounts.owner_required"


class TeamFullError(DomainError):
    """Refuse more members and open invitations than a team may have."""

    code = "accounts.team_full"


def list_team(
    *, database: Database, ring: Ring, enterprise_id: str, account_id: str
) -> dict[str, Any]:
    """Return the members of the own enterprise and, to its owner, phones and open invitations."""
    with database.read() as session:
        members = queries.list_members(session, enterprise_id)
        invitations = queries.list_open_invitations(
            session, enterprise_id, now=database.clock.now()
        )
    is_owner = any(
        member.id == account_id and Role.OWNER in member.role_codes for member in members
    )
    return {
        "members": [
            _member(ring, member, shows_phone=is_owner, is_self=member.id == account_id)
            for member in members
        ],
        "invitations": [_invitation(ring, each) for each in invitations] if is_owner else [],
        "limit": LIMIT,
    }


def _member(ring: Ring, account: Account, *, shows_phone: bool, is_self: bool) -> dict[str, Any]:
    phone = protection.open_phone(ring, account.id, account.phone_encrypted)
    return {
        "account_id": account.id,
        "username": account.username,
        "name": account.name,
        "role": min(account.role_codes, default=""),
        "phone_masked": crypto.mask_phone(phone) if phone and shows_phone else "",
        "joined_at": moments.to_text(account.created_at),
        "is_self": is_self,
    }


def _invitation(ring: Ring, invitation: Invitation) -> dict[str, Any]:
    phone = ring.decrypt(
        invitation.phone_encrypted, protection.place(protection.PHONE, invitation.id)
    )
    return {
        "invitation_id": invitation.id,
        "name": invitation.name,
        "role": invitation.role,
        "phone_masked": crypto.mask_phone(phone),
        "expires_at": moments.to_text(invitation.expires_at),
    }


def change_role(
    *, tx: Transaction, enterprise_id: str, account_id: str, role: str
) -> dict[str, Any]:
    """Give a member another role; his sessions end, so that what he may do is new at once.

    Raises:
        AccountNotFoundError: nobody of this enterprise has the id.
        OwnerRequiredError: he is the owner.
    """
    member = _find_member(tx, enterprise_id, account_id)
    if Role.OWNER in member.role_codes:
        raise OwnerRequiredError
    if member.role_codes != {role}:
        _set_role(tx, member, Role(role))
    return {"account_id": member.id, "role": role}


def remove_member(*, tx: Transaction, enterprise_id: str, account_id: str) -> None:
    """Take a member out of the team: his account is closed and his sessions end.

    Raises:
        AccountNotFoundError: nobody of this enterprise has the id.
        OwnerRequiredError: he is the owner.
    """
    member = _find_member(tx, enterprise_id, account_id)
    if Role.OWNER in member.role_codes:
        raise OwnerRequiredError
    close(tx, member)
    notices.post_to_enterprise(
        tx, enterprise_id=enterprise_id, template="TEAM_LEFT", values={"name": member.name}
    )


def hand_over(
    *, tx: Transaction, enterprise_id: str, owner_id: str, account_id: str
) -> dict[str, Any]:
    """Make another member the owner and the old one a filer; the password was checked before.

    Both begin a new session with what they may do from now on.

    Raises:
        AccountNotFoundError: nobody of this enterprise has the id.
        OwnerRequiredError: the one who asks leads no team any more, or names himself.
    """
    members = {
        member.id: member for member in queries.list_members(tx.session, enterprise_id, locks=True)
    }
    owner, successor = members.get(owner_id), members.get(account_id)
    if successor is None:
        raise AccountNotFoundError
    if owner is None or owner is successor or Role.OWNER not in owner.role_codes:
        raise OwnerRequiredError
    _set_role(tx, owner, Role.FILER)
    _set_role(tx, successor, Role.OWNER)
    tx.audit("team.handed_over", object_id=successor.id, enterprise_id=enterprise_id)
    notices.post_to_enterprise(
        tx, enterprise_id=enterprise_id, template="HANDOVER_DONE", values={"name": successor.name}
    )
    return {"account_id": successor.id, "role": Role.OWNER.value}


def close(tx: Transaction, account: Account) -> None:
    """Close a locked account: nobody logs in with it again.

    Its owner may open another one with the same ID number and phone at once; what this one holds
    is erased later by a job (`services.accounts.usecases.closing`).
    """
    tx.session.add(
        AccountClosure(
            account_id=account.id,
            id_number_index=account.id_number_index,
            phone_index=account.phone_index,
            closed_at=tx.now(),
        )
    )
    account.state = AccountState.CLOSED
    account.id_number_index = account.phone_index = None
    sessions.end_sessions(tx=tx, account_id=account.id, reason=EndReason.ACCOUNT_CLOSED)
    tx.audit("account.closed", object_id=account.id, enterprise_id=account.enterprise_id)


def _find_member(tx: Transaction, enterprise_id: str, account_id: str) -> Account:
    members = queries.list_members(tx.session, enterprise_id, locks=True)
    found = next((member for member in members if member.id == account_id), None)
    if found is None:
        raise AccountNotFoundError
    return found


def _set_role(tx: Transaction, account: Account, role: Role) -> None:
    tx.session.execute(sa.delete(AccountRole).where(AccountRole.account_id == account.id))
    tx.session.add(AccountRole(account_id=account.id, role_code=role))
    sessions.end_sessions(tx=tx, account_id=account.id, reason=EndReason.RIGHTS_CHANGED)
    tx.audit(
        "team.role_changed",
        object_id=account.id,
        enterprise_id=account.enterprise_id,
        details={"role": role},
    )
