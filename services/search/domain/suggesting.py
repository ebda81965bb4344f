"""What a name can be found by while it is being typed: from any word on, and by first letters.

Chinese has no spaces, so a word may begin at any character. A key is what follows from there, cut
short; its b-tree answers what begins with the letters typed so far. The first letters of the pinyin
stand beside the characters one for one, so that what they find can be marked in the name.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from services.search.domain import highlighting, pinyin, tokens

KEY_CHARACTERS: Final = 12
MAX_STARTS: Final = 12
MAX_TERM: Final = 100
# Shorter ends of names are no words that anybody begins with.
_MIN_END: Final = 2
_FORMS: Final = ("股份有限公司", "有限责任公司", "集团有限公司", "有限公司", "公司")


@dataclass(frozen=True)
class Key:
    """Be one way to begin typing a name; ``is_first`` when it is the name's own beginning."""

    text: str
    is_first: bool


@lru_cache(maxsize=20_000)
def term_of(name: str) -> str:
    """Return what all spellings of a name share; empty when there is nothing to find."""
    return tokens.flatten(name)[:MAX_TERM]


def keys_of(term: str) -> list[Key]:
    """Return the keys of a term, each once."""
    body = term
    for form in _FORMS:
        body = body.removesuffix(form)
    initials = initials_of(term)
    keys: dict[str, bool] = {}
    for start in _starts(body or term):
        is_first = start == 0
        for text in (term, initials):
            key = text[start : start + KEY_CHARACTERS]
            keys[key] = keys.get(key, False) or is_first
    spelled = "".join(_syllables(term))[:KEY_CHARACTERS]
    keys[spelled] = True
    return [Key(text, is_first) for text, is_first in keys.items() if text]


def rank_of(count: int) -> int:
    """Return how common a term is: 0 for one, one more each time the count doubles."""
    return max(1, count).bit_length() - 1


def range_of(typed: str) -> tuple[str, str]:
    """Return the first key that begins with what was typed, and the first one after those."""
    begin = typed[:KEY_CHARACTERS]
    return begin, f"{begin}\U0010ffff"


def fits(term: str, typed: str) -> bool:
    """Tell whether a term has what was typed: keys are cut, so long beginnings are looked at."""
    return (
        len(typed) <= KEY_CHARACTERS
        or typed in term
        or typed in initials_of(term)
        or "".join(_syllables(term)).startswith(typed)
    )


def mark(name: str, typed: str) -> list[highlighting.Range]:
    """Return what of a name was typed, by its characters or by their pinyin."""
    found = highlighting.highlight(name, typed, is_number=True)
    if found:
        return found
    flat = highlighting.flatten(name)
    wanted = tokens.flatten(typed)
    place = initials_of(flat.text).find(wanted) if wanted else -1
    if place >= 0:
        return [flat.original(place, place + len(wanted))]
    length = _spelled_length(flat.text, wanted)
    return [flat.original(0, length)] if length else []


@lru_cache(maxsize=20_000)
def initials_of(term: str) -> str:
    """Return the first letter of each character's reading; letters and digits stay."""
    return "".join(syllable[0] for syllable in _syllables(term))


def _starts(body: str) -> Iterator[int]:
    """Return where words may begin: at each character, and at each run of letters and digits."""
    count = 0
    for place, character in enumerate(body):
        is_inside = place > 0 and character.isascii() and body[place - 1].isascii()
        if is_inside or (place > 0 and len(body) - place < _MIN_END):
            continue
        count += 1
        if count > MAX_STARTS:
            return
        yield place


@lru_cache(maxsize=20_000)
def _syllables(term: str) -> tuple[str, ...]:
    """Return one syllable for each character, or the character itself where it has none."""
    found: list[str] = []
    for run in tokens.find_runs(term):
        # Characters that have no reading are rare; a run with one is not spelled at all.
        spelled = pinyin.read_run(run) if tokens.is_han(run) else ()
        found += spelled if len(spelled) == len(run) else run
    return tuple(found) if len(found) == len(term) else tuple(term)


def _spelled_length(term: str, letters: str) -> int:
    """Return how many characters from the first on are spelled with the letters; 0 for none."""
    spelled = ""
    for count, syllable in enumerate(_syllables(term), start=1):
        spelled += syllable
        if not letters or not spelled.startswith(letters[: len(spelled)]):
            return 0
        if len(spelled) >= len(letters):
            return count
    return 0
