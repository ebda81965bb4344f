"""Calls about what is public."""

from services.standards.schemas.base import Strict, count, identifier, text
from services.standards.schemas.declarations import DeclarationInput


class RecordInput(Strict):
    """One publication by its permanent number."""

    record_number = identifier()


class EventsInput(Strict):
    """A page of the public log."""

    after = count(default=0)
    limit = count(low=1, high=500, default=100)


class ScanInput(Strict):
    """A page of all publications."""

    after = text(100)
    limit = count(low=1, high=200, default=100)


class VersionInput(DeclarationInput):
    """One published version."""

    version = count(low=1)
