"""What an account and an enterprise are: personal numbers only masked (手册 6.1)."""

from datetime import datetime
from typing import Any

from chassis import crypto
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments
from services.accounts.models import Account, Enterprise
from services.accounts.usecases import protection
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.sessions import describe_user


class AccountNotFoundError(DomainError):
    """Say that the account is not there any more."""

    code = "accounts.account_not_found"


class EnterpriseNotFoundError(DomainError):
    """Say that there is no such enterprise."""

    code = "accounts.enterprise_not_found"


class EnterpriseFrozenError(DomainError):
    """Refuse those who act for an enterprise that is frozen; told only after the right password."""

    code = "accounts.enterprise_frozen"


def get_profile(*, database: Database, ring: Ring, account_id: str) -> dict[str, Any]:
    """Return the own account and enterprise, as 用户管理 shows them.

    Raises:
        AccountNotFoundError: there is no such account.
    """
    with database.read() as session:
        account = queries.get_account(session, account_id)
    if account is None:
        raise AccountNotFoundError
    enterprise = account.enterprise
    return {
        "user": {
            **describe_user(account),
            **mask_numbers(ring, account),
            "password_changed_at": moments.to_text(account.password_changed_at),
        },
        "enterprise": describe_enterprise(ring, enterprise) if enterprise is not None else None,
        "terms": {
            "version": account.terms_version,
            "accepted_at": (
                moments.to_text(account.terms_accepted_at) if account.terms_accepted_at else None
            ),
        },
    }


def get_enterprise(*, database: Database, enterprise_id: str) -> dict[str, Any]:
    """Return what a publication keeps of its enterprise (手册 5.1.1, FAQ 15, 16).

    Raises:
        EnterpriseNotFoundError: there is no such enterprise.
        EnterpriseFrozenError: it may not publish until it is unfrozen.
    """
    with database.read() as session:
        enterprise = queries.get_enterprise(session, enterprise_id)
        is_frozen = queries.find_freeze(session, enterprise_id) is not None
    if enterprise is None:
        raise EnterpriseNotFoundError
    if is_frozen:
        raise EnterpriseFrozenError
    return _public_part(enterprise)


def note_change(*, tx: Transaction, organization_id: str, sequence: int, at: datetime) -> None:
    """Note that the code database states something new of an enterprise (手册 6.1, FAQ 12).

    Nothing is taken over before the enterprise asks for it with 更新.
    """
    enterprise = queries.find_enterprise(tx.session, organization_id)
    if enterprise is not None:
        enterprise.note_change(sequence=sequence, at=at)


def get_area(*, database: Database, enterprise_id: str) -> dict[str, str]:
    """Return the division code of the bureau in charge of an enterprise, frozen or not (R-204).

    Raises:
        EnterpriseNotFoundError: there is no such enterprise.
    """
    with database.read() as session:
        enterprise = queries.get_enterprise(session, enterprise_id)
    if enterprise is None:
        raise EnterpriseNotFoundError
    return {"area": enterprise.bureau_code or enterprise.region}


def get_public_profile(*, database: Database, enterprise_id: str) -> dict[str, Any]:
    """Return what the public may know of an enterprise, frozen or not, and which version it is.

    Raises:
        EnterpriseNotFoundError: there is no such enterprise.
    """
    with database.read() as session:
        enterprise = queries.get_enterprise(session, enterprise_id)
    if enterprise is None:
        raise EnterpriseNotFoundError
    return {**_public_part(enterprise), "sequence": enterprise.version}


def _public_part(enterprise: Enterprise) -> dict[str, Any]:
    return {
        "enterprise_id": enterprise.id,
        "name": enterprise.name,
        "credit_code": enterprise.credit_code,
        "organization_code": enterprise.organization_code,
        "legal_representative": enterprise.legal_representative,
        "address": enterprise.address,
        "postcode": enterprise.postcode,
        "region": enterprise.region,
    }


def describe_enterprise(ring: Ring, enterprise: Enterprise) -> dict[str, Any]:
    """Return an enterprise as its own people see it; personal numbers masked."""
    place = protection.place(protection.LEGAL_REPRESENTATIVE, enterprise.id)
    number = ring.decrypt(enterprise.legal_representative_id_number_encrypted, place)
    return {
        **_public_part(enterprise),
        "legal_representative_id_number_masked": crypto.mask_id_number(number),
        "legal_representative_email": enterprise.legal_representative_email,
        "phone_masked": enterprise.phone_masked,
        "bureau_code": enterprise.bureau_code,
        "registered_at": moments.to_text(enterprise.registered_at),
        "refreshed_at": moments.to_text(enterprise.refreshed_at),
        "is_outdated": enterprise.is_outdated,
    }


def mask_numbers(ring: Ring, account: Account) -> dict[str, str]:
    """Return the ID number and phone of an account, masked; empty where there is none."""
    id_number, phone = account.id_number_encrypted, account.phone_encrypted
    id_place = protection.place(protection.ID_NUMBER, account.id)
    phone_place = protection.place(protection.PHONE, account.id)
    return {
        "id_number_masked": crypto.mask_id_number(ring.decrypt(id_number, id_place))
        if id_number
        else "",
        "phone_masked": crypto.mask_phone(ring.decrypt(phone, phone_place)) if phone else "",
    }
