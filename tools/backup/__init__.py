"""Back up and restore: base backups, archived WAL, and the files that belong to them.

A backup is a folder::

    base/<moment>/     base backups (pg_basebackup, verified), named by when they ended
    wal/               archived WAL (deploy/postgres/archive_wal.sh)
    objects/           files, never deleted here: `objects` only adds
    points.jsonl       moments at which database and files are both complete

A *point* is a named restore point in the WAL. It is written into the WAL first, then the files are
copied, then its WAL is waited for: whoever restores to a point has every file that a row names.
"""

from tools.backup.points import Point, read_points
from tools.backup.restoring import RestoreError, restore, send_again
from tools.backup.taking import BackupError, copy_objects, take_base, take_point

__all__ = [
    "BackupError",
    "Point",
    "RestoreError",
    "copy_objects",
    "read_points",
    "restore",
    "send_again",
    "take_base",
    "take_point",
]
