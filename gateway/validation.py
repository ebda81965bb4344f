"""Check what a request brought against its schema, and say which field is wrong and why."""

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from marshmallow import ValidationError

from chassis.errors import FieldError
from gateway.answers import schema_of
from gateway.errors import InvalidFieldsError, MalformedJsonError, UnknownFieldsError
from gateway.schemas import fields
from gateway.schemas.fields import Issue, Schema
from gateway.texts import TEXTS


def parse_json(raw: bytes) -> dict[str, Any]:
    """Return the object that a body holds; a missing body counts as an empty object.

    Raises:
        MalformedJsonError: it is not JSON in UTF-8, not an object, or names a member twice.
    """
    if not raw.strip():
        return {}
    try:
        document = json.loads(
            raw.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant
        )
    except (ValueError, RecursionError) as error:
        raise MalformedJsonError from error
    if not isinstance(document, dict):
        raise MalformedJsonError
    return document


def check(schema: type[Schema], data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data as the schema wants it.

    Raises:
        UnknownFieldsError: it holds a field that the schema does not know.
        InvalidFieldsError: a field is missing or wrong.
    """
    try:
        checked: dict[str, Any] = schema_of(schema).load(data)
    except ValidationError as error:
        found = field_errors(error.messages)
        if any(entry.code == fields.UNKNOWN for entry in found):
            raise UnknownFieldsError(fields=found) from error
        raise InvalidFieldsError(fields=found) from error
    return checked


def field_errors(messages: Any, pointer: str = "") -> list[FieldError]:  # noqa: ANN401 - nested at will
    """Flatten marshmallow's messages into pointers (RFC 6901) and codes."""
    if isinstance(messages, Mapping):
        return [
            entry
            for name, below in messages.items()
            for entry in field_errors(below, pointer if name == "_schema" else _join(pointer, name))
        ]
    if isinstance(messages, (list, tuple)):
        return [entry for message in messages for entry in field_errors(message, pointer)]
    code = str(messages)
    params = messages.params if isinstance(messages, Issue) else {}
    return [FieldError(pointer or "/", code if code in TEXTS else fields.FORMAT, params)]


def _join(pointer: str, name: object) -> str:
    escaped = str(name).replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{escaped}"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member is named twice")
    return members


def _refuse_constant(_constant: str) -> NoReturn:
    raise ValueError("NaN and Infinity are not JSON")
