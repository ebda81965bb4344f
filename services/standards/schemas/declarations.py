"""Calls about an enterprise's own declarations."""

from typing import Final

from marshmallow import fields, validate

from services.standards.domain.kinds import (
    DeclarationState,
    DisclosureMode,
    StandardKind,
    WithdrawalReason,
)
from services.standards.schemas.base import Strict, count, identifier, text

_MAX_PAGE_SIZE: Final = 100
_KINDS: Final = [kind.value for kind in StandardKind]
_MODES: Final = [mode.value for mode in DisclosureMode]
_REASONS: Final = [reason.value for reason in WithdrawalReason]
_TABLES: Final = [DeclarationState.DRAFT.value, DeclarationState.PUBLISHED.value]


class NumberInput(Strict):
    """The boxes of a number."""

    prefix = fields.String(validate=validate.Equal("Q"))
    body = text()
    year = text()


class ProductInput(Strict):
    """One row of the product table."""

    name = text()
    generic_name = text()
    barcode = text()
    brand = text()
    specification = text()
    model = text()
    class_code = text()


class _Entry(Strict):
    """What is typed into the entry page."""

    number = fields.Nested(NumberInput, required=True)
    title = text()
    products = fields.List(fields.Nested(ProductInput), load_default=list)
    disclosure_mode = fields.String(
        load_default=DisclosureMode.FULL_TEXT.value, validate=validate.OneOf(_MODES)
    )
    upload_id = identifier(is_required=False)


class DraftInput(_Entry):
    """The entry page, saved."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    declaration_id = identifier(is_required=False)
    expected_version = fields.Integer(load_default=None, allow_none=True, strict=True)


class DeclarationInput(Strict):
    """One declaration by its id."""

    declaration_id = identifier()


class PublicationInput(DeclarationInput):
    """A submission."""

    is_committed = fields.Boolean(required=True, truthy={True}, falsy={False})
    expected_version = count()
    client_address = text(64)


class CorrectionInput(PublicationInput, _Entry):
    """The entry page of what is public, submitted."""


class AdditionInput(PublicationInput):
    """More products for what is public."""

    products = fields.List(fields.Nested(ProductInput), load_default=list)


class WithdrawalInput(DeclarationInput):
    """The answer to the question 确定废止？ (手册 5.5.1)."""

    confirmation_token = fields.String(required=True, validate=validate.Length(1, 100))
    reason = fields.String(required=True, validate=validate.OneOf(_REASONS))
    note = text(500)


class ListInput(Strict):
    """One page of an enterprise's own list, with its keyword boxes."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    state = fields.String(required=True, validate=validate.OneOf(_TABLES))
    title = text(200)
    number = text(200)
    product_name = text(200)
    barcode = text(200)
    page = count(low=1, high=100_000, default=1)
    page_size = count(low=1, high=_MAX_PAGE_SIZE, default=15)
