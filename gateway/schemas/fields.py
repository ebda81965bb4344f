"""Marshmallow fields whose messages are codes of the catalogue, with their parameters.

marshmallow speaks English and in sentences; here each failure is an `Issue`, a code that
``gateway.texts`` has Chinese words for.
"""

import re
from collections.abc import Sized
from typing import Any, Final, Self, TypeVar

import marshmallow
from marshmallow import RAISE, ValidationError, validate
from marshmallow.types import ErrorMessages

SizedT = TypeVar("SizedT", bound=Sized)

REQUIRED: Final = "gateway.field_required"
NULL: Final = "gateway.field_null"
TYPE: Final = "gateway.field_type"
FORMAT: Final = "gateway.field_format"
UNKNOWN: Final = "gateway.field_unknown"

_ALLOWED_CONTROLS: Final = frozenset("\n\r\t")
_MESSAGES: Final[ErrorMessages] = {
    "required": REQUIRED,
    "null": NULL,
    "validator_failed": FORMAT,
    "invalid": TYPE,
    "invalid_utf8": FORMAT,
    "too_large": TYPE,
    "type": TYPE,
}
_SCHEMA_MESSAGES: Final = {"unknown": UNKNOWN, "type": TYPE}
_TRUE: Final[set[Any]] = {True}
_FALSE: Final[set[Any]] = {False}
_SURROGATES: Final = range(0xD800, 0xE000)


class Issue(str):
    """Be the code of what is wrong with a field, and carry the numbers its text needs."""

    params: dict[str, str]

    def __new__(cls, code: str, **params: str | int) -> Self:
        """Return the code as a string that remembers its parameters."""
        issue = super().__new__(cls, code)
        issue.params = {name: str(value) for name, value in params.items()}
        return issue


class Schema(marshmallow.Schema):
    """Refuse what it does not know, and keep the order fields are written in."""

    class Meta:
        """Refuse unknown fields (no mass assignment)."""

        unknown = RAISE

    error_messages = _SCHEMA_MESSAGES


class String(marshmallow.fields.String):
    """Take text without control characters and without halves of surrogate pairs."""

    default_error_messages: ErrorMessages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:  # noqa: ANN401
        text = super()._deserialize(value, attr, data, **kwargs)
        if any(_is_bad(character) for character in text):
            raise ValidationError([Issue("gateway.field_control_character")])
        return text


class Integer(marshmallow.fields.Integer):
    """Take a whole number, not a text that looks like one."""

    default_error_messages: ErrorMessages = _MESSAGES

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        super().__init__(strict=True, **kwargs)

    def _validated(self, value: Any) -> int:  # noqa: ANN401 - whatever the JSON held
        if isinstance(value, bool | str):
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Digits(marshmallow.fields.Integer):
    """Take a whole number as a query string writes it."""

    default_error_messages: ErrorMessages = _MESSAGES

    def _validated(self, value: Any) -> int:  # noqa: ANN401 - whatever the query held
        if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) < 16):  # noqa: PLR2004
            raise self.make_error("invalid", input=value)
        return super()._validated(value)


class Boolean(marshmallow.fields.Boolean):
    """Take true or false and nothing that merely resembles them."""

    truthy: set[Any] = _TRUE
    falsy: set[Any] = _FALSE
    default_error_messages: ErrorMessages = _MESSAGES

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:  # noqa: ANN401
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return bool(super()._deserialize(value, attr, data, **kwargs))


class Uuid(String):
    """Take a UUID in its usual lower-case form."""

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - marshmallow's own options
        super().__init__(validate=Pattern(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), **kwargs)


class List(marshmallow.fields.List[Any]):
    """Take a list."""

    default_error_messages: ErrorMessages = _MESSAGES


class Mapping(marshmallow.fields.Dict):
    """Take an object whose members are not ours to name."""

    default_error_messages: ErrorMessages = _MESSAGES


class Nested(marshmallow.fields.Nested):
    """Take an object of another schema."""

    default_error_messages: ErrorMessages = _MESSAGES


class Length(validate.Length):
    """Let a text or a list have only so many members."""

    def __call__(self, value: SizedT) -> SizedT:
        """Check one value."""
        minimum, maximum = self.min or 0, self.max
        if len(value) < minimum or (maximum is not None and len(value) > maximum):
            if minimum == 1 and not value:
                raise ValidationError([Issue(REQUIRED)])
            raise ValidationError(
                [Issue("gateway.field_length", minimum=minimum, maximum=maximum or "")]
            )
        return value


class Range(validate.Range):
    """Let a number lie between two others, both included."""

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - whatever can be compared
        """Check one value."""
        if not self.min <= value <= self.max:
            raise ValidationError(
                [Issue("gateway.field_range", minimum=self.min, maximum=self.max)]
            )
        return value


class Pattern(validate.Regexp):
    """Let a text match a regular expression as a whole."""

    def __init__(self, pattern: str) -> None:
        self._whole = re.compile(pattern)
        super().__init__(f"^(?:{pattern})$")

    def __call__(self, value: str) -> str:  # type: ignore[override] # narrower: only text comes here
        """Check one value."""
        if not self._whole.fullmatch(value):
            raise ValidationError([Issue(FORMAT)])
        return value


class OneOf(validate.OneOf):
    """Let a value be one of a few."""

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - whatever the field holds
        """Check one value."""
        if value not in self.choices:
            choices = "、".join(str(choice) for choice in self.choices)
            raise ValidationError([Issue("gateway.field_choice", choices=choices)])
        return value


def _is_bad(character: str) -> bool:
    code = ord(character)
    is_control = code < 32 or code == 127  # noqa: PLR2004 - the control characters of ASCII
    return (is_control and character not in _ALLOWED_CONTROLS) or code in _SURROGATES
