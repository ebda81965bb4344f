"""Take base backups and points."""

import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg2

from chassis.blobs import BlobNotFoundError, BlobStore, open_store
from tools.backing import packages
from tools.backup.points import Point, add_point

STAMP: Final = "%Y%m%dT%H%M%S%fZ"
WAL_PATIENCE: Final = 60.0


class BackupError(RuntimeError):
    """Say why there is no backup."""


def program(name: str) -> str:
    """Return the path of one of PostgreSQL's programs.

    Raises:
        BackupError: it is not installed.
    """
    folder = packages.postgres_programs()
    found = str(folder / name) if folder and (folder / name).exists() else shutil.which(name)
    if found is None:
        raise BackupError(f"{name} is not installed")
    return found


def take_base(dsn: str, backup: Path) -> Path:
    """Copy the whole cluster that ``dsn`` leads to; return the folder of the copy.

    Raises:
        BackupError: a program of PostgreSQL refused; the text holds what it said.
    """
    backup.joinpath("base").mkdir(parents=True, exist_ok=True)
    unfinished = backup / "base" / f".{datetime.now(UTC).strftime(STAMP)}"
    try:
        _run("pg_basebackup", "--dbname", dsn, "--pgdata", str(unfinished), "--checkpoint=fast")
        _run("pg_verifybackup", "--quiet", str(unfinished))
        # Usable from its end on: that is what its name says.
        target = unfinished.with_name(datetime.now(UTC).strftime(STAMP))
        unfinished.replace(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    return target


def take_point(
    dsn: str, backup: Path, storage_url: str, *, patience: float = WAL_PATIENCE
) -> Point:
    """Make a moment to restore to: WAL mark, then files, then wait until the WAL is archived.

    Raises:
        BackupError: the WAL did not arrive in the archive in time.
    """
    backup.mkdir(parents=True, exist_ok=True)
    at = datetime.now(UTC)
    name = f"qibiao-{at.strftime(STAMP)}"
    connection = psycopg2.connect(dsn)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_walfile_name(pg_create_restore_point(%s))", (name,))
            wal_file = str(cursor.fetchone()[0])
            objects = copy_objects(open_store(storage_url), open_store(_objects_url(backup)))
            cursor.execute("SELECT pg_switch_wal()")
            _wait_archived(cursor, wal_file, patience)
    finally:
        connection.close()
    point = Point(name, at.isoformat(), wal_file, objects)
    add_point(backup, point)
    return point


def copy_objects(source: BlobStore, target: BlobStore) -> int:
    """Copy the files that the target does not have, or has in another size; return how many.

    Nothing is deleted from the target. Files that go while they are copied are nobody's any more.
    """
    there = {info.key: info.size for info in target.keys("")}
    count = 0
    for info in source.keys(""):
        if there.get(info.key) == info.size:
            continue
        try:
            pieces = source.open_reader(info.key)
        except BlobNotFoundError:
            continue
        with target.open_writer(info.key) as writer:
            for piece in pieces:
                writer.write(piece)
            writer.commit()
        count += 1
    return count


def _objects_url(backup: Path) -> str:
    return (backup / "objects").absolute().as_uri()


def _wait_archived(cursor: Any, wal_file: str, patience: float) -> None:  # noqa: ANN401 - psycopg2
    deadline = time.monotonic() + patience
    while True:
        cursor.execute("SELECT last_archived_wal, last_failed_wal FROM pg_stat_archiver")
        archived, failed = cursor.fetchone()
        # Names of one timeline are in the order of the WAL.
        if archived is not None and archived[:24] >= wal_file:
            return
        if time.monotonic() > deadline:
            raise BackupError(f"{wal_file} is not archived; archived {archived}, failed {failed}")
        time.sleep(0.1)


def _run(name: str, *arguments: str) -> None:
    done = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise BackupError(f"{name}: {done.stderr.strip()[-2000:]}")
