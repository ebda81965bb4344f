"""Calls about snapshots."""

from marshmallow import fields, validate

from services.standards.schemas.base import Strict, count


class SnapshotsInput(Strict):
    """How many of the newest."""

    limit = count(low=1, high=200, default=100)


class SnapshotFileInput(Strict):
    """One file of one snapshot."""

    snapshot_id = fields.String(required=True, validate=validate.Length(1, 80))
    name = fields.String(required=True, validate=validate.Length(1, 80))


class ChecksumInput(Strict):
    """The position of a snapshot; the newest when left out."""

    position = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(0)
    )
