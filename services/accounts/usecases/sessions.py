"""Sessions: who a browser's token stands for, and their end (手册 4.1(2): 长时间未操作)."""

from datetime import timedelta
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from chassis import crypto
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from contracts.events import SESSION_ENDED
from services.accounts import events, queries
from services.accounts.domain import moments, roles
from services.accounts.models import Account, EndReason, LoginSession
from services.accounts.usecases import protection

ACTOR_LIFE: Final = timedelta(seconds=60)
TOUCH_INTERVAL: Final = timedelta(seconds=60)


class SessionExpiredError(DomainError):
    """Say that a token stands for no session, or for none any more."""

    code = "accounts.session_expired"


class Signer(Protocol):
    """Sign actor tokens (:class:`chassis.actors.ActorSigner`)."""

    def sign(  # noqa: PLR0913 - the claims of a token
        self,
        subject: str,
        *,
        enterprise_id: str | None = None,
        roles: frozenset[str] = frozenset(),
        region: str | None = None,
        scopes: frozenset[str] = frozenset(),
        name: str = "",
        ttl: float = 60,
    ) -> str:
        """Return a token that states who asks, for at most a minute."""


def get_actor_token(
    *, database: Database, signer: Signer, idle: timedelta, session_token: str
) -> dict[str, Any]:
    """Return an actor token for a session, and who it stands for.

    That the session is in use is written down once a minute at most.

    Raises:
        SessionExpiredError: the session ended, was idle too long, or is too old.
    """
    now = database.clock.now()
    with database.read() as session:
        found = queries.find_session(session, crypto.hash_token(session_token))
    if found is None or not found.is_alive(now, idle) or not found.account.is_active:
        raise SessionExpiredError
    if now - found.last_seen_at >= TOUCH_INTERVAL:
        with database.transaction() as tx:
            tx.session.get_one(LoginSession, found.id).last_seen_at = now
    account = found.account
    token = signer.sign(
        f"user:{account.id}",
        enterprise_id=account.enterprise_id,
        roles=account.role_codes,
        region=roles.area_of(account.region),
        name=account.username,
        ttl=ACTOR_LIFE.total_seconds(),
    )
    return {
        "actor_token": token,
        "expires_at": moments.to_text(now + ACTOR_LIFE),
        "session_id": found.id,
        "csrf_token": protection.csrf_token(session_token),
        "user": describe_user(account),
    }


def describe_user(account: Account) -> dict[str, Any]:
    """Return what pages show of the one who is signed in; nothing personal but the name."""
    enterprise = account.enterprise
    return {
        "user_id": account.id,
        "username": account.username,
        "name": account.name,
        "roles": sorted(account.role_codes),
        "enterprise_id": account.enterprise_id,
        "enterprise_name": enterprise.name if enterprise is not None else None,
        "region": account.region if enterprise is None else enterprise.region,
    }


def log_out(*, tx: Transaction, session_token: str) -> None:
    """End a session and tell whoever remembers it; one that is not there has ended already."""
    found = queries.find_session(tx.session, crypto.hash_token(session_token))
    if found is None or not _end(tx, found, EndReason.LOGGED_OUT):
        return
    tx.audit(
        "account.logged_out",
        object_id=found.account_id,
        enterprise_id=found.account.enterprise_id,
    )


def end_sessions(
    *, tx: Transaction, account_id: str, reason: EndReason, except_id: str | None = None
) -> int:
    """End the open sessions of an account, but for one; return how many there were."""
    found = queries.list_open_sessions(tx.session, account_id)
    return sum(_end(tx, each, reason) for each in found if each.id != except_id)


def end_session(*, tx: Transaction, session_id: str, reason: EndReason) -> bool:
    """End one session; tell whether it was open."""
    found = tx.session.get(LoginSession, session_id)
    return found is not None and _end(tx, found, reason)


def _end(tx: Transaction, session: LoginSession, reason: EndReason) -> bool:
    now = tx.now()
    if not session.end(reason, now):
        return False
    data = events.session_ended(
        session_id=session.id, account_id=session.account_id, reason=reason, ended_at=now
    )
    tx.emit(SESSION_ENDED, subject=session.id, sequence=1, data=data)
    return True


def own_session_id(session: Session, account_id: str, session_token: str) -> str | None:
    """Return the id of the session that a request came with, if it is the account's own."""
    found = queries.find_session(session, crypto.hash_token(session_token))
    return found.id if found is not None and found.account_id == account_id else None
