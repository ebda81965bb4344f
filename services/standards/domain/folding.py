"""Fold texts so that width, case and spaces make no difference when they are compared."""

import unicodedata
from typing import Final

# Every stroke people type between number and year; 手册 shows '-', labels print the long ones.
_DASHES: Final = dict.fromkeys(
    (0x2010, 0x2011, 0x2012, 0x2013, 0x2014, 0x2015, 0x2212, 0xFE58, 0xFE63, 0xFF0D), "-"
)


def clean_text(text: str) -> str:
    """Return ``text`` on one line without control, direction and other unseen characters."""
    seen = "".join(
        character
        for character in unicodedata.normalize("NFC", text)
        if character.isspace() or unicodedata.category(character)[0] != "C"
    )
    return " ".join(seen.split())


def fold_width(text: str) -> str:
    """Return ``text`` with full-width forms, odd dashes and runs of spaces made plain."""
    plain = unicodedata.normalize("NFKC", text.translate(_DASHES)).translate(_DASHES)
    return clean_text(plain)


def fold_for_search(text: str) -> str:
    """Return the form that keyword boxes are compared with: plain width, no case (R-185)."""
    return fold_width(text).casefold()
