"""What ``standards`` answers about snapshots of everything public."""

from typing import Literal, TypedDict


class Snapshot(TypedDict):
    """A full snapshot, or the delta that leads from ``base`` to the next one."""

    snapshot_id: str
    kind: Literal["FULL", "DELTA"]
    position: int
    from_position: int | None
    base: str | None
    created_at: str
    declarations: int
    events: int
    products: int
    pending: int
    checksum: str
    bytes: int
    manifest_url: str


class SnapshotList(TypedDict):
    """``list_snapshots``, newest first."""

    items: list[Snapshot]


class SnapshotFileFacts(TypedDict):
    """One file, compressed as it is downloaded."""

    name: str
    bytes: int
    sha256: str
    rows: int


class LatestSnapshot(Snapshot):
    """``get_latest_snapshot``: the newest full one."""

    files: list[SnapshotFileFacts]


class SnapshotFile(TypedDict):
    """``get_snapshot_file``: where it lies in the blob store."""

    key: str
    file_name: str
    size: int
    sha256: str


class RegisterChecksum(TypedDict):
    """``get_register_checksum``: of everything public as it was at a snapshot."""

    snapshot_id: str
    position: int
    declarations: int
    pending: int
    checksum: str


class RequestedSnapshot(TypedDict):
    """``request_snapshot``."""

    requested_at: str
