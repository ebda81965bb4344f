"""What can be a user name (手册 2.2, FAQ 7, FAQ 11)."""

import re
from typing import Final

_USERNAME: Final = re.compile(r"[0-9A-Za-z_]{6,20}")


def is_username(value: str) -> bool:
    """Tell whether a text is 6 to 20 digits, letters or underscores."""
    return bool(_USERNAME.fullmatch(value))


def fold_username(value: str) -> str:
    """Return the form in which user names are unique: letter case makes no other name."""
    return value.lower()
