"""What calls of ``search`` must look like."""

from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.errors import FieldError, InvalidArgumentsError

_KINDS: Final = ["NATIONAL", "INDUSTRY", "LOCAL", "GROUP", "ENTERPRISE"]
_STATES: Final = ["PUBLISHED", "WITHDRAWN"]
_MAX_LIMIT: Final = 100


class _Strict(Schema):
    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


class SearchInput(_Strict):
    """A query, what narrows it down, and where its page begins."""

    query = fields.String(load_default="", validate=validate.Length(max=1_000))
    kind = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(_KINDS))
    state = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(_STATES))
    region = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(r"^[0-9]{2,6}$")
    )
    credit_code = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(r"^[0-9A-Z]{9,18}$")
    )
    cursor = fields.String(load_default=None, allow_none=True, validate=validate.Length(max=500))
    limit = fields.Integer(load_default=15, strict=True, validate=validate.Range(1, _MAX_LIMIT))


class RecordInput(_Strict):
    """One publication by its permanent number."""

    record_number = fields.String(required=True, validate=validate.Length(1, 100))


def load(schema: type[Schema], **arguments: object) -> dict[str, Any]:
    """Return the validated arguments of a call.

    Raises:
        InvalidArgumentsError: they do not fit; the values themselves are not repeated.
    """
    try:
        loaded: dict[str, Any] = schema().load(arguments)
    except ValidationError as error:
        names = sorted(str(name) for name in error.messages_dict)
        raise InvalidArgumentsError(
            fields=[FieldError(f"/{name}", "bus.invalid_arguments") for name in names]
        ) from None
    return loaded
