"""What an indicator lets pass, as two numbers in one unit, so that indicators can be looked for.

A declared requirement fits what is asked when its limits lie within it: ``≤ 0.05`` asks for an
upper limit of 0.05 or less, ``≥ 3`` for a lower limit of 3 or more, a range for both. The side that
is not asked about may be open. Tolerances widen a limit, as they do where requirements are
compared; whether a limit itself passes (``<`` or ``≤``) makes no difference.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from services.search.domain import tokens

MAX_NAME: Final = 100

_NUMBER: Final = re.compile(
    r"([+-]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,30})(?:\.[0-9]{1,30})?) ?(%?)"
)
_IN_BRACKETS: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_PREFIXES: Final = {
    "n": -9, "μ": -6, "u": -6, "m": -3, "c": -2, "d": -1, "": 0, "h": 2, "k": 3, "M": 6, "G": 9,
}  # fmt: skip
_BASES: Final = (
    "g", "L", "l", "m", "mol", "Pa", "W", "V", "A", "Hz", "J", "N", "s", "Ω", "Bq", "Gy", "Sv", "F",
)  # fmt: skip
_UNIT: Final = re.compile(rf"(?P<prefix>[nμumcdhkMG]?)(?P<base>{'|'.join(_BASES)})(?P<power>[23]?)")
_NONE: Final = "无量纲"
PERCENT: Final = "%"


@dataclass(frozen=True)
class Unit:
    """Hold what a unit measures in, and how many of that it is."""

    key: str
    factor: Decimal


@dataclass(frozen=True)
class IndicatorLimits:
    """Hold one name of an indicator and its limits; an end that is None is open."""

    name_key: str
    unit_key: str
    low: float | None
    high: float | None


def name_keys(name: str) -> set[str]:
    """Return what an indicator is called, whole and without what stands in brackets."""
    plain = unicodedata.normalize("NFKC", name)
    keys = {tokens.flatten(plain), tokens.flatten(_IN_BRACKETS.sub("", plain))}
    return {key[:MAX_NAME] for key in keys if key}


def name_key(name: str) -> str:
    """Return the key under which an asked name is looked for; empty when it holds no letter."""
    return tokens.flatten(name)[:MAX_NAME]


def read_unit(text: str) -> Unit:
    """Return a unit without its prefixes: ``μg/mL`` is a thousandth of ``g/l``.

    What is not known is a unit of its own, compared by its letters.
    """
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").replace("·", ".")
    if plain == _NONE:
        plain = ""
    keys, factor = [], Decimal(1)
    for place, part in enumerate(plain.split("/")):
        found = _UNIT.fullmatch(part)
        if found is None:
            return Unit(plain.casefold() if plain.isascii() else plain, Decimal(1))
        power = int(found["power"] or 1) * (1 if place == 0 else -1)
        factor *= Decimal(10) ** (_PREFIXES[found["prefix"]] * power)
        keys.append(found["base"].replace("L", "l") + found["power"])
    return Unit("/".join(keys), factor)


def convert(value: float, unit: Unit) -> float:
    """Return an asked bound in the unit in which limits are kept."""
    return float(Decimal(repr(value)) * unit.factor)


def read_indicator(indicator: Mapping[str, Any]) -> Iterator[IndicatorLimits]:
    """Return the limits of a numeric indicator under each of its names; none for words."""
    requirement = indicator.get("requirement") or {}
    if requirement.get("kind") != "NUMERIC":
        return
    ends = list(_ends(requirement))
    units = {unit for _, _, unit in ends if unit is not None}
    if len(units) != 1 or any(unit is None for _, _, unit in ends):
        return
    (unit,) = units
    limits: dict[str, float | None] = {"low": None, "high": None}
    for side, value, _ in ends:
        limits[side] = float(value * unit.factor)
    for key in sorted(name_keys(indicator["name"]) | name_keys(requirement.get("name") or "")):
        yield IndicatorLimits(key, unit.key, limits["low"], limits["high"])


def _ends(requirement: Mapping[str, Any]) -> Iterator[tuple[str, Decimal, Unit | None]]:
    """Return which side each bound limits, its value, and its unit; None when it is no number."""
    for side, is_left in (("left", True), ("right", False)):
        bound = requirement.get(side)
        if bound is None:
            continue
        found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", bound["main"]).strip())
        if found is None:
            yield "low", Decimal(0), None
            continue
        number = Decimal(found[1].replace(",", ""))
        unit = _unit_of(requirement.get("unit") or "", is_percent=bool(found[2]))
        lowest = number - _tolerance(bound, "lower_tolerance")
        highest = number + _tolerance(bound, "upper_tolerance")
        # Read from the right of the name: 95 < x limits it from below.
        is_upper = ("<" in bound["symbol"]) is not is_left
        if bound["symbol"] == "=":
            yield "low", lowest, unit
            yield "high", highest, unit
        else:
            yield ("high", highest, unit) if is_upper else ("low", lowest, unit)


def _unit_of(text: str, *, is_percent: bool) -> Unit | None:
    unit = read_unit(text)
    if not is_percent:
        return unit
    return read_unit(PERCENT) if unit.key in {"", PERCENT} else None


def _tolerance(bound: Mapping[str, Any], name: str) -> Decimal:
    found = _NUMBER.fullmatch(bound.get(name) or "0")
    return Decimal(0) if found is None else Decimal(found[1].replace(",", ""))
