"""What every call of ``standards`` has in common, and how its arguments are read."""

from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.errors import FieldError, InvalidArgumentsError

# What the rules of the domain refuse politely is well below; this only keeps nonsense out.
MAX_TEXT: Final = 1_000


class Strict(Schema):
    """Be the parent of every call: what is not declared is refused."""

    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


def text(limit: int = MAX_TEXT) -> fields.String:
    """Return a text that may be left out."""
    return fields.String(load_default="", validate=validate.Length(max=limit))


def identifier(*, is_required: bool = True) -> fields.String:
    """Return an id."""
    if is_required:
        return fields.String(required=True, validate=validate.Length(1, 100))
    return fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 100))


def count(*, low: int = 0, high: int | None = None, default: int | None = None) -> fields.Integer:
    """Return a whole number, required unless it has a default."""
    limits = validate.Range(low, high)
    if default is None:
        return fields.Integer(required=True, strict=True, validate=limits)
    return fields.Integer(load_default=default, strict=True, validate=limits)


def load(schema: type[Schema], **arguments: object) -> dict[str, Any]:
    """Return the validated arguments of a call.

    Raises:
        InvalidArgumentsError: they do not fit; the values themselves are not repeated.
    """
    try:
        loaded: dict[str, Any] = schema().load(arguments)
    except ValidationError as error:
        raise InvalidArgumentsError(
            fields=[FieldError(pointer, "bus.invalid_arguments") for pointer in _pointers(error)]
        ) from None
    return loaded


def _pointers(error: ValidationError) -> list[str]:
    found: list[str] = []

    def walk(messages: object, pointer: str) -> None:
        if isinstance(messages, dict):
            for name, inner in messages.items():
                walk(inner, f"{pointer}/{name}")
        else:
            found.append(pointer)

    walk(error.messages, "")
    return sorted(set(found))
