"""Cut texts and queries into tokens: one small tokenizer for both engines.

Runs of Han characters become overlapping pairs and the run's last character alone, runs of letters
and digits stay whole. Tokens hold nothing but a-z, 0-9 and common Han characters, so that no
engine's own idea of a word plays a part. Trigram indexes cannot serve words of two characters, the
commonest in Chinese; pairs can.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from typing import Final

import opencc

MAX_TOKEN: Final = 40
MAX_WORDS: Final = 8
MAX_QUERY: Final = 200
PASSAGE_CHARACTERS: Final = 4_000
PASSAGE_OVERLAP: Final = 20
MIN_FRAGMENT: Final = 2

# Keeps a phrase from running over the border between two fields.
BREAK: Final = "u00000a"

_HAN: Final = "\u3400-\u4db5\u4e00-\u9fa5"
_RUN: Final = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_IS_HAN: Final = re.compile(rf"[{_HAN}]")
_PLAIN: Final = re.compile(rf"[a-z0-9{_HAN}]")


@dataclass(frozen=True)
class Word:
    """Be one word of a query: tokens that follow one another, and its letters and digits in one.

    ``is_open`` says that the last token may go on; ``fragment`` finds pieces of numbers.
    """

    phrase: tuple[str, ...]
    is_open: bool
    is_single: bool
    fragment: str | None


def fold(text: str) -> str:
    """Return ``text`` in plain width, lower case and simplified characters."""
    return str(_simplifier().convert(unicodedata.normalize("NFKC", text).lower()))


def flatten(text: str) -> str:
    """Return only the letters and digits of ``text``, folded: what spellings of a number share."""
    return "".join(_RUN.findall(fold(text)))


def index_tokens(text: str) -> list[str]:
    """Return the tokens under which a text can be found."""
    return [token for run in _RUN.findall(fold(text)) for token in _tokens_of(run, is_last=False)]


def number_tokens(text: str) -> list[str]:
    """Return a token for every tail of a number, so that any piece of it can be found."""
    flat = flatten(text)
    return [
        _encode(flat[start:])[:MAX_TOKEN] for start in range(max(1, len(flat) - MIN_FRAGMENT + 1))
    ]


def read_query(text: str) -> list[Word]:
    """Return the words of a query; all of them must be found."""
    words = [_read_word(part) for part in fold(text[:MAX_QUERY]).split()]
    return [word for word in words if word is not None][:MAX_WORDS]


def split_passages(text: str) -> list[str]:
    """Return pieces of a long text, overlapping a little, so that no short phrase is cut."""
    step = PASSAGE_CHARACTERS - PASSAGE_OVERLAP
    return [text[start : start + PASSAGE_CHARACTERS] for start in range(0, len(text), step)]


def _read_word(part: str) -> Word | None:
    runs = _RUN.findall(part)
    if not runs:
        return None
    last = len(runs) - 1
    phrase = [
        token for place, run in enumerate(runs) for token in _tokens_of(run, is_last=place == last)
    ]
    flat = "".join(runs)
    ends_in_pair = bool(_IS_HAN.match(runs[-1])) and len(runs[-1]) > 1
    has_fragment = len(flat) >= MIN_FRAGMENT and (len(runs) > 1 or not _IS_HAN.match(flat))
    return Word(
        phrase=tuple(phrase),
        is_open=not ends_in_pair,
        is_single=len(flat) == 1 and bool(_IS_HAN.match(flat)),
        fragment=_encode(flat)[:MAX_TOKEN] if has_fragment else None,
    )


def _tokens_of(run: str, *, is_last: bool) -> list[str]:
    """Return a run's tokens; the last run of a query needs no end: the text may go on."""
    if not _IS_HAN.match(run):
        return [_encode(run)[:MAX_TOKEN]]
    pairs = [run[place : place + 2] for place in range(len(run) - 1)]
    return pairs if is_last and pairs else [*pairs, run[-1]]


def _encode(run: str) -> str:
    """Spell rare characters out, for engines disagree on which of them are letters."""
    return "".join(
        character if _PLAIN.match(character) else f"u{ord(character):06x}" for character in run
    )


@cache
def _simplifier() -> "opencc.OpenCC":
    return opencc.OpenCC("t2s")
