"""What a standard number is found by: the whole of it, its serial, and any piece."""

import re
from typing import Final

from services.search.domain import tokens

MAX_FLAT: Final = 60
PIECE: Final = 3

_YEAR: Final = re.compile(r"[-—－–][0-9]{4}$")
# The serial, its parts, and the letter at the end of a food standard of an enterprise.
_SERIAL: Final = re.compile(r"([0-9]+)((?:\.[0-9]+)*)([a-z]?)$")


def number_keys(number: str) -> set[str]:
    """Return what the whole number is, with and without its year."""
    stem = _YEAR.sub("", number.strip())
    return {key for key in (tokens.flatten(number), tokens.flatten(stem)) if key}


def body_keys(number: str) -> set[str]:
    """Return what else names this number: ``36917``, ``36917.1`` and ``GB/T 36917``."""
    stem = tokens.fold(_YEAR.sub("", number.strip()))
    found = _SERIAL.search(stem)
    if found is None:
        return set()
    serial, parts, letter = found.groups()
    keys = {serial, serial + parts, serial + parts + letter, stem[: found.end(1)]}
    if parts or letter:
        keys.add(stem[: found.end(2)])
    return {tokens.flatten(key) for key in keys}


def piece_tokens(text: str) -> list[str]:
    """Return the tokens that find any piece of a number: three characters from each place on."""
    flat = tokens.flatten(text)[:MAX_FLAT]
    return [tokens.encode(flat[place : place + PIECE]) for place in range(len(flat))]


def piece_phrase(flat: str) -> tuple[tuple[str, ...], bool]:
    """Return the tokens that a piece consists of, and whether the last of them may go on."""
    if len(flat) < PIECE:
        return (tokens.encode(flat),), True
    places = range(len(flat) - PIECE + 1)
    return tuple(tokens.encode(flat[place : place + PIECE]) for place in places), False
