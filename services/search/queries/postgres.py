"""Look rows up on PostgreSQL, whose inverted index knows no order and never stops early.

A sample of a hundredth of the documents tells how frequent something is, level by level and year by
year. What is rare is read whole through the inverted index and sorted: its count is exact. What is
frequent is found by walking from the newest document on, in each year where it is frequent. The
first statement does both of the first two (`services.search.queries.statements.look`).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from sqlalchemy.orm import Session

from services.search.domain import expressions, levels
from services.search.domain.documents import SAMPLE_SHARE
from services.search.domain.expressions import Expression
from services.search.domain.levels import Level
from services.search.models.index_tables import partitions
from services.search.queries import statements
from services.search.queries.asking import Asking
from services.search.queries.filters import Filters
from services.search.queries.live import Known
from services.search.queries.reading import (
    COUNTED,
    FACETS,
    MAX_TOTAL,
    Asked,
    Ladder,
    Place,
    Sample,
    narrowed,
)
from services.search.queries.statements import NO_ID

# In the sample. Something with 1,000 documents has 10 there; 30 by chance is one in a million, so
# what is frequent has more than 1,000 for certain.
RARE: Final = 30
# In the sample of one partition: from here on walking is quicker than reading all of it.
WALKED: Final = 8
_SAMPLED_FACETS: Final = 2_000

Estimates = Counter[tuple[int, int]]
_After = Place | None


@dataclass
class _Looked:
    """Hold what the first statement about a ladder told.

    ``pages`` are the places after another one, and how many were asked for.
    """

    estimates: Estimates
    total: int
    is_rare: bool
    pages: dict[_After, tuple[int, list[Place]]] = field(default_factory=dict)


@dataclass
class _LookedThrough:
    """Hold what is known of passages: as with `_Looked`, but by id."""

    estimates: Counter[int]
    total: int | None = None
    pages: dict[int, tuple[int, list[int]]] = field(default_factory=dict)


class PostgresReader:
    """Look rows of one generation up on PostgreSQL."""

    def __init__(self, session: Session, known: Known, filters: Filters) -> None:
        self._asking = Asking(session, known, filters)
        self._looked: dict[Ladder, _Looked] = {}
        self._through: dict[Expression, _LookedThrough] = {}
        self._newest: tuple[int, list[int]] = (0, [])
        self._names: list[str] | None = None

    def begin(self, asked: Asked) -> None:
        """Ask about heads and texts in one statement."""
        self._look(asked.heads, asked.after, asked)

    @property
    def names(self) -> list[str] | None:
        """Return the names that the query contains, where they were read by the way."""
        return self._names

    def list_newest(self, before: int | None, limit: int) -> list[int]:
        """Return ids of documents, whatever their words."""
        if self._asking.tokens:
            after = None if before is None else Place(levels.FILTERED, before)
            found = self.list_heads(self._bare, after, limit)
            return [place.id for place in found]
        return self._read_newest(before, limit)[1]

    def count_newest(self) -> int:
        """Return how many documents there are, whatever their words, no more than `COUNTED`."""
        if self._asking.tokens:
            return self.count_heads(self._bare)
        return self._newest[0] or self._read_newest(0, 0)[0]

    def list_heads(self, ladder: Ladder, after: Place | None, limit: int) -> list[Place]:
        """Return documents by their heads, level by level."""
        estimates = self._estimate(ladder, after, limit)
        if self._looked[ladder].is_rare:
            return self._page(ladder, after, limit)
        found: list[Place] = []
        place = 0
        while place < len(ladder.levels) and len(found) < limit:
            end = _rare_until(ladder, estimates, place)
            left = limit - len(found)
            if end > place:
                found += self._read_levels(ladder, place, end, after, left)
            else:
                end = place + 1
                found += self._walk_level(ladder, place, estimates, after, left)
            place = end
        return found

    def count_heads(self, ladder: Ladder) -> int:
        """Return how many documents are found by their heads, no more than `COUNTED`."""
        self._estimate(ladder, None, 1)
        if not self._looked[ladder].is_rare:
            return COUNTED
        return min(self._looked[ladder].total, COUNTED)

    def list_texts(self, asked: Expression, before: int | None, limit: int) -> list[int]:
        """Return ids of documents by the passages of their texts."""
        estimates = self._estimate_texts(asked)
        before = NO_ID if before is None else before
        if estimates.total() < RARE:
            return self._text_page(asked, before, limit)
        found: list[int] = []
        for number in self._asking.partitions(before):
            if len(found) == limit:
                break
            is_walked = estimates[number] >= WALKED
            found += self._list_texts_of(number, asked, before, limit - len(found), is_walked)
        return found

    def count_texts(self, asked: Expression) -> int:
        """Return how many documents are found by their texts, no more than `COUNTED`."""
        if self._estimate_texts(asked).total() >= RARE:
            return COUNTED
        if self._through[asked].total is None:
            self._text_page(asked, NO_ID, 1)
        return min(self._through[asked].total or 0, COUNTED)

    def sample_heads(self, ladder: Ladder | None) -> Sample:
        """Return facets of a hundredth of very many results, or of a part of these."""
        if ladder is None and self._asking.tokens:
            ladder = self._bare
        scope = self._asking.scope()
        if ladder is None:
            asked = {}
            total = self._asking.run(statements.head_count(scope), {})[0][0]
        else:
            asked = {"asked": self._asking.query(ladder.asked())}
            total = self._estimate(ladder, None, 1).total()
        share = max(1, -(-total // _SAMPLED_FACETS))
        statement = statements.head_sample(scope, FACETS, has_words=bool(asked))
        rows = self._asking.run(statement, {**asked, "share": share})
        return Sample(rows, SAMPLE_SHARE * total / max(1, len(rows)))

    @cached_property
    def _bare(self) -> Ladder:
        """Return the ladder of filters alone."""
        asked = narrowed(self._asking.tokens[0], self._asking.tokens[1:])
        return Ladder((Level(levels.FILTERED, asked),))

    def _estimate(self, ladder: Ladder, after: _After, limit: int) -> Estimates:
        """Return how many of the sample are found, by level and partition."""
        if ladder not in self._looked:
            self._look(ladder, after, Asked(ladder, None, (), after, limit, limit))
        return self._looked[ladder].estimates

    def _page(self, ladder: Ladder, after: _After, limit: int) -> list[Place]:
        asked_for, page = self._looked[ladder].pages.get(after, (0, []))
        if len(page) == asked_for < limit:
            self._look(ladder, after, Asked(ladder, None, (), after, limit, limit))
            page = self._looked[ladder].pages[after][1]
        return page[:limit]

    def _look(self, ladder: Ladder, after: _After, asked: Asked) -> None:
        """Ask how frequent something is, and read it where that is rarely."""
        scope, text = self._asking.scope(ladder.excluded), asked.text
        count = len(ladder.levels)
        values: dict[str, Any] = {
            "asked": self._asking.query(ladder.asked()),
            **self._level_queries(ladder, 0, count),
            **_later(ladder, after),
            "rare": RARE,
            "likely": WALKED,
            "most": MAX_TOTAL,
            "limit": asked.limit,
            "page": asked.page,
            "names": list(asked.names),
            "excluded": list(ladder.excluded),
        }
        before = _before(after, levels.TEXT)
        if text is not None:
            values |= {"text": self._asking.query(text), "before": before}
        rows = self._asking.run(
            statements.look(scope, count, has_text=text is not None),
            values,
            is_kept=not scope.conditions and count <= statements.MAX_PREPARED_LEVELS,
        )
        told = _by_kind(rows)
        self._asking.check(*told[statements.IS_STATE][0][:3])
        estimates: Estimates = Counter(
            {(place, _number(part)): n for place, part, n, _ in told[statements.IS_HEAD_ESTIMATE]}
        )
        totals = told[statements.IS_TOTAL][0]
        is_rare = estimates.total() < RARE and totals[2] <= MAX_TOTAL
        looked = self._looked.setdefault(ladder, _Looked(estimates, totals[0], is_rare))
        found = sorted((place, -number) for place, number, *_ in told[statements.IS_HEAD])
        page = [Place(ladder.levels[place].code, -number) for place, number in found]
        looked.pages[after] = asked.limit, page
        if text is not None:
            through = _LookedThrough(
                Counter({_number(row[0]): row[1] for row in told[statements.IS_TEXT_ESTIMATE]})
            )
            self._through[text] = through
            is_rare = is_rare and through.estimates.total() < RARE and totals[0] <= MAX_TOTAL
            if is_rare:
                ids = sorted((row[0] for row in told[statements.IS_TEXT]), reverse=True)
                through.total = totals[1]
                through.pages[before] = asked.limit, ids
        if is_rare and asked.names:
            self._names = sorted(row[3] for row in told[statements.IS_NAME])

    def _level_queries(self, ladder: Ladder, start: int, end: int) -> dict[str, str]:
        return {
            f"level_{place}": expressions.to_tsquery(ladder.levels[place].asked)
            for place in range(start, end - 1)
        }

    def _read_levels(
        self, ladder: Ladder, start: int, end: int, after: _After, limit: int
    ) -> list[Place]:
        """Return what is in some levels by reading all of it."""
        scope = self._asking.scope(ladder.excluded)
        rows = self._asking.run(
            statements.whole(scope, start, end),
            {
                "asked": self._asking.query(ladder.asked(start, end)),
                **self._level_queries(ladder, start, end),
                **_later(ladder, after),
                "limit": limit,
                "excluded": list(ladder.excluded),
            },
            is_kept=not scope.conditions and end <= statements.MAX_PREPARED_LEVELS,
        )
        return [Place(ladder.levels[place].code, document_id) for place, document_id in rows]

    def _walk_level(
        self, ladder: Ladder, place: int, estimates: Estimates, after: _After, limit: int
    ) -> list[Place]:
        """Return what is in one level, newest partitions first."""
        code = ladder.levels[place].code
        before = _before(after, code)
        scope = self._asking.scope(ladder.excluded)
        values = {
            "asked": self._asking.query(ladder.asked(place, place + 1)),
            "before": before,
            "excluded": list(ladder.excluded),
        }
        found: list[int] = []
        partitions_left = iter(self._asking.partitions(before))
        while len(found) < limit:
            numbers = list(_enough(partitions_left, estimates, place, limit - len(found)))
            if not numbers:
                break
            statement = statements.newest_of(scope, "heads", numbers, self._asking.bounds)
            rows = self._asking.run(statement, {**values, "limit": limit - len(found)})
            found += sorted((row[0] for row in rows), reverse=True)
        return [Place(code, document_id) for document_id in found]

    def _estimate_texts(self, asked: Expression) -> Counter[int]:
        if asked not in self._through:
            statement = statements.text_estimate(self._asking.scope())
            rows = self._asking.run(statement, {"text": self._asking.query(asked)})
            counts = Counter({_number(bucket): count for bucket, count in rows})
            self._through[asked] = _LookedThrough(counts)
        return self._through[asked].estimates

    def _text_page(self, asked: Expression, before: int, limit: int) -> list[int]:
        through = self._through[asked]
        asked_for, page = through.pages.get(before, (0, []))
        if len(page) == asked_for < limit:
            statement = statements.texts(self._asking.scope())
            values = {"text": self._asking.query(asked), "before": before, "limit": limit}
            rows = self._asking.run(statement, values)
            page = [row[0] for row in rows]
            through.pages[before] = limit, page
            if rows or before == NO_ID:
                through.total = rows[0][1] if rows else 0
        return page[:limit]

    def _list_texts_of(
        self,
        number: int,
        asked: Expression,
        before: int,
        limit: int,
        is_walked: bool,  # noqa: FBT001 - how it is read
    ) -> list[int]:
        """Return documents of a partition by their passages, of which several may be found."""
        statement = statements.newest_of(
            self._asking.scope(), "texts", [(number, is_walked)], self._asking.bounds
        )
        found: dict[int, None] = {}
        while len(found) < limit:
            values = {"asked": self._asking.query(asked), "before": before, "limit": limit}
            rows = [row[0] for row in self._asking.run(statement, values)]
            found |= dict.fromkeys(rows)
            if len(rows) < limit:
                break
            before = rows[-1]
        return list(found)[:limit]

    def _read_newest(self, before: int | None, limit: int) -> tuple[int, list[int]]:
        rows = self._asking.run(
            statements.newest(self._asking.scope(column="id")),
            {"before": NO_ID if before is None else before, "limit": limit, "counted": COUNTED},
        )
        told = _by_kind(rows)
        self._asking.check(*told[statements.IS_STATE][0][:3])
        found = sorted((row[1] for row in told[statements.IS_HEAD]), reverse=True)
        self._newest = told[statements.IS_TOTAL][0][0], found
        return self._newest


def _by_kind(rows: Sequence[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = {kind: [] for kind in range(statements.IS_NAME + 1)}
    for kind, *rest in rows:
        found[kind].append(rest)
    return found


def _rare_until(ladder: Ladder, estimates: Estimates, start: int) -> int:
    """Return the end of the levels from ``start`` on that are rare all together."""
    enough = min(RARE, max(WALKED, estimates.total() // 2))
    total = 0
    for place in range(start, len(ladder.levels)):
        total += sum(count for (level, _), count in estimates.items() if level == place)
        if total >= enough:
            return place
    return len(ladder.levels)


def _enough(
    numbers: Iterator[int], estimates: Estimates, place: int, limit: int
) -> Iterator[tuple[int, bool]]:
    """Return partitions that hold enough of a level, most likely, and which of them are walked."""
    expected = 0
    for number in numbers:
        count = estimates[place, number]
        yield number, count >= WALKED
        expected += count * SAMPLE_SHARE
        if expected >= 2 * limit:
            return


def _before(after: _After, code: int) -> int:
    """Return below which id a level goes on after a place."""
    if after is None or after.level < code:
        return NO_ID
    return after.id if after.level == code else 0


def _later(ladder: Ladder, after: _After) -> dict[str, int]:
    """Return after which level of a ladder, and which id in it, a place is."""
    if after is None:
        return {"level": -1, "id": 0}
    codes = [level.code for level in ladder.levels]
    if after.level in codes:
        return {"level": codes.index(after.level), "id": after.id}
    return {"level": sum(code < after.level for code in codes) - 1, "id": 0}


def _number(bucket: int) -> int:
    """Return the number of a partition, which are counted from the newest."""
    return len(partitions()) - 1 - bucket
