"""Calls about the catalogue and about what it lacks."""

from typing import Final

from marshmallow import fields, validate

from services.standards.domain.catalogue import CATALOGUE_KINDS, CatalogueState
from services.standards.schemas.base import Strict, count, identifier, text

_MAX_PAGE_SIZE: Final = 100
_KINDS: Final = [kind.value for kind in CATALOGUE_KINDS]
_STATES: Final = [state.value for state in CatalogueState]


class PageInput(Strict):
    """Which page."""

    page = count(low=1, high=100_000, default=1)
    page_size = count(low=1, high=_MAX_PAGE_SIZE, default=15)


class CatalogueSearchInput(PageInput):
    """What is looked for, and on the page of which kind."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    text = text(200)


class CatalogueStandardInput(Strict):
    """One entry by its id."""

    catalogue_id = identifier()


class MissingStandardInput(Strict):
    """A standard that the catalogue lacks."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    number = text()
    title = text()
    note = text()


class EntryInput(Strict):
    """An entry as staff writes it."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    number = text()
    title = text()
    state = fields.String(
        load_default=CatalogueState.CURRENT.value, validate=validate.OneOf(_STATES)
    )
    replaced_by = text()
    issued_on = text(20)
    effective_on = text(20)
    withdrawn_on = text(20)
    ics = text()
    ccs = text()
    issued_by = text()


class ResolutionInput(Strict):
    """A decision about a missing standard: the entry to add, or why it is refused."""

    ticket_id = identifier()
    entry = fields.Nested(EntryInput, load_default=None, allow_none=True)
    note = text(200)


class CatalogueImportInput(Strict):
    """One import by its id."""

    import_id = identifier()
