"""What calls of ``registry`` must look like."""

import dataclasses
from typing import TYPE_CHECKING, Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.errors import FieldError, InvalidArgumentsError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_LONG: Final = 500


class _Strict(Schema):
    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


class SubmissionInput(_Strict):
    """The five fields of 基本信息验证, and where the applicant is."""

    code = fields.String(required=True, validate=validate.Length(1, 40))
    name = fields.String(required=True, validate=validate.Length(1, _LONG))
    legal_representative = fields.String(required=True, validate=validate.Length(1, _LONG))
    id_number = fields.String(required=True, validate=validate.Length(1, 40))
    address = fields.String(required=True, validate=validate.Length(1, _LONG))
    client_address = fields.String(load_default="", validate=validate.Length(0, 64))


class WaitingInput(SubmissionInput):
    """The five fields of who wants to wait, and the phone to be told on."""

    phone = fields.String(required=True, validate=validate.Regexp(r"^1[3-9][0-9]{9}$"))


class TokenInput(_Strict):
    """A token that somebody holds, and where he is."""

    token = fields.String(required=True, validate=validate.Length(1, 100))
    client_address = fields.String(load_default="", validate=validate.Length(0, 64))


class RegionInput(_Strict):
    """One division to open or close."""

    region = fields.String(required=True, validate=validate.Length(1, 6))
    is_open = fields.Boolean(required=True, truthy={True}, falsy={False})


class PageInput(_Strict):
    """Which page."""

    page = fields.Integer(required=True, strict=True, validate=validate.Range(1, 10_000))


class ImportInput(_Strict):
    """One import by its id."""

    import_id = fields.String(required=True, validate=validate.Length(36, 36))


class CodeInput(_Strict):
    """One division code, or nothing for the top."""

    code = fields.String(required=True, validate=validate.Regexp(r"^([0-9]{6})?$"))


class OrganizationInput(_Strict):
    """One organisation by its id."""

    organization_id = fields.String(required=True, validate=validate.Length(36, 36))


def check(schema: type[Schema], values: "DataclassInstance", **more: object) -> None:
    """Refuse a dataclass of arguments that does not fit its schema.

    Raises:
        InvalidArgumentsError: it does not fit.
    """
    load(schema, {**dataclasses.asdict(values), **more})


def load(schema: type[Schema], values: dict[str, Any]) -> dict[str, Any]:
    """Return the validated arguments of a call.

    Raises:
        InvalidArgumentsError: they do not fit; the values themselves are not repeated.
    """
    try:
        loaded: dict[str, Any] = schema().load(values)
    except ValidationError as error:
        names = sorted(str(name) for name in error.messages_dict)
        raise InvalidArgumentsError(
            fields=[FieldError(f"/{name}", "bus.invalid_arguments") for name in names]
        ) from None
    return loaded
