"""Rebuild the public side: ``python -m tools.rebuild --from https://… --into mirror.db``.

Exit codes: 0 the copy equals the platform's checksum, 1 it does not or a file was altered (what
differs is named), 2 something that is needed could not be had.
"""

import argparse
import resource
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from tools.rebuild.mirror import DamagedRecordError, Mirror
from tools.rebuild.replaying import NEWEST, NONE, OLDEST, Outcome, Plan, Replay
from tools.rebuild.sources import AlteredFileError, FolderSource, HttpSource, Source, SourceError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    options = _parser().parse_args(arguments)
    started = time.monotonic()
    plan = Plan(options.base, options.deltas_to, reads_feed=not options.no_feed)
    try:
        with closing(Mirror(options.into)) as mirror:
            outcome = Replay(_source(options), mirror, _say).run(plan)
            if options.index is not None:
                _fill(mirror, options.index, outcome)
    except (AlteredFileError, DamagedRecordError) as error:
        sys.stderr.write(f"DIFFERENT: {error}\n")
        return 1
    except (SourceError, OSError, sqlite3.Error) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        sys.stderr.write(f"the source does not say what it should: {error!r}\n")
        return 2
    return _tell(outcome, time.monotonic() - started)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.rebuild", description=__doc__)
    parser.add_argument(
        "--from", dest="source", required=True, metavar="URL|FOLDER",
        help="a platform, or a folder with <snapshot id>/manifest.json and its files",
    )  # fmt: skip
    parser.add_argument(
        "--into", type=Path, required=True, metavar="FILE",
        help="SQLite file of the copy; one that was built before is brought up to date",
    )  # fmt: skip
    parser.add_argument(
        "--work", type=Path, metavar="FOLDER", help="where files are kept; <FILE>.files when unset"
    )
    parser.add_argument(
        "--base", default=NEWEST,
        help=f"full snapshot to begin with: {NEWEST} (default), {OLDEST} or an id",
    )  # fmt: skip
    parser.add_argument(
        "--deltas-to", default=NEWEST, metavar="ID",
        help=f"use deltas up to this full snapshot: {NEWEST} (default), {NONE} or an id;"
        " from there on the feed",
    )  # fmt: skip
    parser.add_argument(
        "--index", metavar="URL",
        help="then fill this migrated, empty database of search, and compare it as well",
    )  # fmt: skip
    parser.add_argument("--no-feed", action="store_true", help="end with the files")
    return parser


def _source(options: argparse.Namespace) -> Source:
    if options.source.startswith(("http://", "https://")):
        work = options.work or options.into.with_name(options.into.name + ".files")
        return HttpSource(options.source, work)
    return FolderSource(Path(options.source))


def _fill(mirror: Mirror, url: str, outcome: Outcome) -> None:
    from tools.rebuild.indexing import fill_index  # noqa: PLC0415 - a copy needs nothing of search

    held = fill_index(mirror, url)
    if held.hexdigest == outcome.checksum:
        _say(f"index of search: {held.count} documents, equal to the copy")
        return
    outcome.differences.append(f"index of search: {held.count}, {held.hexdigest}")


def _tell(outcome: Outcome, seconds: float) -> int:
    _say(f"position {outcome.position}, {outcome.declarations} declarations")
    _say(f"checksum {outcome.checksum}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    _say(f"{seconds:.1f} s, at most {peak} MiB of memory")
    if outcome.differences:
        sys.stderr.write("DIFFERENT:\n" + "".join(f"  {each}\n" for each in outcome.differences))
        return 1
    if not outcome.compared:
        sys.stderr.write("nothing to compare with: no snapshot was taken at a position reached\n")
        return 2
    _say(f"EQUAL to the platform at position {', '.join(map(str, outcome.compared))}")
    beyond = outcome.position - outcome.compared[-1]
    if beyond:
        _say(f"{beyond} events beyond; the documents that they name have the hashes they carry")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
