"""Open a generation of the index for one search, on the engine that it is on."""

from sqlalchemy.orm import Session

from services.search.models import IndexTables
from services.search.queries import live
from services.search.queries.filters import Filters
from services.search.queries.postgres import PostgresReader
from services.search.queries.reading import Reader
from services.search.queries.sqlite import SqliteReader


def open_reader(
    session: Session, filters: Filters, generation: int | None, *, is_fresh: bool
) -> tuple[IndexTables, Reader]:
    """Return the tables of a generation and who reads them; None is the one that answers.

    Unless ``is_fresh``, what was known last may be taken for granted; the reader says when it is
    no longer so.

    Raises:
        OutdatedCursorError: the generation is gone.
    """
    if session.get_bind().dialect.name != "postgresql":
        tables = live.tables_asked(session, generation)
        return tables, SqliteReader(session, tables, filters)
    known = live.read(session, generation) if is_fresh else live.recall(session, generation)
    return known.tables, PostgresReader(session, known, filters)
