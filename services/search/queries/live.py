"""Which generation of the index answers, and where in it there is anything.

On PostgreSQL both are remembered from one search to the next. Each search reads them again in its
first statement, beside what it looks for, and begins anew where they have changed: so nobody gets
an answer of what has been replaced, and nobody asks twice either.
"""

from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.orm import Session

from services.search.models import Generation, GenerationState, IndexTables, index_tables
from services.search.models.index_tables import partitions
from services.search.queries.rebuilds import tables_of

_LIVE: Final = sa.select(Generation.number).where(Generation.state == GenerationState.LIVE)


class OutdatedError(Exception):
    """Say that a search began with what is no longer so; it can be begun anew."""


@dataclass(frozen=True)
class Known:
    """Hold what a search takes for granted until it has read it.

    ``numbers`` are the partitions between the oldest and the newest document, newest first.
    ``is_live`` tells that this is the generation that answers.
    """

    tables: IndexTables
    numbers: tuple[int, ...]
    is_live: bool


_remembered: Final[WeakKeyDictionary[Any, Known]] = WeakKeyDictionary()


def live_tables(session: Session) -> IndexTables:
    """Return the tables of the generation that answers."""
    return index_tables(session.scalars(_LIVE).one())


def tables_asked(session: Session, generation: int | None) -> IndexTables:
    """Return the tables of a generation; None is the one that answers.

    Raises:
        OutdatedCursorError: the generation is gone.
    """
    return live_tables(session) if generation is None else tables_of(session, generation)


def recall(session: Session, generation: int | None) -> Known:
    """Return what was known last of the generation that answers, if that is the one wanted.

    Raises:
        OutdatedCursorError: the generation is gone.
    """
    known = _remembered.get(session.get_bind())
    if known is None or generation not in {None, known.tables.generation}:
        return read(session, generation)
    return known


def read(session: Session, generation: int | None) -> Known:
    """Return what there is of a generation, and remember it of the one that answers.

    Raises:
        OutdatedCursorError: the generation is gone.
    """
    tables = live_tables(session)
    is_live = generation in {None, tables.generation}
    if generation is not None and not is_live:
        tables = tables_of(session, generation)
    ids = tables.documents.c.id
    lowest, highest = (
        sa.select(function(ids)).scalar_subquery() for function in (sa.func.min, sa.func.max)
    )
    low, high = session.execute(sa.select(lowest, highest)).one()
    known = Known(tables, numbers_of(low, high), is_live)
    if is_live:
        _remembered[session.get_bind()] = known
    return known


def numbers_of(lowest: int | None, highest: int | None) -> tuple[int, ...]:
    """Return the partitions that ids from one to another, both included, are in, newest first."""
    if lowest is None or highest is None:
        return ()
    return tuple(
        number
        for number, partition in enumerate(partitions())
        if (partition.start is None or partition.start <= highest)
        and (partition.end is None or partition.end > lowest)
    )
