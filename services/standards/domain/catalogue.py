"""Entries of the catalogue 目录: what they say, and what two states of one entry mean."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import ParsedNumber

# Enterprises write their own standards; all others are offered for choice (手册 FAQ 33).
CATALOGUE_KINDS: Final = (
    StandardKind.NATIONAL,
    StandardKind.INDUSTRY,
    StandardKind.LOCAL,
    StandardKind.GROUP,
)
MAX_TITLE_LENGTH: Final = 300
MAX_FIELD_LENGTH: Final = 200
# What is longer is cut: it is only searched.
MAX_ENGLISH_LENGTH: Final = 1_000


class CatalogueState(StrEnum):
    """Name where a standard stands: 即将实施, 现行, 被代替 or 废止."""

    UPCOMING = "UPCOMING"
    CURRENT = "CURRENT"
    SUPERSEDED = "SUPERSEDED"
    WITHDRAWN = "WITHDRAWN"


ENDED: Final = frozenset({CatalogueState.SUPERSEDED, CatalogueState.WITHDRAWN})


class TicketState(StrEnum):
    """Name what became of the report that a standard is missing."""

    OPEN = "OPEN"
    ADDED = "ADDED"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class CatalogueRecord:
    """Hold what a source says of one standard; its text is no part of it (手册 FAQ 33)."""

    number: ParsedNumber
    title: str
    state: CatalogueState
    replaced_by: ParsedNumber | None = None
    issued_on: date | None = None
    effective_on: date | None = None
    withdrawn_on: date | None = None
    ics: str = ""
    ccs: str = ""
    issued_by: str = ""
    english_title: str = ""
    # What the source does not speak of, by the names of these fields: it stays as it is known.
    unsaid: frozenset[str] = frozenset()


def state_on(state: CatalogueState, effective_on: date | None, today: date) -> CatalogueState:
    """Return the state on a day: a standard comes into force without anybody saying so again."""
    if state in ENDED or effective_on is None:
        return state
    return CatalogueState.UPCOMING if effective_on > today else CatalogueState.CURRENT
