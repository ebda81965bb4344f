"""Look rows up on PostgreSQL, whose inverted index knows no order and never stops early.

A sample of a hundredth of the documents tells how frequent something is, level by level and year by
year. What is rare is read whole through the inverted index and sorted: its count is exact. What is
frequent is found by walking from the newest document on, in each year where it is frequent.
"""

from collections import Counter
from functools import cached_property
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from services.search.domain import expressions, levels
from services.search.domain.documents import SAMPLE_SHARE
from services.search.domain.expressions import Expression
from services.search.domain.levels import Level
from services.search.models import IndexTables
from services.search.models.index_tables import Partition, partitions
from services.search.queries.filters import Filters
from services.search.queries.reading import (
    COUNTED,
    FACETS,
    Ladder,
    Place,
    Sample,
    narrowed,
)

# In the sample. Something with 1,000 documents has 10 there; 30 by chance is one in a million, so
# what is frequent has more than 1,000 for certain.
RARE: Final = 30
# In the sample of one partition: from here on walking is quicker than reading all of it.
WALKED: Final = 8
_SAMPLED_FACETS: Final = 2_000

# The planner knows too little of words to choose: what is to be walked is fenced off by OFFSET 0,
# all else must not read whole tables. Bitmaps of frequent words need memory to stay exact.
_SETTINGS: Final = (
    "SET LOCAL enable_seqscan = off; SET LOCAL jit = off; SET LOCAL work_mem = '64MB';"
    " SET LOCAL max_parallel_workers_per_gather = 0"
)

Estimates = Counter[tuple[int, int]]


