"""Everything public in files: whole every night, and what changed since the night before."""

from typing import Final

from gateway.answers import GZIP, Answer, File, Json
from gateway.machines import Quota
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import snapshots as schemas

OPERATORS: Final = frozenset({"OPERATOR"})
JSON: Final = "application/json"
MANIFEST: Final = "manifest.json"

routes = Routes("公开数据快照")


@routes.get(
    "/snapshots",
    summary="公开数据快照，最新的在前",
    query=schemas.SnapshotsQuery,
    answer=schemas.Snapshots,
    survives_outage=True,
    max_age=60,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def list_snapshots(exchange: Exchange) -> Answer:
    """Return full snapshots and deltas; the files of each are in its manifest."""
    return Json(data=exchange.services.standards.list_snapshots(exchange.query["limit"]))


@routes.get(
    "/snapshots/latest",
    summary="最新的全量快照及其文件",
    answer=schemas.LatestSnapshot,
    survives_outage=True,
    max_age=60,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_latest_snapshot(exchange: Exchange) -> Answer:
    """Return the newest full snapshot."""
    return Json(data=exchange.services.standards.get_latest_snapshot())


@routes.get(
    "/snapshots/checksum",
    summary="某一快照位置上全部公开数据的校验和",
    query=schemas.ChecksumQuery,
    answer=schemas.Checksum,
    survives_outage=True,
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_register_checksum(exchange: Exchange) -> Answer:
    """Return what a copy that is at this position must sum up to."""
    position = exchange.query.get("position")
    return Json(data=exchange.services.standards.get_register_checksum(position))


@routes.get(
    "/snapshots/<snapshot_id>/manifest",
    summary="快照的清单",
    gives_types=(JSON,),
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_snapshot_manifest(exchange: Exchange) -> Answer:
    """Return the list of the files, with sizes and hashes."""
    return _file(exchange, MANIFEST)


@routes.get(
    "/snapshots/<snapshot_id>/files/<name>",
    summary="快照的一个文件",
    gives_types=(GZIP, JSON),
    scope="public:read",
    auth=Auth.PUBLIC,
)
def get_snapshot_file(exchange: Exchange) -> Answer:
    """Return a file, whole or in part; it never changes."""
    return _file(exchange, exchange.path["name"])


@routes.post(
    "/operator/snapshots",
    summary="尽快制作一份快照",
    answer=schemas.RequestedSnapshot,
    status=202,
    roles=OPERATORS,
    auth=Auth.SESSION,
)
def request_snapshot(exchange: Exchange) -> Answer:
    """Have a snapshot made; it appears in the list once it is there."""
    return Json(data=exchange.services.standards.request_snapshot())


def _file(exchange: Exchange, name: str) -> File:
    """Return a file of a snapshot; who brings no key gets as many as pages of the feed.

    Raises:
        FeedRateError: the address asks too often without a key.
    """
    if exchange.machine_key is None:
        left = exchange.feed_guard.take(exchange.address)
        exchange.quota = Quota(left.limit, left.remaining, left.reset) if left else None
    found = exchange.services.standards.get_snapshot_file(exchange.path["snapshot_id"], name)
    return File(
        key=str(found["key"]),
        size=int(found["size"]),
        sha256=str(found["sha256"]),
        file_name=str(found["file_name"]),
        content_type=GZIP if name.endswith(".gz") else JSON,
        is_immutable=True,
    )
