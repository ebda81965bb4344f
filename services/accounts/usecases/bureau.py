"""What bureaus do in their own area: look up, freeze and unfreeze (R-204, promise F9)."""

from typing import Any, Final

from chassis import crypto
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments, phones
from services.accounts.models import (
    Account,
    AccountState,
    EndReason,
    Enterprise,
    EnterpriseFreeze,
)
from services.accounts.usecases import machine_keys, notices, protection, sessions
from services.accounts.usecases.profiles import EnterpriseNotFoundError
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.registration import InvalidFieldsError

PAGE_SIZE: Final = 20
_REASON: Final = range(2, 201)


class AlreadyFrozenError(DomainError):
    """Say that an enterprise is frozen."""

    code = "accounts.already_frozen"


class NotFrozenError(DomainError):
    """Say that an enterprise is not frozen."""

    code = "accounts.not_frozen"


def list_enterprises(*, database: Database, area: str, text: str, page: int) -> dict[str, Any]:
    """Return a page of the enterprises whose bureau lies in the area."""
    with database.read() as session:
        rows, total = queries.list_area_enterprises(
            session, area=area, text=text.strip(), page=page, size=PAGE_SIZE
        )
    items = [_enterprise(enterprise, freeze) for enterprise, freeze in rows]
    return {"items": items, "total": total, "page": page, "page_size": PAGE_SIZE}


def list_accounts(  # noqa: PLR0913 - what a search needs, all by keyword
    *, database: Database, ring: Ring, area: str, by: str, text: str, page: int
) -> dict[str, Any]:
    """Return a page of the accounts of the area, personal numbers masked; the look is audited."""
    mobile = phones.to_mobile(text)
    with database.read() as session:
        accounts, total = queries.list_area_accounts(
            session,
            area=area,
            text=text.strip(),
            phone_index=ring.blind_index(mobile, protection.PHONE) if mobile else None,
            page=page,
            size=PAGE_SIZE,
        )
    with database.transaction() as tx:
        tx.audit("bureau.accounts_viewed", object_id=by, details={"count": str(len(accounts))})
    items = [_account(ring, account) for account in accounts]
    return {"items": items, "total": total, "page": page, "page_size": PAGE_SIZE}


def freeze(
    *, tx: Transaction, area: str, by: str, enterprise_id: str, reason: str
) -> dict[str, Any]:
    """Freeze an enterprise: its sessions and keys end at once, its records stay public.

    Raises:
        EnterpriseNotFoundError: there is none with the id in the area.
        AlreadyFrozenError: it is frozen.
        InvalidFieldsError: the reason is missing or too long.
    """
    why = read_reason(reason)
    enterprise = _lock(tx, enterprise_id, area)
    if queries.find_freeze(tx.session, enterprise_id) is not None:
        raise AlreadyFrozenError
    found = EnterpriseFreeze(
        enterprise_id=enterprise_id, reason=why, frozen_by=by, frozen_at=tx.now()
    )
    tx.session.add(found)
    # Logins lock their account and then look for this row: none slips through.
    tx.session.flush()
    for member in queries.list_members(tx.session, enterprise_id, locks=True):
        sessions.end_sessions(tx=tx, account_id=member.id, reason=EndReason.FROZEN)
    machine_keys.end_all_keys(tx=tx, enterprise_id=enterprise_id)
    _tell(tx, "enterprise.frozen", "ENTERPRISE_FROZEN", enterprise_id, why)
    return _enterprise(enterprise, found)


def unfreeze(*, tx: Transaction, area: str, enterprise_id: str, reason: str) -> dict[str, Any]:
    """Let an enterprise act again; its keys stay ended.

    Raises:
        EnterpriseNotFoundError: there is none with the id in the area.
        NotFrozenError: it is not frozen.
        InvalidFieldsError: the reason is missing or too long.
    """
    why = read_reason(reason)
    enterprise = _lock(tx, enterprise_id, area)
    found = queries.find_freeze(tx.session, enterprise_id)
    if found is None:
        raise NotFrozenError
    tx.session.delete(found)
    _tell(tx, "enterprise.unfrozen", "ENTERPRISE_UNFROZEN", enterprise_id, why)
    return _enterprise(enterprise, None)


def read_reason(text: str) -> str:
    """Return a reason without blanks around it.

    Raises:
        InvalidFieldsError: it has fewer than 2 or more than 200 characters.
    """
    reason = text.strip()
    if len(reason) not in _REASON:
        raise InvalidFieldsError(fields=[FieldError("/reason", "accounts.reason_required")])
    return reason


def _lock(tx: Transaction, enterprise_id: str, area: str) -> Enterprise:
    found = queries.lock_area_enterprise(tx.session, enterprise_id, area=area)
    if found is None:
        raise EnterpriseNotFoundError
    return found


def _tell(tx: Transaction, action: str, template: str, enterprise_id: str, reason: str) -> None:
    tx.audit(
        action, object_id=enterprise_id, enterprise_id=enterprise_id, details={"reason": reason}
    )
    notices.post_to_enterprise(
        tx, enterprise_id=enterprise_id, template=template, values={"reason": reason}
    )


def _enterprise(enterprise: Enterprise, found: EnterpriseFreeze | None) -> dict[str, Any]:
    return {
        "enterprise_id": enterprise.id,
        "name": enterprise.name,
        "credit_code": enterprise.credit_code,
        "organization_code": enterprise.organization_code,
        "region": enterprise.region,
        "bureau_code": enterprise.bureau_code,
        "registered_at": moments.to_text(enterprise.registered_at),
        "frozen_at": moments.to_text(found.frozen_at) if found is not None else None,
        "freeze_reason": found.reason if found is not None else None,
    }


def _account(ring: Ring, account: Account) -> dict[str, Any]:
    phone = protection.open_phone(ring, account.id, account.phone_encrypted)
    number = protection.open_id_number(ring, account.id, account.id_number_encrypted)
    enterprise = account.enterprise
    return {
        "account_id": account.id,
        "username": account.username,
        "name": account.name,
        "role": min(account.role_codes, default=""),
        "enterprise_id": account.enterprise_id,
        "enterprise_name": enterprise.name if enterprise is not None else "",
        "phone_masked": crypto.mask_phone(phone) if phone else "",
        "id_number_masked": crypto.mask_id_number(number) if number else "",
        "is_active": account.state == AccountState.ACTIVE,
    }
