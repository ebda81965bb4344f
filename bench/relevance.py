"""Measure what searching finds: known items by ten kinds of queries, and products by real queries.

The index holds every row of a catalogue of standards as one declaration, and generated declarations
as noise. A known item is found when one of the numbers expected is the first result (success@1) or
among the first ten (success@10). A query of a shop that contains the generic name of an indexed
product has to find a product of that name; the longest name counts.

    python -m bench.relevance --data ../shared/data --declarations 200000 --engine sqlite
"""

import argparse
import csv
import itertools
import json
import random
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from bench import measure as output
from chassis import migrate
from chassis.clock import SystemClock
from chassis.uow import Database
from services.search.adapters.counting import TermCounter
from services.search.domain import tokens
from services.search.domain.documents import (
    Additions,
    IndexEntry,
    read_document,
    read_standing,
)
from services.search.queries import Filters, live_tables, search
from services.search.usecases import indexing
from tools.backing import PostgresCluster
from tools.generate_register import Plan, Register, Words, read_words

DECLARATIONS: Final = 200_000
FIRST_PAGE: Final = 10
LOOKED_AT: Final = 100
MIN_NAME: Final = 2
MAX_NAME: Final = 60
SHOWN: Final = 8

_BATCH: Final = 500
_SINCE: Final = datetime(2015, 4, 1, tzinfo=UTC)
_SPAN_MINUTES: Final = 6_000_000
_KINDS: Final = {
    "国家标准": "NATIONAL", "行业标准": "INDUSTRY", "地方标准": "LOCAL", "团体标准": "GROUP",
}  # fmt: skip
_LETTERS: Final = {"NATIONAL": "G", "INDUSTRY": "H", "LOCAL": "D", "GROUP": "T"}


@dataclass(frozen=True)
class KnownItem:
    """Be a query somebody types who wants one of a few standards."""

    kind: str
    query: str
    expected: frozenset[str]


@dataclass
class Outcome:
    """Count what was found; ``missed`` are queries, with what was expected and what was first."""

    asked: Counter[str] = field(default_factory=Counter)
    first: Counter[str] = field(default_factory=Counter)
    tenth: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str, str, str]] = field(default_factory=list)

    def share(self, found: Counter[str], kind: str | None = None) -> float:
        """Return which share of the queries, or of those of one kind, found it."""
        if kind is not None:
            return found[kind] / max(1, self.asked[kind])
        return found.total() / max(1, self.asked.total())


def read_known_items(path: Path) -> list[KnownItem]:
    """Return the queries of a file with the columns of ``queries_known_item.csv``."""
    return [
        KnownItem(row["query_kind"], row["query"], frozenset(row["expected_std_no"].split(";")))
        for row in _rows(path)
    ]


def read_shop_queries(path: Path) -> list[str]:
    """Return the queries of a file with the columns of ``queries_ecom.csv``."""
    return [row["query"] for row in _rows(path)]


def build_index(database: Database, folder: Path, declarations: int, words: Words) -> set[str]:
    """Index the catalogue of a folder and generated declarations; return all generic names."""
    register = Register(Plan(declarations=declarations), words=words)
    names: set[str] = set()
    entries = itertools.chain(_catalogue(folder, register), _generated(register, names))
    while batch := list(itertools.islice(entries, _BATCH)):
        with database.transaction() as tx:
            tables = live_tables(tx.session)
            indexing.index_documents(tx=tx, tables=tables, entries=batch)
    TermCounter(database, holder="bench").finish()
    return {name for name in names if len(name) >= MIN_NAME}


def measure_known_items(session: Session, items: Iterable[KnownItem]) -> Outcome:
    """Ask for known items."""
    outcome = Outcome()
    for item in items:
        numbers = [hit["number"] for hit in _search(session, item.query, FIRST_PAGE)]
        outcome.asked[item.kind] += 1
        is_first = bool(numbers) and numbers[0] in item.expected
        outcome.first[item.kind] += is_first
        outcome.tenth[item.kind] += bool(item.expected.intersection(numbers))
        if not is_first:
            first = numbers[0] if numbers else "-"
            outcome.missed.append((item.kind, item.query, ";".join(sorted(item.expected)), first))
    return outcome


def measure_shop_queries(session: Session, queries: Iterable[str], names: set[str]) -> Outcome:
    """Ask for products by queries that contain the generic name of one."""
    outcome = Outcome()
    for query in queries:
        wanted = _longest_name(query, names)
        if wanted is None:
            continue
        hits = _search(session, query, LOOKED_AT)
        outcome.asked["shop"] += 1
        has_name = [wanted in _generic_names(session, hits[:count]) for count in (1, LOOKED_AT)]
        outcome.first["shop"] += has_name[0]
        outcome.tenth["shop"] += has_name[1]
        if not has_name[1]:
            first = hits[0]["title"] if hits else "-"
            outcome.missed.append(("shop", query, wanted, first))
    return outcome


def _search(session: Session, query: str, limit: int) -> list[dict[str, Any]]:
    page = search(session, query=query, filters=Filters(), after=None, limit=limit)
    return page.items


def _longest_name(query: str, names: set[str]) -> str | None:
    flat = tokens.flatten(query)
    contained = (
        flat[start:end]
        for start in range(len(flat))
        for end in range(start + MIN_NAME, min(len(flat), start + MAX_NAME) + 1)
        if flat[start:end] in names
    )
    return max(contained, key=len, default=None)


def _generic_names(session: Session, hits: Sequence[dict[str, Any]]) -> set[str]:
    """Return the folded generic names of the products of some hits."""
    tables = live_tables(session)
    contents, documents = tables.contents, tables.documents
    numbers = [hit["record_number"] for hit in hits]
    rows = session.scalars(
        contents.select()
        .join(documents, documents.c.id == contents.c.document_id)
        .where(documents.c.record_number.in_(numbers))
        .with_only_columns(contents.c.document)
    )
    return {
        tokens.flatten(product["generic_name"])
        for text in rows
        for product in json.loads(text)["products"]
    }


def _generated(register: Register, names: set[str]) -> Iterator[IndexEntry]:
    for publication in register.publications():
        current = publication.as_current_version()
        names.update(
            tokens.flatten(product["generic_name"]) for product in publication.document["products"]
        )
        yield read_document(
            declaration_id=publication.declaration_id,
            sequence=publication.sequence,
            text=current["document"],
            sha256=current["sha256"],
            extracted="",
            standing=read_standing(current),
        )


def _catalogue(folder: Path, register: Register) -> Iterator[IndexEntry]:
    """Return every row of the catalogue as a declaration of some enterprise at some time."""
    dice = random.Random(1)  # noqa: S311 - any will do
    for place, row in enumerate(_rows(folder / "standards_catalogue.csv")):
        kind = _KINDS[row["kind"]]
        published_at = _SINCE + timedelta(minutes=dice.randrange(_SPAN_MINUTES))
        enterprise, _ = register.enterprises.get(dice.randrange(register.plan.enterprises))
        moment = f"{published_at:%Y%m%d%H%M}"
        document = {
            "version": 1,
            "record_number": (
                f"{_LETTERS[kind]}-{enterprise['credit_code']}-{moment}-{9_000_000 + place}"
            ),
            "supersedes": None,
            "kind": kind,
            "number": {"text": row["std_no"]},
            "title": row["name_zh"] or row["name_en"] or row["std_no"],
            "text": None,
            "indicators": [],
            "products": [],
            "enterprise": enterprise,
            "published_at": published_at.isoformat().replace("+00:00", "Z"),
        }
        yield read_document(
            declaration_id=f"catalogue-{place}",
            sequence=1,
            text=json.dumps(document, ensure_ascii=False),
            sha256="0" * 64,
            extracted="",
            additions=Additions(english_title=row["name_en"]),
        )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@contextmanager
def _database(engine: str, folder: Path) -> Iterator[Database]:
    if engine == "sqlite":
        url = migrate.copy_sqlite(migrate.sqlite_template("search"), folder / "search.db")
        with closing(Database(url, service="search", clock=SystemClock())) as database:
            yield database
        return
    cluster = PostgresCluster(folder / "postgres", fsync=False)
    cluster.start()
    try:
        url = cluster.create_database("search")
        migrate.upgrade(url, "search")
        with closing(Database(url, service="search", clock=SystemClock())) as database:
            yield database
    finally:
        cluster.remove()


def _report(outcome: Outcome, seconds: float, shown: int) -> None:
    by_kind: dict[str, list[tuple[str, str, str, str]]] = defaultdict(list)
    for missed in outcome.missed:
        by_kind[missed[0]].append(missed)
    for kind, asked in outcome.asked.items():
        output.say(
            f"{kind:22} n={asked:5} @1={outcome.share(outcome.first, kind):.4f}"
            f" @10={outcome.share(outcome.tenth, kind):.4f}"
        )
        for _, query, expected, first in by_kind[kind][:shown]:
            output.say(f"    {query} -> {first} instead of {expected}")
    output.say(f"{outcome.asked.total()} queries in {seconds:.1f} s")


def main() -> None:
    """Build the index, ask all queries, print what was found and what was not."""
    parser = argparse.ArgumentParser(prog="python -m bench.relevance", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="%(default)s")
    parser.add_argument("--declarations", type=int, default=DECLARATIONS, help="%(default)s")
    parser.add_argument("--engine", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--missed", type=int, default=SHOWN, help="shown of a kind (%(default)s)")
    options = parser.parse_args()
    data = options.data
    with (
        tempfile.TemporaryDirectory(prefix="qibiao-relevance-") as name,
        _database(options.engine, Path(name)) as database,
    ):
        begun = time.perf_counter()
        names = build_index(database, data, options.declarations, read_words(data))
        output.say(f"index built in {time.perf_counter() - begun:.1f} s")
        known_items = read_known_items(data / "queries_known_item.csv")
        queries = read_shop_queries(data / "queries_ecom.csv")
        with database.read() as session:
            begun = time.perf_counter()
            known = measure_known_items(session, known_items)
            _report(known, time.perf_counter() - begun, options.missed)
            begun = time.perf_counter()
            shop = measure_shop_queries(session, queries, names)
            _report(shop, time.perf_counter() - begun, options.missed)
    output.say(
        f"declarations={options.declarations} engine={options.engine}"
        f" success_at_1={known.share(known.first):.4f}"
        f" success_at_10={known.share(known.tenth):.4f}"
        f" shop_queries={shop.asked.total()} shop_found={shop.share(shop.tenth):.4f}"
        f" shop_first={shop.share(shop.first):.4f}"
    )


if __name__ == "__main__":
    main()
