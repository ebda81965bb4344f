"""What the schemas of every area have in common."""

from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.errors import FieldError, InvalidArgumentsError

SHORT: Final = validate.Length(0, 200)
LONG: Final = validate.Length(0, 500)
TOKEN: Final = validate.Length(1, 100)


class Strict(Schema):
    """Be the base of every schema of this service."""

    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


class WithCaptcha(Strict):
    """Come with the characters of a picture, from an address."""

    captcha_id = fields.String(required=True, validate=SHORT)
    captcha_answer = fields.String(required=True, validate=SHORT)
    client_address = fields.String(load_default="", validate=SHORT)


def load(schema: type[Schema], **values: object) -> dict[str, Any]:
    """Return the validated arguments of a call.

    Raises:
        InvalidArgumentsError: they do not fit; the values themselves are not repeated.
    """
    try:
        loaded: dict[str, Any] = schema().load(values)
    except ValidationError as error:
        raise InvalidArgumentsError(
            fields=[
                FieldError(f"/{name}", "bus.invalid_arguments")
                for name in sorted(map(str, error.messages_dict))
            ]
        ) from None
    return loaded
