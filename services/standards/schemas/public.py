"""Calls about what is public."""

from marshmallow import fields

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


class IndicatorInput(RecordInput):
    """One indicator of a publication, counted from 1."""

    position = count(low=1)


class AsOfInput(RecordInput):
    """A moment in the life of a publication."""

    moment = fields.AwareDateTime(required=True, format="iso")


class ComparisonInput(RecordInput):
    """A version, and the one it is compared with."""

    version = count(low=1)
    other_record_number = identifier()
    other_version = count(low=1)


class CategoriesInput(Strict):
    """A page of suggestions."""

    page = count(high=1_000, default=0)
