"""Take a new password: what it must be, and what follows from a change."""

from chassis import counters
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments, passwords
from services.accounts.events import Sealer
from services.accounts.models import Account, EndReason
from services.accounts.usecases import notices, protection, sessions
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.registration import (
    InvalidFieldsError,
    PasswordRules,
    password_errors,
)


def check_new_password(
    *, ring: Ring, rules: PasswordRules, account: Account, password: str, confirmation: str
) -> str:
    """Return the form of a new password that is hashed.

    Raises:
        InvalidFieldsError: it is not what a password must be, or was not typed twice the same.
    """
    errors = password_errors(password, confirmation, rules=rules, context=_context(ring, account))
    if errors:
        raise InvalidFieldsError(fields=errors)
    return passwords.normalize(password)


def set_password(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    tx: Transaction,
    ring: Ring,
    sealer: Sealer,
    account: Account,
    password_hash: str,
    except_session_id: str | None = None,
) -> None:
    """Change the password of a locked account, end its sessions, and tell its owner."""
    now = tx.now()
    account.change_password(password_hash, now)
    sessions.end_sessions(
        tx=tx,
        account_id=account.id,
        reason=EndReason.PASSWORD_CHANGED,
        except_id=except_session_id,
    )
    phone = protection.open_phone(ring, account.id, account.phone_encrypted)
    if phone:
        values = {"at": moments.to_beijing(now)}
        notices.send_sms(tx, sealer, template="PASSWORD_CHANGED", phone=phone, values=values)
    notices.post_message(tx, account_id=account.id, template="PASSWORD_CHANGED")


def unlock_login(database: Database, username_folded: str) -> None:
    """Forget failed logins: whoever could set a new password is no guesser."""
    counters.forget(database, f"login:{username_folded}")


def open_account(database: Database, account_id: str) -> Account | None:
    """Return an account that may be used, or nothing."""
    with database.read() as session:
        account = queries.get_account(session, account_id)
    return account if account is not None and account.is_active else None


def _context(ring: Ring, account: Account) -> list[str]:
    """Return the words that an attacker would try first."""
    words = [
        account.username,
        account.name,
        protection.open_id_number(ring, account.id, account.id_number_encrypted),
        protection.open_phone(ring, account.id, account.phone_encrypted),
    ]
    enterprise = account.enterprise
    if enterprise is not None:
        words += [enterprise.name, enterprise.organization_code, enterprise.credit_code or ""]
    return words
