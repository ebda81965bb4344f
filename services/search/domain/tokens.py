"""Cut texts into tokens: one small tokenizer for both engines.

Runs of Han characters become overlapping pairs and the run's last character alone, runs of letters
and digits stay whole. Tokens hold nothing but a-z, 0-9 and common Han characters, so that no
engine's own idea of a word plays a part. Trigram indexes cannot serve words of two characters, the
commonest in Chinese; pairs can.

Every token in the index begins with a letter that says what it is of (`Tag`): one index then finds
a word in the title only as quickly as in any field, and a filter is one more token.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Final

import opencc

MAX_TOKEN: Final = 40
PASSAGE_CHARACTERS: Final = 4_000
PASSAGE_OVERLAP: Final = 20

# Keeps a phrase from running over the border between two fields.
BREAK: Final = "zz"

HAN: Final = "\u3400-\u4db5\u4e00-\u9fa5"
_RUN: Final = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")
_IS_HAN: Final = re.compile(rf"[{HAN}]")
_PLAIN_RUN: Final = re.compile(rf"[a-z0-9{HAN}]*")
_PLAIN: Final = re.compile(rf"[a-z0-9{HAN}]")


class Tag(StrEnum):
    """Say what a token is of: the first letter of each token in the index."""

    TITLE = "a"
    PRODUCT = "b"
    ENTERPRISE = "c"
    TEXT = "d"
    BARCODE = "e"
    FILTER = "f"
    NAME = "g"
    INITIALS = "i"
    NUMBER_KEY = "k"
    NUMBER_BODY = "m"
    NUMBER_PIECE = "n"
    ORGANIZATION = "o"
    SYLLABLES = "p"
    TITLE_KEY = "t"


def fold(text: str) -> str:
    """Return ``text`` in plain width, lower case and simplified characters.

    Halves of characters that are no character at all fall out: no engine takes them.
    """
    plain = unicodedata.normalize("NFKC", text).lower().encode(errors="ignore").decode()
    return str(_SIMPLIFIER.convert(plain)) if not plain.isascii() else plain


def find_runs(folded: str) -> list[str]:
    """Return the runs of Han characters, and those of letters and digits, of a folded text."""
    return _RUN.findall(folded)


def is_han(run: str) -> bool:
    """Tell whether a run is one of Han characters."""
    return _IS_HAN.match(run) is not None


def flatten(text: str) -> str:
    """Return only the letters and digits of ``text``, folded: what spellings of a number share."""
    return "".join(find_runs(fold(text)))


@lru_cache(maxsize=50_000)
def index_tokens(text: str) -> tuple[str, ...]:
    """Return the tokens under which a text can be found, without a tag."""
    return tuple(token for run in find_runs(fold(text)) for token in run_tokens(run))


def run_tokens(run: str) -> list[str]:
    """Return the tokens of one run; the last character alone lets a single one be found."""
    if not is_han(run):
        return [encode(run)[:MAX_TOKEN]]
    return [*pair_tokens(run), run[-1]]


def pair_tokens(run: str) -> list[str]:
    """Return the overlapping pairs of a run of Han characters."""
    return [run[place : place + 2] for place in range(len(run) - 1)]


def tag_fields(tag: Tag, fields: Iterable[Sequence[str]]) -> Iterator[str]:
    """Return the tokens of several fields with their tag, none of whose phrases runs on."""
    for field in fields:
        if field:
            yield from [tag + token for token in field]
            yield BREAK


def to_tsvector(tagged: Iterable[str]) -> str:
    """Return tokens with their places as PostgreSQL reads them; tokens hold no quotes."""
    places: dict[str, str] = {}
    for place, token in enumerate(tagged, start=1):
        known = places.get(token)
        places[token] = str(place) if known is None else f"{known},{place}"
    places.pop(BREAK, None)
    return " ".join([f"{token}:{at}" for token, at in places.items()])


def split_passages(text: str) -> list[str]:
    """Return pieces of a long text, overlapping a little, so that no short phrase is cut."""
    step = PASSAGE_CHARACTERS - PASSAGE_OVERLAP
    return [text[start : start + PASSAGE_CHARACTERS] for start in range(0, len(text), step)]


def encode(run: str) -> str:
    """Spell rare characters out, for engines disagree on which of them are letters."""
    if _PLAIN_RUN.fullmatch(run):
        return run
    return "".join(
        character if _PLAIN.match(character) else f"u{ord(character):06x}" for character in run
    )


_SIMPLIFIER: Final = opencc.OpenCC("t2s")
