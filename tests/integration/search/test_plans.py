"""How PostgreSQL goes about a search: in how many statements, and by which indexes."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.clock import SystemClock
from chassis.uow import Database
from services.search.domain import documents
from services.search.domain.levels import TITLE
from services.search.queries import Place, statements
from tests.conftest import PostgresServer
from tests.factories.library import Library

# Fewer rows than these, and looking at all of them is quicker than any index.
ROWS = 6_000
YEARS = (2022, 2023, 2024)
WIDE = {"published_from": date(2021, 1, 1), "published_to": date(2030, 1, 1)}
MIDDLE = {"published_from": date(2022, 3, 1), "published_to": date(2024, 11, 1)}

_DOCUMENTS = """
    INSERT INTO g1_documents SELECT made.* FROM generate_series(1, {rows}) AS n,
        (SELECT to_jsonb(d) AS one FROM g1_documents d LIMIT 1) AS known,
        jsonb_populate_record(NULL::g1_documents, one || jsonb_build_object(
            'id', {start} + n::bigint * {step}, 'declaration_id', {start} || '-' || n,
            'record_number', {start} || '-' || n)) AS made
"""
_FILL = """
    INSERT INTO g1_{table} SELECT {start} + n::bigint * {step}, {part} array_to_tsvector(
        ARRAY['a' || n, 'b' || n % 100, 'd' || n % 900, 'a水泥', 'fkENTERPRISE'])
    FROM generate_series(1, {rows}) AS n
"""


class Asked:
    """Keep the statements that were run."""

    def __init__(self, database: Database) -> None:
        self.ran: list[tuple[str, Any]] = []
        sa.event.listen(database.reader, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, text: str, values: Any, *_rest: Any) -> None:
        self.ran.append((text, values))


@pytest.fixture(scope="module")
def filled(postgres_server: PostgresServer) -> Iterator[Library]:
    """Return an index with as many rows as an engine needs to prefer one index to another."""
    database = Database(
        postgres_server.new_database("search"), service="search", clock=SystemClock()
    )
    library = Library(database)
    for year in YEARS:
        library.add(published_at=datetime(year, 12, 1, tzinfo=UTC))
    step = 300 * 24 * 3_600_000 // ROWS
    with database.transaction() as tx:
        for year in YEARS:
            start = documents.position_of(datetime(year, 1, 2, tzinfo=UTC))
            filling = _DOCUMENTS.format(start=start, step=step, rows=ROWS)
            tx.session.execute(sa.text(filling.replace("::", "\\:\\:")))
            for table, part in (("heads", ""), ("texts", "0,")):
                filling = _FILL.format(table=table, start=start, step=step, part=part, rows=ROWS)
                tx.session.execute(sa.text(filling.replace("::", "\\:\\:")))
    yield library
    database.close()


@pytest.fixture(params=["never analyzed", "default statistics", "many statistics"])
def library(request: pytest.FixtureRequest, filled: Library) -> Library:
    if request.param != "never analyzed":
        target = -1 if request.param == "default statistics" else 5_000
        with filled.database.transaction() as tx:
            for table in ("heads", "texts"):
                for year in YEARS:
                    name = f"g1_{table}_{year}"
                    tx.session.execute(
                        sa.text(f"ALTER TABLE {name} ALTER tokens SET STATISTICS {target}")
                    )
                    tx.session.execute(sa.text(f"ANALYZE {name}"))
    return filled


def plans_of(library: Library, asked: Asked) -> list[str]:
    """Return how what was run is run, statement by statement."""
    plans = []
    with library.database.read() as session:
        cursor = session.connection().connection.cursor()
        for text, values in asked.ran:
            settings, _, statement = text.rpartition("; ")
            if settings:
                cursor.execute(settings)
            is_search = " @@ " in statement or statement.startswith("EXECUTE ")
            if is_search and not statement.startswith("PREPARE "):
                cursor.execute(f"EXPLAIN {statement}", values)
                plans.append("\n".join(row[0] for row in cursor.fetchall()))
    return plans


class TestWords:
    @pytest.mark.proves("R-210")
    @pytest.mark.parametrize("limits", [{}, WIDE, MIDDLE], ids=["all", "wide", "middle"])
    @pytest.mark.parametrize("query", ["水泥", "水泥 玻璃", "Q/SJX 0001S-2020", "17", "bwb"])
    @pytest.mark.parametrize("page", ["first", "later"])
    def test_are_read_by_the_inverted_index(
        self, library: Library, query: str, limits: dict[str, date], page: str
    ) -> None:
        """Nothing but the sample says that they are rare; no index of ids may be read instead."""
        asked = Asked(library.database)
        after = Place(TITLE, documents.position_of(datetime(2024, 6, 1, tzinfo=UTC)))

        library.search(query, after=after if page == "later" else None, **limits)

        plans = [plan for plan in plans_of(library, asked) if re.search(r"g1_(heads|texts)_", plan)]
        assert plans
        for plan in plans:
            read = set(re.findall(r"(?:on|using) ((?:ix_|pk_)?g1_(?:heads|texts)_\w+)", plan))
            assert not re.search(r"Seq Scan on g1_(heads|texts)", plan)
            assert {f"ix_g1_heads_{year}" for year in YEARS} <= read
            assert not [name for name in read if name.endswith("_pkey")], plan

    def test_take_two_statements(self, filled: Library) -> None:
        """The first tells how frequent they are and finds them, the second reads what is shown."""
        for year in YEARS:
            filled.add(title="稀土", published_at=datetime(year, 12, 2, tzinfo=UTC))
        filled.search("稀土")
        asked = Asked(filled.database)

        with filled.database.read() as session:
            page = filled.page(session, "稀土", limit=2)

        assert page.total == len(YEARS)
        assert len(asked.ran) == 2, [text for text, _ in asked.ran]

    def test_leave_no_more_prepared_than_was_agreed(
        self, filled: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(statements, "_MAX_PREPARED", 2)
        # On a new connection nothing is prepared yet.
        filled.database.close()
        queries = ["水泥", "水泥 玻璃", "12", "GB 12", "玻", "bwb", "水泥"]

        with filled.database.read() as session:
            found = [filled.page(session, query, limit=5).total for query in queries]
            kept = session.scalar(sa.text("SELECT count(*) FROM pg_prepared_statements"))
        assert found[0] == found[-1]
        assert kept is not None
        assert 0 < kept <= 2
