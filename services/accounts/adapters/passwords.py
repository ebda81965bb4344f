"""Password hashes: argon2id, or PBKDF2 with SM3 where the algorithms must be national ones."""

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from chassis.jobs import FairGate, in_thread
from services.accounts.config import Settings

_SM3: Final = "$pbkdf2-sm3$"
_SM3_ROUNDS: Final = 210_000
_SALT_BYTES: Final = 16

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class HashThreads:
    """Run slow functions in native threads, ``at_once`` of them; the others wait their turn.

    As many as there are cores: more would be no faster, and the hub, which is one thread among
    them, would come too late to everything else. Measured with 20 logins at once on two cores:
    transactions of the same process then failed, because they took longer than two seconds.
    """

    def __init__(self, at_once: int | None = None) -> None:
        self._gate = FairGate(at_once or len(os.sched_getaffinity(0)))

    def run(self, function: Callable[[*Ts], T], *args: *Ts) -> T:
        """Return what the function returns."""
        with self._gate:
            return in_thread(function, *args)


class Argon2Hasher:
    """Hash with argon2id; every call runs in a native thread."""

    def __init__(self, *, memory_kib: int, passes: int, threads: HashThreads | None = None) -> None:
        self.threads = threads or HashThreads()
        self._argon2 = argon2.PasswordHasher(
            time_cost=passes, memory_cost=memory_kib, parallelism=1
        )
        # A hash that no password has, for users that do not exist.
        self._dummy = self._argon2.hash(secrets.token_hex(32))

    def hash(self, password: str) -> str:
        """Return a salted, slow hash."""
        return self.threads.run(self._argon2.hash, password)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password; without a hash as slowly as with one, then no."""
        is_right = self.threads.run(self._check, password_hash or self._dummy, password)
        return is_right and password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other settings."""
        return password_hash.startswith(_SM3) or self._argon2.check_needs_rehash(password_hash)

    def _check(self, password_hash: str, password: str) -> bool:
        if password_hash.startswith(_SM3):
            return _check_sm3(password_hash, password)
        try:
            return self._argon2.verify(password_hash, password)
        except (VerificationError, InvalidHashError):
            return False


class Sm3Hasher:
    """Hash with PBKDF2-HMAC-SM3; hashes of the other kind stay good until the next login."""

    def __init__(self, other: Argon2Hasher, *, rounds: int = _SM3_ROUNDS) -> None:
        self._other = other
        self._rounds = rounds
        self._dummy = _hash_sm3(secrets.token_hex(32), rounds)

    def hash(self, password: str) -> str:
        """Return a salted, slow hash."""
        return self._other.threads.run(_hash_sm3, password, self._rounds)

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether it is the password; without a hash as slowly as with one, then no."""
        if password_hash is not None and not password_hash.startswith(_SM3):
            return self._other.verify(password_hash, password)
        stored = password_hash or self._dummy
        is_right = self._other.threads.run(_check_sm3, stored, password)
        return is_right and password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether the hash was made with other settings."""
        return not password_hash.startswith(f"{_SM3}{self._rounds}$")


def new_hasher(settings: Settings) -> Argon2Hasher | Sm3Hasher:
    """Return the hasher that the settings ask for."""
    hasher = Argon2Hasher(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
    return Sm3Hasher(hasher) if settings.crypto == "sm" else hasher


def _hash_sm3(password: str, rounds: int) -> str:
    salt = secrets.token_bytes(_SALT_BYTES)
    digest = hashlib.pbkdf2_hmac("sm3", password.encode(), salt, rounds)
    parts = (base64.b64encode(part).decode("ascii") for part in (salt, digest))
    return f"{_SM3}{rounds}${'$'.join(parts)}"


def _check_sm3(password_hash: str, password: str) -> bool:
    rounds, salt, digest = password_hash.removeprefix(_SM3).split("$")
    computed = hashlib.pbkdf2_hmac("sm3", password.encode(), base64.b64decode(salt), int(rounds))
    return hmac.compare_digest(computed, base64.b64decode(digest))
