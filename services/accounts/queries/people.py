"""Reads of enterprises, accounts, registrations and sessions."""

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from services.accounts.models import (
    Account,
    Captcha,
    Enterprise,
    LoginSession,
    OneTimeCode,
    RegistrationFlow,
    RoleRow,
)


def find_account(session: Session, username_folded: str) -> Account | None:
    """Return the account with a folded user name."""
    return session.scalar(select(Account).where(Account.username_folded == username_folded))


def get_account(session: Session, account_id: str) -> Account | None:
    """Return one account by its id."""
    return session.get(Account, account_id)


def lock_account(session: Session, account_id: str) -> Account:
    """Return one account, locked against other changes until the end of the transaction."""
    return session.scalars(
        select(Account).where(Account.id == account_id).with_for_update(of=Account)
    ).one()


def has_username(session: Session, username_folded: str) -> bool:
    """Tell whether a user name is taken."""
    return _exists(session, Account.username_folded == username_folded)


def has_id_number(session: Session, index: str) -> bool:
    """Tell whether somebody with this identity number has an account."""
    return _exists(session, Account.id_number_index == index)


def has_phone(session: Session, index: str) -> bool:
    """Tell whether a phone belongs to an account."""
    return _exists(session, Account.phone_index == index)


def _exists(session: Session, condition: ColumnElement[bool]) -> bool:
    return session.scalar(select(Account.id).where(condition).limit(1)) is not None


def has_enterprise(session: Session, code: str) -> bool:
    """Tell whether an enterprise has a folded credit code or organisation code."""
    found = select(Enterprise.id).where(
        or_(Enterprise.credit_code == code, Enterprise.organization_code == code)
    )
    return session.scalar(found.limit(1)) is not None


def get_enterprise(session: Session, enterprise_id: str) -> Enterprise | None:
    """Return one enterprise."""
    return session.get(Enterprise, enterprise_id)


def find_enterprise(session: Session, organization_id: str) -> Enterprise | None:
    """Return the enterprise that an organisation has become."""
    return session.scalar(select(Enterprise).where(Enterprise.organization_id == organization_id))


def find_flow(session: Session, token_hash: str, *, locks: bool = False) -> RegistrationFlow | None:
    """Return a registration by the hash of its token."""
    statement = select(RegistrationFlow).where(RegistrationFlow.token_hash == token_hash)
    return session.scalar(statement.with_for_update() if locks else statement)


def find_code(session: Session, flow_id: str) -> OneTimeCode | None:
    """Return the newest code of a registration that was not used or replaced."""
    return session.scalar(
        select(OneTimeCode)
        .where(OneTimeCode.flow_id == flow_id, OneTimeCode.is_void.is_(False))
        .order_by(OneTimeCode.created_at.desc(), OneTimeCode.id.desc())
        .limit(1)
    )


def find_captcha(session: Session, captcha_id: str) -> Captcha | None:
    """Return one captcha that was not used yet."""
    return session.get(Captcha, captcha_id)


def find_session(session: Session, token_hash: str) -> LoginSession | None:
    """Return a session with its account by the hash of its token."""
    return session.scalar(select(LoginSession).where(LoginSession.token_hash == token_hash))


def list_open_sessions(session: Session, account_id: str) -> list[LoginSession]:
    """Return the sessions of an account that nobody has ended, newest first."""
    return list(
        session.scalars(
            select(LoginSession)
            .where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
            .order_by(LoginSession.created_at.desc(), LoginSession.id)
        )
    )


def list_roles(session: Session) -> list[RoleRow]:
    """Return every role there is."""
    return list(session.scalars(select(RoleRow).order_by(RoleRow.code)))
