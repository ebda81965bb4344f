"""What ``standards`` answers about the catalogue; days are ISO 8601, times in UTC with a ``Z``."""

from typing import Literal, TypedDict

CatalogueKind = Literal["NATIONAL", "INDUSTRY", "LOCAL", "GROUP"]
CatalogueState = Literal["UPCOMING", "CURRENT", "SUPERSEDED", "WITHDRAWN"]
TicketState = Literal["OPEN", "ADDED", "REFUSED"]


class Successor(TypedDict):
    """What replaces a standard; no id when the catalogue does not have it."""

    catalogue_id: str | None
    number: str


class Predecessor(TypedDict):
    """What a standard replaces."""

    catalogue_id: str
    number: str


class CatalogueRow(TypedDict):
    """One row of ``search_catalogue``."""

    catalogue_id: str
    kind: CatalogueKind
    number: str
    title: str
    state: CatalogueState
    replaced_by: Successor | None
    issued_on: str | None
    effective_on: str | None
    withdrawn_on: str | None


class OtherKind(TypedDict):
    """How many the same words find among another kind."""

    kind: CatalogueKind
    total: int


class CataloguePage(TypedDict):
    """``search_catalogue``."""

    items: list[CatalogueRow]
    total: int
    page: int
    page_size: int
    other_kinds: list[OtherKind]


class CatalogueStandard(CatalogueRow):
    """``get_catalogue_standard``: everything that is known; there is no text."""

    replaces: list[Predecessor]
    ics: str
    ccs: str
    issued_by: str
    updated_at: str


class MissingStandard(TypedDict):
    """``report_missing_standard``, ``resolve_ticket``."""

    ticket_id: str
    kind: CatalogueKind
    number: str
    title: str
    note: str
    state: TicketState
    resolution_note: str
    catalogue_id: str | None
    asked_at: str
    resolved_at: str | None


class MissingStandardPage(TypedDict):
    """``list_missing_standards``."""

    items: list[MissingStandard]
    total: int
    page: int
    page_size: int


class Ticket(MissingStandard):
    """One row of ``list_open_tickets``."""

    enterprise_id: str


class TicketPage(TypedDict):
    """``list_open_tickets``."""

    items: list[Ticket]
    total: int
    page: int
    page_size: int


class CatalogueImport(TypedDict):
    """One row of ``list_catalogue_imports``."""

    import_id: str
    file_name: str
    kind: Literal["FULL", "DELTA"]
    position: int
    created: int
    updated: int
    unchanged: int
    rejected: int
    withdrawn: int
    note: str
    started_at: str
    updated_at: str
    finished_at: str | None


class CatalogueImportPage(TypedDict):
    """``list_catalogue_imports``."""

    items: list[CatalogueImport]
    total: int
    page: int
    page_size: int


class CatalogueImportReport(TypedDict):
    """``get_catalogue_import_report``."""

    csv: str
