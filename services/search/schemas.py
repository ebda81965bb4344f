"""What calls of ``search`` must look like."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.errors import FieldError, InvalidArgumentsError
from services.search.queries import Filters, IndicatorFilter

_KINDS: Final = ["NATIONAL", "INDUSTRY", "LOCAL", "GROUP", "ENTERPRISE"]
_STATES: Final = ["PUBLISHED", "WITHDRAWN"]
_DISCLOSURES: Final = ["TEXT", "INDICATORS", "NONE"]
_FILTERS: Final = (
    "kind",
    "state",
    "region",
    "year",
    "class_code",
    "disclosure",
    "credit_code",
    "published_from",
    "published_to",
    "enterprise",
    "title",
    "number",
    "product",
    "barcode",
    "gtin",
)
_MAX_LIMIT: Final = 100
_MAX_PLACE: Final = 10**15


class _Strict(Schema):
    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


def _optional(*checks: validate.Validator) -> fields.String:
    return fields.String(load_default=None, allow_none=True, validate=checks)


def _quantity() -> fields.Float:
    return fields.Float(load_default=None, allow_none=True, allow_nan=False)


class SearchInput(_Strict):
    """A query, what narrows it down, and where its page begins.

    Days are those of Beijing; ``published_to`` itself is not in it any more. ``query`` is looked
    for in every field, ``enterprise`` to ``barcode`` in the one they are named after. A bound of an
    indicator is a number in ``indicator_unit``; without a name there is nothing to compare.
    """

    query = fields.String(load_default="", validate=validate.Length(max=10_000))
    kind = _optional(validate.OneOf(_KINDS))
    state = _optional(validate.OneOf(_STATES))
    region = _optional(validate.Regexp(r"^(?:[0-9]{2}|[0-9]{4}|[0-9]{6})\Z"))
    year = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1990, 2199)
    )
    class_code = _optional(validate.Length(2, 40))
    disclosure = _optional(validate.OneOf(_DISCLOSURES))
    credit_code = _optional(validate.Regexp(r"^(?:[0-9A-Z]{9}|[0-9A-Z]{18})\Z"))
    published_from = fields.Date(load_default=None, allow_none=True)
    published_to = fields.Date(load_default=None, allow_none=True)
    enterprise = _optional(validate.Length(1, 200))
    title = _optional(validate.Length(1, 200))
    number = _optional(validate.Length(1, 100))
    product = _optional(validate.Length(1, 200))
    barcode = _optional(validate.Length(1, 40))
    gtin = _optional(validate.Regexp(r"^(?:[0-9]{8}|[0-9]{12,14})\Z"))
    indicator_name = _optional(validate.Length(1, 200))
    indicator_unit = fields.String(load_default="", validate=validate.Length(max=50))
    indicator_low = _quantity()
    indicator_high = _quantity()
    with_facets = fields.Boolean(load_default=False)
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))
    limit = fields.Integer(load_default=15, strict=True, validate=validate.Range(1, _MAX_LIMIT))


class SuggestInput(_Strict):
    """What was typed so far."""

    typed = fields.String(required=True, validate=validate.Length(max=200))
    limit = fields.Integer(load_default=10, strict=True, validate=validate.Range(1, 10))


class StatisticsInput(_Strict):
    """A region of 2, 4 or 6 digits, or none for the whole country."""

    region = fields.String(
        load_default="", validate=validate.Regexp(r"^(?:[0-9]{2}|[0-9]{4}|[0-9]{6})?\Z")
    )


class RecordPartsInput(_Strict):
    """How many publications a part has."""

    size = fields.Integer(load_default=50_000, strict=True, validate=validate.Range(1, 50_000))


class RecordsInput(_Strict):
    """From which place on, and up to which, as `list_record_parts` names them."""

    start = fields.Integer(required=True, strict=True, validate=validate.Range(0, _MAX_PLACE))
    end = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0, _MAX_PLACE)
    )
    limit = fields.Integer(load_default=2_000, strict=True, validate=validate.Range(1, 2_000))


class RecordInput(_Strict):
    """One publication by its permanent number."""

    record_number = fields.String(required=True, validate=validate.Length(1, 100))


def read_filters(asked: Mapping[str, Any]) -> Filters:
    """Return what narrows a search down from its arguments."""
    plain = {name: asked[name] for name in _FILTERS}
    indicator = None
    if asked["indicator_name"] is not None:
        parts = {name: asked[f"indicator_{name}"] for name in ("name", "unit", "low", "high")}
        indicator = IndicatorFilter(**parts)
    return Filters(**plain, indicator=indicator)


def load(schema: type[Schema], **arguments: object) -> dict[str, Any]:
    """Return the validated arguments of a call.

    Raises:
        InvalidArgumentsError: they do not fit; the values themselves are not repeated.
    """
    try:
        loaded: dict[str, Any] = _ready(schema).load(arguments)
    except ValidationError as error:
        names = sorted(str(name) for name in error.messages_dict)
        raise InvalidArgumentsError(
            fields=[FieldError(f"/{name}", "bus.invalid_arguments") for name in names]
        ) from None
    return loaded


@cache
def _ready(schema: type[Schema]) -> Schema:
    """Return the one instance of a schema: making it takes longer than using it."""
    return schema()
