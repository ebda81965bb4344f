"""Find where a text says what was asked for, in the text as it is printed.

A search compares folded texts: plain width, lower case, simplified characters, no punctuation. What
is found must be marked in the original, so each folded character remembers where it came from.
Places are ranges ``(start, end)`` in characters (code points), the end excluded.
"""

import itertools
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from services.search.domain import tokens

Range = tuple[int, int]

MAX_QUERY: Final = 200
MAX_WORDS: Final = 8
MAX_RANGES: Final = 20
SNIPPET_CHARACTERS: Final = 120
# A piece of a word is marked only from so many characters on.
MIN_PIECE: Final = 2
_LEAD_CHARACTERS: Final = 30
_WINDOW: Final = 1_000
_OVERLAP: Final = 100
_MAX_HITS: Final = 200


@dataclass(frozen=True)
class FlatText:
    """Hold the letters, digits and characters of a text, folded, and where each came from."""

    text: str
    places: tuple[Range, ...]

    def original(self, start: int, end: int) -> Range:
        """Return the range of the original text behind a range of this one, which is not empty."""
        return self.places[start][0], self.places[end - 1][1]


@dataclass(frozen=True)
class Snippet:
    """Be a piece of a long text around what was found; ``ranges`` count from its beginning."""

    text: str
    ranges: tuple[Range, ...]
    is_cut_before: bool
    is_cut_after: bool


def flatten(text: str) -> FlatText:
    """Return the folded letters, digits and characters of a text with their places."""
    joined, places = _plain_text(text)
    simplified = _simplified(joined)
    kept = [place for place, character in enumerate(simplified) if character.isalnum()]
    return FlatText(
        text="".join(simplified[place] for place in kept),
        places=tuple(places[place] for place in kept),
    )


def _simplified(joined: str) -> str:
    """Return a plain text in simplified characters, as many as before."""
    simplified = tokens.fold(joined)
    # No conversion known today changes the length; were one to, its places would be lost.
    return simplified if len(simplified) == len(joined) else joined


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _plain_text(text: str) -> tuple[str, Sequence[Range]]:
    """Return a text in plain width and lower case, and where each character came from."""
    try:
        return text.translate(_PLAIN), [(place, place + 1) for place in range(len(text))]
    except _JoinedError:
        pass
    folded: list[str] = []
    places: list[Range] = []
    for start, end in _clusters(text):
        plain = _plain(text[start:end])
        folded.append(plain)
        places += [(start, end)] * len(plain)
    return "".join(folded), places


class _JoinedError(Exception):
    """Say that a text has characters which are not one each in plain width."""


class _PlainCharacters(dict[int, str]):
    """Know characters in plain width that were met before, as ``str.translate`` asks for them."""

    def __missing__(self, ordinal: int) -> str:
        character = chr(ordinal)
        plain = _plain(character)
        if len(plain) != 1 or unicodedata.combining(character):
            raise _JoinedError
        self[ordinal] = plain
        return plain


def _plain(text: str) -> str:
    # Halves of characters fall out, as they do in the index.
    return unicodedata.normalize("NFKC", text).lower().encode(errors="ignore").decode()


def highlight(text: str, query: str, *, is_number: bool = False) -> list[Range]:
    """Return where the words of a query are in a text, in order, none touching another.

    A word is found whole, whatever punctuation or spaces are between its characters; a word that
    begins with a letter or digit begins one in the text too, unless the text is a number
    (``is_number``), any piece of which can be asked for.
    """
    words = read_words(query)
    said = _letters(_simplified(_plain_text(text)[0]))
    if not any(word in said for word in words):
        # Of most fields that is all there is to know.
        return []
    flat = flatten(text)
    return _merge(
        flat.original(start, end)
        for word in words
        for start, end in _occurrences(flat, word, is_number=is_number)
    )


def highlight_pieces(text: str, query: str) -> list[Range]:
    """Return where the longest pieces of the query's words are that the text has.

    This is for what was found because the query contains its name: 大落地窗 and 落地窗.
    """
    flat = flatten(text)
    return _merge(
        flat.original(start, end)
        for word in read_words(query)
        for start, end in _pieces(flat.text, word)
    )


