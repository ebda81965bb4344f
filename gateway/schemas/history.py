"""What a declaration said at other times, and who did what with it."""

from gateway.schemas import fields
from gateway.schemas.fields import Length, Range
from gateway.schemas.public import Document


class VersionRow(fields.Schema):
    """One published version: ``PUBLISHED``, ``CORRECTED`` or ``PRODUCTS_ADDED``."""

    version = fields.Integer(required=True)
    change = fields.String(required=True)
    published_at = fields.String(required=True)
    document_sha256 = fields.String(required=True)
    document_url = fields.String(required=True)
    proof_url = fields.String(required=True)


class Versions(fields.Schema):
    """Every published version of a declaration, oldest first."""

    declaration_id = fields.String(required=True)
    record_number = fields.String(required=True)
    state = fields.String(required=True)
    withdrawn_at = fields.String(allow_none=True)
    items = fields.List(fields.Nested(VersionRow), required=True)


class AsOfQuery(fields.Schema):
    """The moment that is asked about."""

    moment = fields.String(
        required=True,
        validate=Length(10, 40),
        metadata={"description": "带时区的时刻，例如 2026-03-01T00:00:00+08:00"},
    )


class AsOf(fields.Schema):
    """What the public saw at that moment."""

    declaration_id = fields.String(required=True)
    record_number = fields.String(required=True)
    version = fields.Integer(required=True)
    as_of = fields.String(required=True)
    state = fields.String(required=True)
    withdrawn_at = fields.String(allow_none=True)
    document = fields.Nested(Document, required=True)
    document_sha256 = fields.String(required=True)


class DifferencesQuery(fields.Schema):
    """The version that is looked at, and the one it is compared with."""

    version = fields.Digits(required=True, validate=Range(1, 100_000))
    other = fields.String(
        load_default="",
        validate=Length(0, 100),
        metadata={"description": "另一条标准的公开编号，例如被修订的标准；空时为同一条"},
    )
    other_version = fields.Digits(required=True, validate=Range(1, 100_000))


class ComparedVersion(fields.Schema):
    """One side of a comparison."""

    record_number = fields.String(required=True)
    version = fields.Integer(required=True)
    published_at = fields.String(required=True)


class Differences(fields.Schema):
    """How a version differs from the other one: fields, products, indicators, text."""

    before = fields.Nested(ComparedVersion, required=True)
    after = fields.Nested(ComparedVersion, required=True)
    fields_ = fields.List(fields.Mapping(), required=True, attribute="fields", data_key="fields")
    products = fields.Mapping(required=True)
    indicators = fields.Mapping(required=True)
    text = fields.Mapping(required=True)


class Deed(fields.Schema):
    """One thing that somebody did."""

    recorded_at = fields.String(required=True)
    actor = fields.String(required=True)
    action = fields.String(required=True)
    details = fields.Mapping(required=True)


class Deeds(fields.Schema):
    """Who did what with a declaration, oldest first."""

    items = fields.List(fields.Nested(Deed), required=True)


class CategoriesQuery(fields.Schema):
    """换一换: which set of suggestions."""

    page = fields.Digits(load_default=0, validate=Range(0, 1_000))


class Categories(fields.Schema):
    """Four suggestions."""

    categories = fields.List(fields.String(), required=True)
