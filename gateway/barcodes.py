"""Read barcodes as people type, scan and link them: GTIN of 8, 12, 13 or 14 digits (GS1)."""

import unicodedata
from typing import Final

from stdnum import ean

from gateway.errors import BarcodeCheckDigitError, BarcodeMalformedError

_LENGTHS: Final = frozenset({8, 12, 13, 14})
_BLANKS: Final = str.maketrans("", "", " -\u00a0\u3000")


def read_gtin(text: str) -> str:
    """Return the digits of a barcode, which may be of full width or in groups.

    Raises:
        BarcodeMalformedError: it has other characters, or another length.
        BarcodeCheckDigitError: its last digit does not follow from the others.
    """
    digits = unicodedata.normalize("NFKC", text).translate(_BLANKS)
    if len(digits) not in _LENGTHS or not (digits.isascii() and digits.isdigit()):
        raise BarcodeMalformedError
    if not ean.is_valid(digits):
        raise BarcodeCheckDigitError(barcode=digits)
    return digits
