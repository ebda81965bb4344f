"""What a password must be, in three profiles.

``modern`` (the default) follows current advice: length, no common and no guessable passwords, any
character. ``manual`` is the letter of 手册 2.2. ``mlps`` adds the classes of characters that
assessments under GB/T 22239 ask for.
"""

import itertools
import re
import unicodedata
from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Final

_MANUAL: Final = re.compile(r"[0-9A-Za-z_]{6,30}")
_MIN: Final = 8
_MAX: Final = 64
_MIN_CONTEXT: Final = 4
_MIN_DIFFERENT: Final = 4
_MIN_CLASSES: Final = 3
_CLASSES: Final = ("[a-z]", "[A-Z]", "[0-9]", r"[^0-9A-Za-z\s]")


class PasswordProfile(StrEnum):
    """Name a set of rules; the value of the setting."""

    MODERN = "modern"
    MANUAL = "manual"
    MLPS = "mlps"


class PasswordFault(StrEnum):
    """Name what is wrong with a password."""

    LENGTH = "password_length"
    ALPHABET = "password_alphabet"
    CLASSES = "password_classes"
    COMMON = "password_common"
    PREDICTABLE = "password_predictable"


def normalize(password: str) -> str:
    """Return the form that is hashed: the same characters typed on another device are the same."""
    return unicodedata.normalize("NFKC", password)


def find_fault(
    password: str,
    *,
    profile: PasswordProfile,
    common: Collection[str],
    context: Iterable[str],
) -> PasswordFault | None:
    """Return what is wrong with a normalised password, or nothing.

    ``context`` are words that an attacker would try first: the user's name, the codes and the name
    of the enterprise.
    """
    if profile is PasswordProfile.MANUAL:
        return None if _MANUAL.fullmatch(password) else PasswordFault.ALPHABET
    if not _MIN <= len(password) <= _MAX:
        return PasswordFault.LENGTH
    if profile is PasswordProfile.MLPS and _count_classes(password) < _MIN_CLASSES:
        return PasswordFault.CLASSES
    return _find_weakness(password.casefold(), common=common, context=context)


def _count_classes(password: str) -> int:
    return sum(re.search(pattern, password) is not None for pattern in _CLASSES)


def _find_weakness(
    folded: str, *, common: Collection[str], context: Iterable[str]
) -> PasswordFault | None:
    if folded in common:
        return PasswordFault.COMMON
    if len(set(folded)) < _MIN_DIFFERENT or _is_sequence(folded):
        return PasswordFault.PREDICTABLE
    words = (word.casefold() for word in context)
    if any(len(word) >= _MIN_CONTEXT and word in folded for word in words):
        return PasswordFault.PREDICTABLE
    return None


def _is_sequence(text: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(text)}
    return steps in ({1}, {-1})
