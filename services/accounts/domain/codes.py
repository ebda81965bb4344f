"""Codes of organisations, as people type them."""

import re
import unicodedata
from typing import Final

_NOISE: Final = re.compile(r"[\s\-‐‑‒–—―−]")


def fold_code(value: str) -> str:
    """Return a code half-width, upper-case, without blanks and hyphens (FAQ 6)."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", value)).upper()
