"""Codes of organisations: credit codes (GB 32100) and organisation codes (GB 11714)."""

import operator
import re
import unicodedata
from typing import Final

CREDIT_CODE_LENGTH: Final = 18
ORGANIZATION_CODE_LENGTH: Final = 9

_ORGANIZATION_CODE: Final = re.compile(r"[0-9A-Z]{8}[0-9X]")
_WEIGHTS: Final = (3, 7, 9, 10, 5, 8, 4, 2)
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_CREDIT_CODE: Final = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_CREDIT_DIGITS: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
# Characters to their values; an import checks millions of codes.
_VALUES: Final = bytes.maketrans(_DIGITS.encode(), bytes(range(len(_DIGITS))))
_CREDIT_VALUES: Final = bytes.maketrans(_CREDIT_DIGITS.encode(), bytes(range(len(_CREDIT_DIGITS))))
_CREDIT_WEIGHTS: Final = tuple(pow(3, place, 31) for place in range(CREDIT_CODE_LENGTH - 1))
_HYPHENS: Final = re.compile("[-‐‑‒–—―−]")


def fold_code(value: str) -> str:
    """Return a code half-width, upper-case, without blanks and hyphens (FAQ 6)."""
    if value.isascii() and value.isalnum():
        return value.upper()
    halved = unicodedata.normalize("NFKC", value)
    return _HYPHENS.sub("", "".join(halved.split())).upper()


def organization_check_digit(body: str) -> str:
    """Return the GB 11714 check character of the first eight characters."""
    total = sum(map(operator.mul, _WEIGHTS, body.encode().translate(_VALUES)))
    return "0123456789X0"[11 - total % 11]


def is_organization_code(code: str) -> bool:
    """Tell whether a folded code is an organisation code with the right check character."""
    return bool(_ORGANIZATION_CODE.fullmatch(code)) and code[8] == organization_check_digit(
        code[:8]
    )


def credit_check_character(body: str) -> str:
    """Return the GB 32100 check character of the first seventeen characters."""
    total = sum(map(operator.mul, _CREDIT_WEIGHTS, body.encode().translate(_CREDIT_VALUES)))
    return _CREDIT_DIGITS[(31 - total % 31) % 31]


def is_credit_code(code: str) -> bool:
    """Tell whether a folded code is an 18-character credit code, its embedded code checked too.

    Characters 9 to 17 are an organisation code with a check character of its own.
    """
    if not _CREDIT_CODE.fullmatch(code) or code[17] != credit_check_character(code[:17]):
        return False
    return is_organization_code(code[8:17])


def organization_code_of(credit_code: str) -> str:
    """Return the organisation code inside a credit code."""
    return credit_code[8:17]


def is_well_formed(code: str) -> bool:
    """Tell whether a folded code could belong to an organisation."""
    return is_credit_code(code) or is_organization_code(code)
