"""``python -m tools.backup base|point|points|restore|resend …``: docs/operations.md says how."""

import argparse
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2

from chassis.blobs import BlobStoreUnavailableError, UnsupportedStoreError
from chassis.config import SERVICES, CommonSettings, ConfigError
from tools import backup
from tools.backup.taking import WAL_PATIENCE


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 when it is done, 1 with the reason when it is not."""
    options = _parser().parse_args(arguments)
    try:
        print(options.run(options))
    except (
        backup.BackupError,
        backup.RestoreError,
        BlobStoreUnavailableError,
        ConfigError,
        UnsupportedStoreError,
        psycopg2.Error,
        OSError,
    ) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _base(options: argparse.Namespace) -> str:
    return str(backup.take_base(options.dsn, options.backup))


def _point(options: argparse.Namespace) -> str:
    url = options.storage_url or CommonSettings.from_env().storage_url
    point = backup.take_point(options.dsn, options.backup, url, patience=options.patience)
    return f"{point.name}: {point.objects} new files"


def _points(options: argparse.Namespace) -> str:
    return "\n".join(f"{point.name}  {point.at}" for point in backup.read_points(options.backup))


def _restore(options: argparse.Namespace) -> str:
    point = backup.restore(
        options.backup,
        options.data,
        storage_url=options.storage_url,
        point=options.point,
        is_latest=options.latest,
    )
    return f"{options.data} recovers to {point.name if point else 'the end of the WAL'}"


def _resend(options: argparse.Namespace) -> str:
    since = datetime.now(UTC) - timedelta(minutes=options.minutes)
    if options.since:
        since = datetime.fromisoformat(options.since)
    return f"{backup.send_again(options.dsn, since=since)} messages are sent again"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.backup")
    commands = parser.add_subparsers(required=True)

    base = commands.add_parser("base", help="copy a whole PostgreSQL cluster")
    base.set_defaults(run=_base)
    point = commands.add_parser("point", help="make a moment to restore to, with all files")
    point.set_defaults(run=_point)
    point.add_argument("--patience", type=float, default=WAL_PATIENCE, help="seconds for the WAL")
    points = commands.add_parser("points", help="list those moments")
    points.set_defaults(run=_points)
    restore = commands.add_parser("restore", help="lay out a data directory that recovers")
    restore.set_defaults(run=_restore)
    restore.add_argument("--data", type=Path, required=True, help="new data directory, empty")
    which = restore.add_mutually_exclusive_group()
    which.add_argument("--point", help="its name; the newest")
    which.add_argument("--latest", action="store_true", help="to the end of the archived WAL")
    resend = commands.add_parser("resend", help=f"send a service's events again: {SERVICES}")
    resend.set_defaults(run=_resend)
    resend.add_argument("--minutes", type=float, default=60, help="how far back; %(default)s")
    resend.add_argument("--since", help="the moment instead, such as 2026-11-28T05:00:00+00:00")

    for command in (base, point, resend):
        command.add_argument(
            "--dsn", required=True, help="libpq address, of a superuser for backups"
        )
    for command in (base, point, points, restore):
        command.add_argument("--backup", type=Path, required=True, help="folder of the backup")
    for command in (point, restore):
        command.add_argument("--storage-url", help="where the system keeps its files")
    return parser


if __name__ == "__main__":
    sys.exit(main())
