"""Look after the audit logs: ``python -m chassis.auditing verify | export``.

``verify`` goes through the chain of each service and names the first number where it is broken.
With ``--heads`` it compares with the ends that were kept elsewhere: a cut tail and a chain
made anew show as well. ``export`` writes one JSON object a line.
"""

import argparse
import importlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chassis import green

if TYPE_CHECKING:
    from chassis.audit import Head
    from chassis.uow import Database

_PAGE = 500


def read_heads(lines: Iterable[str]) -> "dict[str, list[Head]]":
    """Return the kept ends by service, from a file of ``accounts``.

    Raises:
        ValueError: a line is not one.
    """
    from chassis.audit import Head  # noqa: PLC0415 - after green.patch()

    heads: dict[str, list[Head]] = {}
    for number, line in enumerate(lines, 1):
        try:
            head = json.loads(line)
            kept = Head(int(head["sequence"]), str(head["hash"]))
            heads.setdefault(str(head["service"]), []).append(kept)
        except (ValueError, KeyError, TypeError):
            raise ValueError(f"line {number} is not the end of a chain") from None
    return heads


def verify(
    databases: "Mapping[str, Database]",
    heads: "Mapping[str, Sequence[Head]]",
    write: Callable[[str], object],
) -> bool:
    """Check the chain of each service; say whether all are whole."""
    from chassis import audit  # noqa: PLC0415 - after green.patch()

    is_whole = True
    for name, database in databases.items():
        with database.read() as session:
            broken = audit.verify(session, heads.get(name, ()))
            end = audit.head(session)
        if broken is None:
            kept = len(heads.get(name, ()))
            write(f"{name}: whole, {end.sequence} rows, {kept} kept ends fit\n")
        else:
            is_whole = False
            write(f"{name}: BROKEN at {broken} of {end.sequence}\n")
    return is_whole


def export(database: "Database", after: int) -> Iterator[str]:
    """Yield the sealed rows after a number as JSON lines."""
    from chassis import audit  # noqa: PLC0415 - after green.patch()

    while True:
        with database.read() as session:
            rows = audit.read(session, audit.Wanted(), after=after, limit=_PAGE)
        for row in rows:
            yield json.dumps(row, ensure_ascii=False) + "\n"
        if len(rows) < _PAGE:
            return
        after = rows[-1]["sequence"]


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m chassis.auditing", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    checking = commands.add_parser("verify", help="check the chains; exit 1 when one is broken")
    checking.add_argument("--service", action="append", help="only this one; may be repeated")
    checking.add_argument("--heads", type=Path, help="file of ends that were kept elsewhere")
    exporting = commands.add_parser("export", help="write the rows of one service")
    exporting.add_argument("--service", required=True)
    exporting.add_argument("--after", type=int, default=0, help="begin after this number")
    return parser.parse_args(arguments)


def open_databases(names: Iterable[str]) -> "dict[str, Database]":
    """Return the databases that the environment describes."""
    from chassis.clock import SystemClock  # noqa: PLC0415 - after green.patch()
    from chassis.uow import Database  # noqa: PLC0415 - after green.patch()

    settings = {
        name: importlib.import_module(f"services.{name}.config").Settings.from_env()
        for name in names
    }
    return {
        name: Database(entry.database_url, service=name, clock=SystemClock(entry.clock_offset_file))
        for name, entry in settings.items()
    }


def run(options: argparse.Namespace, write: Callable[[str], object]) -> int:
    """Carry out one command; return the exit code."""
    from chassis.config import SERVICES  # noqa: PLC0415 - after green.patch()

    if options.command == "export":
        for line in export(open_databases([options.service])[options.service], options.after):
            write(line)
        return 0
    heads = {}
    if options.heads is not None:
        try:
            with options.heads.open(encoding="utf-8") as lines:
                heads = read_heads(lines)
        except (OSError, ValueError) as error:
            write(f"{options.heads}: {error}\n")
            return 2
    databases = open_databases(options.service or SERVICES)
    return 0 if verify(databases, heads, write) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    options = parse(arguments)
    green.patch()
    return run(options, sys.stdout.write)


if __name__ == "__main__":
    sys.exit(main())
