"""The resident ID number (GB 11643) of a contact, in the one form by which people are told apart.

手册 2.2: an ID number may be used once on the platform. The same person may type 18 digits,
15 digits or a small x; all become the same 18 characters.
"""

import re
import unicodedata
from datetime import date
from typing import Final

from stdnum.iso7064 import mod_11_2

_LONG: Final = re.compile(r"[1-9][0-9]{16}[0-9X]")
_SHORT: Final = re.compile(r"[1-9][0-9]{14}")
_CENTURY: Final = "19"


def fold_id_number(value: str) -> str:
    """Return a number half-width, upper-case and without blanks."""
    return "".join(unicodedata.normalize("NFKC", value).split()).upper()


def to_long_form(value: str) -> str | None:
    """Return the 18 characters of a resident ID number typed in either form, or nothing.

    Checked are length, date of birth and check character, not the county: codes of counties change
    over a life time.
    """
    number = fold_id_number(value)
    if _SHORT.fullmatch(number):
        # Cards of 15 digits were given out until 1999: the birth year is one of the 1900s.
        body = number[:6] + _CENTURY + number[6:]
        number = body + str(mod_11_2.calc_check_digit(body))
    if not _LONG.fullmatch(number) or not mod_11_2.is_valid(number):
        return None
    return number if _has_date(number[6:14]) else None


def _has_date(text: str) -> bool:
    try:
        born = date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return born.year >= 1900  # noqa: PLR2004 - nobody alive is older
