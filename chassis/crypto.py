"""Keep secrets and personal data unreadable: encryption, blind indexes, sealed values, tokens.

Two profiles with the same interface. ``AES``: AES-256-GCM, HMAC-SHA256, SHA-256. ``SM``: SM4-GCM,
HMAC-SM3, SM3, as 密评 asks for. A token names its profile and its key, so after a change of either
the old tokens stay readable until they are rewritten (`Keyring.needs_rotation`).

Every key of the setting yields one key per use and profile (HKDF), never used for anything else.
Nonces are random: one key is good for 2³² tokens; rotate long before.
"""

import base64
import binascii
import hmac
import re
import secrets
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import hmac as hash_mac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_ENCRYPTED: Final = "enc1"
_SEALED: Final = "sealed1"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12
_TAG_BYTES: Final = 16
_INDEX: Final = "index"
_KEY_ID: Final = re.compile(r"[a-z0-9]{1,16}")
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")
_VISIBLE_HEAD: Final = 3
_VISIBLE_TAIL: Final = 4


class Profile(StrEnum):
    """Name a set of algorithms; the value of the setting ``CRYPTO``."""

    AES = "aes"
    SM = "sm"


class KeyringError(ValueError):
    """Say that a key setting is malformed; the text never holds key material."""


class DecryptionError(Exception):
    """Say that a token is malformed, was altered, or belongs to another context or receiver."""


class UnknownKeyError(DecryptionError):
    """Say that a token was made with a key that is not in the ring (any more)."""


class Keyring:
    """Encrypt with the current key, decrypt with any key of the ring.

    Holds the keys of one setting; cheap to use, safe to share between threads.
    """

    def __init__(
        self, keys: Mapping[str, bytes], *, index_key: bytes | None, profile: Profile
    ) -> None:
        if not keys:
            raise KeyringError("a key ring needs a key")
        self._current = next(iter(keys))
        self._profile = profile
        both = (_ENCRYPTED, _SEALED)
        self._keys = {
            (purpose, each, key_id): _derive(key, purpose, each)
            for purpose in both
            for each in Profile
            for key_id, key in keys.items()
        }
        # The same for every token of the ring.
        self._heads = {purpose: f"{purpose}:{profile.value}:" for purpose in both}
        self._current_keys = {each: self._keys[each, profile, self._current] for each in both}
        self._index = _new_mac(index_key, profile) if index_key else None

    @classmethod
    def parse(cls, setting: str, profile: Profile = Profile.AES) -> "Keyring":
        """Read ``k2:BASE64,k1:BASE64,index:BASE64``: the current key first, 32 bytes each.

        ``index`` is the key of blind indexes; it stays the same when the others are rotated, and
        may be left out where no index is needed.

        Raises:
            KeyringError: an entry is malformed, an id is repeated, or there is no key.
        """
        keys: dict[str, bytes] = {}
        for number, entry in enumerate(setting.split(","), start=1):
            key_id, colon, text = entry.strip().partition(":")
            if not colon or not _KEY_ID.fullmatch(key_id):
                raise KeyringError(f"entry {number} is not id:base64, the id of a-z and 0-9")
            if key_id in keys:
                raise KeyringError(f"key {key_id} is there twice")
            keys[key_id] = _read_key(key_id, text)
        index_key = keys.pop(_INDEX, None)
        return cls(keys, index_key=index_key, profile=profile)

    @property
    def current_key_id(self) -> str:
        """Return the id of the key that encrypts."""
        return self._current

    @property
    def prefix(self) -> str:
        """Return what every token begins with that `encrypt` makes now."""
        return f"{_ENCRYPTED}:{self._profile}:{self._current}:"

    def encrypt(self, plaintext: str, context: str) -> str:
        """Return a token for ``plaintext`` that opens only with the same ``context``.

        ``context`` names the place, such as ``accounts.phone:<account id>``: a token copied to
        another row does not open there.
        """
        return self._lock(_ENCRYPTED, "", plaintext, context)

    def decrypt(self, token: str, context: str) -> str:
        """Return the plaintext of a token made by `encrypt`.

        Raises:
            UnknownKeyError: its key is not in the ring.
            DecryptionError: it is malformed, altered, or of another context.
        """
        return self._unlock(_ENCRYPTED, "", token, context)

    def needs_rotation(self, token: str) -> bool:
        """Tell whether a token of `encrypt` should be written anew: old key or other profile.

        Raises:
            DecryptionError: it is no such token.
        """
        profile, key_id, _ = _split(_ENCRYPTED, "", token)
        return (profile, key_id) != (self._profile, self._current)

    def seal(self, value: str, to: str) -> str:
        """Return ``value`` sealed for the service ``to``; safe in JSON, logs and queues."""
        if not _NAME.fullmatch(to):
            raise ValueError(f"not a receiver: {to!r}")
        return self._lock(_SEALED, to, value, to)

    def unseal(self, token: str, me: str) -> str:
        """Return the value sealed for ``me``.

        Raises:
            UnknownKeyError: its key is not in the ring.
            DecryptionError: it is malformed, altered, or sealed for someone else.
        """
        return self._unlock(_SEALED, me, token, me)

    def blind_index(self, value: str, purpose: str) -> str:
        """Return 64 hex digits by which equal values of one ``purpose`` can be found.

        ``value`` must be normalised already. The same value has another index for each purpose.

        Raises:
            KeyringError: the ring has no ``index`` key.
        """
        if self._index is None:
            raise KeyringError("the ring has no index key")
        mac = self._index.copy()  # an import makes millions: the key is not set up for each
        mac.update(purpose.encode() + b"\0" + value.encode())
        return mac.finalize().hex()

    def __repr__(self) -> str:
        return f"Keyring(current={self._current!r}, profile={self._profile.value!r})"

    def _lock(self, purpose: str, receiver: str, plaintext: str, context: str) -> str:
        middle = f"{receiver}:" if receiver else ""
        head = f"{self._heads[purpose]}{middle}{self._current}"
        key = self._current_keys[purpose]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        if self._profile is Profile.AES:  # in one call: an import makes millions
            sealed = _aes(key).encrypt(nonce, plaintext.encode(), _bound(head, context))
            return f"{head}:{_to_text(nonce + sealed)}"
        encryptor = _cipher(self._profile, key, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(_bound(head, context))
        body = encryptor.update(plaintext.encode()) + encryptor.finalize()
        return f"{head}:{_to_text(nonce + body + encryptor.tag)}"

    def _unlock(self, purpose: str, receiver: str, token: str, context: str) -> str:
        profile, key_id, sealed = _split(purpose, receiver, token)
        key = self._keys.get((purpose, profile, key_id))
        if key is None:
            raise UnknownKeyError(f"key {key_id} is not in the ring")
        nonce, body, tag = (
            sealed[:_NONCE_BYTES],
            sealed[_NONCE_BYTES:-_TAG_BYTES],
            sealed[-_TAG_BYTES:],
        )
        decryptor = _cipher(profile, key, modes.GCM(nonce, tag)).decryptor()
        decryptor.authenticate_additional_data(_bound(token.rpartition(":")[0], context))
        try:
            return (decryptor.update(body) + decryptor.finalize()).decode()
        except InvalidTag:
            raise DecryptionError("altered, or of another context") from None


def new_setting(key_id: str = "k1") -> str:
    """Return a fresh key setting with one key and an index key."""
    return ",".join(
        f"{each}:{_to_text(secrets.token_bytes(_KEY_BYTES))}" for each in (key_id, _INDEX)
    )


def add_key(setting: str, key_id: str) -> str:
    """Return the setting with a fresh key in front, which becomes the current one.

    Raises:
        KeyringError: the setting is malformed or has that id already.
    """
    changed = f"{key_id}:{_to_text(secrets.token_bytes(_KEY_BYTES))},{setting}"
    Keyring.parse(changed)
    return changed


def is_sealed(value: object) -> bool:
    """Tell whether a value looks like one made by `Keyring.seal`."""
    return isinstance(value, str) and value.startswith(f"{_SEALED}:")


def random_code(digits: int = 6) -> str:
    """Return a one-time code of decimal digits, each code as likely as any other."""
    return f"{secrets.randbelow(10**digits):0{digits}d}"


def new_token() -> str:
    """Return a session or link token: 256 random bits, safe in URLs and cookies."""
    return secrets.token_urlsafe(32)


def hash_token(token: str, profile: Profile = Profile.AES) -> str:
    """Return 64 hex digits to store instead of a token of `new_token`.

    Only for long random tokens. Short codes can be guessed: use `Keyring.blind_index`.
    """
    digest = hashes.Hash(_hash_of(profile))
    digest.update(token.encode())
    return digest.finalize().hex()


def is_same(one: str, other: str) -> bool:
    """Compare two secrets in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode(), other.encode())


def mask_phone(phone: str) -> str:
    """Return ``138****1234`` for ``13812341234``."""
    return _mask(phone)


def mask_id_number(number: str) -> str:
    """Return ``110***********1234``: an identity number but for its first 3 and last 4 places."""
    return _mask(number)


def _mask(value: str) -> str:
    hidden = len(value) - _VISIBLE_HEAD - _VISIBLE_TAIL
    if hidden < _VISIBLE_TAIL:  # too short to show anything of it
        return "*" * len(value)
    return value[:_VISIBLE_HEAD] + "*" * hidden + value[-_VISIBLE_TAIL:]


def _read_key(key_id: str, text: str) -> bytes:
    try:
        key = base64.b64decode(_padded(text), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise KeyringError(f"key {key_id} is not base64") from None
    if len(key) != _KEY_BYTES:
        raise KeyringError(f"key {key_id} has {len(key)} bytes, not {_KEY_BYTES}")
    return key


def _padded(text: str) -> str:
    text = text.rstrip("=").replace("+", "-").replace("/", "_")
    return text + "=" * (-len(text) % 4)


def _to_text(body: bytes) -> str:
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode("ascii")


def _derive(key: bytes, purpose: str, profile: Profile) -> bytes:
    length = 16 if profile is Profile.SM and purpose != _INDEX else 32
    info = f"qibiao/{purpose}/{profile.value}".encode()
    return HKDF(_hash_of(profile), length, salt=None, info=info).derive(key)


def _hash_of(profile: Profile) -> hashes.HashAlgorithm:
    return hashes.SM3() if profile is Profile.SM else hashes.SHA256()


def _new_mac(index_key: bytes, profile: Profile) -> hash_mac.HMAC:
    return hash_mac.HMAC(_derive(index_key, _INDEX, profile), _hash_of(profile))


@lru_cache(maxsize=64)
def _aes(key: bytes) -> AESGCM:
    return AESGCM(key)


def _cipher(profile: Profile, key: bytes, mode: modes.GCM) -> "Cipher[modes.GCM]":
    algorithm = algorithms.SM4(key) if profile is Profile.SM else algorithms.AES(key)
    return Cipher(algorithm, mode)


def _bound(head: str, context: str) -> bytes:
    """Return what the tag protects beside the content: the token's head and its place."""
    return f"{head}\0{context}".encode()


def _split(purpose: str, receiver: str, token: str) -> tuple[Profile, str, bytes]:
    """Return profile, key id and nonce-body-tag of a token."""
    *head, text = token.split(":")
    expected = 4 if receiver else 3
    if [*head, ""][0] != purpose or len(head) != expected:
        raise DecryptionError(f"not a token of the kind {purpose}")
    if receiver and head[2] != receiver:
        raise DecryptionError("sealed for another receiver")
    try:
        profile = Profile(head[1])
        sealed = base64.b64decode(_padded(text), altchars=b"-_", validate=True)
    except ValueError:
        raise DecryptionError("malformed token") from None
    if len(sealed) < _NONCE_BYTES + _TAG_BYTES:
        raise DecryptionError("malformed token")
    return profile, head[-1], sealed
