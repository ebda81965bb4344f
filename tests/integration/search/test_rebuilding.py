"""The index rebuilt while it is searched and written, on both engines (promise C8)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa

from chassis import faults, ids
from chassis.blobs import open_store
from chassis.clock import SystemClock
from chassis.faults import InjectedFaultError
from chassis.uow import Database
from services.search import queries
from services.search.adapters.rebuilding import GRACE, Pace, Rebuilder
from services.search.queries import rebuilds, suggestions
from services.search.queries.rebuilds import OutdatedCursorError, RebuildState
from services.search.queries.statistics import get_statistics
from services.search.usecases import indexing, rebuilding
from tests.factories.library import Library, new_entry
from tests.factories.shelf import Shelf
from tests.fakes.engines import only_postgres

QUERIES = ("", "保温杯", "搪瓷", "Q/R007-2024", "bwb", "浙江", "保温 搪瓷", "碗杯盘")
MANY = 60


@pytest.fixture
def database(new_database_url: Callable[[str | None], str]) -> Iterator[Database]:
    database = Database(new_database_url("search"), service="search", clock=SystemClock())
    yield database
    faults.configure("")
    database.close()


@pytest.fixture
def shelf() -> Shelf:
    shelf = Shelf()
    for count in range(1, MANY + 1):
        shelf.put(entry(count))
    for declaration_id in list(shelf.current)[::9]:
        shelf.withdraw(declaration_id)
    return shelf


def entry(count: int, *, declaration_id: str = "", sequence: int = 1, title: str = "") -> Any:
    """Return a publication; every third of a moment that another has, too."""
    return new_entry(
        count - (count % 3 == 0),
        number=f"Q/R{count:03d}-2024",
        declaration_id=declaration_id or ids.new_id(),
        sequence=sequence,
        title=title or ("保温杯" if count % 2 else "搪瓷碗"),
        enterprise=f"浙江示例{count % 7}有限公司",
        credit_code=f"91330000740545{count % 7}04A",
        region="330784" if count % 4 else "320100",
        products=[{"name": "保温杯", "generic_name": "杯", "class_code": f"21-{count % 3:02d}"}],
        record_number=f"Q-91330000740545604A-202401010001-{count:04d}",
    )


@pytest.fixture
def worker(database: Database, shelf: Shelf, tmp_path: Path) -> Callable[..., Rebuilder]:
    """Return a function that makes one who works on rebuilds."""
    blobs = open_store(f"file://{tmp_path}/blobs")

    def make(**options: Any) -> Rebuilder:
        options = {"holder": "one", "pace": Pace(most=7, rows=7), **options}
        return Rebuilder(database, shelf, blobs, **options)

    return make


def finish(rebuilder: Rebuilder) -> None:
    while rebuilder.step():
        pass


def begin(database: Database) -> bool:
    with database.transaction() as tx:
        return rebuilding.begin_rebuild(tx=tx)


def newest(database: Database) -> RebuildState:
    with database.read() as session:
        found = rebuilds.find_newest(session)
    assert found is not None
    return found


def checksum(database: Database) -> str:
    with database.read() as session:
        return rebuilds.index_checksum(session, queries.live_tables(session))


def answers(database: Database) -> list[Any]:
    """Return all that anybody can ask."""
    library = Library(database)
    pages = [library.search(query, limit=30) for query in QUERIES]
    found: list[Any] = [
        ([sorted(item.items()) for item in page.items], page.total, page.facets) for page in pages
    ]
    with database.read() as session:
        terms = queries.live_tables(session).terms
        found += [
            suggestions.find_suggestions(session, terms, typed=typed, limit=10)
            for typed in ("保温", "Q/R", "浙江")
        ]
        found += [get_statistics(session, region=region) for region in ("", "33", "3201")]
    return found


def in_step(found: list[Any]) -> list[Any]:
    """Return answers without the order of results of one moment."""
    return [(sorted(part[0]), *part[1:]) if isinstance(part, tuple) else part for part in found]


def publish_all(database: Database, shelf: Shelf) -> None:
    for declaration_id in shelf.current:
        shelf.announce(database, declaration_id)


class TestRebuild:
    def test_leads_to_the_same_index(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        publish_all(database, shelf)
        before, rebuilder = answers(database), worker()

        assert begin(database)
        assert not begin(database)
        while rebuilder.step() and newest(database).ended_at is None:
            assert Library(database).total() == MANY

        done = newest(database)
        assert (done.step, done.generation, done.is_in_place) == ("DONE", 2, False)
        assert (done.documents, done.checked, done.repaired) == (MANY, MANY, 0)
        assert done.checksum == checksum(database) == shelf.checksum()
        with database.read() as session:
            assert queries.live_tables(session).generation == 2
        assert in_step(answers(database)) == in_step(before)

    def test_fills_what_was_never_filled_by_itself(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        finish(worker())

        done = newest(database)
        assert (done.step, done.generation, done.is_in_place) == ("DONE", 1, True)
        assert checksum(database) == shelf.checksum()
        assert Library(database).total() == MANY
        with database.read() as session:
            total = get_statistics(session, region="")["total"]
        assert total == {"declarations": MANY, "products": MANY, "enterprises": 7}
        assert not worker().step()

    def test_counts_as_events_do(
        self,
        new_database_url: Callable[[str | None], str],
        database: Database,
        shelf: Shelf,
        worker: Callable[..., Rebuilder],
    ) -> None:
        finish(worker())

        other = Database(new_database_url("search"), service="search", clock=SystemClock())
        publish_all(other, shelf)
        assert in_step(answers(database)) == in_step(answers(other))
        other.close()

    @pytest.mark.parametrize("point", ["database.before_commit", "database.after_commit"])
    def test_goes_on_after_a_crash_at_any_step(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder], point: str
    ) -> None:
        publish_all(database, shelf)
        begin(database)
        faults.configure(f"{point}:raise:0.4", seed=7)
        crashes = 0
        while newest(database).ended_at is None:
            try:
                worker().step()
            except InjectedFaultError:
                crashes += 1
        faults.configure("")

        assert crashes > 5
        assert newest(database).checked == MANY
        assert checksum(database) == shelf.checksum() == newest(database).checksum
        assert Library(database).total("保温杯") == MANY

    def test_of_two_processes_one_does_it(
        self, database: Database, worker: Callable[..., Rebuilder]
    ) -> None:
        begin(database)
        assert worker(holder="one").step()

        assert not worker(holder="two").step()

    def test_fails_when_the_index_knows_more_than_its_owner(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        publish_all(database, shelf)
        begin(database)
        Library(database).add("Q/ONLYHERE-2024")
        rebuilder = worker()
        while newest(database).ended_at is None:
            rebuilder.step()

        failed = newest(database)
        assert (failed.step, failed.reason[:20]) == ("FAILED", "unknown to standards")
        with database.read() as session:
            assert queries.live_tables(session).generation == 1
        assert Library(database).total() > MANY
        assert begin(database)
        assert newest(database).generation == 3


class TestEvents:
    def test_go_into_both_while_a_page_is_on_its_way(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        publish_all(database, shelf)
        begin(database)
        first, last = min(shelf.current), max(shelf.current)

        def happen(page: list[dict[str, Any]]) -> None:
            for row in page[:2]:
                shelf.withdraw(row["declaration_id"])
                shelf.announce(database, row["declaration_id"])
            if page:
                number = 100 + 2 * shelf.pages
                for count, bound in ((number, first), (number + 1, last)):
                    new = shelf.put(entry(count, declaration_id=f"{bound}-{count}"))
                    shelf.announce(database, new)

        shelf.on_page = happen
        rebuilder = worker()
        while newest(database).ended_at is None:
            rebuilder.step()
            if shelf.pages > 20:
                shelf.on_page = lambda _: None

        assert newest(database).step == "DONE"
        assert newest(database).repaired == 0
        assert checksum(database) == shelf.checksum()

    def test_still_under_way_are_found_missing_and_made_up_for(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        begin(database)
        rebuilder = worker()
        while newest(database).is_copying:
            rebuilder.step()
        late = sorted(shelf.current)[5]
        shelf.withdraw(late)
        while newest(database).ended_at is None:
            rebuilder.step()

        assert (newest(database).step, newest(database).repaired) == ("DONE", 1)
        assert checksum(database) == shelf.checksum()

    def test_a_document_that_is_not_the_published_one_is_replaced(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        first = next(iter(shelf.current))
        wrong = entry(1, declaration_id=first, title="错的")
        with database.transaction() as tx:
            indexing.index_everywhere(tx=tx, entry=wrong)
        shelf.current[first]["sha256"] = "1" * 64
        finish(worker())

        assert newest(database).repaired == 1
        assert checksum(database) == shelf.checksum()
        assert Library(database).total("错的") == 0

    @only_postgres
    def test_and_pages_take_turns(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        begin(database)
        chosen = next(iter(shelf.current))
        newer = entry(1, declaration_id=chosen, sequence=5, title="更新的")
        with database.transaction() as tx:
            indexing.index_everywhere(tx=tx, entry=newer)
            working = eventlet.spawn(worker(pace=Pace()).step)
            waits = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not working.dead:
                with database.read() as session:
                    if session.scalar(waits):
                        break
                eventlet.sleep(0.01)
            assert not working.dead
        working.wait()

        with database.read() as session:
            tables = newest(database).tables
            held = rebuilds.list_held(session, tables, after="", last=None)
        assert {row.sequence for row in held if row.declaration_id == chosen} == {5}
        assert len(held) == MANY


class TestPages:
    def test_go_on_in_the_old_index_until_it_is_dropped(
        self, database: Database, shelf: Shelf, worker: Callable[..., Rebuilder]
    ) -> None:
        publish_all(database, shelf)
        library = Library(database)
        first = library.search(limit=10)
        begin(database)
        rebuilder = worker()
        while newest(database).ended_at is None:
            rebuilder.step()

        with database.read() as session:
            second = queries.search(
                session,
                query="",
                filters=queries.Filters(),
                after=first.last,
                limit=100,
                generation=first.generation,
            )
        assert first.generation == 1
        seen = [item["declaration_id"] for item in (*first.items, *second.items)]
        assert len(seen) == len(set(seen)) == MANY
        assert not worker(grace=GRACE).step()

        finish(worker(grace=timedelta(0)))

        with database.read() as session, pytest.raises(OutdatedCursorError):
            rebuilds.tables_of(session, 1)
        with database.read() as session:
            names = sa.inspect(session.connection()).get_table_names()
        assert not [name for name in names if name.startswith("g1_")]
