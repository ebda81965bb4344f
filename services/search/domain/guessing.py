"""Guess which number was meant when there is none as it was typed.

People swap or miss a digit, take the wrong letters or the wrong year. Each guess is made from what
was typed and then looked up among the known numbers: a few hundred look-ups of a b-tree, however
many numbers there are.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from services.search.domain import tokens

MAX_GUESSES: Final = 5
MIN_DIGITS: Final = 3
MAX_LETTERS: Final = 12
_MAX_FLAT: Final = 30
# Standards have had years since the first one; what is beyond belongs to the serial.
_YEAR: Final = re.compile(r"(?<=[0-9A-Za-z])\s*[-—－–_]\s*((?:19|20)[0-9]{2})$")
# The serial with its parts, and the letter that ends a food standard of an enterprise.
_SERIAL: Final = re.compile(r"[0-9]+(?:\.[0-9]+)*[a-z]?$")
_DIGITS: Final = "0123456789"
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Parts:
    """Be a number's letters and digits: all, without its year, and its serial alone."""

    flat: str
    stem: str
    body: str
    year: str


@dataclass(frozen=True)
class Known:
    """Be a number that was published, and how often."""

    flat: str
    stem: str
    body: str
    text: str
    count: int


def split_number(text: str) -> Parts:
    """Return the parts of a number as it is printed or typed."""
    folded = tokens.fold(text).strip()
    found = _YEAR.search(folded)
    year = found.group(1) if found else ""
    printed = folded[: found.start()] if found else folded
    serial = _SERIAL.search(printed)
    stem = tokens.flatten(printed)
    body = tokens.flatten(serial.group()) if serial else stem
    return Parts(flat=stem + year, stem=stem, body=body, year=year)


def is_like_a_number(text: str) -> bool:
    """Tell whether somebody who typed this was after the number of a standard."""
    flat = tokens.flatten(text)
    digits = sum(character.isdigit() for character in flat)
    return (
        flat.isascii()
        and digits >= MIN_DIGITS
        and len(flat) - digits <= MAX_LETTERS
        and len(flat) <= _MAX_FLAT
    )


def near_keys(parts: Parts) -> set[str]:
    """Return what differs by one slip from the number typed, with and without its year."""
    front = parts.stem.removesuffix(parts.body)
    fronts = set(_slips(front, _LETTERS)) - {front}
    bodies = set(_slips(parts.body, _DIGITS)) - {parts.body}
    near = {front + body for body in bodies if body} | {other + parts.body for other in fronts}
    return near | {stem + parts.year for stem in near if parts.year}


def near_bodies(parts: Parts) -> set[str]:
    """Return the serials one slip away, for somebody who typed nothing but digits."""
    if parts.body != parts.stem:
        return set()
    return {body for body in _slips(parts.body, _DIGITS) if len(body) >= MIN_DIGITS} - {parts.body}


def choose(parts: Parts, known: Iterable[Known]) -> list[Known]:
    """Return the likeliest of the known numbers, the likeliest first."""
    near = near_keys(parts) | near_bodies(parts)
    ranked = sorted(
        (number for number in set(known) if number.flat != parts.flat),
        key=lambda number: (_distance(parts, number, near), -number.count, number.text),
    )
    return ranked[:MAX_GUESSES]


def _distance(parts: Parts, number: Known, near: set[str]) -> tuple[int, int]:
    """Return how far a number is from what was typed: the slip, and whether the year fits."""
    has_other_year = bool(parts.year) and not number.flat.endswith(parts.year)
    slip = 2
    if number.stem == parts.stem:
        slip = 0
    elif near.intersection((number.flat, number.stem, number.body)):
        slip = 1
    return slip + has_other_year, slip


def _slips(text: str, characters: str) -> Iterator[str]:
    """Return texts with a character missing, two swapped, one too many, or one wrong."""
    for place in range(len(text)):
        yield text[:place] + text[place + 1 :]
        yield text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
    for place, character in itertools.product(range(len(text) + 1), characters):
        yield text[:place] + character + text[place:]
        if place < len(text) and text[place] in characters:
            yield text[:place] + character + text[place + 1 :]
