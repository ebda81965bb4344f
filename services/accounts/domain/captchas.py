"""The characters of a picture that only people read (页面验证码, 手册 3.1)."""

import secrets
import unicodedata
from typing import Final

# Without those that look alike when bent: 0 O Q D, 1 I L 7 T, 2 Z, 5 S, 8 B, 6 G, U V.
ALPHABET: Final = "ACEFHJKMNPRWXY349"
LENGTH: Final = 4
SPOKEN_LENGTH: Final = 6


def new_answer() -> str:
    """Return random characters for a picture."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def new_spoken_answer() -> str:
    """Return random digits to be spoken."""
    return "".join(secrets.choice("0123456789") for _ in range(SPOKEN_LENGTH))


def fold_answer(value: str) -> str:
    """Return what somebody typed as it is compared: half-width, upper-case, without blanks."""
    return "".join(unicodedata.normalize("NFKC", value).split()).upper()
