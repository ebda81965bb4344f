"""The keys of the Merkle log: one signs its heads, the public halves of all are listed.

Ed25519 and SHA-256 whatever ``CRYPTO`` says: RFC 9162 knows no SM2 or SM3, auditors anywhere can
check these, and nothing secret is kept with them. A key is never removed from the list: what it
signed stays provable.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from chassis.config import DEVELOPMENT_KEY, ConfigError

ALGORITHM: Final = "Ed25519"
_KEY_BYTES: Final = 32
_KEY_ID: Final = re.compile(r"[a-z0-9]{1,16}")


class LogKeys:
    """Sign with the current key; list the public keys, the current one first."""

    def __init__(
        self, key_id: str, key: Ed25519PrivateKey, old: Sequence[tuple[str, Ed25519PublicKey]] = ()
    ) -> None:
        self._key_id = key_id
        self._key = key
        self._public = [(key_id, key.public_key()), *old]

    @classmethod
    def parse(cls, current: str, old: str = "") -> "LogKeys":
        """Read ``STANDARDS_LOG_KEY`` and ``STANDARDS_LOG_OLD_KEYS``.

        Raises:
            ConfigError: one is malformed, or an id is there twice.
        """
        if current == DEVELOPMENT_KEY:
            seed = hashlib.sha256(b"qibiao development key of the log").digest()
            key_id, key = DEVELOPMENT_KEY, Ed25519PrivateKey.from_private_bytes(seed)
        else:
            key_id, raw = _read_key("STANDARDS_LOG_KEY", current)
            key = Ed25519PrivateKey.from_private_bytes(raw)
        others = []
        for entry in filter(None, (part.strip() for part in old.split(","))):
            old_id, raw = _read_key("STANDARDS_LOG_OLD_KEYS", entry)
            others.append((old_id, Ed25519PublicKey.from_public_bytes(raw)))
        ids = [key_id, *(old_id for old_id, _ in others)]
        if len(set(ids)) < len(ids):
            raise ConfigError(["STANDARDS_LOG_OLD_KEYS: a key's id is there twice"])
        return cls(key_id, key, others)

    @property
    def key_id(self) -> str:
        """Return the name under which the public key is listed."""
        return self._key_id

    def sign(self, text: bytes) -> bytes:
        """Return the signature of a text."""
        return self._key.sign(text)

    def public_view(self) -> dict[str, Any]:
        """Return the public keys as outsiders get them, 32 bytes each in base64."""
        return {
            "items": [
                {
                    "key_id": key_id,
                    "algorithm": ALGORITHM,
                    "public_key": base64.b64encode(key.public_bytes_raw()).decode("ascii"),
                    "is_current": key_id == self._key_id,
                }
                for key_id, key in self._public
            ]
        }


def _read_key(setting: str, entry: str) -> tuple[str, bytes]:
    """Return id and bytes of ``id:base64``; the text itself is never repeated.

    Raises:
        ConfigError: it is no such entry.
    """
    key_id, _, text = entry.strip().partition(":")
    try:
        raw = base64.b64decode(text, validate=True)
    except binascii.Error:
        raw = b""
    if not _KEY_ID.fullmatch(key_id) or len(raw) != _KEY_BYTES:
        raise ConfigError([f"{setting}: must be id:base64 of 32 bytes, the id of a-z and 0-9"])
    return key_id, raw
