"""What searching needs of an engine; each of the two answers in its own way, but the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import sqlalchemy as sa

from services.search.domain import levels
from services.search.domain.expressions import Expression, Without, all_of, any_of
from services.search.domain.levels import Level

MAX_TOTAL: Final = 1_000
# Counting goes no further than to know that there are more.
COUNTED: Final = MAX_TOTAL + 1

FACETS: Final = ("kind", "state", "region", "year", "disclosure", "class_codes")
FacetRow = Sequence[Any]


@dataclass(frozen=True)
class Place:
    """Be the last result of a page; the next page begins after it."""

    level: int
    id: int


@dataclass(frozen=True)
class Ladder:
    """Hold the levels that are looked through in the heads, and what must not be met by any.

    ``excluded`` are documents that were found in another way already.
    """

    levels: tuple[Level, ...]
    without: Expression | None = None
    excluded: tuple[int, ...] = ()

    def asked(self, start: int = 0, end: int | None = None) -> Expression:
        """Return what a row must have to be in one of some levels and in none before."""
        found = any_of(levels.condense(self.levels[start:end]))
        before = levels.condense(self.levels[:start])
        if self.without is not None:
            before.append(self.without)
        return Without(found, any_of(before)) if before else found


@dataclass(frozen=True)
class Asked:
    """Hold what a search will want to know at first: an engine may answer all of it at once.

    ``limit`` of what is found in heads and texts each will be wanted, ``page`` of both together;
    ``names`` are those that the query may contain.
    """

    heads: Ladder
    text: Expression | None
    names: Sequence[str]
    after: Place | None
    limit: int
    page: int


@dataclass(frozen=True)
class Sample:
    """Hold facets of some results, and how many results each of them stands for."""

    rows: Sequence[FacetRow]
    weight: float


class Reader(Protocol):
    """Look rows of one generation up, narrowed down by filters; newest first in each level."""

    def begin(self, asked: Asked) -> None:
        """Get ready for what will be wanted."""
        ...

    @property
    def names(self) -> list[str] | None:
        """Return the names that the query contains, where they are known already."""
        ...

    def list_newest(self, before: int | None, limit: int) -> list[int]:
        """Return ids of documents, whatever their words."""
        ...

    def count_newest(self) -> int:
        """Return how many documents there are, whatever their words, no more than `COUNTED`."""
        ...

    def list_heads(self, ladder: Ladder, after: Place | None, limit: int) -> list[Place]:
        """Return documents by their heads, level by level."""
        ...

    def count_heads(self, ladder: Ladder) -> int:
        """Return how many documents are found by their heads, no more than `COUNTED`."""
        ...

    def list_texts(self, asked: Expression, before: int | None, limit: int) -> list[int]:
        """Return ids of documents by the passages of their texts."""
        ...

    def count_texts(self, asked: Expression) -> int:
        """Return how many documents are found by their texts, no more than `COUNTED`."""
        ...

    def sample_heads(self, ladder: Ladder | None) -> Sample:
        """Return facets of some of very many results; of all documents without a ladder."""
        ...


def facet_rows(session: Any, documents: sa.Table, ids: Sequence[int]) -> list[FacetRow]:  # noqa: ANN401 - a session
    """Return the facets of some documents."""
    columns = [documents.c[name] for name in FACETS]
    return list(session.execute(sa.select(*columns).where(documents.c.id.in_(ids))).all())


def narrowed(asked: Expression, filters: Sequence[Expression]) -> Expression:
    """Return an expression that asks for the tokens of filters too."""
    if isinstance(asked, Without):
        return Without(all_of([asked.kept, *filters]), asked.dropped)
    return all_of([asked, *filters])
