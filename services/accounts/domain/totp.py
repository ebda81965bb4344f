"""One-time codes of an authenticator app (TOTP, RFC 6238): six digits that change every 30 seconds.

A code counts one step early and one late, for clocks that differ, and each code counts once.
"""

import hmac
from collections.abc import Collection
from datetime import datetime
from typing import Final

import pyotp

SECONDS: Final = 30
_ISSUER: Final = "Qibiao"


def new_secret() -> str:
    """Return a random secret of 160 bits in base32."""
    return pyotp.random_base32(32)


def uri_of(secret: str, username: str) -> str:
    """Return the address that authenticator apps read from a picture."""
    return pyotp.TOTP(secret).provisioning_uri(name=username, issuer_name=_ISSUER)


def secret_of(uri: str) -> str:
    """Return the secret in such an address.

    Raises:
        ValueError: it is no such address.
    """
    return str(pyotp.parse_uri(uri).secret)


def find_step(secret: str, code: str, *, now: datetime, used: Collection[int]) -> int | None:
    """Return the step whose unused code this is, or nothing."""
    given = code.strip().encode()
    found = None
    for step in _window(now):
        # Every step is compared, so that the time does not tell which one it was.
        is_same = hmac.compare_digest(_code(secret, step).encode(), given)
        if is_same and step not in used:
            found = step
    return found


def remember(step: int, *, now: datetime, used: Collection[int]) -> list[int]:
    """Return the used steps that matter from now on: those whose codes would still count."""
    return sorted({step, *(each for each in used if each in _window(now))})


def next_code(secret: str, *, now: datetime, used: Collection[int]) -> tuple[str, int]:
    """Return the first code that is not used yet, and in how many seconds it will count."""
    window = _window(now)
    step = next(each for each in (*window, window[-1] + 1) if each not in used)
    return _code(secret, step), max(0, (step - 1) * SECONDS - int(now.timestamp()))


def _window(now: datetime) -> tuple[int, int, int]:
    current = int(now.timestamp()) // SECONDS
    return current - 1, current, current + 1


def _code(secret: str, step: int) -> str:
    return pyotp.HOTP(secret).at(step)
