"""Accounts of staff: made, given roles, and ended by a security administrator (promise F27)."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from chassis import db, ids
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments, roles, usernames
from services.accounts.domain.roles import Role
from services.accounts.models import (
    Account,
    AccountRole,
    AccountState,
    EndReason,
    InitialPassword,
)
from services.accounts.usecases import second_factors, sessions, teams
from services.accounts.usecases.activation import TAKEN
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.registration import NAME_LENGTH, InvalidFieldsError

PASSWORD_LIFE: Final = timedelta(days=7)
_REGION_LENGTH: Final = 6


class RolesConflictError(DomainError):
    """Refuse two of the three separate powers in one account (三员分立)."""

    code = "accounts.roles_conflict"


class OwnAccountError(DomainError):
    """Refuse what nobody may do to himself: so there is always a security administrator left."""

    code = "accounts.own_account"


@dataclass(frozen=True)
class NewStaff:
    """Hold who is to work for the platform; ``region`` is the division code of a bureau."""

    username: str
    name: str
    roles: tuple[str, ...]
    region: str | None = None


def new_password() -> str:
    """Return a random password that must be replaced at the first login."""
    return f"Qb-{secrets.token_urlsafe(15)}"


def list_staff(*, database: Database) -> dict[str, Any]:
    """Return the accounts of staff."""
    with database.read() as session:
        rows = queries.list_staff(session)
    return {
        "items": [
            {**_show(account), "enrolled_at": moments.to_text(at) if at is not None else None}
            for account, at in rows
        ]
    }


def add_staff(*, tx: Transaction, staff: NewStaff, password_hash: str) -> dict[str, Any]:
    """Add an account of staff, whose password must be replaced within a week.

    Raises:
        InvalidFieldsError: a field cannot be taken, or the user name is taken.
        RolesConflictError: the roles must not meet in one account.
    """
    errors = _role_errors(staff.roles, staff.region)
    if not usernames.is_username(staff.username):
        errors.append(FieldError("/username", "accounts.username_malformed"))
    if not 0 < len(staff.name.strip()) <= NAME_LENGTH:
        errors.append(FieldError("/name", "accounts.name_malformed"))
    if errors:
        raise InvalidFieldsError(fields=errors)
    account_id, now = ids.new_id(), tx.now()
    account = Account(
        id=account_id,
        username=staff.username,
        username_folded=usernames.fold_username(staff.username),
        name=staff.name.strip(),
        password_hash=password_hash,
        password_changed_at=now,
        region=staff.region,
        state=AccountState.ACTIVE,
        created_at=now,
        roles=[AccountRole(role_code=role) for role in sorted(set(staff.roles))],
    )
    tx.session.add(account)
    try:
        # Now, not at the end of the transaction: only here it is known what was taken.
        tx.session.flush()
    except IntegrityError as error:
        if not db.unique_violation(error, "uq_account_username_folded"):
            raise
        raise InvalidFieldsError(fields=[TAKEN["uq_account_username_folded"]]) from error
    tx.session.add(InitialPassword(account_id=account_id, expires_at=now + PASSWORD_LIFE))
    _audit(tx, "added", account_id, staff.roles)
    return {**_show(account), "password_expires_at": moments.to_text(now + PASSWORD_LIFE)}


def set_roles(
    *, tx: Transaction, by: str, account_id: str, new_roles: tuple[str, ...], region: str | None
) -> dict[str, Any]:
    """Give somebody other roles; he begins a new session with them.

    Raises:
        AccountNotFoundError: nobody of the staff has the id.
        OwnAccountError: it is the own account.
        InvalidFieldsError, RolesConflictError: the roles cannot be taken.
    """
    account = _find(tx, by, account_id)
    errors = _role_errors(new_roles, region)
    if errors:
        raise InvalidFieldsError(fields=errors)
    account.region = region
    tx.session.execute(sa.delete(AccountRole).where(AccountRole.account_id == account.id))
    tx.session.add_all(
        AccountRole(account_id=account.id, role_code=role) for role in sorted(set(new_roles))
    )
    tx.session.flush()
    tx.session.refresh(account, ["roles"])
    sessions.end_sessions(tx=tx, account_id=account.id, reason=EndReason.RIGHTS_CHANGED)
    queries.forget_pending_logins(tx.session, account.id)
    _audit(tx, "roles_changed", account.id, new_roles)
    return _show(account)


def end_staff(*, tx: Transaction, by: str, account_id: str) -> None:
    """End an account of staff.

    Raises:
        AccountNotFoundError: nobody of the staff has the id.
        OwnAccountError: it is the own account.
    """
    account = _find(tx, by, account_id)
    queries.forget_pending_logins(tx.session, account.id)
    teams.close(tx, account)


def reset_totp(*, tx: Transaction, by: str, account_id: str) -> None:
    """Take somebody's second factor away, who has lost it; he enrols anew at the next login.

    Raises:
        AccountNotFoundError: nobody of the staff has the id.
        OwnAccountError: it is the own account.
    """
    account = _find(tx, by, account_id)
    second_factors.remove_factor(tx=tx, account_id=account.id)
    tx.audit("account.second_factor_reset", object_id=account.id)


def _role_errors(wanted: Iterable[str], region: str | None) -> list[FieldError]:
    codes = frozenset(wanted)
    if not codes or not codes <= roles.STAFF_ROLES:
        return [FieldError("/roles", "accounts.role_unknown", {"role": "、".join(sorted(codes))})]
    if len(codes & roles.SEPARATE_ROLES) > 1:
        raise RolesConflictError
    has_region = region is not None and len(region) == _REGION_LENGTH and region.isdigit()
    if (Role.BUREAU in codes) is not has_region:
        return [FieldError("/region", "accounts.region_required")]
    return []


def _find(tx: Transaction, by: str, account_id: str) -> Account:
    if account_id == by:
        raise OwnAccountError
    account = queries.find_staff(tx.session, account_id)
    if account is None:
        raise AccountNotFoundError
    return account


def _audit(tx: Transaction, what: str, account_id: str, codes: Iterable[str]) -> None:
    details = {"roles": ",".join(sorted(set(codes)))}
    tx.audit(f"staff.{what}", object_id=account_id, details=details)


def _show(account: Account) -> dict[str, Any]:
    return {
        "account_id": account.id,
        "username": account.username,
        "name": account.name,
        "roles": sorted(account.role_codes),
        "region": account.region,
        "created_at": moments.to_text(account.created_at),
    }
