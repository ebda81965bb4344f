"""Judge whether the text layer of a PDF can be searched.

A text layer may be missing (scanned pages) or garbled: some tools map the glyphs of their fonts to
the wrong characters on purpose, so that a page looks right and its text is nonsense.
"""

import unicodedata
from collections import Counter
from typing import Final

GOOD: Final = "good"
NONE: Final = "none"
GARBLED: Final = "garbled"

_ENOUGH: Final = 20
_MOST_STRANGE: Final = 0.15
_MOST_RARE_HANZI: Final = 0.25
_MOST_SIGNS: Final = 0.5
_LEADERS: Final = frozenset(".-_·…")
_USUAL_LATIN: Final = frozenset("°±×÷·µ§²³¹½¼¾«»®©¶¢£¥¿¡ªº")
_CHINESE_SIGNS: Final = frozenset("，。、；：（）《》【】「」？！")
_COMMON_GB2312: Final = range(0xB0, 0xD8)  # lead bytes of the 3,755 common characters
_COMMON_BIG5: Final = range(0xA4, 0xC7)  # lead bytes of the 5,401 common characters


def judge_text(text: str) -> str:
    """Return `GOOD`, `NONE` or `GARBLED` for the text of a whole document."""
    kinds: Counter[str] = Counter()
    for character, count in Counter(text).items():
        kinds[_kind_of(character)] += count
    kinds.pop("blank", None)
    total = kinds.total()
    if not total:
        return NONE
    return GARBLED if total >= _ENOUGH and _is_garbled(kinds, total) else GOOD


def _is_garbled(kinds: Counter[str], total: int) -> bool:
    written = total - kinds["sign"] - kinds["leader"]
    hanzi = kinds["hanzi"] + kinds["rare_hanzi"]
    strange = kinds["strange"] + kinds["rare_hanzi"]
    return (
        strange > _MOST_STRANGE * max(written, 1)
        or kinds["sign"] > _MOST_SIGNS * (total - kinds["leader"])
        or (hanzi >= _ENOUGH and kinds["rare_hanzi"] > _MOST_RARE_HANZI * hanzi)
        or (kinds["chinese_sign"] >= _ENOUGH and kinds["hanzi"] < kinds["chinese_sign"])
    )


def _kind_of(character: str) -> str:
    if character.isspace():
        return "blank"
    if character in _LEADERS:
        return "leader"
    if character.isascii():
        return _kind_of_ascii(character)
    if _is_hanzi(character):
        return "hanzi" if _is_common(character) else "rare_hanzi"
    return _kind_of_other(character)


def _kind_of_other(character: str) -> str:
    if character in _CHINESE_SIGNS:
        return "chinese_sign"
    is_latin = character <= "\xff" and character not in _USUAL_LATIN
    is_no_character = unicodedata.category(character) in {"Cc", "Cn", "Co", "Cs"}
    return "strange" if is_latin or is_no_character or character == "\ufffd" else "usual"


def _kind_of_ascii(character: str) -> str:
    if character.isalnum():
        return "usual"
    return "sign" if character.isprintable() else "strange"


def _is_hanzi(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or character >= "\U00020000"


def _is_common(character: str) -> bool:
    """Tell whether a character is among the common ones of mainland China or of Taiwan."""
    for encoding, leads in (("gb2312", _COMMON_GB2312), ("big5", _COMMON_BIG5)):
        try:
            if character.encode(encoding)[0] in leads:
                return True
        except UnicodeEncodeError:
            continue
    return False
