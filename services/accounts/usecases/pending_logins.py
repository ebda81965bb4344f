"""Logins of staff: after the right password comes a new one, or a code, before anything opens."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.orm import Session

from chassis import crypto, ids
from chassis.errors import DomainError
from chassis.uow import Transaction
from services.accounts import queries
from services.accounts.domain import moments, roles, totp
from services.accounts.models import Account, PendingLogin
from services.accounts.usecases import protection
from services.accounts.usecases.protection import Ring

LIFE: Final = timedelta(minutes=5)


class Step(StrEnum):
    """Name what a login waits for."""

    PASSWORD = "PASSWORD"  # noqa: S105 - a step
    TOTP_ENROLMENT = "TOTP_ENROLMENT"
    TOTP = "TOTP"


class InitialPasswordExpiredError(DomainError):
    """Refuse a password that somebody else made and that was not replaced in time."""

    code = "accounts.initial_password_expired"


class LoginStepInvalidError(DomainError):
    """Refuse a step whose token is unknown or expired, or that comes before its turn."""

    code = "accounts.login_step_invalid"


def is_needed(account: Account) -> bool:
    """Say whether a right password alone does not open a session: for all staff."""
    return bool(account.role_codes & roles.STAFF_ROLES)


def begin(
    *, tx: Transaction, ring: Ring, account: Account, network: str, user_agent: str
) -> dict[str, Any]:
    """Note that the password was right, and say what the login waits for.

    Raises:
        InitialPasswordExpiredError: the password was made by somebody else, too long ago.
    """
    now, token, login_id = tx.now(), crypto.new_token(), ids.new_id()
    step = _step(tx.session, account, now)
    secret = totp.new_secret() if step is Step.TOTP_ENROLMENT else None
    place = protection.place(protection.TOTP_SECRET, login_id)
    login = PendingLogin(
        id=login_id,
        token_hash=crypto.hash_token(token),
        account_id=account.id,
        password_hash=account.password_hash,
        secret_encrypted=ring.encrypt(secret, place) if secret else None,
        network=network,
        user_agent=user_agent,
        expires_at=now + LIFE,
    )
    tx.session.add(login)
    return {
        "step": step.value,
        "login_token": token,
        "expires_at": moments.to_text(login.expires_at),
        "otpauth_uri": totp.uri_of(secret, account.username) if secret else None,
    }


def _step(session: Session, account: Account, now: datetime) -> Step:
    initial = queries.find_initial_password(session, account.id)
    if initial is not None:
        if initial.expires_at <= now:
            raise InitialPasswordExpiredError
        return Step.PASSWORD
    has_factor = queries.find_second_factor(session, account.id) is not None
    return Step.TOTP if has_factor else Step.TOTP_ENROLMENT


def find(session: Session, login_token: str, *, now: datetime) -> PendingLogin:
    """Return the login of a token.

    Raises:
        LoginStepInvalidError: there is none, or it has expired.
    """
    login = queries.find_pending_login(session, crypto.hash_token(login_token))
    if login is None or login.expires_at <= now:
        raise LoginStepInvalidError
    return login


def lock(tx: Transaction, login_token: str) -> tuple[PendingLogin, Account]:
    """Return the login of a token and its account, locked, if the password is still the same.

    Raises:
        LoginStepInvalidError: there is none, it has expired, or the account has changed.
    """
    login = find(tx.session, login_token, now=tx.now())
    account = queries.lock_account(tx.session, login.account_id)
    is_same = account.password_hash == login.password_hash
    if not is_same or not account.can_log_in(tx.now()):
        raise LoginStepInvalidError
    return login, account
