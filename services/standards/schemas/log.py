"""Calls about the Merkle log."""

from marshmallow import ValidationError, fields, validate, validates_schema

from services.standards.domain.log_entries import EntryKind
from services.standards.schemas.base import Strict, count

_MAX_SIZE = 2**53


class HeadsInput(Strict):
    """A page of the heads that were kept."""

    before = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, _MAX_SIZE)
    )
    limit = count(low=1, high=500, default=100)


class EntriesInput(Strict):
    """Some entries: from the first number up to the second, exclusive."""

    start = count(high=_MAX_SIZE)
    end = count(high=_MAX_SIZE)


class ProofInput(Strict):
    """An entry, by record number or by leaf hash, and the tree that its proof is to lead to."""

    record_number = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, 100)
    )
    version = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, 100_000)
    )
    kind = fields.Enum(EntryKind, by_value=True, load_default=EntryKind.VERSION)
    leaf_hash = fields.String(
        load_default=None, allow_none=True, validate=validate.Regexp(r"\A[0-9a-f]{64}\Z")
    )
    tree_size = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, _MAX_SIZE)
    )
    has_document = fields.Boolean(load_default=False)

    @validates_schema
    def check_one(self, data: dict[str, object], **_: object) -> None:
        """Refuse a question that names no entry, or two."""
        if (data["record_number"] is None) == (data["leaf_hash"] is None):
            raise ValidationError("one of both", "record_number")


class ConsistencyInput(Strict):
    """Two sizes of the log."""

    first = count(high=_MAX_SIZE)
    second = count(high=_MAX_SIZE)
