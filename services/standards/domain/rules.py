"""What an installation may set otherwise than the manual's silence leaves open."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.standards.domain import products
from services.standards.domain.kinds import StandardKind
from services.standards.domain.regional_rules import TOLERANT, RegionalRules


class BarcodeRule(StrEnum):
    """Say what a barcode that can't be one leads to (R-126)."""

    WARN = "WARN"
    REFUSE = "REFUSE"


@dataclass(frozen=True)
class PublicationRules:
    """Hold the rules a declaration must keep before it can be published."""

    required_product_fields: tuple[str, ...] = products.REQUIRED_FIELDS
    requires_test_method: bool = True
    barcode: BarcodeRule = BarcodeRule.WARN
    regional: RegionalRules = TOLERANT


@dataclass(frozen=True)
class LifeRules:
    """Hold what may be done with a declaration once it is public.

    手册 5.5.2 lets only enterprise standards be withdrawn. An installation may open the way out for
    other kinds too: 停止执行 (R-178).
    """

    withdrawable_kinds: frozenset[StandardKind] = frozenset({StandardKind.ENTERPRISE})


DEFAULT_RULES: Final = PublicationRules()
DEFAULT_LIFE_RULES: Final = LifeRules()
