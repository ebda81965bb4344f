"""Ask PostgreSQL about one generation of the index, within the limits of filters."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from psycopg2 import errorcodes
from sqlalchemy import exc
from sqlalchemy.dialects.postgresql import psycopg2
from sqlalchemy.orm import Session

from services.search.domain import expressions
from services.search.domain.expressions import Expression
from services.search.models.index_tables import partitions
from services.search.queries import live, statements
from services.search.queries.filters import Filters
from services.search.queries.live import Known, OutdatedError
from services.search.queries.reading import narrowed
from services.search.queries.statements import NO_ID, Scope, Statement

# What is asked in the form of one statement is planned once; what is to be walked is fenced off by
# OFFSET 0, all else must not read whole tables. Bitmaps of frequent words need memory to stay
# exact.
_SETTINGS: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '64MB';"
    " SET LOCAL max_parallel_workers_per_gather = 0;"
    " SET LOCAL plan_cache_mode = force_generic_plan; "
)
_DIALECT: Final = psycopg2.dialect()  # type: ignore[no-untyped-call]


class Asking:
    """Ask with the words of a query and the filters of a search."""

    def __init__(self, session: Session, known: Known, filters: Filters) -> None:
        self.tokens = filters.tokens()
        self._session = session
        self._known = known
        self._filters = filters
        self._has_settings = False

    @cached_property
    def _numbers(self) -> tuple[int, ...]:
        """Return the partitions that hold what may be found, newest first."""
        first, end = self._filters.first_id, self._filters.end_id
        return tuple(
            number
            for number in self._known.numbers
            if _meets(number, -1 if first is None else first, NO_ID if end is None else end)
        )

    def partitions(self, before: int) -> list[int]:
        """Return the partitions that may hold something below an id, newest first."""
        return [number for number in self._numbers if _meets(number, -1, before)]

    @cached_property
    def _limits(self) -> tuple[dict[str, str], dict[str, Any]]:
        """Return what is asked of ids besides words, by how their column is called; the values.

        Beside words an id is computed: the planner takes words it knows nothing of for frequent,
        and a bare condition of ids is all it needs to look at all rows one by one.
        """
        values: dict[str, Any] = {}
        found = {}
        for column, compared in {"document_id": "document_id + 0", "id": "id"}.items():
            conditions = []
            if self._filters.first_id is not None:
                conditions.append(f" AND {compared} >= %(first)s::bigint")
                values["first"] = self._filters.first_id
            if self._filters.end_id is not None:
                conditions.append(f" AND {compared} < %(end)s::bigint")
                values["end"] = self._filters.end_id
            if self._filters.indicator is not None:
                name: sa.ColumnClause[int] = sa.literal_column(column)
                having = self._filters.indicator_condition(self._known.tables, name)
                compiled = having.compile(dialect=_DIALECT)
                conditions.append(f" AND {compiled}")
                values |= compiled.params
            found[column] = "".join(conditions)
        return found, values

    def scope(self, excluded: Sequence[int] = (), column: str = "document_id") -> Scope:
        """Return where is looked, in tables whose ids are called so, but for some of these."""
        conditions = self._limits[0][column]
        if excluded:
            conditions += " AND document_id <> ALL (%(excluded)s::bigint[])"
        return Scope(self._known.tables.generation, self._numbers, conditions)

    def query(self, asked: Expression) -> str:
        """Return what a row must have, that of the filters too, as a ``tsquery``."""
        return expressions.to_tsquery(narrowed(asked, self.tokens))

    def run(
        self, statement: Statement, values: Mapping[str, Any], *, is_kept: bool = False
    ) -> Sequence[Any]:
        """Return the rows of a statement; one that ``is_kept`` is prepared.

        Raises:
            OutdatedError: its tables are gone.
        """
        connection = self._session.connection()
        text = statement.text
        settings, self._has_settings = "" if self._has_settings else _SETTINGS, True
        try:
            if is_kept:
                statements.prepare(connection, statement)
                text = statement.executing
            return connection.exec_driver_sql(settings + text, {**self._limits[1], **values}).all()
        except exc.ProgrammingError as error:
            if getattr(error.orig, "pgcode", None) != errorcodes.UNDEFINED_TABLE:
                raise
            raise OutdatedError from error

    def check(self, generation: int, lowest: int | None, highest: int | None) -> None:
        """Look whether that is so which was taken for granted.

        Raises:
            OutdatedError: it is not.
        """
        known = self._known
        if known.is_live and generation != known.tables.generation:
            raise OutdatedError
        if live.numbers_of(lowest, highest) != known.numbers:
            raise OutdatedError

    @property
    def bounds(self) -> str:
        """Return the limits of ids for a walk."""
        first = "" if self._filters.first_id is None else " AND document_id >= %(first)s"
        return first + ("" if self._filters.end_id is None else " AND document_id < %(end)s")


def _meets(number: int, low: int, end: int) -> bool:
    """Tell whether a partition may have ids from one to below another."""
    partition = partitions()[number]
    return (partition.start is None or partition.start < end) and (
        partition.end is None or partition.end > low
    )
