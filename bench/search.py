"""Measure building and searching the index of public declarations on PostgreSQL and SQLite.

    python -m bench.search                                   # 32,000 declarations
    python -m bench.search --size 320000 --growth
    python -m bench.search --size 3200000 --growth --keep DIR   # in as many runs as one likes

The index is built by the service's own code from a generated register of national proportions, and
asked by its own queries: 15 results and the count of up to 1,000. Words are chosen by how many
documents they are in. Each question is asked three times and the median counts, so that p99 is of
questions and not of what else runs on the machine. One title in fifty says its year; one
declaration in fifty has the words of a file.

``build_vs_copy`` is documents per second of that building on PostgreSQL against COPY of the
finished rows into the same tables with the same indexes, minutes later: it means something only
where the load stays the same. ``search_vs_trgm_p99`` is the p99 of words
of two characters with ``pg_trgm`` (``ILIKE`` on one column, newest 15 and count of up to 1,000)
against ours, for the same words. ``growth_100x`` is the median of all words, 3.2 million against
32,000, on the engine where it grew more.
"""

import argparse
import os
import random
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Final

from bench import measure
from bench.peers.trigrams import Trigrams
from bench.search_index import ENGINES, POSTGRES, Index, Source, opened, running, say_sizes
from bench.search_queries import TWO_CHARACTERS, WORD_CLASSES, Question, Words
from services.search.domain.documents import IN_FORCE
from services.search.queries import Place, search
from services.search.usecases import indexing

SIZE: Final = 32_000
EACH: Final = 20
PAGE: Final = 15
ROUNDS: Final = 3
DEEP_PAGES: Final = 20
CLIENTS: Final = 8
CHANGES: Final = 100
COLD_QUESTIONS: Final = 5
CLIENT: Final = "bench.peers.search_client"
_SHORT: Final = {"postgresql": "pg", "sqlite": "sqlite"}
_WORDS: Final = Path("../shared/data")


def ask(index: Index, question: Question, after: Place | None = None) -> tuple[float, Place | None]:
    """Search once; return the milliseconds and where the next page begins."""
    begun = time.perf_counter()
    with index.database.read() as session:
        page = search(
            session,
            query=question.query,
            filters=question.filters,
            after=after,
            limit=PAGE,
            with_facets=question.with_facets,
        )
    return (time.perf_counter() - begun) * 1_000, page.last


def share(took: Sequence[float], part: float) -> float:
    """Return what a part of all, such as 0.99, was no slower than."""
    ordered = sorted(took)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


def say_class(name: str, took: Sequence[float]) -> None:
    """Print a line of the report."""
    parts = "  ".join(
        f"p{round(part * 100)} {share(took, part):8.2f}" for part in (0.5, 0.95, 0.99)
    )
    measure.say(f"  {name:<26} n {len(took):5}  {parts}  max {max(took):8.2f} ms")


def measure_questions(
    index: Index, classes: Mapping[str, Sequence[Question]]
) -> dict[str, list[float]]:
    """Ask every question three times; return the medians."""
    found = {}
    for name, questions in classes.items():
        found[name] = [
            statistics.median(ask(index, question)[0] for _ in range(ROUNDS))
            for question in questions
        ]
        say_class(name, found[name])
    return found


def measure_deep_pages(index: Index, questions: Sequence[Question]) -> list[float]:
    """Turn pages of frequent words, and return what those from the tenth on took."""
    took = []
    for question in questions:
        _, after = ask(index, question)
        for page in range(2, DEEP_PAGES + 1):
            if after is None:
                break
            spent, after = ask(index, question, after)
            if page > DEEP_PAGES // 2:
                took.append(spent)
    return took