class PostgresReader:
    """Look rows of one generation up on PostgreSQL."""

    def __init__(self, session: Session, tables: IndexTables, filters: Filters) -> None:
        self._session = session
        self._tables = tables
        self._filters = filters
        self._tokens = filters.tokens()
        self._estimated: dict[Ladder, Estimates] = {}
        self._estimated_texts: dict[Expression, Counter[int]] = {}
        self._counted: dict[Ladder, int] = {}
        session.connection().exec_driver_sql(_SETTINGS)

    def list_newest(self, before: int | None, limit: int) -> list[int]:
        """Return ids of documents, whatever their words."""
        if self._tokens:
            after = None if before is None else Place(levels.FILTERED, before)
            found = self.list_heads(self._bare, after, limit)
            return [place.id for place in found]
        return list(self._session.scalars(self._newest(before).limit(limit)))

    def count_newest(self) -> int:
        """Return how many documents there are, whatever their words, no more than `COUNTED`."""
        if self._tokens:
            return self.count_heads(self._bare)
        counted = self._newest(None).order_by(None).limit(COUNTED).subquery()
        return self._session.scalar(sa.select(sa.func.count()).select_from(counted)) or 0

    def list_heads(self, ladder: Ladder, after: Place | None, limit: int) -> list[Place]:
        """Return documents by their heads, level by level."""
        estimates = self._estimate(ladder)
        if estimates.total() < RARE:
            return self._read_whole(ladder, 0, len(ladder.levels), after, limit)
        found: list[Place] = []
        place = 0
        while place < len(ladder.levels) and len(found) < limit:
            end = _rare_until(ladder, estimates, place)
            left = limit - len(found)
            if end > place:
                found += self._read_whole(ladder, place, end, after, left)
            else:
                end = place + 1
                found += self._walk_level(ladder, place, estimates, after, left)
            place = end
        return found

    def count_heads(self, ladder: Ladder) -> int:
        """Return how many documents are found by their heads, no more than `COUNTED`."""
        if self._estimate(ladder).total() >= RARE:
            return COUNTED
        if ladder not in self._counted:
            self._read_whole(ladder, 0, len(ladder.levels), None, 1)
        return min(self._counted[ladder], COUNTED)

    def list_texts(self, asked: Expression, before: int | None, limit: int) -> list[int]:
        """Return ids of documents by the passages of their texts."""
        estimates = self._estimate_texts(asked)
        table = self._tables.texts
        if estimates.total() < RARE:
            whole = self._texts(table, asked, before)
            ids = sa.select(whole.c.document_id).distinct().order_by(whole.c.document_id.desc())
            return list(self._session.scalars(ids.limit(limit)))
        found: list[int] = []
        for number, partition in self._partitions(before):
            if len(found) == limit:
                break
            part = _part_of(table, partition)
            is_walked = estimates[number] >= WALKED
            found += self._list_texts_of(part, asked, before, limit - len(found), is_walked)
        return found

    def count_texts(self, asked: Expression) -> int:
        """Return how many documents are found by their texts, no more than `COUNTED`."""
        if self._estimate_texts(asked).total() >= RARE:
            return COUNTED
        whole = self._texts(self._tables.texts, asked, None)
        total = self._session.scalar(sa.select(sa.func.count(whole.c.document_id.distinct()))) or 0
        return min(total, COUNTED)

    def sample_heads(self, ladder: Ladder | None) -> Sample:
        """Return facets of a hundredth of very many results, or of a part of these."""
        sample = self._tables.head_sample
        statement = sa.select(*(sample.c[name] for name in FACETS))
        asked = None if ladder is None else ladder.asked()
        statement = statement.where(*self._conditions(sample, asked))
        total = (
            self._session.scalar(sa.select(sa.func.count()).select_from(statement.subquery())) or 0
        )
        share = max(1, -(-total // _SAMPLED_FACETS))
        if share > 1:
            scattered = sa.func.abs(sa.func.hashint8(sample.c.document_id) % share)
            statement = statement.where(scattered == 0)
        rows = self._session.execute(statement).all()
        return Sample(rows, SAMPLE_SHARE * total / max(1, len(rows)))

    @cached_property
    def _bare(self) -> Ladder:
        """Return the ladder of filters alone."""
        asked = narrowed(self._tokens[0], self._tokens[1:])
        return Ladder((Level(levels.FILTERED, asked),))

    @cached_property
    def _present(self) -> tuple[tuple[int, Partition], ...]:
        """Return the partitions that hold what may be found, newest first, with their numbers."""
        documents = self._tables.documents
        low, high = self._session.execute(
            sa.select(
                sa.select(sa.func.min(documents.c.id)).scalar_subquery(),
                sa.select(sa.func.max(documents.c.id)).scalar_subquery(),
            )
        ).one()
        if low is None:
            return ()
        low = max(low, low if self._filters.first_id is None else self._filters.first_id)
        end = high + 1 if self._filters.end_id is None else min(high + 1, self._filters.end_id)
        return tuple(
            (number, partition)
            for number, partition in enumerate(partitions())
            if (partition.start is None or partition.start < end)
            and (partition.end is None or partition.end > low)
        )

    def _partitions(self, before: int | None) -> list[tuple[int, Partition]]:
        return [
            (number, partition)
            for number, partition in self._present
            if before is None or partition.start is None or partition.start < before
        ]

    def _conditions(
        self,
        table: Any,  # noqa: ANN401 - a table or a subquery
        asked: Expression | None,
    ) -> list[sa.ColumnElement[bool]]:
        conditions = self._filters.conditions(self._tables, table.c.document_id)
        wanted = self._tokens if asked is None else [narrowed(asked, self._tokens)]
        return [*(_matches(table, one) for one in wanted), *conditions]

    def _estimate(self, ladder: Ladder) -> Estimates:
        """Return how many of the sample are found, by level and partition."""
        if ladder not in self._estimated:
            sample = self._tables.head_sample
            level, part = _level_of(ladder, sample), _partition_of(sample)
            rows = self._session.execute(
                sa.select(level, part, sa.func.count())
                .where(*self._conditions(sample, ladder.asked()))
                .group_by(sa.literal_column("1"), sa.literal_column("2"))
            )
            self._estimated[ladder] = Counter({(row[0], _number(row[1])): row[2] for row in rows})
        return self._estimated[ladder]

    def _estimate_texts(self, asked: Expression) -> Counter[int]:
        if asked not in self._estimated_texts:
            sample = self._tables.text_sample
            rows = self._session.execute(
                sa.select(_partition_of(sample), sa.func.count(sample.c.document_id.distinct()))
                .where(*self._conditions(sample, asked))
                .group_by(sa.literal_column("1"))
            )
            self._estimated_texts[asked] = Counter({_number(row[0]): row[1] for row in rows})
        return self._estimated_texts[asked]

    def _read_whole(
        self, ladder: Ladder, start: int, end: int, after: Place | None, limit: int
    ) -> list[Place]:
        """Return what is in some levels by reading all of it, and note how much there is."""
        table = self._tables.heads
        asked = ladder.asked(start, end)
        found = sa.select(
            table.c.document_id, _level_of(ladder, table, start, end).label("level")
        ).where(*self._conditions(table, asked))
        if ladder.excluded:
            found = found.where(table.c.document_id.not_in(ladder.excluded))
        whole = found.cte().prefix_with("MATERIALIZED", dialect="postgresql")
        level, document_id = whole.c.level, whole.c.document_id
        total = sa.select(sa.func.count()).select_from(whole).scalar_subquery()
        ranked = sa.select(level, document_id)
        if after is not None:
            is_later = sa.and_(level == after.level, document_id < after.id)
            ranked = ranked.where(sa.or_(level > after.level, is_later))
        page = ranked.order_by(level, document_id.desc()).limit(limit).subquery()
        rows = self._session.execute(
            sa.select(total, page.c.level, page.c.document_id)
            .select_from(sa.select(sa.literal(1)).subquery().outerjoin(page, sa.true()))
            .order_by(page.c.level, page.c.document_id.desc())
        ).all()
        if (start, end) == (0, len(ladder.levels)):
            self._counted[ladder] = rows[0][0]
        return [Place(row[1], row[2]) for row in rows if row[2] is not None]

    def _walk_level(
        self, ladder: Ladder, place: int, estimates: Estimates, after: Place | None, limit: int
    ) -> list[Place]:
        """Return what is in one level, partition by partition."""
        code = ladder.levels[place].code
        if after is not None and code < after.level:
            return []
        before = after.id if after is not None and code == after.level else None
        asked = ladder.asked(place, place + 1)
        found: list[int] = []
        for number, partition in self._partitions(before):
            if len(found) == limit:
                break
            table = _part_of(self._tables.heads, partition)
            is_walked = estimates[code, number] >= WALKED
            statement = self._newest_of(
                table, asked, before, is_walked=is_walked, excluded=ladder.excluded
            )
            found += self._session.scalars(statement.limit(limit - len(found)))
        return [Place(code, document_id) for document_id in found]

    def _newest_of(
        self,
        table: sa.TableClause,
        asked: Expression,
        before: int | None,
        *,
        is_walked: bool,
        excluded: tuple[int, ...] = (),
    ) -> sa.Select[int]:
        """Return what finds documents of a partition, newest first: by walking or by reading."""
        if is_walked:
            walk = sa.select(table.c.document_id, table.c.tokens)
            walk = _below(walk, table, before).order_by(table.c.document_id.desc()).offset(0)
            inner: Any = walk.subquery()
            found = sa.select(inner.c.document_id).where(*self._conditions(inner, asked))
            if excluded:
                found = found.where(inner.c.document_id.not_in(excluded))
            return found
        whole = sa.select(table.c.document_id).where(*self._conditions(table, asked))
        if excluded:
            whole = whole.where(table.c.document_id.not_in(excluded))
        if before is not None:
            whole = whole.where(_unindexed(table.c.document_id) < before)
        read = whole.cte().prefix_with("MATERIALIZED", dialect="postgresql")
        return sa.select(read.c.document_id).order_by(read.c.document_id.desc())

    def _list_texts_of(
        self,
        table: sa.TableClause,
        asked: Expression,
        before: int | None,
        limit: int,
        is_walked: bool,  # noqa: FBT001 - how it is read
    ) -> list[int]:
        """Return documents of a partition by their passages, of which several may be found."""
        if not is_walked:
            statement = self._newest_of(table, asked, before, is_walked=False)
            return list(self._session.scalars(statement.distinct().limit(limit)))
        found: dict[int, None] = {}
        while len(found) < limit:
            statement = self._newest_of(table, asked, before, is_walked=True)
            rows = list(self._session.scalars(statement.limit(limit)))
            found |= dict.fromkeys(rows)
            if len(rows) < limit:
                break
            before = rows[-1]
        return list(found)[:limit]

    def _newest(self, before: int | None) -> sa.Select[int]:
        documents = self._tables.documents
        statement = sa.select(documents.c.id).where(
            *self._filters.conditions(self._tables, documents.c.id)
        )
        if before is not None:
            statement = statement.where(documents.c.id < before)
        return statement.order_by(documents.c.id.desc())

    def _texts(self, table: sa.Table, asked: Expression, before: int | None) -> sa.CTE:
        """Return the documents of passages, as often as they have such ones."""
        found = sa.select(table.c.document_id).where(*self._conditions(table, asked))
        if before is not None:
            found = found.where(_unindexed(table.c.document_id) < before)
        return found.cte().prefix_with("MATERIALIZED", dialect="postgresql")


def _rare_until(ladder: Ladder, estimates: Estimates, start: int) -> int:
    """Return the end of the levels from ``start`` on that are rare all together."""
    total = 0
    for place in range(start, len(ladder.levels)):
        code = ladder.levels[place].code
        total += sum(count for (level, _), count in estimates.items() if level == code)
        if total >= RARE:
            return place
    return len(ladder.levels)


def _matches(table: Any, asked: Expression) -> sa.ColumnElement[bool]:  # noqa: ANN401 - a table or a subquery
    query = sa.cast(sa.literal(expressions.to_tsquery(asked)), postgresql.TSQUERY)
    column: sa.ColumnElement[Any] = table.c.tokens
    return column.op("@@", is_comparison=True)(query)


def _level_of(
    ladder: Ladder, table: sa.Table, start: int = 0, end: int | None = None
) -> sa.ColumnElement[int]:
    """Return the first level that a row meets; all rows meet one of them."""
    *first, last = ladder.levels[start:end]
    otherwise = sa.literal_column(str(last.code), sa.Integer)
    if not first:
        return otherwise
    cases: list[Any] = [
        (_matches(table, level.asked), sa.literal_column(str(level.code))) for level in first
    ]
    return sa.case(*cases, else_=otherwise)


def _partition_of(table: sa.Table) -> sa.ColumnElement[int]:
    starts = sorted(one.start for one in partitions() if one.start is not None)
    array: sa.ColumnClause[Any] = sa.literal_column(
        f"ARRAY[{','.join(map(str, starts))}]::bigint[]"
    )
    return sa.func.width_bucket(table.c.document_id, array)


def _number(bucket: int) -> int:
    """Return the number of a partition, which are counted from the newest."""
    return len(partitions()) - 1 - bucket


def _part_of(table: sa.Table, partition: Partition) -> sa.TableClause:
    columns = (sa.column("document_id", sa.BigInteger), sa.column("tokens", postgresql.TSVECTOR))
    return sa.table(f"{table.name}_{partition.suffix}", *columns)


def _below(statement: sa.Select[Any], table: sa.TableClause, before: int | None) -> sa.Select[Any]:
    return statement if before is None else statement.where(table.c.document_id < before)


def _unindexed(document_id: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """Return an id so that no index of ids is read instead of the inverted one.

    The planner takes words it knows nothing of for frequent: all rows of a table were looked at
    one by one. A condition or an order of ids beside the words is all it needs for that.
    """
    return document_id + 0
