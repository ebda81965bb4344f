"""What a numeric requirement lets pass, so that two of them can be compared.

An enterprise has to say expressly where its indicator is lower than that of the recommended
standard (企业标准化促进办法 Art. 14), which only a comparison of typed limits can find.
"""

import re
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum
from typing import Final

from services.standards.domain import folding
from services.standards.domain.indicators import (
    Bound,
    NumericRequirement,
    Requirement,
    Symbol,
)

PERCENT: Final = "%"

# Thousands may be marked, as in 1,000; a power of ten or a unit makes a value text.
_NUMBER: Final = re.compile(r"([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?) ?(%?)")
_DIMENSIONLESS: Final = "无量纲"
# Far above the length of any value, so that taking a tolerance off never rounds.
_EXACT: Final = Context(prec=200)
_STRICT: Final = (Symbol.LESS, Symbol.GREATER)
_UPPER: Final = (Symbol.LESS, Symbol.LESS_OR_EQUAL)
_LOWER: Final = (Symbol.GREATER, Symbol.GREATER_OR_EQUAL)
_MIRRORED: Final = {
    Symbol.LESS: Symbol.GREATER,
    Symbol.LESS_OR_EQUAL: Symbol.GREATER_OR_EQUAL,
    Symbol.GREATER: Symbol.LESS,
    Symbol.GREATER_OR_EQUAL: Symbol.LESS_OR_EQUAL,
    Symbol.EQUAL: Symbol.EQUAL,
}


class Verdict(StrEnum):
    """Say how one requirement stands to another."""

    EQUAL = "EQUAL"
    STRICTER = "STRICTER"
    LOOSER = "LOOSER"
    INCOMPARABLE = "INCOMPARABLE"


@dataclass(frozen=True)
class Quantity:
    """Hold a main value that is a plain number, or a number of percent."""

    number: Decimal
    is_percent: bool


@dataclass(frozen=True)
class _End:
    """Hold a bound as it reads from the right of the name: where it may lie, and in which unit."""

    symbol: Symbol
    lowest: Decimal
    highest: Decimal
    unit: str


@dataclass(frozen=True)
class Interval:
    """Hold every value that passes; an end that is ``None`` is open without limit."""

    low: Decimal | None
    low_closed: bool
    high: Decimal | None
    high_closed: bool
    unit: str

    @property
    def is_empty(self) -> bool:
        """Tell whether no value passes."""
        if self.low is None or self.high is None:
            return False
        is_point = self.low_closed and self.high_closed
        return self.low > self.high or (self.low == self.high and not is_point)

    def contains(self, other: "Interval") -> bool:
        """Tell whether all that passes in ``other`` passes here too; units are not looked at."""
        return _reaches(
            self.low, other.low, is_closed=self.low_closed or not other.low_closed, sign=-1
        ) and _reaches(
            self.high, other.high, is_closed=self.high_closed or not other.high_closed, sign=1
        )


def parse_quantity(main: str) -> Quantity | None:
    """Return the number that a main value is, or ``None`` for any other text."""
    matched = _NUMBER.fullmatch(folding.fold_width(main))
    if matched is None:
        return None
    return Quantity(Decimal(matched[1].replace(",", "")), is_percent=bool(matched[2]))


def fold_unit(unit: str) -> str:
    """Return the form in which units are compared: ``mg／m³`` is ``mg/m3``, 无量纲 is none."""
    plain = folding.fold_width(unit).replace(" ", "")
    return "" if plain == _DIMENSIONLESS else plain


def derive_interval(requirement: Requirement) -> Interval | None:
    """Return what a requirement lets pass, or ``None`` where it can't be known for sure.

    A tolerance widens: it says how far beyond its main value a bound may still be.
    """
    if not isinstance(requirement, NumericRequirement):
        return None
    ends = _read_ends(requirement)
    units = {end.unit for end in ends if end is not None}
    if None in ends or len(units) != 1:
        return None
    low, high = None, None
    is_low_closed = is_high_closed = False
    for end in ends:
        if end is not None and end.symbol not in _UPPER:
            low, is_low_closed = end.lowest, end.symbol not in _STRICT
        if end is not None and end.symbol not in _LOWER:
            high, is_high_closed = end.highest, end.symbol not in _STRICT
    return Interval(low, is_low_closed, high, is_high_closed, units.pop())


def are_symbols_consistent(left: Symbol, right: Symbol) -> bool:
    """Tell whether two symbols around a name make one range: both point the same way."""
    return Symbol.EQUAL not in (left, right) and left[0] == right[0]


def is_range_empty(requirement: NumericRequirement) -> bool:
    """Tell whether the lower main value is above the upper one, or nothing lies between (R-107).

    Main values are compared when both are plain numbers or both are percent; tolerances don't
    mend a range that is the wrong way round.
    """
    if requirement.left is None or requirement.right is None:
        return False
    left, right = parse_quantity(requirement.left.main), parse_quantity(requirement.right.main)
    if left is None or right is None or left.is_percent != right.is_percent:
        return False
    is_descending = requirement.left.symbol[0] == Symbol.GREATER
    low, high = (right, left) if is_descending else (left, right)
    interval = derive_interval(requirement)
    return low.number > high.number or (interval is not None and interval.is_empty)


def compare(own: Interval | None, recommended: Interval | None) -> Verdict:
    """Return how ``own`` stands to ``recommended``: who lets less pass is stricter."""
    if own is None or recommended is None or own.unit != recommended.unit:
        return Verdict.INCOMPARABLE
    is_inside, is_around = recommended.contains(own), own.contains(recommended)
    if is_inside and is_around:
        return Verdict.EQUAL
    if is_inside:
        return Verdict.STRICTER
    return Verdict.LOOSER if is_around else Verdict.INCOMPARABLE


def compare_requirements(own: Requirement, recommended: Requirement) -> Verdict:
    """Return how ``own`` stands to ``recommended``; words are only ever equal or incomparable."""
    if own == recommended:
        return Verdict.EQUAL
    return compare(derive_interval(own), derive_interval(recommended))


def _reaches(mine: Decimal | None, other: Decimal | None, *, is_closed: bool, sign: int) -> bool:
    if mine is None or other is None:
        return mine is None
    return is_closed if mine == other else (mine > other) is (sign > 0)


def _read_ends(requirement: NumericRequirement) -> list[_End | None]:
    ends = []
    if (left := requirement.left) is not None:
        ends.append(_read_end(_MIRRORED[left.symbol], left, requirement.unit))
    if (right := requirement.right) is not None:
        ends.append(_read_end(right.symbol, right, requirement.unit))
    return ends


def _read_end(symbol: Symbol, bound: Bound, unit: str) -> _End | None:
    quantity = parse_quantity(bound.main)
    plain = fold_unit(unit)
    if quantity is None or (quantity.is_percent and plain not in ("", PERCENT)):
        return None
    return _End(
        symbol=symbol,
        lowest=_EXACT.subtract(quantity.number, Decimal(bound.lower_tolerance or "0")),
        highest=_EXACT.add(quantity.number, Decimal(bound.upper_tolerance or "0")),
        unit=PERCENT if quantity.is_percent else plain,
    )
