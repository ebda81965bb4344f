"""What the public sees of a declaration without its content changing: its marks."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from services.standards.domain.catalogue import CatalogueState


class MarkKind(StrEnum):
    """Name what a declaration can be marked with."""

    ENTERPRISE_DEREGISTERED = "ENTERPRISE_DEREGISTERED"
    ENTERPRISE_CHANGED = "ENTERPRISE_CHANGED"
    IN_USE_CONFIRMED = "IN_USE_CONFIRMED"
    REVIEW_UNANSWERED = "REVIEW_UNANSWERED"
    STANDARD_SUPERSEDED = "STANDARD_SUPERSEDED"
    STANDARD_WITHDRAWN = "STANDARD_WITHDRAWN"
    CITED_STANDARD_OVER = "CITED_STANDARD_OVER"


# What a publication keeps of its enterprise (FAQ 15, 16, 31), in the order pages show it.
COMPARED: Final = (
    "name",
    "credit_code",
    "organization_code",
    "legal_representative",
    "address",
    "postcode",
    "region",
)
CATALOGUE_MARKS: Final = {
    CatalogueState.SUPERSEDED.value: MarkKind.STANDARD_SUPERSEDED,
    CatalogueState.WITHDRAWN.value: MarkKind.STANDARD_WITHDRAWN,
}


@dataclass(frozen=True)
class MarkChange:
    """Say that a declaration is to bear a mark; without a detail, that it is not to.

    ``since`` is when it became true, where that is known; else the moment the mark is set.
    """

    declaration_id: str
    kind: MarkKind
    detail: Mapping[str, Any] | None = None
    since: datetime | None = None


def find_differences(published: Mapping[str, Any], current: Mapping[str, Any]) -> list[str]:
    """Return the names of what an enterprise states otherwise now than it did in a publication."""
    return [name for name in COMPARED if (published.get(name) or "") != (current.get(name) or "")]
