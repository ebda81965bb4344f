"""Find documents: the same results in the same order on SQLite and PostgreSQL.

First what matches all of a query by its heads, level by level, then by texts, then by pinyin and
in part (`services.search.domain.levels`). Counts and facets speak of what matches all of it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import outbox
from chassis.uow import begin_anew
from services.search.domain import levels, words
from services.search.domain.expressions import Expression, Without
from services.search.domain.words import Query
from services.search.models import IndexTables
from services.search.queries.filters import Filters
from services.search.queries.live import OutdatedError, tables_asked
from services.search.queries.opening import open_reader
from services.search.queries.reading import (
    MAX_TOTAL,
    Asked,
    Ladder,
    Place,
    Reader,
    Sample,
    facet_rows,
)

MAX_CLASSES: Final = 100
_FACET_NAMES: Final = ("kind", "state", "region", "year", "class_code", "disclosure")
_SHOWN: Final = (
    "id", "record_number", "declaration_id", "number_text", "title", "kind", "state",
    "enterprise_name", "region", "product_summary", "published_at", "disclosure",
)  # fmt: skip
_REGION_DIGITS: Final = {0: 2, 2: 4, 4: 6, 6: 6}


@dataclass(frozen=True)
class Page:
    """Hold one page of results; ``last`` is set when there are more.

    ``total`` goes up to `MAX_TOTAL`. Where nothing matches all of a query, ``is_partial`` is true
    and it counts what matches by pinyin or in part.
    """

    items: list[dict[str, Any]]
    last: Place | None
    total: int
    is_total_capped: bool
    is_partial: bool
    facets: dict[str, Any] | None
    generation: int


def search(  # noqa: PLR0913 - what is asked, and how much of it is shown
    session: Session,
    *,
    query: str,
    filters: Filters,
    after: Place | None,
    limit: int,
    with_facets: bool = False,
    generation: int | None = None,
) -> Page:
    """Return the results after a place, best level first, then newest first.

    The generation is that of the first page; None is the one that answers now.

    Raises:
        OutdatedCursorError: that generation is gone.
    """
    read = words.read_query(query)
    if not read.words and query.strip():
        tables = tables_asked(session, generation)
        facets = _facets(Sample((), 1.0), filters, is_estimate=False) if with_facets else None
        return Page(
            items=[],
            last=None,
            total=0,
            is_total_capped=False,
            is_partial=False,
            facets=facets,
            generation=tables.generation,
        )

    def find(*, is_fresh: bool) -> tuple[IndexTables, _Finding, list[Place]]:
        tables, reader = open_reader(session, filters, generation, is_fresh=is_fresh)
        finding = _Finding(session, tables, read, filters, reader)
        return tables, finding, finding.places(after, limit + 1, with_facets=with_facets)

    try:
        tables, finding, places = find(is_fresh=False)
    except OutdatedError:
        # Nothing was read yet but that. Whatever is read from here on belongs together.
        begin_anew(session)
        tables, finding, places = find(is_fresh=True)
    shown = places[:limit]
    return Page(
        items=_items(session, tables, shown),
        last=shown[-1] if len(places) > limit else None,
        total=min(finding.total, MAX_TOTAL),
        is_total_capped=finding.total > MAX_TOTAL,
        is_partial=finding.is_partial,
        facets=finding.facets() if with_facets else None,
        generation=tables.generation,
    )


class _Finding:
    """Look one query up; what was learned on the way is kept."""

    def __init__(
        self,
        session: Session,
        tables: IndexTables,
        query: Query,
        filters: Filters,
        reader: Reader,
    ) -> None:
        self._session = session
        self._tables = tables
        self._query = query
        self._filters = filters
        self._reader = reader

    def places(self, after: Place | None, limit: int, *, with_facets: bool) -> list[Place]:
        """Return what comes after a place; ``with_facets`` tells that all will be divided then."""
        if not self._query.words:
            before = None if after is None else after.id
            ids = self._reader.list_newest(before, limit)
            return [Place(levels.TITLE, document_id) for document_id in ids]
        most = max(limit, MAX_TOTAL) if with_facets else limit
        names = self._query.names
        self._reader.begin(Asked(self._heads, self._text, names, after, most, page=limit))
        found: list[Place] = []
        reached = -1 if after is None else after.level
        if reached < levels.TEXT:
            found += self._reader.list_heads(self._heads, after, limit)
        if len(found) < limit and self._text is not None and reached <= levels.TEXT:
            before = after.id if after is not None and reached == levels.TEXT else None
            ids = self._reader.list_texts(self._text, before, limit - len(found))
            found += [Place(levels.TEXT, document_id) for document_id in ids]
        if len(found) < limit and self._further is not None:
            found += self._reader.list_heads(self._further, after, limit - len(found))
        return found

    @cached_property
    def total(self) -> int:
        """Return how many there are, one more than `MAX_TOTAL` for all that are more."""
        return self._further_total if self.is_partial else self._full_total

    @cached_property
    def is_partial(self) -> bool:
        """Tell whether nothing matches all of the query, but something a part of it."""
        return self._full_total == 0 and self._further_total > 0

    def facets(self) -> dict[str, Any]:
        """Return how the counted results divide."""
        ladder = self._further if self.is_partial else self._heads if self._query.words else None
        if self.total > MAX_TOTAL and self._is_sampled(ladder):
            sample = self._reader.sample_heads(ladder)
            return _facets(sample, self._filters, is_estimate=True)
        ids = self._counted_ids(ladder)
        rows = facet_rows(self._session, self._tables.documents, ids)
        return _facets(Sample(rows, 1.0), self._filters, is_estimate=self.total > MAX_TOTAL)

    @cached_property
    def _heads(self) -> Ladder:
        return Ladder(tuple(levels.head_levels(self._query)))

    @cached_property
    def _text(self) -> Expression | None:
        """Return what is asked of passages, the documents found by their heads left out."""
        level = levels.text_level(self._query)
        return None if level is None else Without(level.asked, self._heads.asked())

    @cached_property
    def _further(self) -> Ladder | None:
        """Return the levels of what matches by pinyin or in part.

        There are none where plenty matches all of the query: nobody looks that far.
        """
        if not self._query.words or self._full_total > MAX_TOTAL:
            return None
        by_pinyin = levels.pinyin_level(self._query)
        found = [] if by_pinyin is None else [by_pinyin]
        found += levels.partial_levels(self._query, self._contained_names())
        if not found:
            return None
        excluded: Sequence[int] = ()
        if self._text is not None and self._text_total > 0:
            excluded = self._reader.list_texts(self._text, None, MAX_TOTAL)
        return Ladder(tuple(found), self._heads.asked(), tuple(excluded))

    @cached_property
    def _full_total(self) -> int:
        if not self._query.words:
            return self._reader.count_newest()
        return self._reader.count_heads(self._heads) + self._text_total

    @cached_property
    def _text_total(self) -> int:
        """Return how many are found by their texts; not counted where heads are plenty."""
        if self._text is None or self._reader.count_heads(self._heads) > MAX_TOTAL:
            return 0
        return self._reader.count_texts(self._text)

    @cached_property
    def _further_total(self) -> int:
        return 0 if self._further is None else self._reader.count_heads(self._further)

    def _contained_names(self) -> list[str]:
        """Return the names that the query contains, besides all of it."""
        if self._reader.names is not None:
            return self._reader.names
        name = self._tables.names.c.name
        asked = sa.select(name).where(name.in_(self._query.names)).order_by(name)
        return list(self._session.scalars(asked))

    def _is_sampled(self, ladder: Ladder | None) -> bool:
        if ladder is None:
            return True
        return self._reader.count_heads(ladder) > MAX_TOTAL

    def _counted_ids(self, ladder: Ladder | None) -> list[int]:
        if ladder is None:
            return self._reader.list_newest(None, MAX_TOTAL)
        ids = [place.id for place in self._reader.list_heads(ladder, None, MAX_TOTAL)]
        if ladder is self._heads and self._text is not None:
            ids += self._reader.list_texts(self._text, None, MAX_TOTAL)
        return ids


def _items(session: Session, tables: IndexTables, places: Sequence[Place]) -> list[dict[str, Any]]:
    if not places:
        return []
    rows = session.execute(_shown(tables), {"ids": [place.id for place in places]})
    by_id = {row.id: row for row in rows}
    return [_item(by_id[place.id], levels.tier_of(place.level)) for place in places]


@lru_cache(maxsize=8)
def _shown(tables: IndexTables) -> sa.Select[Any]:
    """Return the statement that reads what is shown of documents."""
    columns = tables.documents.c
    wanted = [columns[name] for name in _SHOWN]
    return sa.select(*wanted).where(columns.id.in_(sa.bindparam("ids", expanding=True)))


def _item(document: Any, tier: levels.Tier) -> dict[str, Any]:  # noqa: ANN401 - a row
    return {
        "record_number": document.record_number,
        "declaration_id": document.declaration_id,
        "number": document.number_text,
        "title": document.title,
        "kind": document.kind,
        "state": document.state,
        "enterprise_name": document.enterprise_name,
        "region": document.region,
        "product_summary": document.product_summary,
        "published_at": outbox.format_time(document.published_at),
        "has_text": document.disclosure == "TEXT",
        "tier": tier.value,
        "matched": tier.name,
    }


def _facets(sample: Sample, filters: Filters, *, is_estimate: bool) -> dict[str, Any]:
    digits = _REGION_DIGITS[len(filters.region or "")]
    counts: dict[str, Counter[str]] = {name: Counter() for name in _FACET_NAMES}
    for kind, state, region, year, disclosure, class_codes in sample.rows:
        values: dict[str, Iterable[str]] = {
            "kind": (kind,),
            "state": (state,),
            "region": (region[:digits],),
            "year": (str(year),),
            "disclosure": (disclosure,),
            "class_code": class_codes.split(),
        }
        for name, found in values.items():
            counts[name].update(found)
    return {
        **{name: _values(counted, sample.weight) for name, counted in counts.items()},
        "is_estimate": is_estimate,
    }


def _values(counted: Counter[str], weight: float) -> list[dict[str, Any]]:
    ranked = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        {"value": value, "count": round(count * weight)}
        for value, count in ranked[:MAX_CLASSES]
        if value
    ]
