"""Say and prove who is asking: actor tokens, EdDSA JWTs that live a minute at most.

``accounts`` turns a session or a machine key into a token; every service can state that it asks for
itself. A token of ``accounts`` may name any subject, one of service X only ``service:X``.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from chassis.clock import Clock, SystemClock
from chassis.config import DEVELOPMENT_KEY, CommonSettings
from chassis.context import Actor
from chassis.errors import UnauthenticatedError

ALGORITHM: Final = "EdDSA"
MAX_TTL: Final = 60
ACCOUNTS: Final = "accounts"
SERVICE_ROLE: Final = "SERVICE"
AUDITOR_ROLE: Final = "AUDITOR"
_LEEWAY: Final = 2.0
_CACHE_SIZE: Final = 10_000


def development_key(service: str) -> Ed25519PrivateKey:
    """Return the well-known key of a service for development; production settings refuse it."""
    seed = hashlib.sha256(f"qibiao development key of {service}".encode()).digest()
    return Ed25519PrivateKey.from_private_bytes(seed)


def read_private_key(text: str) -> Ed25519PrivateKey:
    """Return the key whose 32 bytes are given in base64.

    Raises:
        ValueError: the text is not such a key.
    """
    return Ed25519PrivateKey.from_private_bytes(_decode(text))


def read_public_keys(text: str) -> dict[str, Ed25519PublicKey]:
    """Return the keys in ``service:base64,service:base64``.

    Raises:
        ValueError: the text is not such a list.
    """
    keys = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        service, _, encoded = entry.partition(":")
        keys[service] = Ed25519PublicKey.from_public_bytes(_decode(encoded))
    return keys


def private_key(settings: CommonSettings) -> Ed25519PrivateKey | None:
    """Return the service's own key as set, or None for the well-known one of development."""
    text = settings.signing_key
    return None if text == DEVELOPMENT_KEY else read_private_key(text)


def public_keys(settings: CommonSettings) -> dict[str, Ed25519PublicKey] | None:
    """Return everybody's public keys as set, or None for the well-known ones of development."""
    text = settings.actor_public_keys
    return None if text == DEVELOPMENT_KEY else read_public_keys(text)


def public_text(key: Ed25519PrivateKey) -> str:
    """Return the public half in base64, as `read_public_keys` wants it."""
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if len(raw) != 32:  # noqa: PLR2004 - the size of every Ed25519 key
        raise ValueError("an Ed25519 key has 32 bytes")
    return raw


class ActorSigner:
    """Sign actor tokens in the name of one service."""

    def __init__(
        self, service: str, key: Ed25519PrivateKey | None = None, clock: Clock | None = None
    ) -> None:
        self.service = service
        self._key = key or development_key(service)
        self._clock = clock or SystemClock()
        self._own: tuple[str, float] | None = None

    def sign(  # noqa: PLR0913 - the claims of a token, all by keyword
        self,
        subject: str,
        *,
        enterprise_id: str | None = None,
        roles: Iterable[str] = (),
        region: str | None = None,
        scopes: Iterable[str] = (),
        name: str = "",
        ttl: float = MAX_TTL,
    ) -> str:
        """Return a token that states who asks, for at most a minute."""
        issued = self._clock.now().timestamp()
        claims: dict[str, Any] = {
            "iss": self.service,
            "sub": subject,
            "iat": int(issued),
            "exp": int(issued + min(ttl, MAX_TTL)),
            "roles": sorted(roles),
        }
        optional = {"ent": enterprise_id, "reg": region, "scp": sorted(scopes), "name": name}
        claims.update({key: value for key, value in optional.items() if value})
        return jwt.encode(claims, self._key, algorithm=ALGORITHM, headers={"kid": self.service})

    def for_service(self) -> str:
        """Return a token that states the service itself, signed anew every half minute."""
        now = self._clock.now().timestamp()
        # Both ends are compared: tests move the clock back as well.
        if self._own is None or not self._own[1] <= now < self._own[1] + MAX_TTL / 2:
            self._own = (self.sign(f"service:{self.service}", roles=(SERVICE_ROLE,)), now)
        return self._own[0]


class _DevelopmentKeys(dict[str, Ed25519PublicKey]):
    """Know the development key of every service there could be."""

    def __missing__(self, service: str) -> Ed25519PublicKey:
        key = development_key(service).public_key()
        self[service] = key
        return key


class ActorVerifier:
    """Verify actor tokens; what was valid is remembered until it expires."""

    def __init__(
        self,
        public_keys: Mapping[str, Ed25519PublicKey] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._keys = _DevelopmentKeys() if public_keys is None else dict(public_keys)
        self._clock = clock or SystemClock()
        self._known: dict[str, tuple[Actor, float]] = {}

    def verify(self, token: str) -> Actor:
        """Return the actor that the token states.

        Raises:
            UnauthenticatedError: the token is not valid, not any more, or states what its issuer
            may not.
        """
        now = self._clock.now().timestamp()
        known = self._known.get(token)
        if known is not None and known[1] > now:
            return known[0]
        claims = self._claims(token)
        expires = float(claims["exp"]) + _LEEWAY
        too_long = expires - float(claims["iat"]) > MAX_TTL + _LEEWAY
        if now >= expires or too_long or now < float(claims["iat"]) - MAX_TTL:
            raise UnauthenticatedError(reason="expired")
        actor = _actor(claims)
        if len(self._known) >= _CACHE_SIZE:
            self._known.clear()
        self._known[token] = (actor, expires)
        return actor

    def _claims(self, token: str) -> dict[str, Any]:
        try:
            issuer = str(jwt.get_unverified_header(token).get("kid", ""))
            claims: dict[str, Any] = jwt.decode(
                token,
                self._keys[issuer],
                algorithms=[ALGORITHM],
                # The clock of the system, which tests can move, decides; not PyJWT's.
                options={
                    "verify_exp": False,
                    "verify_iat": False,
                    "require": ["iss", "sub", "iat", "exp"],
                },
            )
            float(claims["exp"]), float(claims["iat"])
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise UnauthenticatedError(reason="invalid") from error
        if claims["iss"] != issuer:
            raise UnauthenticatedError(reason="issuer")
        return claims


def _actor(claims: Mapping[str, Any]) -> Actor:
    issuer, subject = str(claims["iss"]), str(claims["sub"])
    is_itself = subject == f"service:{issuer}"
    if not is_itself and (issuer != ACCOUNTS or subject.startswith("service:")):
        raise UnauthenticatedError(reason="subject")
    return Actor(
        subject=subject,
        enterprise_id=claims.get("ent"),
        roles=frozenset({SERVICE_ROLE})
        if is_itself
        else _texts(claims.get("roles")) - {SERVICE_ROLE},
        region=claims.get("reg"),
        scopes=_texts(claims.get("scp")),
        issuer=issuer,
        name=str(claims.get("name", "")),
    )


def _texts(value: object) -> frozenset[str]:
    return frozenset(str(entry) for entry in value) if isinstance(value, list) else frozenset()
