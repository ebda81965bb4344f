"""Calls about product classes and sheets of products."""

from typing import Final

from marshmallow import ValidationError, fields, validate

from services.standards.domain.product_classes import is_scheme_name
from services.standards.schemas.base import Strict, count, text
from services.standards.schemas.declarations import DeclarationInput

_FORMATS: Final = ("xlsx", "csv")
_MAX_CODE: Final = 40
_MAX_QUERY: Final = 100
_UUID: Final = r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z"


def _check_name(name: str) -> None:
    if name and not is_scheme_name(name):
        raise ValidationError("not a name")


def _name() -> fields.String:
    return fields.String(load_default="", validate=_check_name)


class SchemeInput(Strict):
    """Which list of classes, and which version of it; the offered one where none is named."""

    scheme = _name()
    version = _name()


class ClassChildrenInput(SchemeInput):
    """The classes below one."""

    parent = text(_MAX_CODE)


class ClassSearchInput(SchemeInput):
    """Words to look for."""

    query = text(_MAX_QUERY)
    limit = count(low=1, high=100, default=20)


class ClassInput(SchemeInput):
    """One class by its code."""

    code = fields.String(required=True, validate=validate.Length(1, _MAX_CODE))


class SheetInput(Strict):
    """A sheet that lies in the blob store."""

    sheet_id = fields.String(required=True, validate=validate.Regexp(_UUID))


class SheetFormatInput(Strict):
    """A kind of file."""

    file_format = fields.String(load_default="xlsx", validate=validate.OneOf(_FORMATS))


class SheetExportInput(DeclarationInput, SheetFormatInput):
    """The products of a declaration as a file."""
