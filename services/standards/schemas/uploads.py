"""Calls about files."""

from marshmallow import fields, validate

from services.standards.schemas.base import Strict, count, identifier, text


class UploadInput(Strict):
    """One upload by its id."""

    upload_id = identifier()


class OpenUploadInput(Strict):
    """A file about to be uploaded."""

    file_name = text(1_000)
    size = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0)
    )


class FinishUploadInput(UploadInput):
    """A file that has arrived."""

    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    size = count()
