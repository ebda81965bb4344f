"""Rules that a region has for the numbers of its enterprise standards (手册 FAQ 17).

The platform itself demands no more than the form ``Q/ body - year``; what a locality adds is data,
found by the longest code of the administrative division that fits.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.standards.domain import numbering

_REGION: Final = re.compile(r"(?:[0-9]{2}){1,3}")


class RuleSeverity(StrEnum):
    """Say what follows when a number breaks a regional rule."""

    WARNING = "WARNING"
    REFUSAL = "REFUSAL"


@dataclass(frozen=True)
class RegionalRule:
    """Hold what a region wants of the middle box, and what its enterprises are told.

    ``region`` has 2, 4 or 6 digits. ``pattern`` has to fit the whole body in capitals and without
    spaces; without a pattern the rule only gives its ``hint``.
    """

    region: str
    hint: str
    pattern: str = ""
    severity: RuleSeverity = RuleSeverity.WARNING

    def __post_init__(self) -> None:
        if not _REGION.fullmatch(self.region):
            raise ValueError(f"no code of a region: {self.region!r}")
        try:
            re.compile(self.pattern)
        except re.error as error:
            raise ValueError(f"no pattern for region {self.region}: {error}") from error

    def allows(self, body: str) -> bool:
        """Tell whether ``body``, the middle box of a number, keeps the rule."""
        return not self.pattern or bool(re.fullmatch(self.pattern, numbering.key_of(body)))


@dataclass(frozen=True)
class RegionalRules:
    """Hold the rules of all regions; no rule means that every form is good."""

    rules: tuple[RegionalRule, ...] = ()

    def __post_init__(self) -> None:
        regions = [rule.region for rule in self.rules]
        if len(set(regions)) < len(regions):
            raise ValueError("two rules for one region")

    def find_rule(self, region_code: str) -> RegionalRule | None:
        """Return the rule of the smallest division that holds ``region_code``."""
        fitting = [rule for rule in self.rules if region_code.startswith(rule.region)]
        return max(fitting, key=lambda rule: len(rule.region), default=None)

    def find_broken(self, body: str, region_code: str) -> RegionalRule | None:
        """Return the rule of the region that ``body`` breaks; its severity says what follows."""
        rule = self.find_rule(region_code)
        return None if rule is None or rule.allows(body) else rule


TOLERANT: Final = RegionalRules()