def cut_snippet(text: str, query: str, *, width: int = SNIPPET_CHARACTERS) -> Snippet | None:
    """Return the piece of a long text that has most of the query's words; None when it has none."""
    flat = flatten(text)
    hits = sorted(
        (*flat.original(start, end), number)
        for number, word in enumerate(read_words(query))
        for start, end in _occurrences(flat, word, is_number=False)
    )
    if not hits:
        return None
    best = max(hits, key=lambda hit: (_words_within(hits, hit[0], width), -hit[0]))
    begin = max(0, best[0] - _LEAD_CHARACTERS)
    end = min(len(text), max(begin + width, best[1]))
    begin = max(0, min(begin, end - width))
    ranges = _merge(
        (start - begin, min(stop, end) - begin) for start, stop, _ in hits if begin <= start < end
    )
    return Snippet(
        text=text[begin:end],
        ranges=tuple(ranges),
        is_cut_before=begin > 0,
        is_cut_after=end < len(text),
    )


def find_snippet(text: str, query: str) -> Snippet | None:
    """Return a snippet of a text of any length; None when it does not have the words.

    Pieces of it are looked at quickly, the one with most of the words closely.
    """
    words = read_words(query)
    best, most = None, 0
    for start in range(0, len(text), _WINDOW - _OVERLAP):
        flat = tokens.flatten(text[start : start + _WINDOW])
        count = sum(word in flat for word in words)
        if count > most:
            best, most = start, count
        if most == len(words):
            break
    if best is None:
        return None
    found = cut_snippet(text[best : best + _WINDOW], query)
    if found is None:
        return None
    return replace(
        found,
        is_cut_before=found.is_cut_before or best > 0,
        is_cut_after=found.is_cut_after or best + _WINDOW < len(text),
    )


def read_words(query: str) -> list[str]:
    """Return the words of a query, each once, without punctuation."""
    return list(_words(query[:MAX_QUERY]))


@lru_cache(maxsize=100)
def _words(query: str) -> tuple[str, ...]:
    parts = tokens.fold(query).split()
    words = ("".join(filter(str.isalnum, part)) for part in parts)
    return tuple(dict.fromkeys(word for word in words if word))[:MAX_WORDS]


def _clusters(text: str) -> Iterator[Range]:
    """Return the characters with the marks that stand on them: these are composed together."""
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or not unicodedata.combining(text[end]):
            yield start, end
            start = end


def _occurrences(flat: FlatText, word: str, *, is_number: bool) -> Iterator[Range]:
    found = flat.text.find(word)
    count = 0
    while found >= 0 and count < _MAX_HITS:
        if is_number or _begins_a_word(flat, found):
            count += 1
            yield found, found + len(word)
        found = flat.text.find(word, found + 1)


def _begins_a_word(flat: FlatText, place: int) -> bool:
    """Tell whether a place is not in the middle of a run of letters and digits."""
    if place == 0 or not flat.text[place].isascii() or not flat.text[place - 1].isascii():
        return True
    return flat.places[place - 1][1] != flat.places[place][0]


def _pieces(text: str, word: str) -> Iterator[Range]:
    """Return the longest pieces of a word that a text has, taken from left to right."""
    place = 0
    while place <= len(word) - MIN_PIECE:
        length = _longest_piece(text, word, place)
        if length >= MIN_PIECE:
            found = text.find(word[place : place + length])
            yield found, found + length
        place += max(1, length)


def _longest_piece(text: str, word: str, place: int) -> int:
    length = 0
    while place + length < len(word) and word[place : place + length + 1] in text:
        length += 1
    return length


def _words_within(hits: Sequence[tuple[int, int, int]], begin: int, width: int) -> int:
    """Return how many different words are found from a place on."""
    return len({number for start, end, number in hits if begin <= start and end <= begin + width})


def _merge(ranges: Iterator[Range]) -> list[Range]:
    merged: list[Range] = []
    for start, end in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return list(itertools.islice(merged, MAX_RANGES))


_PLAIN: Final = _PlainCharacters()
