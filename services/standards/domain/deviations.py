"""How an enterprise's indicators stand to those of another standard: lower, fewer, or not known.

A standard of one's own may not be below a mandatory one (标准化法 Art. 21), and has to say so where
it is below a recommended one (企业标准化促进办法 Art. 14). Only what is sure is called lower: of a
standard with limits for several conditions, an indicator has to miss all of them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.standards.domain import folding, intervals
from services.standards.domain.indicators import Indicator, NumericRequirement
from services.standards.domain.intervals import Verdict

_IN_BRACKETS: Final = re.compile(r"(?P<name>.+)\((?P<unit>[^()]{1,50})\)")
# One quantity that standards call by two names.
_ALIASES: Final = {"ph值": "ph"}


class Relation(StrEnum):
    """Say what is to be told of an indicator."""

    LOWER = "LOWER"
    PARTLY_LOWER = "PARTLY_LOWER"
    UNCLEAR = "UNCLEAR"
    MISSING = "MISSING"


@dataclass(frozen=True)
class IndicatorDeviation:
    """Hold one indicator that is not as the reference has it; ``position`` is its row, if any."""

    relation: Relation
    name: str
    position: int | None = None
    own: str = ""
    reference: str = ""


def find_deviations(
    own: Sequence[Indicator], reference: Sequence[Indicator]
) -> list[IndicatorDeviation]:
    """Return what of ``own`` is lower than in ``reference``, can't be compared, or is missing.

    Indicators are the same by name and, where both have such a row, by condition.
    """
    known: dict[str, list[Indicator]] = {}
    for indicator in reference:
        known.setdefault(_key(indicator), []).append(indicator)
    found = []
    for position, indicator in enumerate(own):
        rows = _with_condition(known.get(_key(indicator), ()), indicator.condition)
        if deviation := _compare(position, indicator, rows):
            found.append(deviation)
    return found + _find_missing(own, known)


def has_common(own: Iterable[Indicator], reference: Iterable[Indicator]) -> bool:
    """Tell whether two standards have an indicator of one name."""
    return not {_key(row) for row in own}.isdisjoint(_key(row) for row in reference)


def _compare(
    position: int, indicator: Indicator, rows: Sequence[Indicator]
) -> IndicatorDeviation | None:
    verdicts = [
        (intervals.compare_requirements(indicator.requirement, row.requirement), row)
        for row in rows
    ]
    comparable = [pair for pair in verdicts if pair[0] is not Verdict.INCOMPARABLE]
    missed = [row for verdict, row in comparable if verdict is Verdict.LOOSER]
    if not verdicts or (comparable and not missed):
        return None
    relation = Relation.LOWER if len(missed) == len(comparable) else Relation.PARTLY_LOWER
    shown = missed or list(rows)
    return IndicatorDeviation(
        relation if comparable else Relation.UNCLEAR,
        indicator.name,
        position,
        indicator.preview,
        shown[0].preview,
    )


def _find_missing(
    own: Sequence[Indicator], known: dict[str, list[Indicator]]
) -> list[IndicatorDeviation]:
    there = {_key(indicator) for indicator in own}
    return [
        IndicatorDeviation(Relation.MISSING, rows[0].name, reference=rows[0].preview)
        for key, rows in known.items()
        if key not in there
    ]


def _with_condition(rows: Sequence[Indicator], condition: str) -> Sequence[Indicator]:
    wanted = _fold(condition)
    fitting = [row for row in rows if wanted and _fold(row.condition) == wanted]
    return fitting or rows


def _key(indicator: Indicator) -> str:
    """Return the name as it is compared: a unit in brackets behind it is no part of it."""
    name = _fold(indicator.name)
    match = _IN_BRACKETS.fullmatch(name)
    requirement = indicator.requirement
    if match and isinstance(requirement, NumericRequirement):
        unit = intervals.fold_unit(requirement.unit).casefold()
        if intervals.fold_unit(match["unit"]).casefold() == unit:
            name = match["name"]
    return _ALIASES.get(name, name)


def _fold(text: str) -> str:
    return folding.fold_for_search(text).replace(" ", "")
