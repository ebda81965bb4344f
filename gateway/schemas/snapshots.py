"""Everything public in files: full snapshots and the deltas between them."""

from gateway.schemas import fields
from gateway.schemas.fields import Range


class SnapshotsQuery(fields.Schema):
    """How many of the newest."""

    limit = fields.Digits(load_default=100, validate=Range(1, 200))


class ChecksumQuery(fields.Schema):
    """The position of a snapshot; the newest when left out."""

    position = fields.Digits(validate=Range(0, 10**15))


class Snapshot(fields.Schema):
    """A full snapshot, or the delta from one to the next."""

    snapshot_id = fields.String(required=True)
    kind = fields.String(required=True, metadata={"description": "FULL 全量；DELTA 增量"})
    position = fields.Integer(
        required=True, metadata={"description": "快照所在的公开事件位置，此后的事件尚不包含"}
    )
    from_position = fields.Integer(allow_none=True, required=True)
    base = fields.String(
        allow_none=True, required=True, metadata={"description": "增量所依据的全量快照"}
    )
    created_at = fields.String(required=True)
    declarations = fields.Integer(required=True)
    events = fields.Integer(required=True)
    products = fields.Integer(required=True)
    pending = fields.Integer(
        required=True, metadata={"description": "已包含、但其事件还没有位置的声明数"}
    )
    checksum = fields.String(required=True, metadata={"description": "此时全部公开数据的校验和"})
    bytes = fields.Integer(required=True)
    manifest_url = fields.String(required=True)


class Snapshots(fields.Schema):
    """The newest snapshots and deltas, newest first."""

    items = fields.List(fields.Nested(Snapshot), required=True)


class SnapshotFile(fields.Schema):
    """One file; hash and size are those of what is downloaded."""

    name = fields.String(required=True)
    bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    rows = fields.Integer(required=True)


class LatestSnapshot(Snapshot):
    """The newest full snapshot with its files."""

    files = fields.List(fields.Nested(SnapshotFile), required=True)


class Checksum(fields.Schema):
    """What sums up everything public at the position of a snapshot."""

    snapshot_id = fields.String(required=True)
    position = fields.Integer(required=True)
    declarations = fields.Integer(required=True)
    pending = fields.Integer(required=True)
    checksum = fields.String(required=True)


class RequestedSnapshot(fields.Schema):
    """When a snapshot was asked for; it is made by a job."""

    requested_at = fields.String(required=True)
