"""Compare what an applicant typed with the organisation record, field by field."""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.registry.domain import folding, hints
from services.registry.domain.hints import Clue


class Field(StrEnum):
    """Name the five fields of 基本信息验证 (手册 2.1)."""

    CODE = "code"
    NAME = "name"
    LEGAL_REPRESENTATIVE = "legal_representative"
    ID_NUMBER = "legal_representative_id_number"
    ADDRESS = "address"


@dataclass(frozen=True)
class Mismatch:
    """Say that one field differs and, where it can be guessed, how."""

    field: Field
    clues: tuple[Clue, ...] = ()


@dataclass(frozen=True)
class Texts:
    """Hold the three fields that are compared as texts."""

    name: str
    legal_representative: str
    address: str


def compare_texts(
    typed: Texts, stored: Texts, former: Mapping[Field, Sequence[str]] | None = None
) -> list[Mismatch]:
    """Return the text fields that differ after folding, in the order of the form.

    ``former`` holds values that the record had before, by field.
    """
    past = former or {}
    mismatches = []
    for field, one, other in (
        (Field.NAME, typed.name, stored.name),
        (Field.LEGAL_REPRESENTATIVE, typed.legal_representative, stored.legal_representative),
    ):
        if folding.fold_text(one) != folding.fold_text(other):
            mismatches.append(Mismatch(field, hints.of_text(one, other, past.get(field, ()))))
    if folding.fold_address(typed.address) != folding.fold_address(stored.address):
        clues = hints.of_address(typed.address, stored.address, past.get(Field.ADDRESS, ()))
        mismatches.append(Mismatch(Field.ADDRESS, clues))
    return mismatches


@dataclass(frozen=True)
class IdIndexes:
    """Hold the keyed hashes of an identity number: as it is, and of its 15-digit form."""

    full: str
    short: str | None
    is_short_form: bool


def same_id_number(typed: IdIndexes, stored: IdIndexes) -> bool:
    """Tell whether two identity numbers are the same person's document.

    The short forms are compared only when one side *is* the short form: two long numbers that
    differ in the century or in the check character are different.
    """
    if hmac.compare_digest(typed.full, stored.full):
        return True
    if not (typed.is_short_form or stored.is_short_form) or not (typed.short and stored.short):
        return False
    return hmac.compare_digest(typed.short, stored.short)
