"""Measure searching through the gateway with wrk, with one process of search and with two.

The whole system runs as separate processes on RabbitMQ and PostgreSQL, with 20,000 generated
declarations in the index. wrk asks ``GET /api/v1/public/declarations`` for words of two to four
characters and for two words, rare to common, 16 requests at a time; the gateway answers from its
memory only when search is away, so that each is a search.

``search_rps_1`` and ``search_rps_2`` are requests per second with one process of search and two;
``per_cpu_s_1`` and ``per_cpu_s_2`` requests per second of CPU of the gateway, all services,
RabbitMQ and PostgreSQL together. wrk itself, on the same machine, is not counted.
"""

import argparse
import json
import os
import random
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from bench import measure
from bench.search_index import Source, read_entries
from bench.search_queries import Words
from bench.system import Load, System, started
from chassis.clock import SystemClock
from chassis.uow import Database
from services.search.adapters.counting import TermCounter
from services.search.queries import live_tables
from services.search.usecases import indexing
from tools import launch
from tools.backing import BackingError, install_missing
from tools.visitor import API

SIZE: Final = 20_000
CONNECTIONS: Final = 16
ROUNDS: Final = 3
EACH: Final = 25
SEARCH: Final = "search"
SECOND: Final = "search-2"
_SCRIPT: Final = Path(__file__).parent / "peers" / "wrk_search.lua"
_ASKED: Final = ("2 characters", "3 characters", "4 characters", "two words")
_LOG: Final = Path("var/log/apt.log")


class SearchSystem(System):
    """The system with two processes of search and an index that is filled past them."""

    named = (launch.GATEWAY, SEARCH, SECOND)

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, replicas={SEARCH: 2})

    @property
    def index_url(self) -> str:
        """Return where the index is."""
        return self.settings()["SEARCH_DATABASE_URL"]

    def fill_index(self, source: Source) -> None:
        """Index generated declarations."""
        assert self.database is not None  # noqa: S101 - started before
        with closing(Database(self.index_url, service=SEARCH, clock=SystemClock())) as database:
            for batch in read_entries(source, 0):
                with database.transaction() as tx:
                    tables = live_tables(tx.session)
                    indexing.index_documents(tx=tx, tables=tables, entries=batch)
            TermCounter(database, holder="bench").finish()
        self.database.execute("VACUUM ANALYZE", SEARCH)

    def have_processes(self, wanted: int) -> None:
        """Let so many processes of search run, one or two."""
        part = self.parts[SECOND]
        if part.is_running and wanted == 1:
            part.stop()
        if not part.is_running and wanted > 1:
            part.start()
            self.wait_ready()


def paths_of(source: Source) -> list[str]:
    """Return the requests, in an order that mixes them."""
    classes = Words(source, EACH).questions()
    queries = [question.query for name in _ASKED for question in classes.get(name, ())]
    random.Random(1).shuffle(queries)  # noqa: S311 - any order will do
    return [f"{API}/public/declarations?q={quote(query)}" for query in queries]


def run_wrk(url: str, paths: Path, seconds: float) -> dict[str, Any]:
    """Let wrk ask, and return its figures.

    Raises:
        SystemExit: something was not answered, or not with a result.
    """
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{max(1, round(seconds))}s", "--timeout", "10s",
               "-s", str(_SCRIPT), url, "--", str(paths)]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"wrk: {done.stderr or done.stdout}")
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    if found["refused"] or found["broken"] or not found["requests"]:
        raise SystemExit(f"not all was answered: {done.stdout}")
    return found


def measure_processes(
    system: SearchSystem, wanted: int, paths: Path, seconds: float
) -> Mapping[str, float]:
    """Return the figures of so many processes of search."""
    system.have_processes(wanted)
    run_wrk(system.url, paths, seconds / 3)
    before = system.cpu()
    found = run_wrk(system.url, paths, seconds)
    after = system.cpu()
    load = Load(
        found["requests"], found["seconds"], {name: after[name] - before[name] for name in after}
    )
    line = load.as_line(f"{wanted} of search")
    measure.say(f"{line}  p50 {found['p50']:.0f} p95 {found['p95']:.0f} p99 {found['p99']:.0f} ms")
    return {
        "search_rps": load.requests / load.seconds,
        "per_cpu_s": load.requests / sum(load.cpu.values()),
        "p99_ms": found["p99"],
    }


def install() -> None:
    """Install the servers and wrk, where they are not.

    Raises:
        SystemExit: that is not possible.
    """
    _LOG.parent.mkdir(parents=True, exist_ok=True)
    try:
        install_missing(_LOG, ("wrk",))
    except BackingError as error:
        raise SystemExit(str(error)) from None


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.search_http", description=__doc__)
    parser.add_argument("--declarations", type=int, default=SIZE, help="%(default)s")
    parser.add_argument("--seconds", type=float, default=24.0, help="of wrk for each number")
    options = parser.parse_args(arguments)
    install()
    measure.say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {CONNECTIONS} at once")
    source = Source(options.declarations, words=None, text_share=0.02)
    with started(SearchSystem) as system:
        system.fill_index(source)
        paths = system.folder / "paths.txt"
        paths.write_text("\n".join(paths_of(source)), encoding="ascii")
        figures = measure.interleaved(
            ROUNDS,
            {
                str(wanted): partial(
                    measure_processes, system, wanted, paths, options.seconds / ROUNDS
                )
                for wanted in (1, 2)
            },
        )
    measure.say(f"load {os.getloadavg()[0]:.1f}")
    measure.say(
        " ".join(
            f"{name}_{wanted}={figures[wanted][name]:.2f}"
            for name in ("search_rps", "per_cpu_s", "p99_ms")
            for wanted in figures
        )
    )


if __name__ == "__main__":
    main()
