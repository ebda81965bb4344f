"""Login 登录 (手册 3.1): user name and password; five failures lock for a quarter of an hour."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from chassis import counters, crypto, ids, networks
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments, passwords, roles, usernames
from services.accounts.models import Account, LoginSession
from services.accounts.usecases import (
    limits,
    own_sessions,
    pending_logins,
    protection,
    terms,
)
from services.accounts.usecases.limits import Limit
from services.accounts.usecases.profiles import EnterpriseFrozenError
from services.accounts.usecases.protection import Hasher, Ring

_NETWORK_WINDOW: Final = timedelta(minutes=15)
_USER_AGENT_LENGTH: Final = 200

_log = logging.getLogger(__name__)


class UsernameWrongError(DomainError):
    """Refuse what cannot be a user name, as the name of an enterprise (FAQ 11)."""

    code = "accounts.username_wrong"


class LoginFailedError(DomainError):
    """Refuse a login: unknown name, wrong password, locked and closed accounts look the same."""

    code = "accounts.login_failed"


@dataclass(frozen=True)
class LoginRules:
    """Say how often may be tried, and how long sessions live."""

    failures: int = 5
    lock: timedelta = timedelta(minutes=15)
    per_network: int = 60
    session_life: timedelta = timedelta(hours=12)
    terms_version: str = ""


@dataclass(frozen=True)
class _Known:
    """What was read of an account before the slow check of the password."""

    id: str | None
    password_hash: str | None
    can_log_in: bool


def log_in(  # noqa: PLR0913 - what a login needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    hasher: Hasher,
    rules: LoginRules,
    username: str,
    password: str,
    user_agent: str,
    client_address: str,
) -> dict[str, Any]:
    """Open a session, or name the step that is missing. The captcha has been used up before.

    The try is counted before the password is looked at, and forgotten when it was right.

    Raises:
        UsernameWrongError: it cannot be a user name.
        LoginFailedError: everything else that is wrong.
        TooManyAttemptsError: the network has tried too often.
        EnterpriseFrozenError: the password was right, and the enterprise is frozen.
        InitialPasswordExpiredError: it was right, but made by somebody else too long ago.
    """
    network = networks.network_of(client_address)
    if network:
        limits.count(
            database, [Limit(f"login-network:{network}", rules.per_network, _NETWORK_WINDOW)]
        )
    username = username.strip()
    if not usernames.is_username(username):
        raise UsernameWrongError
    folded = usernames.fold_username(username)
    tries = counters.hit(database, f"login:{folded}", rules.failures, rules.lock)
    known = _read(database, folded)
    normalized = passwords.normalize(password)
    is_right = hasher.verify(known.password_hash, normalized)
    if tries.is_over or not known.can_log_in or not is_right or known.id is None:
        _record_failure(database, rules, known, network, tries=tries, is_right=is_right)
        raise LoginFailedError
    new_hash = hasher.hash(normalized) if hasher.needs_rehash(known.password_hash or "") else None
    opened = Opening(rules, network, user_agent[:_USER_AGENT_LENGTH])
    with database.transaction() as tx:
        answer = opened.open(tx, ring, known, new_hash)
    counters.forget(database, f"login:{folded}")
    return answer


def _read(database: Database, folded: str) -> _Known:
    with database.read() as session:
        account = queries.find_account(session, folded)
    if account is None:
        return _Known(id=None, password_hash=None, can_log_in=False)
    can_log_in = account.can_log_in(database.clock.now())
    return _Known(id=account.id, password_hash=account.password_hash, can_log_in=can_log_in)


def _record_failure(  # noqa: PLR0913 - one per fact of a failure
    database: Database,
    rules: LoginRules,
    known: _Known,
    network: str,
    *,
    tries: counters.Hit,
    is_right: bool,
) -> None:
    """Write the failure down, for names that do not exist as well: both take the same time."""
    locks = tries.count == rules.failures and not is_right and known.can_log_in
    with database.transaction() as tx:
        if locks and known.id is not None:
            queries.lock_account(tx.session, known.id).lock(tx.now() + rules.lock)
        action = "account.locked" if locks else "account.login_failed"
        tx.audit(action, object_id=known.id or "", details={"network": network})
    if locks:
        _log.warning("account locked", extra={"account_id": known.id, "network": network})


@dataclass(frozen=True)
class Opening:
    """Open one session for an account whose password was right."""

    rules: LoginRules
    network: str
    user_agent: str

    def open(
        self, tx: Transaction, ring: Ring, known: _Known, new_hash: str | None
    ) -> dict[str, Any]:
        """Admit the account, or say which step is missing; it is looked at again, now locked.

        Raises:
            LoginFailedError: its password was changed or it was locked or closed meanwhile.
            EnterpriseFrozenError: its enterprise is frozen.
        """
        account = queries.lock_account(tx.session, known.id or "")
        now = tx.now()
        if account.password_hash != known.password_hash or not account.can_log_in(now):
            raise LoginFailedError
        if queries.find_freeze(tx.session, account.enterprise_id) is not None:
            raise EnterpriseFrozenError
        if new_hash is not None:
            account.password_hash = new_hash
        if pending_logins.is_needed(account):
            return pending_logins.begin(
                tx=tx,
                ring=ring,
                account=account,
                network=self.network,
                user_agent=self.user_agent,
            )
        return self.admit(tx, account)

    def admit(self, tx: Transaction, account: Account) -> dict[str, Any]:
        """Insert the session of an account that has proved everything."""
        now = tx.now()
        token = crypto.new_token()
        session = self._insert(tx, account, token, now)
        own_sessions.note_network(tx, account_id=account.id, network=self.network, now=now)
        details = {"session_id": session.id, "network": self.network}
        tx.audit(
            "account.logged_in",
            object_id=account.id,
            enterprise_id=account.enterprise_id,
            details=details,
        )
        return {
            "session_token": token,
            "session_id": session.id,
            "csrf_token": protection.csrf_token(token),
            "expires_at": moments.to_text(session.expires_at),
            "landing": roles.landing_of(account.role_codes),
            "needs_terms": terms.needs_terms(account, self.rules.terms_version),
        }

    def _insert(self, tx: Transaction, account: Account, token: str, now: datetime) -> LoginSession:
        session = LoginSession(
            id=ids.new_id(),
            token_hash=crypto.hash_token(token),
            account_id=account.id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self.rules.session_life,
            network=self.network,
            user_agent=self.user_agent,
        )
        tx.session.add(session)
        return session
