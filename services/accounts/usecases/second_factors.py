"""Second factors: codes of an authenticator app for all staff (F27, GB/T 22239 身份鉴别)."""

from datetime import timedelta
from typing import Any, Final

from chassis import counters
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import passwords, totp, usernames
from services.accounts.models import Account, EndReason, PendingLogin, SecondFactor
from services.accounts.usecases import limits, pending_logins, protection, sessions
from services.accounts.usecases.limits import Limit
from services.accounts.usecases.pending_logins import LoginStepInvalidError
from services.accounts.usecases.protection import Hasher, Ring
from services.accounts.usecases.registration import InvalidFieldsError, PasswordRules
from services.accounts.usecases.signing_in import LoginRules, Opening

TRIES: Final = 5
WINDOW: Final = timedelta(minutes=15)


class TotpWrongError(DomainError):
    """Refuse a code: wrong, used and expired ones look the same."""

    code = "accounts.totp_wrong"


class TotpNotEnrolledError(DomainError):
    """Say that an account has no second factor."""

    code = "accounts.totp_not_enrolled"


def verify_code(
    *, database: Database, ring: Ring, rules: LoginRules, login_token: str, code: str
) -> dict[str, Any]:
    """Open the session of a login whose password was right, if the code is right as well.

    Somebody who has no second factor yet has one from now on. The try is counted first.

    Raises:
        LoginStepInvalidError: the password was not right before, or too long ago.
        TooManyAttemptsError: the account has tried too often.
        TotpWrongError: the code is wrong, or was used before.
    """
    with database.read() as session:
        account_id = pending_logins.find(session, login_token, now=database.clock.now()).account_id
    key = f"totp:{account_id}"
    limits.count(database, [Limit(key, TRIES, WINDOW)])
    with database.transaction() as tx:
        login, account = pending_logins.lock(tx, login_token)
        opening = Opening(rules, login.network, login.user_agent)
        is_right = _use_code(tx, ring, login, account, code)
        if is_right:
            queries.forget_pending_logins(tx.session, account.id)
            answer = opening.admit(tx, account)
        else:
            details = {"network": login.network}
            tx.audit("account.second_factor_failed", object_id=account.id, details=details)
    if not is_right:
        raise TotpWrongError
    counters.forget(database, key)
    return answer


def _use_code(
    tx: Transaction, ring: Ring, login: PendingLogin, account: Account, code: str
) -> bool:
    """Use up a code, or enrol with it; tell whether it was right."""
    if queries.find_initial_password(tx.session, account.id) is not None:
        raise LoginStepInvalidError
    factor = queries.find_second_factor(tx.session, account.id)
    if (factor is None) is (login.secret_encrypted is None):
        raise LoginStepInvalidError  # enrolled, or reset, since the password was checked
    if factor is None:
        return _enrol(tx, ring, login, account, code)
    now = tx.now()
    step = totp.find_step(read_secret(ring, factor), code, now=now, used=factor.used_steps)
    if step is None:
        return False
    factor.used_steps = totp.remember(step, now=now, used=factor.used_steps)
    return True


def _enrol(tx: Transaction, ring: Ring, login: PendingLogin, account: Account, code: str) -> bool:
    place = protection.place(protection.TOTP_SECRET, login.id)
    secret = ring.decrypt(login.secret_encrypted or "", place)
    step = totp.find_step(secret, code, now=tx.now(), used=())
    if step is None:
        return False
    add_factor(tx=tx, ring=ring, account_id=account.id, secret=secret, used_steps=[step])
    return True


def add_factor(
    *, tx: Transaction, ring: Ring, account_id: str, secret: str, used_steps: list[int]
) -> None:
    """Give an account its second factor."""
    place = protection.place(protection.TOTP_SECRET, account_id)
    tx.session.add(
        SecondFactor(
            account_id=account_id,
            secret_encrypted=ring.encrypt(secret, place),
            used_steps=used_steps,
            enrolled_at=tx.now(),
        )
    )
    tx.audit("account.second_factor_enrolled", object_id=account_id)


def read_secret(ring: Ring, factor: SecondFactor) -> str:
    """Return the secret of a second factor."""
    place = protection.place(protection.TOTP_SECRET, factor.account_id)
    return ring.decrypt(factor.secret_encrypted, place)


def remove_factor(*, tx: Transaction, account_id: str) -> bool:
    """Take somebody's second factor away; he enrols anew at the next login."""
    factor = queries.find_second_factor(tx.session, account_id)
    queries.forget_pending_logins(tx.session, account_id)
    sessions.end_sessions(tx=tx, account_id=account_id, reason=EndReason.SECOND_FACTOR_RESET)
    if factor is None:
        return False
    tx.session.delete(factor)
    return True


def replace_initial_password(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    hasher: Hasher,
    rules: PasswordRules,
    login_token: str,
    password: str,
    password_confirmation: str,
) -> dict[str, Any]:
    """Replace a password that somebody else made, and say what the login waits for next.

    Raises:
        LoginStepInvalidError: the password was not right before, or needs no replacing.
        TooManyAttemptsError: the account has tried too often.
        InvalidFieldsError: the new password cannot be taken.
    """
    with database.read() as session:
        login = pending_logins.find(session, login_token, now=database.clock.now())
        account = queries.get_account(session, login.account_id)
        username = account.username if account is not None else ""
    limits.count(database, [Limit(f"initial-password:{login.account_id}", 20, WINDOW)])
    normalized = passwords.normalize(password)
    errors = find_password_errors(rules, password, password_confirmation, context=[username])
    if not errors and hasher.verify(login.password_hash, normalized):
        errors = [FieldError("/password", "accounts.password_predictable")]
    if errors:
        raise InvalidFieldsError(fields=errors)
    password_hash = hasher.hash(normalized)
    with database.transaction() as tx:
        login, account = pending_logins.lock(tx, login_token)
        initial = queries.find_initial_password(tx.session, account.id)
        if initial is None:
            raise LoginStepInvalidError
        tx.session.delete(initial)
        account.password_hash, account.password_changed_at = password_hash, tx.now()
        network, user_agent = login.network, login.user_agent
        queries.forget_pending_logins(tx.session, account.id)
        tx.audit("account.password_changed", object_id=account.id)
        return pending_logins.begin(
            tx=tx, ring=ring, account=account, network=network, user_agent=user_agent
        )


def find_password_errors(
    rules: PasswordRules, password: str, confirmation: str, *, context: list[str]
) -> list[FieldError]:
    """Return why a new password cannot be taken; ``context`` are words it must not contain."""
    errors = []
    fault = passwords.find_fault(
        passwords.normalize(password), profile=rules.profile, common=rules.common, context=context
    )
    if fault is not None:
        errors.append(FieldError("/password", f"accounts.{fault}"))
    if password != confirmation:
        errors.append(FieldError("/password_confirmation", "accounts.password_mismatch"))
    return errors


def peek_code(*, database: Database, ring: Ring, username: str) -> dict[str, Any]:
    """Return the next code of an account, for tests and demonstrations.

    Raises:
        TotpNotEnrolledError: there is no such account, or it has no second factor.
    """
    with database.read() as session:
        account = queries.find_account(session, usernames.fold_username(username))
        factor = queries.find_second_factor(session, account.id) if account is not None else None
    if factor is None:
        raise TotpNotEnrolledError
    code, wait = totp.next_code(
        read_secret(ring, factor), now=database.clock.now(), used=factor.used_steps
    )
    return {"code": code, "wait_seconds": wait}
