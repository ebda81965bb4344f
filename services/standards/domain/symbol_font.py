"""Give letters of the Symbol font their real characters: α copied out of a PDF is often U+F061.

Such characters are of the private area and would be taken out as unseen: 总α放射性 and 总β放射性
would become the same words.
"""

import string
from typing import Final

# The font's own codes lie in the private area, 0xF000 above.
_OFFSET: Final = 0xF000
_SAME: Final = f"{string.digits}()[]+-.,/<=>%"
_GREEK: Final = {
    **dict(zip(string.ascii_lowercase, "αβχδεφγηιϕκλμνοπθρστυϖωξψζ", strict=True)),
    **dict(zip(string.ascii_uppercase, "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ", strict=True)),
}
_SIGNS: Final = {
    "\xa3": "≤", "\xa5": "∞", "\xb0": "°", "\xb1": "±", "\xb3": "≥", "\xb4": "×", "\xb8": "÷",
    "\xb9": "≠", "\xbb": "≈", "\xd7": "⋅",
}  # fmt: skip
_LETTERS: Final = {
    ord(code) + _OFFSET: letter
    for code, letter in {**dict(zip(_SAME, _SAME, strict=True)), **_GREEK, **_SIGNS}.items()
}


def replace_symbols(text: str) -> str:
    """Return ``text`` with the private characters of the Symbol font made real ones."""
    return text.translate(_LETTERS)
