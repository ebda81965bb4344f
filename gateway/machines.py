"""Know who a program belongs to: the key in ``Authorization: Bearer qbk_…``.

Keys and browser sessions never mix: a request brings the one or the other, and a key opens only
routes that name a scope. ``accounts`` counts each use, so nothing is remembered here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from werkzeug.datastructures import Headers

from gateway.errors import KeyMalformedError, ScopeMissingError, TwoCredentialsError

if TYPE_CHECKING:
    from gateway.routing import Exchange

_SCHEME: Final = "bearer"
_MAX_KEY: Final = 200


@dataclass(frozen=True)
class Quota:
    """Say how often a key may still be used, and in how many seconds it begins anew."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> Mapping[str, str]:
        """Return what programs read (RateLimit header fields)."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


def key_of(headers: Headers, session_token: str | None) -> str | None:
    """Return the key that a request brings, if it brings one.

    Raises:
        TwoCredentialsError: it brings a session as well.
        KeyMalformedError: what it brings cannot be one.
    """
    if not brings_key(headers):
        return None
    if session_token:
        raise TwoCredentialsError
    key = headers["Authorization"].partition(" ")[2].strip()
    if not 0 < len(key) <= _MAX_KEY:
        raise KeyMalformedError
    return key


def brings_key(headers: Headers) -> bool:
    """Say whether a request brings a key; other schemes are a proxy's business."""
    return headers.get("Authorization", "").partition(" ")[0].lower() == _SCHEME


def check_key(exchange: "Exchange", key: str) -> None:
    """Find out for whom a program asks, and whether its key opens this route.

    Raises:
        ScopeMissingError: the route is for people, or the key does not have its scope.
        DomainError: the key is unknown or ended (401), or was used too often (429).
    """
    scope = exchange.route.scope
    if scope is None:
        raise ScopeMissingError
    reply: Mapping[str, Any] = exchange.services.machine_keys.get_key_token(key)
    exchange.quota = Quota(**reply["quota"])
    exchange.key_id = str(reply["key_id"])
    if scope not in reply["scopes"]:
        raise ScopeMissingError(scope=scope)
    exchange.services.asking.actor_token = str(reply["actor_token"])
