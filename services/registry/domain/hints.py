"""Guess what is wrong with a field that differs, from what was typed and how it differs.

A hint names a kind of fault, and where it is the place in what was *typed*; it never tells what is
stored (手册 2.1, FAQ 1, 2, 4, 5, 6).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from services.registry.domain import codes, folding, identity, regions

MAX_CLUES: Final = 3

_BRACKETS: Final = frozenset("（）【】〔〕［］")
_IDEOGRAPHIC_SPACE: Final = "\u3000"
# Letters that GB 32100 leaves out because they are taken for digits.
_LOOKALIKES: Final = {"O": "0", "I": "1", "Z": "2", "S": "5"}
_CITY: Final = re.compile(r".{2,9}?(?:市|自治州|地区|盟)")
_COUNTY: Final = re.compile(r".{1,9}?(?:区|县|市|旗)")
_LETTER_O: Final = re.compile("[OoＯｏ]")


class Hint(StrEnum):
    """Name the likely fault."""

    MISSING_PROVINCE = "address_province_missing"
    EXTRA_PROVINCE = "address_province_extra"
    MISSING_CITY = "hint_city_missing"
    MISSING_COUNTY = "hint_county_missing"
    FORMER_VALUE = "hint_former_value"
    FULL_WIDTH_BRACKET = "hint_full_width_bracket"
    FULL_WIDTH_CHARACTER = "hint_full_width_character"
    SPACE = "hint_space"
    NUMBER_SIGN = "hint_number_sign"
    LETTER_O = "hint_letter_o"
    WAIT_FOR_SYNC = "hint_wait_for_sync"
    CODE_LENGTH = "hint_code_length"
    CODE_LOOKALIKE = "hint_code_lookalike"
    CODE_CHECK_CHARACTER = "hint_code_check_character"
    ID_LENGTH = "hint_id_length"
    ID_CHECK_CHARACTER = "hint_id_check_character"
    ID_SHORT_FORM = "hint_id_short_form"
    ID_DOCUMENT = "hint_id_document"


@dataclass(frozen=True)
class Clue:
    """Hold one hint with what its text needs: the place of a character, counted from 1."""

    hint: Hint
    params: Mapping[str, str] = field(default_factory=dict)


def of_text(typed: str, stored: str, former: Iterable[str] = ()) -> tuple[Clue, ...]:
    """Return what may be wrong with a name that differs; ``former`` are earlier values of it."""
    folded = folding.fold_text(typed)
    if folded in {folding.fold_text(value) for value in former}:
        return (Clue(Hint.FORMER_VALUE),)
    clues = [*_letter_o(folded, folding.fold_text(stored), typed), *_of_spelling(typed)]
    return tuple(clues[:MAX_CLUES]) or (Clue(Hint.WAIT_FOR_SYNC),)


def of_address(typed: str, stored: str, former: Iterable[str] = ()) -> tuple[Clue, ...]:
    """Return what may be wrong with an address that differs (FAQ 1)."""
    folded, expected = folding.fold_address(typed), folding.fold_address(stored)
    if folded in {folding.fold_address(value) for value in former}:
        return (Clue(Hint.FORMER_VALUE),)
    clues = [*_levels(folded, expected), *_letter_o(folded, expected, typed)]
    clues += [*_of_spelling(typed), *_place(Hint.NUMBER_SIGN, typed, "#＃")]
    return tuple(clues[:MAX_CLUES]) or (Clue(Hint.WAIT_FOR_SYNC),)


def of_code(typed: str) -> tuple[Clue, ...]:
    """Return what is wrong with a code that cannot be one (FAQ 6): the typed text alone tells."""
    code = codes.fold_code(typed)
    if len(code) not in {codes.CREDIT_CODE_LENGTH, codes.ORGANIZATION_CODE_LENGTH}:
        return (Clue(Hint.CODE_LENGTH, {"length": str(len(code))}),)
    replaced = "".join(_LOOKALIKES.get(character, character) for character in code)
    if replaced != code and codes.is_well_formed(replaced):
        place = next(
            n for n, pair in enumerate(zip(code, replaced, strict=True), 1) if len({*pair}) > 1
        )
        return (Clue(Hint.CODE_LOOKALIKE, {"place": str(place)}),)
    return (Clue(Hint.CODE_CHECK_CHARACTER),)


def of_id_number(typed: str) -> tuple[Clue, ...]:
    """Return what may be wrong with an identity number that differs: the typed text alone tells."""
    number = identity.fold_id_number(typed)
    if place := _place(Hint.LETTER_O, number, "O") if _is_nearly_digits(number) else ():
        return tuple(place)
    if identity.is_long_form(number):
        is_right = identity.has_right_check_character(number)
        return (Clue(Hint.ID_DOCUMENT if is_right else Hint.ID_CHECK_CHARACTER),)
    if identity.is_short_form(number):
        return (Clue(Hint.ID_SHORT_FORM),)
    if number.isdigit() and len(number) > identity.SHORT - 3:
        return (Clue(Hint.ID_LENGTH, {"length": str(len(number))}),)
    return (Clue(Hint.ID_DOCUMENT),)


def _is_nearly_digits(number: str) -> bool:
    """Tell whether a number is a resident's but for letters: passports begin with one."""
    digits = sum(character.isdigit() for character in number)
    return len(number) in {identity.SHORT, identity.LONG} and digits >= identity.SHORT - 3


