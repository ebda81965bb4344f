"""The own sessions: see where one is signed in, and end what is not oneself (promises F7)."""

from datetime import datetime, timedelta
from typing import Any

from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments
from services.accounts.models import EndReason, KnownNetwork, LoginSession
from services.accounts.usecases import notices, sessions


class SessionNotFoundError(DomainError):
    """Say that the account has no such open session."""

    code = "accounts.session_not_found"


def list_sessions(
    *, database: Database, idle: timedelta, account_id: str, session_token: str
) -> dict[str, Any]:
    """Return the open sessions of an account, newest first; the one that asks is marked."""
    now = database.clock.now()
    with database.read() as session:
        current = sessions.own_session_id(session, account_id, session_token)
        found = queries.list_open_sessions(session, account_id)
    return {
        "sessions": [
            _describe(each, is_current=each.id == current)
            for each in found
            if each.is_alive(now, idle)
        ]
    }


def _describe(session: LoginSession, *, is_current: bool) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "created_at": moments.to_text(session.created_at),
        "last_seen_at": moments.to_text(session.last_seen_at),
        "expires_at": moments.to_text(session.expires_at),
        "network": session.network,
        "user_agent": session.user_agent,
        "is_current": is_current,
    }


def end_session(*, tx: Transaction, account_id: str, session_id: str) -> dict[str, Any]:
    """End one of the own sessions; somebody else's is not there.

    Raises:
        SessionNotFoundError: the account has no such open session.
    """
    found = queries.list_open_sessions(tx.session, account_id)
    if session_id not in {each.id for each in found}:
        raise SessionNotFoundError
    sessions.end_session(tx=tx, session_id=session_id, reason=EndReason.ENDED_ELSEWHERE)
    tx.audit("account.session_ended", object_id=account_id, details={"session_id": session_id})
    return {}


def end_other_sessions(*, tx: Transaction, account_id: str, session_token: str) -> dict[str, Any]:
    """End all own sessions but the one that asks."""
    ended = sessions.end_sessions(
        tx=tx,
        account_id=account_id,
        reason=EndReason.ENDED_ELSEWHERE,
        except_id=sessions.own_session_id(tx.session, account_id, session_token),
    )
    tx.audit("account.sessions_ended", object_id=account_id, details={"count": str(ended)})
    return {"ended": ended}


def note_network(tx: Transaction, *, account_id: str, network: str, now: datetime) -> None:
    """Remember from where an account logs in, and tell its owner of a place that is new.

    The first place of all is no news. The account is locked, so nobody else adds the same one.
    """
    if not network:
        return
    known = queries.list_known_networks(tx.session, account_id)
    found = next((each for each in known if each.network == network), None)
    if found is not None:
        found.last_seen_at = now
        return
    tx.session.add(KnownNetwork(account_id=account_id, network=network, last_seen_at=now))
    if known:
        values = {"network": network, "at": moments.to_beijing(now)}
        notices.post_message(
            tx, account_id=account_id, template="NEW_LOGIN", values=values, link="/account"
        )
