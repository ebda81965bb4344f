"""Names of uploaded files, made harmless before they are stored or shown."""

import unicodedata
from typing import Final

LONGEST: Final = 120
_SUFFIX: Final = ".pdf"
_FALLBACK: Final = "标准文本"
_FORBIDDEN: Final = frozenset('<>:"|?*')


def clean_file_name(name: str) -> str:
    """Return ``name`` without folders, control and direction marks, at most 120 characters long.

    The result always ends in ``.pdf``, for nothing else is ever kept.
    """
    last = name.replace("\\", "/").rsplit("/", maxsplit=1)[-1]
    kept = "".join(
        character
        for character in unicodedata.normalize("NFC", last)
        if unicodedata.category(character)[0] != "C" and character not in _FORBIDDEN
    )
    stem = " ".join(kept.split())
    if stem.lower().endswith(_SUFFIX):
        stem = stem[: -len(_SUFFIX)]
    stem = stem.strip(" .")[: LONGEST - len(_SUFFIX)].rstrip(" .")
    return (stem or _FALLBACK) + _SUFFIX
