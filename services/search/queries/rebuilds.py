"""Reads about rebuilds: how far the newest is, what there is to do, what the index holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Final, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors
from services.search.domain.rebuilding import Held, add_lines
from services.search.models import (
    Generation,
    GenerationState,
    IndexTables,
    Rebuild,
    RebuildStep,
    StatisticsFact,
    index_tables,
    stored_tables,
)

# A rebuild that failed is not begun again by itself before this.
RETRY_AFTER: Final = timedelta(minutes=10)
_BATCH: Final = 1_000
_REBUILDS: Final = cast("sa.Table", Rebuild.__table__)
_FACTS: Final = cast("sa.Table", StatisticsFact.__table__)


class OutdatedCursorError(errors.DomainError):
    """Say that the index which a place belongs to is no longer there."""

    code = "search.outdated_cursor"


@dataclass(frozen=True)
class RebuildState:
    """Hold how far a rebuild was when it was read (`services.search.models.Rebuild`)."""

    number: int
    generation: int
    is_in_place: bool
    step: str
    after: str
    documents: int
    checked: int
    repaired: int
    checksum: str
    reason: str
    started_at: datetime
    moved_at: datetime
    ended_at: datetime | None

    @property
    def is_copying(self) -> bool:
        """Tell whether it copies, and does not compare yet."""
        return self.step == RebuildStep.COPYING

    @property
    def has_failed(self) -> bool:
        """Tell whether it ended without an index."""
        return self.step == RebuildStep.FAILED

    @property
    def tables(self) -> IndexTables:
        """Return the tables that it fills."""
        return index_tables(self.generation)

    @property
    def stored(self) -> list[str]:
        """Return the names of the tables that hold its rows on PostgreSQL."""
        return stored_tables(self.tables)


@dataclass(frozen=True)
class Work:
    """Say what there is to do: the open rebuild, one whose old tables can go, an index to fill."""

    rebuild: RebuildState | None
    retired: int | None
    is_unfilled: bool


def find_work(session: Session, *, now: datetime, grace: timedelta) -> Work:
    """Return what there is to do."""
    newest = find_newest(session)
    retired = session.scalars(
        sa.select(Rebuild.number)
        .where(Rebuild.replaced.is_not(None), Rebuild.dropped_at.is_(None))
        .where(Rebuild.ended_at <= now - grace)
        .order_by(Rebuild.number)
        .limit(1)
    ).first()
    if newest is not None and newest.ended_at is None:
        return Work(newest, retired, is_unfilled=False)
    failed_lately = (
        newest is not None
        and newest.has_failed
        and newest.ended_at is not None
        and newest.ended_at > now - RETRY_AFTER
    )
    return Work(None, retired, is_unfilled=not failed_lately and not _is_filled(session))


def find_newest(session: Session) -> RebuildState | None:
    """Return the newest rebuild."""
    columns = [_REBUILDS.c[field.name] for field in fields(RebuildState)]
    row = session.execute(
        sa.select(*columns).order_by(_REBUILDS.c.number.desc()).limit(1)
    ).one_or_none()
    return None if row is None else RebuildState(*row)


def tables_of(session: Session, generation: int) -> IndexTables:
    """Return the tables of a generation that answers, or did until lately.

    Raises:
        OutdatedCursorError: it is there no more, or not yet.
    """
    live = sa.select(Generation.number).where(Generation.state == GenerationState.LIVE)
    retired = sa.select(Rebuild.replaced).where(Rebuild.dropped_at.is_(None))
    kept = {*session.scalars(live), *session.scalars(retired)}
    if generation not in kept:
        raise OutdatedCursorError
    return index_tables(generation)


def list_held(session: Session, tables: IndexTables, *, after: str, last: str | None) -> list[Held]:
    """Return what the index holds of the declarations after an id, to the last; None is the end.

    Of very many that nobody knows, the first are enough.
    """
    documents = tables.documents.c
    found = sa.select(
        documents.declaration_id, documents.sequence, documents.state, documents.document_sha256
    ).where(documents.declaration_id > after)
    if last is not None:
        found = found.where(documents.declaration_id <= last)
    ordered = found.order_by(documents.declaration_id)
    return [Held(*row) for row in session.execute(ordered.limit(10 * _BATCH))]


def count_held(session: Session, tables: IndexTables) -> int:
    """Return how many documents the index holds."""
    return session.scalar(sa.select(sa.func.count()).select_from(tables.documents)) or 0


def list_counted(session: Session, ids: Sequence[str]) -> Mapping[str, int]:
    """Return of some declarations with which sequence they are counted, by id."""
    rows = session.execute(
        sa.select(_FACTS.c.declaration_id, _FACTS.c.sequence).where(
            _FACTS.c.declaration_id.in_(ids)
        )
    )
    return {row.declaration_id: row.sequence for row in rows}


def index_checksum(session: Session, tables: IndexTables) -> str:
    """Return the checksum over all that the index holds (`services.search.domain.rebuilding`)."""
    documents = tables.documents.c
    rows = session.execute(
        sa.select(
            documents.declaration_id, documents.sequence, documents.state, documents.document_sha256
        ).execution_options(yield_per=_BATCH)
    )
    return add_lines("", (Held(*row) for row in rows))


def _is_filled(session: Session) -> bool:
    """Tell whether the generation that answers was ever filled and found equal."""
    live = sa.select(Generation.number).where(Generation.state == GenerationState.LIVE)
    done = sa.select(Rebuild.number).where(
        Rebuild.step == RebuildStep.DONE, Rebuild.generation.in_(live)
    )
    return session.scalars(done.limit(1)).first() is not None
