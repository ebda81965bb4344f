"""What an installation may set otherwise than the manual's silence leaves open."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.standards.domain import products


class BarcodeRule(StrEnum):
    """Say what a barcode that can't be one leads to (R-126)."""

    WARN = "WARN"
    REFUSE = "REFUSE"


@dataclass(frozen=True)
class PublicationRules:
    """Hold the rules a declaration must keep before it can be published."""

    required_product_fields: tuple[str, ...] = products.REQUIRED_FIELDS
    barcode: BarcodeRule = BarcodeRule.WARN


DEFAULT_RULES: Final = PublicationRules()
