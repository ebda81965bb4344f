"""Reads of bureaus: enterprises and accounts of an area, and changes of phones."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from services.accounts.models import (
    Account,
    AccountState,
    BureauPhoneChange,
    Enterprise,
    EnterpriseFreeze,
    PhoneChangeState,
)


def _in_area(area: str) -> ColumnElement[bool]:
    """Say whether the bureau of an enterprise (else its place) lies in an area; "" is all."""
    return func.coalesce(Enterprise.bureau_code, Enterprise.region).startswith(
        area, autoescape=True
    )


def list_area_enterprises(
    session: Session, *, area: str, text: str, page: int, size: int
) -> tuple[list[tuple[Enterprise, EnterpriseFreeze | None]], int]:
    """Return a page of the enterprises of an area with name or code, and how many there are."""
    found = _in_area(area)
    if text:
        found &= or_(
            Enterprise.name.contains(text, autoescape=True),
            Enterprise.credit_code == text.upper(),
            Enterprise.organization_code == text.upper(),
        )
    total = session.scalar(select(func.count()).select_from(Enterprise).where(found)) or 0
    rows = session.execute(
        select(Enterprise, EnterpriseFreeze)
        .outerjoin(EnterpriseFreeze, EnterpriseFreeze.enterprise_id == Enterprise.id)
        .where(found)
        .order_by(Enterprise.name, Enterprise.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [(row[0], row[1]) for row in rows], total


def list_area_accounts(  # noqa: PLR0913 - what a search needs
    session: Session, *, area: str, text: str, phone_index: str | None, page: int, size: int
) -> tuple[list[Account], int]:
    """Return a page of the accounts of enterprises in an area, and how many there are."""
    found = _in_area(area) & (Account.state == AccountState.ACTIVE)
    if text:
        conditions = [
            Account.username_folded == text.lower(),
            Enterprise.name.contains(text, autoescape=True),
            Enterprise.credit_code == text.upper(),
            Enterprise.organization_code == text.upper(),
        ]
        if phone_index is not None:
            conditions.append(Account.phone_index == phone_index)
        found &= or_(*conditions)
    joined = select(Account.id).join(Enterprise, Enterprise.id == Account.enterprise_id)
    wanted = joined.where(found)
    total = session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = session.scalars(
        select(Account)
        .where(Account.id.in_(wanted))
        .order_by(Account.username_folded)
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(rows), total


def lock_area_enterprise(session: Session, enterprise_id: str, *, area: str) -> Enterprise | None:
    """Return an enterprise of an area, locked against other changes."""
    return session.scalar(
        select(Enterprise).where(Enterprise.id == enterprise_id, _in_area(area)).with_for_update()
    )


def lock_area_account(session: Session, account_id: str, *, area: str) -> Account | None:
    """Return an account of an enterprise in an area, locked against other changes."""
    own = select(Enterprise.id).where(_in_area(area))
    return session.scalar(
        select(Account)
        .where(
            Account.id == account_id,
            Account.state == AccountState.ACTIVE,
            Account.enterprise_id.in_(own),
        )
        .with_for_update(of=Account)
    )


def list_area_phone_changes(session: Session, *, area: str) -> list[BureauPhoneChange]:
    """Return the newest changes of phones of an area, newest first."""
    return list(
        session.scalars(
            select(BureauPhoneChange)
            .join(Account, Account.id == BureauPhoneChange.account_id)
            .join(Enterprise, Enterprise.id == Account.enterprise_id)
            .where(_in_area(area))
            .order_by(BureauPhoneChange.made_at.desc(), BureauPhoneChange.id)
            .limit(100)
        )
    )


def list_own_phone_changes(session: Session, account_id: str) -> list[BureauPhoneChange]:
    """Return the changes of an account's phone that a bureau has begun, newest first."""
    return list(
        session.scalars(
            select(BureauPhoneChange)
            .where(BureauPhoneChange.account_id == account_id)
            .order_by(BureauPhoneChange.made_at.desc(), BureauPhoneChange.id)
            .limit(20)
        )
    )


def lock_phone_change(session: Session, change_id: str) -> BureauPhoneChange | None:
    """Return a change of a phone, locked against other changes."""
    return session.scalar(
        select(BureauPhoneChange)
        .where(BureauPhoneChange.id == change_id)
        .with_for_update(of=BureauPhoneChange)
    )


def has_open_phone_change(session: Session, account_id: str) -> bool:
    """Tell whether a change of an account's phone is under way."""
    found = select(BureauPhoneChange.id).where(
        BureauPhoneChange.account_id == account_id,
        BureauPhoneChange.state.in_([PhoneChangeState.PENDING, PhoneChangeState.APPROVED]),
    )
    return session.scalar(found.limit(1)) is not None


def list_due_phone_changes(session: Session, *, now: datetime, limit: int) -> list[str]:
    """Return the ids of approved changes whose day has come."""
    return list(
        session.scalars(
            select(BureauPhoneChange.id)
            .where(
                BureauPhoneChange.state == PhoneChangeState.APPROVED,
                BureauPhoneChange.effective_at <= now,
            )
            .order_by(BureauPhoneChange.effective_at)
            .limit(limit)
        )
    )
