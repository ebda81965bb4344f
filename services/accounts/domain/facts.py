"""Whether what somebody types of an enterprise is what it stated (手册 7.2)."""

import re
import unicodedata
from typing import Final

from services.accounts.domain import identity

_BLANKS: Final = re.compile(r"\s")
_DASHES: Final = re.compile(r"[‐‑‒–—―−－]")
_BRACKETS: Final = str.maketrans("〔［【〕］】", "(((" + ")))")


def fold_fact(value: str) -> str:
    """Return a name or an address without what keyboards do differently: width, blanks, dashes."""
    text = _BLANKS.sub("", unicodedata.normalize("NFKC", value)).translate(_BRACKETS)
    return _DASHES.sub("-", text).casefold()


def fold_number(value: str) -> str:
    """Return an identity number, resident ones in their long form."""
    return identity.to_long_form(value) or identity.fold_id_number(value)
