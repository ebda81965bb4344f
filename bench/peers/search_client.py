"""Search an index again and again in a process of its own: ``bench.peers.search_client URL``.

``{"queries": [...], "seconds": s}`` is answered with the milliseconds of each search.
"""

import sys
import time
from collections.abc import Mapping
from contextlib import closing
from itertools import cycle
from typing import Any

from bench import measure
from chassis.clock import SystemClock
from chassis.uow import Database
from services.search.queries import Filters, search

PAGE: int = 15


def main() -> None:
    """Serve commands until standard input ends."""
    with closing(Database(sys.argv[1], service="search", clock=SystemClock())) as database:

        def answer(command: dict[str, Any]) -> Mapping[str, Any]:
            took: list[float] = []
            end = time.perf_counter() + command["seconds"]
            for query in cycle(command["queries"]):
                begun = time.perf_counter()
                if begun > end:
                    break
                with database.read() as session:
                    search(session, query=query, filters=Filters(), after=None, limit=PAGE)
                took.append((time.perf_counter() - begun) * 1_000)
            return {"took": took}

        measure.serve_commands(answer, patched=False)


if __name__ == "__main__":
    main()
