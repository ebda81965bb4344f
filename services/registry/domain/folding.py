"""Bring texts typed by people and texts of the code database to one form.

手册 2.1 and FAQ 1, 2 ask the applicant for half-width brackets, digits and letters, no blanks and
no ``#``. The system does that work itself: both sides are folded before they are compared.
"""

import re
import unicodedata
from typing import Final

_HYPHENS: Final = dict.fromkeys(map(ord, "‐‑‒–—―−﹣－"), "-")
_DOTS: Final = dict.fromkeys(map(ord, "•‧∙⋅・･．"), "·")
_BRACKETS: Final = {ord("〔"): "(", ord("【"): "(", ord("〕"): ")", ord("】"): ")"}
_PUNCTUATION: Final = {**_HYPHENS, **_DOTS, **_BRACKETS}
_INVISIBLE: Final = frozenset({"Cc", "Cf"})
# Characters that no step of the folding changes: most texts have no others.
_PLAIN: Final = re.compile("[\u4e00-\u9fff0-9A-Za-z(),.;:'\"/_#&+*@%-]*")
# Control characters that are no blanks, halves of surrogate pairs, the replacement character.
_BROKEN: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffd]")


def is_plain(value: str) -> bool:
    """Tell whether a text is stored as it is: half-width, without blanks, nothing invisible."""
    return _PLAIN.fullmatch(value) is not None


def clean_text(value: str) -> str:
    """Return the form in which a text is stored: half-width, single blanks, nothing invisible."""
    if is_plain(value):
        return value
    halved = unicodedata.normalize("NFKC", value.translate(_DOTS)).translate(_PUNCTUATION)
    visible = "".join(
        character
        for character in halved
        if character.isspace() or unicodedata.category(character) not in _INVISIBLE
    )
    return " ".join(visible.split())


def fold_text(value: str) -> str:
    """Return the form in which names are compared: as stored, without blanks and letter case."""
    return clean_text(value).replace(" ", "").casefold()


def fold_address(value: str) -> str:
    """Return the form in which addresses are compared: also without ``#`` (FAQ 1)."""
    return fold_text(value).replace("#", "")


def has_mojibake(value: str) -> bool:
    """Tell whether a wrong decoding broke a text.

    Characters of the private use area are no sign of it: rare names are written with them.
    """
    return _BROKEN.search(value) is not None