def measure_changes(index: Index, words: Words) -> Mapping[str, list[float]]:
    """Correct documents and withdraw them, each in a transaction of its own."""
    register = index.source.register()
    step = max(1, len(words.documents) // CHANGES)
    # Whatever an earlier run wrote is older.
    sequence = int(time.time())
    took: dict[str, list[float]] = {"corrections": [], "withdrawals": []}
    for publication in words.documents[::step][:CHANGES]:
        entry = replace(index.source.entry(register, publication), sequence=sequence)
        is_in_force = entry.values["state"] == IN_FORCE.state
        standing = replace(IN_FORCE, state="WITHDRAWN") if is_in_force else IN_FORCE
        begun = time.perf_counter()
        with index.database.transaction() as tx:
            indexing.index_everywhere(tx=tx, entry=entry)
        between = time.perf_counter()
        with index.database.transaction() as tx:
            indexing.mark_everywhere(
                tx=tx,
                declaration_id=entry.declaration_id,
                sequence=sequence + 1,
                standing=standing,
            )
        took["corrections"].append((between - begun) * 1_000)
        took["withdrawals"].append((time.perf_counter() - between) * 1_000)
    return took


def measure_clients(index: Index, queries: Sequence[str], seconds: float) -> list[float]:
    """Let eight processes search at once; return what their searches took."""
    found: list[float] = []
    with ExitStack() as stack:
        clients = [stack.enter_context(measure.Peer(CLIENT, (index.url,))) for _ in range(CLIENTS)]

        def let_search(place: int, client: measure.Peer) -> None:
            turned = [*queries[place:], *queries[:place]]
            found.extend(client.ask(queries=turned, seconds=seconds)["took"])

        threads = [threading.Thread(target=let_search, args=entry) for entry in enumerate(clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    measure.say(f"  {len(found) / seconds:.0f} searches/s of {CLIENTS} clients")
    return found


def measure_cold(index: Index, classes: Mapping[str, Sequence[Question]]) -> list[float]:
    """Ask some of each class, each once, when nothing of the index is in memory."""
    index.cool_down()
    return [
        ask(index, question)[0]
        for questions in classes.values()
        for question in questions[:: max(1, len(questions) // COLD_QUESTIONS)]
    ]


def measure_copy(index: Index, folder: Path, rate: float) -> float:
    """Return documents per second of building, as a share of those of COPY."""
    copied = index.copy_rate(folder)
    measure.say(
        f"  COPY of the finished rows: {copied['all']:,.0f}/s for all tables"
        f" (build {rate / copied['all']:.3f} of it), {copied['heads']:,.0f}/s for the tokens of"
        f" heads alone (build {rate / copied['heads']:.3f} of it)"
    )
    return rate / copied["all"]


def measure_trigrams(index: Index, questions: Sequence[Question], seconds: float) -> float:
    """Return the p99 of ``pg_trgm`` as a multiple of ours, for what it answers in some seconds.

    Both are asked in turn, word by word, so that what else runs on the machine slows both.
    """
    with closing(Trigrams(index.url)) as trigrams:
        filled = trigrams.fill()
        measure.say(f"  pg_trgm: {trigrams.megabytes():,.0f} MB, made in {filled:.0f} s")
        order = list(range(len(questions)))
        random.Random(1).shuffle(order)  # noqa: S311 - any order will do
        theirs, ours = [], []
        end = time.perf_counter() + seconds
        for place in order:
            if time.perf_counter() > end:
                break
            question = questions[place]
            pairs = [
                (trigrams.search(question.query), ask(index, question)[0]) for _ in range(ROUNDS)
            ]
            theirs.append(statistics.median(their for their, _ in pairs))
            ours.append(statistics.median(our for _, our in pairs))
    say_class("pg_trgm, 2 characters", theirs)
    say_class("ours, the same words", ours)
    return share(theirs, 0.99) / share(ours, 0.99)


class Run:
    """Measure one engine, at one size or two."""

    def __init__(self, engine: str, folder: Path, options: argparse.Namespace) -> None:
        self._engine = engine
        self._folder = folder
        self._options = options
        self.figures: dict[str, float] = {}
        self.medians: list[float] = []

    def measure(self, index: Index, *, is_all: bool) -> None:
        """Build an index and ask it everything, or its words only."""
        source = index.source
        measure.say(f"{self._engine}, {source.size:,} declarations, load {os.getloadavg()[0]:.1f}")
        rate = index.build()
        measure.say(f"  built at {rate:,.0f}/s, {index.seconds:.0f} s")
        say_sizes(index)
        words = Words(source, self._options.each)
        classes = words.questions()
        if not is_all:
            classes = {name: classes[name] for name in WORD_CLASSES}
        took = measure_questions(index, classes)
        self.medians.append(statistics.median(one for name in WORD_CLASSES for one in took[name]))
        if is_all:
            self._measure_rest(index, words, classes, took, rate)

    def _measure_rest(
        self,
        index: Index,
        words: Words,
        classes: Mapping[str, Sequence[Question]],
        took: Mapping[str, list[float]],
        rate: float,
    ) -> None:
        if pages := measure_deep_pages(index, classes[TWO_CHARACTERS][-self._options.each :]):
            say_class("pages 11 to 20", pages)
        pairs = classes[TWO_CHARACTERS]
        seconds = self._options.seconds
        say_class(
            "of 8 clients at once",
            measure_clients(index, [question.query for question in pairs], seconds),
        )
        if self._engine == POSTGRES:
            self.figures["build_vs_copy"] = measure_copy(index, self._folder, rate)
            self.figures["search_vs_trgm_p99"] = measure_trigrams(
                index, pairs, self._options.peer_seconds
            )
        self.figures[f"p99_2char_ms_{_SHORT[self._engine]}"] = share(took[TWO_CHARACTERS], 0.99)
        for name, changes in measure_changes(index, words).items():
            say_class(name, changes)
        index.tidy()
        say_class("after a cold start", cold := measure_cold(index, classes))
        measure.say(f"  the first search after a cold start {cold[0]:.0f} ms")


def run_engine(engine: str, folder: Path, options: argparse.Namespace) -> Run:
    """Measure one engine; the smaller index comes first."""
    run = Run(engine, folder, options)
    sizes = [SIZE, options.size] if options.growth else [options.size]
    with running(engine, folder, is_kept=options.keep is not None) as cluster:
        for size in sizes:
            source = Source(size, options.words, options.text_share)
            with opened(source, folder, cluster) as index:
                run.measure(index, is_all=size == options.size)
    return run


def report(runs: Sequence[Run], options: argparse.Namespace) -> str:
    """Return the last line."""
    found: dict[str, float] = {}
    for run in runs:
        found |= run.figures
    if options.growth:
        grown = [run.medians[-1] / run.medians[0] for run in runs]
        found[f"growth_{options.size // SIZE}x"] = max(grown)
    order = ("build_vs_copy", "search_vs_trgm_p99")
    names = [*(name for name in order if name in found), *(n for n in found if n not in order)]
    return " ".join(f"{name}={found[name]:.3f}" for name in names)


def parse(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.search",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--size", type=int, default=SIZE, help="declarations, %(default)s")
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--growth", action="store_true", help=f"compare with {SIZE:,} as well")
    parser.add_argument(
        "--keep", type=Path, metavar="DIR",
        help="keep the indexes there; a later run goes on building, or asks what is built",
    )  # fmt: skip
    parser.add_argument("--each", type=int, default=EACH, help="words of a kind, %(default)s")
    parser.add_argument("--seconds", type=float, default=5, help="of eight clients, %(default)s")
    parser.add_argument(
        "--peer-seconds", type=float, default=30, help="of pg_trgm at most, %(default)s"
    )
    parser.add_argument(
        "--text-share", type=float, default=0.02, help="with words of a file, %(default)s"
    )
    parser.add_argument(
        "--words", type=Path, default=_WORDS if _WORDS.is_dir() else None, metavar="FOLDER",
        help="real files to take words from (%(default)s); else a small list of our own",
    )  # fmt: skip
    return parser.parse_args(arguments)


def main() -> None:
    """Build, ask, print the figures."""
    options = parse()
    measure.say(f"{os.cpu_count()} cores, words of {options.words or 'our own'}")
    with ExitStack() as stack:
        folder = options.keep or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="qibiao-search-"))
        )
        folder.mkdir(parents=True, exist_ok=True)
        runs = [run_engine(engine, folder, options) for engine in options.engines]
    measure.say(f"load {os.getloadavg()[0]:.1f}")
    measure.say(report(runs, options))


if __name__ == "__main__":
    main()
