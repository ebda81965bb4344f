"""Accounts that are set up by the operator, not by registration: staff, and demonstration data."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chassis import ids
from chassis.errors import DomainError
from chassis.uow import Transaction
from contracts.events import ENTERPRISE_REGISTERED
from services.accounts import events, queries
from services.accounts.domain import usernames
from services.accounts.models import Account, AccountRole, AccountState
from services.accounts.usecases import enterprises, protection, second_factors
from services.accounts.usecases.protection import Ring


class RoleUnknownError(DomainError):
    """Refuse a role that is not in the table of roles."""

    code = "accounts.role_unknown"


@dataclass(frozen=True)
class NewAccount:
    """Hold what an account is to be; ``region`` for staff of a bureau."""

    username: str
    name: str
    role: str
    id_number: str | None = None
    phone: str | None = None
    region: str | None = None
    totp_secret: str | None = None


def add_enterprise(  # noqa: PLR0913 - what an enterprise is, all by keyword
    *,
    tx: Transaction,
    ring: Ring,
    enterprise_id: str,
    organization: Mapping[str, Any],
    id_number: str,
    bureau_code: str,
) -> bool:
    """Add an enterprise unless it is there; return whether it was added."""
    if queries.get_enterprise(tx.session, enterprise_id) is not None:
        return False
    enterprise = enterprises.new_enterprise(
        ring=ring,
        enterprise_id=enterprise_id,
        organization=organization,
        id_number=id_number,
        bureau_code=bureau_code,
        now=tx.now(),
    )
    tx.session.add(enterprise)
    tx.emit(
        ENTERPRISE_REGISTERED,
        subject=enterprise_id,
        sequence=1,
        data=events.enterprise_registered(enterprise),
    )
    return True


def add_account(
    *,
    tx: Transaction,
    ring: Ring,
    account: NewAccount,
    password_hash: str,
    enterprise_id: str | None = None,
) -> bool:
    """Add an account unless its user name is there; return whether it was added.

    Raises:
        RoleUnknownError: there is no such role.
    """
    folded = usernames.fold_username(account.username)
    if queries.has_username(tx.session, folded):
        return False
    if account.role not in {role.code for role in queries.list_roles(tx.session)}:
        raise RoleUnknownError(role=account.role)
    account_id, now = ids.new_id(), tx.now()
    number, phone = account.id_number, account.phone
    id_place = protection.place(protection.ID_NUMBER, account_id)
    phone_place = protection.place(protection.PHONE, account_id)
    tx.session.add(
        Account(
            id=account_id,
            enterprise_id=enterprise_id,
            username=account.username,
            username_folded=folded,
            name=account.name,
            id_number_encrypted=ring.encrypt(number, id_place) if number else None,
            id_number_index=ring.blind_index(number, protection.ID_NUMBER) if number else None,
            phone_encrypted=ring.encrypt(phone, phone_place) if phone else None,
            phone_index=ring.blind_index(phone, protection.PHONE) if phone else None,
            password_hash=password_hash,
            password_changed_at=now,
            region=account.region,
            state=AccountState.ACTIVE,
            created_at=now,
            roles=[AccountRole(role_code=account.role)],
        )
    )
    if account.totp_secret is not None:
        second_factors.add_factor(
            tx=tx, ring=ring, account_id=account_id, secret=account.totp_secret, used_steps=[]
        )
    tx.audit("account.added", object_id=account_id, enterprise_id=enterprise_id)
    return True
