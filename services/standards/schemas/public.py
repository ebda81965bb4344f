"""Calls about what is public."""

from datetime import UTC, datetime

from marshmallow import ValidationError, fields

from services.standards.schemas.base import Strict, count, identifier, text
from services.standards.schemas.declarations import DeclarationInput


class RecordInput(Strict):
    """One publication by its permanent number."""

    record_number = identifier()


class EventsInput(Strict):
    """A page of the public log."""

    after = count(high=2**53, default=0)
    limit = count(low=1, high=500, default=100)


class ScanInput(Strict):
    """A page of all publications."""

    after = text(100)
    limit = count(low=1, high=200, default=100)


class ScanStandingsInput(Strict):
    """A page of how all publications stand."""

    after = text(100)
    limit = count(low=1, high=2_000, default=1_000)


class VersionInput(DeclarationInput):
    """One published version."""

    version = count(low=1, high=100_000)


class IndicatorInput(RecordInput):
    """One indicator of a publication, counted from 1."""

    position = count(low=1)


def _check_moment(moment: datetime) -> None:
    """Refuse what no calendar in UTC has."""
    try:
        moment.astimezone(UTC)
    except OverflowError:
        raise ValidationError("out of range") from None


class AsOfInput(RecordInput):
    """A moment in the life of a publication."""

    moment = fields.AwareDateTime(required=True, format="iso", validate=_check_moment)


class ComparisonInput(RecordInput):
    """A version, and the one it is compared with."""

    version = count(low=1, high=100_000)
    other_record_number = identifier()
    other_version = count(low=1, high=100_000)


class CategoriesInput(Strict):
    """A page of suggestions."""

    page = count(high=1_000, default=0)