def _levels(typed: str, stored: str) -> Iterable[Clue]:
    """Compare which levels of divisions the two addresses begin with."""
    has_typed, has_stored = regions.has_province(typed), regions.has_province(stored)
    if has_stored and not has_typed:
        yield Clue(Hint.MISSING_PROVINCE)
        return
    if has_typed and not has_stored:
        yield Clue(Hint.EXTRA_PROVINCE)
        return
    typed_city, typed_rest = _split_city(regions.without_province(typed))
    stored_city, stored_rest = _split_city(regions.without_province(stored))
    if stored_city and not typed_city:
        yield Clue(Hint.MISSING_CITY)
    elif typed_city == stored_city and _COUNTY.match(stored_rest) and not _COUNTY.match(typed_rest):
        yield Clue(Hint.MISSING_COUNTY)


def _split_city(address: str) -> tuple[str, str]:
    found = _CITY.match(address)
    return (found[0], address[found.end() :]) if found else ("", address)


def _letter_o(typed: str, stored: str, original: str) -> Iterable[Clue]:
    """Notice a letter O that stands where the record has a zero."""
    if typed != stored and typed.replace("o", "0") == stored.replace("o", "0"):
        place = next((n for n, c in enumerate(original, 1) if _LETTER_O.match(c)), None)
        if place is not None:
            yield Clue(Hint.LETTER_O, {"place": str(place)})


def _of_spelling(typed: str) -> list[Clue]:
    """Return the first of each kind of character that the manual asks not to type."""
    found = [*_place(Hint.FULL_WIDTH_BRACKET, typed, _BRACKETS)]
    for place, character in enumerate(typed, 1):
        if character not in _BRACKETS and _is_full_width(character):
            found.append(Clue(Hint.FULL_WIDTH_CHARACTER, {"place": str(place)}))
            break
    inner = typed.rstrip()
    found += _place(
        Hint.SPACE, inner, f" {_IDEOGRAPHIC_SPACE}\t", after=len(inner) - len(inner.lstrip())
    )
    return found


def _is_full_width(character: str) -> bool:
    """Tell whether a letter, digit or sign has a half-width form."""
    is_wide = unicodedata.east_asian_width(character) == "F"
    return is_wide and character != _IDEOGRAPHIC_SPACE


def _place(hint: Hint, text: str, characters: Iterable[str], *, after: int = 0) -> list[Clue]:
    wanted = frozenset(characters)
    return [
        Clue(hint, {"place": str(place)})
        for place, character in enumerate(text, 1)
        if place > after and character in wanted
    ][:1]
