"""Pinyin of names: as pairs of syllables, and as first letters, three from each place on.

Both are found from any syllable of a name on, and with an unfinished last syllable. Pairs and
threes keep the number of different tokens small, however many names there are.
"""

import itertools
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Final

import pypinyin
from pypinyin import pinyin_dict
from pypinyin.constants import Style
from pypinyin.seg import mmseg

MIN_LETTERS: Final = 2
MAX_LETTERS: Final = 40
MAX_READINGS: Final = 8
_PIECE: Final = 3


@lru_cache(maxsize=50_000)
def read_run(run: str) -> tuple[str, ...]:
    """Return the syllables of a run of Han characters, without tones; ü is v."""
    return tuple(syllable for phrase in mmseg.seg.cut(run) for syllable in _read_phrase(phrase))


def syllable_tokens(syllables: tuple[str, ...]) -> list[str]:
    """Return the pairs of syllables, and the last one alone."""
    pairs = [first + second for first, second in itertools.pairwise(syllables)]
    return [*pairs, *syllables[-1:]]


def initial_tokens(syllables: tuple[str, ...]) -> list[str]:
    """Return three first letters from each syllable on, fewer at the end, but two or more."""
    letters = "".join(syllable[0] for syllable in syllables)
    return [letters[place : place + _PIECE] for place in range(len(letters) - 1)]


def initial_phrase(letters: str) -> tuple[tuple[str, ...], bool]:
    """Return the tokens that first letters consist of, and whether the last of them may go on."""
    if len(letters) < _PIECE:
        return (letters,), True
    places = range(len(letters) - _PIECE + 1)
    return tuple(letters[place : place + _PIECE] for place in places), False


def syllable_phrases(letters: str) -> list[tuple[str, ...]]:
    """Return the tokens of each way to read letters as syllables; the last of each may go on."""
    readings = []
    for syllables in _readings(letters, ()):
        pairs = syllable_tokens(syllables)
        readings.append(tuple(pairs[:-1] or pairs))
        if len(readings) == MAX_READINGS:
            break
    return readings


def is_spelled(run: str) -> bool:
    """Tell whether a run of letters can be pinyin or first letters at all."""
    return (
        MIN_LETTERS <= len(run) <= MAX_LETTERS and run.isascii() and run.isalpha() and run.islower()
    )


def _readings(letters: str, before: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if not letters:
        yield before
        return
    # Longest first: baowenbei before ba-o-wen-bei.
    for length in range(min(6, len(letters)), 0, -1):
        head, rest = letters[:length], letters[length:]
        if head in _syllables() and (not rest or _can_go_on(rest)):
            yield from _readings(rest, (*before, head))
        elif not rest and head in _beginnings():
            yield (*before, head)


@lru_cache(maxsize=1_000)
def _can_go_on(letters: str) -> bool:
    """Tell whether letters can be read at all; without it a long word would be tried for ever."""
    if letters in _beginnings():
        return True
    return any(
        letters[:length] in _syllables() and _can_go_on(letters[length:])
        for length in range(min(6, len(letters)), 0, -1)
    )


@lru_cache(maxsize=100_000)
def _read_phrase(phrase: str) -> tuple[str, ...]:
    """Return the syllables of a word, which decide about characters with several readings."""
    found = pypinyin.lazy_pinyin(phrase, errors="ignore")
    return tuple(syllable for syllable in found if syllable.isascii() and syllable.isalpha())


@cache
def _syllables() -> frozenset[str]:
    common = (chr(code) for code in range(0x4E00, 0x9FA6) if code in pinyin_dict.pinyin_dict)
    found = {
        reading
        for character in common
        for (reading,) in pypinyin.pinyin(character, style=Style.NORMAL)
    }
    return frozenset(syllable for syllable in found if syllable.isascii() and syllable.isalpha())


@cache
def _beginnings() -> frozenset[str]:
    return frozenset(
        syllable[:length] for syllable in _syllables() for length in range(1, len(syllable) + 1)
    )
