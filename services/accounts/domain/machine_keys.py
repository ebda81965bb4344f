"""Keys of machines: ``qbk_``, 32 random characters, and six of a checksum.

The beginning lets scanners find keys that leaked; the checksum tells a mistyped key without asking
the database.
"""

import re
import secrets
import zlib
from typing import Final

PREFIX: Final = "qbk_"
SCOPES: Final = ("declarations:read", "events:read", "public:read", "webhooks:manage")
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM: Final = 32
_CHECKSUM: Final = 6
_SHOWN: Final = 8
_KEY: Final = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECKSUM}}}")


def new_key() -> str:
    """Return a new key: 190 random bits."""
    body = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return PREFIX + body + _checksum(body)


def is_key(text: str) -> bool:
    """Tell whether a text can be a key at all."""
    if not _KEY.fullmatch(text):
        return False
    body = text.removeprefix(PREFIX)
    return _checksum(body[:_RANDOM]) == body[_RANDOM:]


def start_of(key: str) -> str:
    """Return the beginning by which its owner recognises a key."""
    return key[: len(PREFIX) + _SHOWN]


def _checksum(body: str) -> str:
    number, digits = zlib.crc32(body.encode("ascii")), ""
    while len(digits) < _CHECKSUM:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits
