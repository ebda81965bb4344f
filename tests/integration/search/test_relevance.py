"""What known-item and product queries find in an index of the whole catalogue (slow)."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bench import relevance
from chassis import migrate
from chassis.clock import SystemClock
from chassis.uow import Database
from tools.generate_register import read_words

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

DECLARATIONS = 3_000


@pytest.fixture(scope="module")
def library(
    shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, set[str]]]:
    """Return an index of the catalogue and generated declarations, and all generic names."""
    path = tmp_path_factory.mktemp("relevance") / "search.db"
    url = migrate.copy_sqlite(migrate.sqlite_template("search"), path)
    with closing(Database(url, service="search", clock=SystemClock())) as database:
        words = read_words(shared_data)
        yield database, relevance.build_index(database, shared_data, DECLARATIONS, words)


def test_known_items_come_first(library: tuple[Database, set[str]], shared_data: Path) -> None:
    items = relevance.read_known_items(shared_data / "queries_known_item.csv")

    with library[0].read() as session:
        outcome = relevance.measure_known_items(session, items)

    assert outcome.share(outcome.first) >= 0.97, outcome.missed
    assert outcome.share(outcome.tenth) >= 0.995, outcome.missed


def test_no_query_that_names_a_product_misses_it(
    library: tuple[Database, set[str]], shared_data: Path
) -> None:
    queries = relevance.read_shop_queries(shared_data / "queries_ecom.csv")

    with library[0].read() as session:
        outcome = relevance.measure_shop_queries(session, queries, library[1])

    assert outcome.asked.total() > 300
    assert outcome.share(outcome.tenth) == 1.0, outcome.missed
