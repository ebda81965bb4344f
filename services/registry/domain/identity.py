"""Identity numbers of legal representatives: resident ID, travel permit, passport.

FAQ 4: the 15-digit number is the 18-digit one without the century of the birth year and without the
last character; either is accepted for the other.
"""

import operator
import re
import unicodedata
from enum import StrEnum
from typing import Final

LONG: Final = 18
SHORT: Final = 15

_LONG_FORM: Final = re.compile(r"[0-9]{17}[0-9X]")
_SHORT_FORM: Final = re.compile(r"[0-9]{15}")
_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
# An import checks millions of numbers: their digits are read as bytes, "0" being 48.
_OFFSET: Final = ord("0") * sum(_WEIGHTS)
_DOCUMENT: Final = re.compile(r"[0-9A-Z()]{5,20}")


class IdNumberType(StrEnum):
    """Say which document an identity number belongs to."""

    RESIDENT_ID = "RESIDENT_ID"
    TRAVEL_PERMIT = "TRAVEL_PERMIT"
    PASSPORT = "PASSPORT"


def fold_id_number(value: str) -> str:
    """Return an identity number half-width, upper-case and without blanks."""
    if value.isascii() and value.isalnum():
        return value.upper()
    return "".join(unicodedata.normalize("NFKC", value).split()).upper()


def short_form(number: str) -> str | None:
    """Return the 15-digit form of a folded resident ID number, or nothing for other documents."""
    if _LONG_FORM.fullmatch(number):
        return number[:6] + number[8:17]
    return number if _SHORT_FORM.fullmatch(number) else None


def is_long_form(number: str) -> bool:
    """Tell whether a folded number has the shape of an 18-digit resident ID."""
    return bool(_LONG_FORM.fullmatch(number))


def is_short_form(number: str) -> bool:
    """Tell whether a folded number has the shape of a 15-digit resident ID."""
    return bool(_SHORT_FORM.fullmatch(number))


def has_right_check_character(number: str) -> bool:
    """Tell whether the last character of an 18-digit number is that of GB 11643."""
    total = sum(map(operator.mul, _WEIGHTS, number.encode())) - _OFFSET
    return number[17] == "10X98765432"[total % 11]


def is_acceptable(number: str, kind: IdNumberType) -> bool:
    """Tell whether a folded number can be a document of that type.

    A resident ID needs a right check character; the county code is not looked up, because codes
    change over a life time.
    """
    if kind is not IdNumberType.RESIDENT_ID:
        return bool(_DOCUMENT.fullmatch(number))
    if is_long_form(number):
        return has_right_check_character(number)
    return is_short_form(number)


def guess_type(number: str) -> IdNumberType:
    """Return the type of a folded number when the source does not name it."""
    if is_long_form(number) or is_short_form(number):
        return IdNumberType.RESIDENT_ID
    is_permit = re.fullmatch(r"[HMC][0-9]{8,10}|[0-9]{8}|[0-9]{10}", number)
    return IdNumberType.TRAVEL_PERMIT if is_permit else IdNumberType.PASSPORT
