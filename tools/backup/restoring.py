"""Bring a backup back into a new place."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Final

import psycopg2

from chassis.blobs import open_store
from tools.backup.points import Point, read_points
from tools.backup.taking import STAMP, copy_objects

# What a base backup carries along and a new server must not believe.
_STALE: Final = ("postmaster.pid", "postmaster.opts")


class RestoreError(RuntimeError):
    """Say why nothing was restored."""


def restore(
    backup: Path,
    data: Path,
    *,
    storage_url: str | None = None,
    point: str | None = None,
    is_latest: bool = False,
) -> Point | None:
    """Lay out a data directory that recovers by itself when PostgreSQL starts on it.

    The newest point is chosen unless ``point`` names another one or ``is_latest`` asks for all the
    WAL there is, for which the files have to come from elsewhere. With ``storage_url`` the files
    are copied there. Returns the point, None for the latest.

    Raises:
        RestoreError: there is no such point, no base backup before it, or ``data`` is not empty.
    """
    chosen = None if is_latest else _choose(backup, point)
    base = _base_before(backup, chosen)
    if data.exists() and any(data.iterdir()):
        raise RestoreError(f"{data} is not empty")
    shutil.copytree(base, data, dirs_exist_ok=True, symlinks=True)
    data.chmod(0o700)
    for name in _STALE:
        (data / name).unlink(missing_ok=True)
    _write_recovery(data, (backup / "wal").absolute(), chosen)
    if storage_url is not None:
        source = open_store((backup / "objects").absolute().as_uri())
        copy_objects(source, open_store(storage_url))
    return chosen


def send_again(dsn: str, *, since: datetime) -> int:
    """Let the relay send again what a service's outbox sent since a time; return how much.

    What was on its way in a broker that is lost with the rest arrives so; who has had it skips it.
    """
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("UPDATE outbox SET sent_at = NULL WHERE sent_at >= %s", (since,))
            return int(cursor.rowcount)
    finally:
        connection.close()


def _choose(backup: Path, name: str | None) -> Point:
    points = read_points(backup)
    found = [each for each in points if name in {None, each.name}]
    if not found:
        raise RestoreError(f"no such point: {name}" if name else "there is no point yet")
    return found[-1]


def _base_before(backup: Path, point: Point | None) -> Path:
    folders = sorted(path for path in (backup / "base").glob("*Z") if path.is_dir())
    if point is not None:
        stamp = datetime.fromisoformat(point.at).strftime(STAMP)
        folders = [path for path in folders if path.name < stamp]
    if not folders:
        raise RestoreError("there is no base backup from before")
    return folders[-1]


def _write_recovery(data: Path, wal: Path, point: Point | None) -> None:
    quoted = str(wal).replace("'", "''")
    lines = [f'restore_command = \'cp "{quoted}/%f" "%p"\'']
    if point is not None:
        lines += [f"recovery_target_name = '{point.name}'", "recovery_target_action = 'promote'"]
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", *lines, ""]))
    (data / "recovery.signal").touch(mode=0o600)
