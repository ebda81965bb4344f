"""Mobile numbers of mainland China, to which codes are sent."""

import re
import unicodedata
from typing import Final

import phonenumbers

_MOBILE: Final = re.compile(r"1[3-9][0-9]{9}")
_PREFIX: Final = re.compile(r"^(\+|00)?86(?=1)")
_NOISE: Final = re.compile(r"[\s\-‐‑–—()]")
_KINDS: Final = (
    phonenumbers.PhoneNumberType.MOBILE,
    phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE,
)


def to_mobile(value: str) -> str | None:
    """Return the 11 digits of a mobile number however it was typed, or nothing."""
    digits = _PREFIX.sub("", _NOISE.sub("", unicodedata.normalize("NFKC", value)))
    if not _MOBILE.fullmatch(digits):
        return None
    number = phonenumbers.parse(digits, "CN")
    is_mobile = phonenumbers.number_type(number) in _KINDS
    return digits if phonenumbers.is_valid_number(number) and is_mobile else None
