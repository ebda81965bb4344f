"""Numbers of enterprise standards: three boxes ``Q/ body - year`` and what makes two the same.

The platform imposes no more than this form; local rules differ (手册 FAQ 17).
"""

import re
from dataclasses import dataclass
from typing import Final

from services.standards.domain import folding

ENTERPRISE_PREFIX: Final = "Q"
MAX_BODY_LENGTH: Final = 60
_MAX_TEXT_LENGTH: Final = MAX_BODY_LENGTH + 20

_YEAR: Final = re.compile(r"[0-9]{4}")
_WHOLE: Final = re.compile(r"Q\s*/\s*(?P<body>.+?)\s*-\s*(?P<year>[0-9]{4})", re.IGNORECASE)
# Letters of any script and digits, joined by single marks; never a mark at either end.
_BODY: Final = re.compile(r"[^\W_]+(?:[ ./·()_-]{1,2}[^\W_]+)*\)?")
_NOT_KEY: Final = re.compile(r"\s+")
_NOT_DIGIT: Final = re.compile(r"[^0-9]+")


class NumberError(ValueError):
    """Report which box of a number is wrong, and how.

    ``box`` is ``body``, ``year`` or ``number``; ``fault`` is ``missing`` or ``malformed``. Numbers
    of other kinds know one more box, ``prefix``, and one more fault, ``unknown_prefix``.
    """

    def __init__(self, box: str, fault: str) -> None:
        super().__init__(f"{box} {fault}")
        self.box = box
        self.fault = fault


@dataclass(frozen=True)
class StandardNumber:
    """Hold a number as its three boxes, already in plain form."""

    prefix: str
    body: str
    year: str

    @property
    def text(self) -> str:
        """Return the number as it is printed, such as ``Q/07866/02011-2014``."""
        return f"{self.prefix}/{self.body}-{self.year}"

    @property
    def key(self) -> str:
        """Return what two spellings of one number share: no case, no spaces (R-076)."""
        return key_of(self.text)

    @property
    def digits(self) -> str:
        """Return the digits alone, for searches that type nothing else (R-068)."""
        return _NOT_DIGIT.sub("", self.text)


def key_of(text: str) -> str:
    """Return a number, or a piece of one, in the form of `StandardNumber.key`."""
    return _NOT_KEY.sub("", folding.fold_width(text)).upper()


def compose_number(*, body: str, year: str) -> StandardNumber:
    """Make a number from what was typed into its boxes.

    Raises:
        NumberError: a box is empty or its form is wrong.
    """
    return StandardNumber(prefix=ENTERPRISE_PREFIX, body=read_body(body), year=read_year(year))


def parse_number(text: str) -> StandardNumber:
    """Read a whole number such as ``Q/3333-2014`` back into its boxes; the body may hold ``/``.

    Raises:
        NumberError: the text has not the form ``Q/ body - year``.
    """
    plain = folding.fold_width(text)
    match = _WHOLE.fullmatch(plain) if len(plain) <= _MAX_TEXT_LENGTH else None
    if match is None:
        raise NumberError("number", "malformed")
    return compose_number(body=match["body"], year=match["year"])


def read_body(body: str) -> str:
    """Return the middle box in plain form: letters and digits, joined by single marks.

    Raises:
        NumberError: it is empty, too long, or of another form.
    """
    plain = folding.fold_width(body)
    # Many type the prefix that stands before the box a second time.
    if plain[:2].upper() == f"{ENTERPRISE_PREFIX}/":
        plain = plain[2:].lstrip()
    if not plain:
        raise NumberError("body", "missing")
    if len(plain) > MAX_BODY_LENGTH or not _BODY.fullmatch(plain):
        raise NumberError("body", "malformed")
    return plain


def read_year(year: str) -> str:
    """Return the last box in plain form: four digits and nothing else (FAQ 19).

    Raises:
        NumberError: it is empty or of another form.
    """
    plain = folding.fold_width(year)
    if not plain:
        raise NumberError("year", "missing")
    if not _YEAR.fullmatch(plain):
        raise NumberError("year", "malformed")
    return plain
