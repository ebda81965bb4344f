"""What the addresses of records, enterprises and barcodes may ask beside their path."""

from gateway.schemas import fields
from gateway.schemas.fields import Length, OneOf, Range
from gateway.schemas.search import STATES


class RecordQuery(fields.Schema):
    """The day of which a record is read; empty for now."""

    as_of = fields.String(load_default="", validate=Length(0, 40))


class ProofQuery(fields.Schema):
    """The version that is proved; without one the newest."""

    version = fields.Digits(validate=Range(1, 100_000))


class ReadingQuery(fields.Schema):
    """The page of the text that is read."""

    page = fields.Digits(load_default=1, validate=Range(1, 100_000))


class EnterpriseQuery(fields.Schema):
    """Which of an enterprise's standards are listed, and where the page begins."""

    state = fields.String(load_default="", validate=OneOf(("", *STATES)))
    cursor = fields.String(load_default="", validate=Length(0, 500))


class BarcodeQuery(fields.Schema):
    """The barcode typed into the form, or where the page begins."""

    gtin = fields.String(load_default="", validate=Length(0, 40))
    cursor = fields.String(load_default="", validate=Length(0, 500))
