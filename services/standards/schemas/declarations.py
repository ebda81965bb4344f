"""Calls about an enterprise's own declarations."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import fields, validate

from services.standards.domain.disclosure import Deviation
from services.standards.domain.kinds import (
    DeclarationState,
    DisclosureMode,
    StandardKind,
    Subject,
    WithdrawalReason,
)
from services.standards.schemas.base import MAX_TEXT, Strict, count, identifier, text

_MAX_LONG: Final = 2_000
_MAX_PAGE_SIZE: Final = 100
_KINDS: Final = [kind.value for kind in StandardKind]
_MODES: Final = [mode.value for mode in DisclosureMode]
_REASONS: Final = [reason.value for reason in WithdrawalReason]
_TABLES: Final = [DeclarationState.DRAFT.value, DeclarationState.PUBLISHED.value]


class NumberInput(Strict):
    """The boxes of a number."""

    prefix = text()
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


class DisclosureInput(Strict):
    """What the law asks to be said (企业标准化促进办法 Art. 14-16)."""

    deviation = fields.String(validate=validate.OneOf([entry.value for entry in Deviation]))
    recommended_number = text()
    deviation_statement = text(_MAX_LONG)
    commissioned_producer = text()
    commissioned_producer_code = text()
    joint_parties = fields.List(fields.String(validate=validate.Length(max=MAX_TEXT)))
    other_channel = text(_MAX_LONG)


class _Entry(Strict):
    """What is typed into the entry page."""

    catalogue_id = identifier(is_required=False)
    number = fields.Nested(NumberInput, load_default=dict)
    title = text()
    subject = fields.String(
        load_default=Subject.PRODUCT.value,
        validate=validate.OneOf([entry.value for entry in Subject]),
    )
    disclosure_mode = fields.String(
        load_default=None, allow_none=True, validate=validate.OneOf(_MODES)
    )
    upload_id = identifier(is_required=False)
    # Read box by box in the domain, which says what is wrong with each.
    indicators = fields.List(fields.Dict(), load_default=list, validate=validate.Length(max=1_000))
    products = fields.List(fields.Nested(ProductInput), load_default=list)
    disclosure = fields.Nested(DisclosureInput, load_default=dict)


class DraftInput(_Entry):
    """The entry page, saved."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))
    declaration_id = identifier(is_required=False)
    expected_version = fields.Integer(load_default=None, allow_none=True, strict=True)


class KindInput(Strict):
    """One kind of standards."""

    kind = fields.String(required=True, validate=validate.OneOf(_KINDS))


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


_ENTRY: Final = frozenset(_Entry().fields)


def split_entry(loaded: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was loaded with the members of the entry page in an ``entry`` of their own."""
    entry = {name: value for name, value in loaded.items() if name in _ENTRY}
    rest = {name: value for name, value in loaded.items() if name not in _ENTRY}
    return {**rest, "entry": entry}
