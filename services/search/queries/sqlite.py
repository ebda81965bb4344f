"""Look rows up on SQLite: FTS5 gives them in order of their ids and stops early by itself."""

from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.search.domain import expressions
from services.search.domain.documents import PASSAGES
from services.search.domain.expressions import Expression
from services.search.models import IndexTables
from services.search.queries.filters import Filters
from services.search.queries.reading import (
    COUNTED,
    MAX_TOTAL,
    Asked,
    Ladder,
    Place,
    Sample,
    facet_rows,
    narrowed,
)

_PIECE: Final = 100


class SqliteReader:
    """Look rows of one generation up on SQLite."""

    def __init__(self, session: Session, tables: IndexTables, filters: Filters) -> None:
        self._session = session
        self._tables = tables
        self._filters = filters
        self._tokens = filters.tokens()

    def begin(self, asked: Asked) -> None:
        """Do nothing: a statement more costs next to nothing where the engine is at hand."""

    @property
    def names(self) -> list[str] | None:
        """Return nothing: names are read when they are wanted."""
        return None

    def list_newest(self, before: int | None, limit: int) -> list[int]:
        """Return ids of documents, whatever their words."""
        if self._tokens:
            asked = narrowed(self._tokens[0], self._tokens[1:])
            return self._list(asked, before, limit, ())
        return list(self._session.scalars(self._newest(before).limit(limit)))

    def count_newest(self) -> int:
        """Return how many documents there are, whatever their words, no more than `COUNTED`."""
        if self._tokens:
            return self._count(self._heads(narrowed(self._tokens[0], self._tokens[1:])))
        return self._count(self._newest(None))

    def list_heads(self, ladder: Ladder, after: Place | None, limit: int) -> list[Place]:
        """Return documents by their heads, level by level."""
        found: list[Place] = []
        for place, level in enumerate(ladder.levels):
            if len(found) == limit or (after is not None and level.code < after.level):
                continue
            is_last = after is not None and level.code == after.level
            before = after.id if after is not None and is_last else None
            asked = narrowed(ladder.asked(place, place + 1), self._tokens)
            ids = self._list(asked, before, limit - len(found), ladder.excluded)
            found += [Place(level.code, document_id) for document_id in ids]
        return found

    def count_heads(self, ladder: Ladder) -> int:
        """Return how many documents are found by their heads, no more than `COUNTED`."""
        return self._count(self._heads(narrowed(ladder.asked(), self._tokens), ladder.excluded))

    def list_texts(self, asked: Expression, before: int | None, limit: int) -> list[int]:
        """Return ids of documents by the passages of their texts."""
        row_id, statement = self._texts(asked)
        if before is not None:
            statement = statement.where(row_id < before * PASSAGES)
        found: dict[int, None] = {}
        rows = self._session.scalars(
            statement.with_only_columns(row_id)
            .order_by(row_id.desc())
            .execution_options(yield_per=_PIECE)
        )
        for row in rows:
            found[row // PASSAGES] = None
            if len(found) == limit:
                break
        rows.close()
        return list(found)

    def count_texts(self, asked: Expression) -> int:
        """Return how many documents are found by their texts, no more than `COUNTED`."""
        row_id, statement = self._texts(asked)
        return self._count(statement.with_only_columns(row_id // PASSAGES).distinct())

    def sample_heads(self, ladder: Ladder | None) -> Sample:
        """Return facets of the newest of very many results."""
        if ladder is None:
            ids = self.list_newest(None, MAX_TOTAL)
        else:
            asked = narrowed(ladder.asked(), self._tokens)
            ids = self._list(asked, None, MAX_TOTAL, ladder.excluded)
        return Sample(facet_rows(self._session, self._tables.documents, ids), 1.0)

    def _list(
        self, asked: Expression, before: int | None, limit: int, excluded: tuple[int, ...]
    ) -> list[int]:
        statement = self._heads(asked, excluded)
        row_id = self._tables.head_index.c.rowid
        if before is not None:
            statement = statement.where(row_id < before)
        return list(self._session.scalars(statement.order_by(row_id.desc()).limit(limit)))

    def _heads(self, asked: Expression, excluded: tuple[int, ...] = ()) -> sa.Select[Any]:
        index = self._tables.head_index
        statement = sa.select(index.c.rowid).where(
            _matches(index, asked), *self._conditions(index.c.rowid)
        )
        if excluded:
            statement = statement.where(_unindexed(index.c.rowid).not_in(excluded))
        return statement

    def _newest(self, before: int | None) -> sa.Select[Any]:
        documents = self._tables.documents
        statement = sa.select(documents.c.id).where(
            *self._filters.conditions(self._tables, documents.c.id)
        )
        if before is not None:
            statement = statement.where(documents.c.id < before)
        return statement.order_by(documents.c.id.desc())

    def _texts(self, asked: Expression) -> tuple[sa.ColumnElement[int], sa.Select[Any]]:
        index = self._tables.text_index
        statement = sa.select(index.c.rowid).where(_matches(index, narrowed(asked, self._tokens)))
        first, end = self._filters.first_id, self._filters.end_id
        if first is not None:
            statement = statement.where(index.c.rowid >= first * PASSAGES)
        if end is not None:
            statement = statement.where(index.c.rowid < end * PASSAGES)
        if self._filters.indicator is not None:
            condition = self._filters.indicator_condition(self._tables, index.c.rowid // PASSAGES)
            statement = statement.where(condition)
        return index.c.rowid, statement

    def _conditions(self, row_id: sa.ColumnElement[int]) -> list[sa.ColumnElement[bool]]:
        found = self._filters.range_conditions(row_id)
        if self._filters.indicator is not None:
            found.append(self._filters.indicator_condition(self._tables, _unindexed(row_id)))
        return found

    def _count(self, statement: sa.Select[Any]) -> int:
        counted = statement.order_by(None).limit(COUNTED).subquery()
        return self._session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0


def _matches(index: sa.Table, asked: Expression) -> sa.ColumnElement[bool]:
    whole: sa.ColumnClause[str] = sa.literal_column(index.name)
    return whole.op("MATCH", is_comparison=True)(expressions.to_fts5(asked))


def _unindexed(row_id: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Return a row's number so that no list of numbers leads the search: each would cost one."""
    return row_id + 0
