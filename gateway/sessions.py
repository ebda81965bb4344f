"""Know who a browser belongs to: the session cookie, the actor token behind it, and its CSRF token.

``accounts`` owns sessions. What it answers is remembered for the minute an actor token lives, so a
page costs one call; ``session.ended`` makes the process forget at once.
"""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from werkzeug.datastructures import Headers

from chassis.errors import DomainError
from contracts.errors import CODES, Kind
from gateway.clients import Services
from gateway.errors import (
    CrossSiteRequestError,
    CsrfTokenInvalidError,
    ForbiddenError,
    SessionExpiredError,
)

_MAX_SESSIONS: Final = 20_000
_MAX_TOKEN: Final = 256
_RENEW_BEFORE: Final = timedelta(seconds=5)
_SAME_SITE: Final = frozenset({"same-origin", "none"})


@dataclass(frozen=True)
class Session:
    """Hold who is logged in, as ``accounts`` said it."""

    actor_token: str
    csrf_token: str
    user: Mapping[str, Any]
    roles: frozenset[str]
    expires_at: datetime
    session_id: str


class Sessions:
    """Remember sessions by the hash of their token."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: OrderedDict[bytes, Session] = OrderedDict()

    def of(self, token: str, services: Services) -> Session:
        """Return the session a cookie stands for.

        Raises:
            SessionExpiredError: it stands for none, or for none any more.
        """
        if len(token) > _MAX_TOKEN:
            raise SessionExpiredError
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None and self._now() < known.expires_at - _RENEW_BEFORE:
            return known
        self._known.pop(digest, None)
        try:
            reply = services.accounts.get_actor_token(token)
        except DomainError as error:
            if CODES.get(error.wire_code) is Kind.UNAUTHENTICATED:
                raise SessionExpiredError from error
            raise
        session = _session_of(reply)
        self._known[digest] = session
        while len(self._known) > _MAX_SESSIONS:
            self._known.popitem(last=False)
        return session

    def forget(self, token: str) -> None:
        """Drop one session, which its owner has just ended."""
        self._known.pop(hashlib.sha256(token.encode()).digest(), None)

    def forget_named(self, session_id: str) -> None:
        """Drop a session that was ended somewhere else."""
        gone = [digest for digest, known in self._known.items() if known.session_id == session_id]
        for digest in gone:
            del self._known[digest]

    def forget_enterprise(self, enterprise_id: str) -> None:
        """Drop the sessions of an enterprise: what they say of it is not true any more."""
        gone = [
            digest
            for digest, known in self._known.items()
            if known.user.get("enterprise_id") == enterprise_id
        ]
        for digest in gone:
            del self._known[digest]


def check_csrf(session: Session, header: str | None) -> None:
    """Compare the page's token with the session's.

    Raises:
        CsrfTokenInvalidError: it is missing or another.
    """
    if header is None or not hmac.compare_digest(header.encode(), session.csrf_token.encode()):
        raise CsrfTokenInvalidError


def check_roles(session: Session, roles: frozenset[str]) -> None:
    """Compare the account's roles with the route's.

    Raises:
        ForbiddenError: it has none of them.
    """
    if roles and not session.roles & roles:
        raise ForbiddenError


def check_same_site(headers: Headers) -> None:
    """Refuse a changing request that a browser says another site has sent.

    What is no browser sends neither header, and has no cookies that others could use.

    Raises:
        CrossSiteRequestError: ``Sec-Fetch-Site`` or ``Origin`` names another site.
    """
    fetch_site = headers.get("Sec-Fetch-Site")
    if fetch_site is not None and fetch_site not in _SAME_SITE:
        raise CrossSiteRequestError
    origin = headers.get("Origin")
    if origin is None:
        return
    if urlsplit(origin).netloc.lower() != headers.get("Host", "").lower():
        raise CrossSiteRequestError


def _session_of(reply: Mapping[str, Any]) -> Session:
    user: Mapping[str, Any] = reply.get("user") or {}
    return Session(
        actor_token=str(reply["actor_token"]),
        csrf_token=str(reply["csrf_token"]),
        user=user,
        roles=frozenset(user.get("roles") or ()),
        expires_at=datetime.fromisoformat(str(reply["expires_at"])),
        session_id=str(reply["session_id"]),
    )
