"""What calls of ``standards`` must look like."""

from typing import Any, Final

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from chassis.errors import FieldError, InvalidArgumentsError
from services.standards.domain.kinds import DeclarationState, DisclosureMode, StandardKind

# What the rules of the domain refuse politely is well below; this only keeps nonsense out.
_MAX_TEXT: Final = 1_000
_MAX_PAGE_SIZE: Final = 100
_KINDS: Final = [kind.value for kind in StandardKind]
_MODES: Final = [mode.value for mode in DisclosureMode]
_TABLES: Final = [DeclarationState.DRAFT.value, DeclarationState.PUBLISHED.value]


class _Strict(Schema):
    class Meta:
        """Refuse what is not declared."""

        unknown = RAISE


def _text(limit: int = _MAX_TEXT) -> fields.String:
    return fields.String(load_default="", validate=validate.Length(max=limit))


def _id(*, is_required: bool = True) -> fields.String:
    if is_required:
        return fields.String(required=True, validate=validate.Length(1, 100))
    return fields.String(load_default=None, allow_none=True, validate=validate.Length(1, 100))


def _count(*, low: int = 0, high: int | None = None, default: int | None = None) -> fields.Integer:
    limits = validate.Range(low, high)
    if default is None:
        return fields.Integer(required=True, strict=True, validate=limits)
    return fields.Integer(load_default=default, strict=True, validate=limits)


class NumberInput(_Strict):
    """The boxes of a number."""

    prefix = fields.String(validate=validate.Equal("Q"))
    body = _text()
    year = _text()


class ProductInput(_Strict):
    """One row of the product table."""

    name = _text()
    generic_name = _text()
    barcode = _text()
    brand = _text()
    specification = _text()
    model = _text()
    class_code = _text()


class DraftInput(_Strict):
    """The entry page."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    number = fields.Nested(NumberInput, required=True)
    title = _text()
    products = fields.List(fields.Nested(ProductInput), load_default=list)
    disclosure_mode = fields.String(
        load_default=DisclosureMode.FULL_TEXT.value, validate=validate.OneOf(_MODES)
    )
    upload_id = _id(is_required=False)
    declaration_id = _id(is_required=False)
    expected_version = fields.Integer(load_default=None, allow_none=True, strict=True)


class DeclarationInput(_Strict):
    """One declaration by its id."""

    declaration_id = _id()


class PublicationInput(DeclarationInput):
    """A submission."""

    is_committed = fields.Boolean(required=True, truthy={True}, falsy={False})
    expected_version = _count()
    client_address = _text(64)


class ListInput(_Strict):
    """One page of an enterprise's own list, with its keyword boxes."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    state = fields.String(required=True, validate=validate.OneOf(_TABLES))
    title = _text(200)
    number = _text(200)
    product_name = _text(200)
    barcode = _text(200)
    page = _count(low=1, high=100_000, default=1)
    page_size = _count(low=1, high=_MAX_PAGE_SIZE, default=15)


class VersionInput(DeclarationInput):
    """One published version."""

    version = _count(low=1)


class RecordInput(_Strict):
    """One publication by its permanent number."""

    record_number = _id()


class UploadInput(_Strict):
    """One upload by its id."""

    upload_id = _id()


class OpenUploadInput(_Strict):
    """A file about to be uploaded."""

    file_name = _text(1_000)
    size = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0)
    )


class FinishUploadInput(UploadInput):
    """A file that has arrived."""

    sha256 = fields.String(required=True, validate=validate.Regexp(r"^[0-9a-f]{64}$"))
    size = _count()


class EventsInput(_Strict):
    """A page of the public log."""

    after = _count(default=0)
    limit = _count(low=1, high=500, default=100)


class ScanInput(_Strict):
    """A page of all publications."""

    after = _text(100)
    limit = _count(low=1, high=200, default=100)


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
