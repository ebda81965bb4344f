"""Rebuild the index from what ``standards`` holds, while it is searched and events go on.

A rebuild copies every declaration into a new generation, page by page, then compares all of it with
its owner and repairs what is not equal; then the new generation answers and the old one stays for a
while, for pages that were begun in it. A generation that was never filled is filled in place.

Nothing is missed: events are written into the new generation from the moment it exists, and what
they announced before was committed by its owner before, so the pages, which are read later, have
it. What an event wrote is never replaced by an older page (`indexing.index_documents`).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, leases
from chassis.uow import Transaction
from services.search.domain.documents import IndexEntry
from services.search.domain.rebuilding import Held, add_lines
from services.search.domain.statistics import Fact
from services.search.models import (
    Generation,
    GenerationState,
    Rebuild,
    RebuildStep,
    create_generation,
    drop_generation,
    index_tables,
)
from services.search.usecases import indexing, statistics, terms

LEASE: Final = "rebuild"
LEASE_TIME: Final = timedelta(seconds=30)


class RebuildOvertakenError(errors.RetryableError):
    """Say that another process goes on with the rebuild, or has ended it."""

    code = "bus.unavailable"


def take_lease(*, tx: Transaction, holder: str) -> bool:
    """Take or renew the right to work on a rebuild; tell whether one has it."""
    return leases.acquire(tx, LEASE, holder, LEASE_TIME)


def begin_rebuild(*, tx: Transaction, is_in_place: bool = False) -> bool:
    """Begin a rebuild, in a new generation or in the one that answers; False when one is open."""
    session = tx.session
    _take_turn(tx)
    if _find_open(session) is not None:
        return False
    now = tx.now()
    live = _live(session)
    number = 1 + (session.scalar(sa.select(sa.func.max(Rebuild.number))) or 0)
    generation = live.number
    if not is_in_place:
        highest = session.scalar(sa.select(sa.func.max(Rebuild.generation))) or 0
        generation = 1 + max(live.number, highest)
        session.add(Generation(number=generation, state=GenerationState.BUILDING, created_at=now))
        create_generation(session.connection(), generation)
    session.add(
        Rebuild(
            number=number,
            generation=generation,
            is_in_place=is_in_place,
            step=RebuildStep.COPYING,
            after="",
            documents=0,
            checked=0,
            repaired=0,
            checksum="",
            reason="",
            started_at=now,
            moved_at=now,
        )
    )
    return True


def write_page(  # noqa: PLR0913 - what is written, and which step it is
    *,
    tx: Transaction,
    number: int,
    after: str,
    last: str,
    entries: Sequence[IndexEntry],
    facts: Sequence[Fact],
) -> None:
    """Write the declarations after one id up to another, and that they were.

    Raises:
        RebuildOvertakenError: the rebuild has come past them already.
    """
    rebuild = _resume(tx, number, RebuildStep.COPYING, after)
    indexing.index_documents(tx=tx, tables=index_tables(rebuild.generation), entries=entries)
    statistics.count_declarations(tx=tx, facts=facts)
    rebuild.after = last
    rebuild.documents += len(entries)
    rebuild.moved_at = tx.now()


def begin_checking(*, tx: Transaction, number: int, after: str) -> None:
    """Go over from copying to comparing.

    Raises:
        RebuildOvertakenError: another process did.
    """
    rebuild = _resume(tx, number, RebuildStep.COPYING, after)
    rebuild.step, rebuild.after, rebuild.moved_at = RebuildStep.CHECKING, "", tx.now()


def repair(*, tx: Transaction, number: int, after: str, entry: IndexEntry, fact: Fact) -> None:
    """Write one declaration that was found missing, older or different.

    Raises:
        RebuildOvertakenError: the rebuild has come past it already.
    """
    rebuild = _resume(tx, number, RebuildStep.CHECKING, after)
    tables = index_tables(rebuild.generation)
    indexing.index_document(tx=tx, tables=tables, entry=entry, is_repair=True)
    statistics.count_declaration(tx=tx, fact=fact)
    rebuild.repaired += 1


def note_checked(
    *, tx: Transaction, number: int, after: str, last: str, held: Sequence[Held]
) -> None:
    """Write down that the declarations after one id up to another are equal.

    Raises:
        RebuildOvertakenError: the rebuild has come past them already.
    """
    rebuild = _resume(tx, number, RebuildStep.CHECKING, after)
    rebuild.after = last
    rebuild.checked += len(held)
    rebuild.checksum = add_lines(rebuild.checksum, held)
    rebuild.moved_at = tx.now()


def analyze(*, tx: Transaction, names: Sequence[str]) -> None:
    """Let PostgreSQL see what is in new tables before anybody asks them."""
    for name in names:
        tx.session.execute(sa.text(f"ANALYZE {name}"))


def finish_rebuild(*, tx: Transaction, number: int, after: str) -> None:
    """Let the generation answer that was built, in one step.

    Raises:
        RebuildOvertakenError: another process did.
    """
    rebuild = _resume(tx, number, RebuildStep.CHECKING, after)
    session, now = tx.session, tx.now()
    if not rebuild.is_in_place:
        live = _live(session)
        rebuild.replaced = live.number
        # One after the other: no two rows have one state.
        session.execute(sa.delete(Generation).where(Generation.number == live.number))
        session.execute(
            sa.update(Generation)
            .where(Generation.number == rebuild.generation)
            .values(state=GenerationState.LIVE)
        )
    _end(rebuild, RebuildStep.DONE, now)


def give_up(*, tx: Transaction, number: int, reason: str) -> bool:
    """End the open rebuild and drop what it built; tell whether it was open."""
    _take_turn(tx)
    rebuild = tx.session.get_one(Rebuild, number, populate_existing=True)
    if rebuild.ended_at is not None:
        return False
    rebuild.reason = reason
    _end(rebuild, RebuildStep.FAILED, tx.now())
    if not rebuild.is_in_place:
        tx.session.execute(sa.delete(Generation).where(Generation.number == rebuild.generation))
        _drop(tx.session, rebuild.generation)
    return True


def drop_retired(*, tx: Transaction, number: int) -> bool:
    """Drop the generation that a rebuild has replaced; tell whether it was still there."""
    _take_turn(tx)
    rebuild = tx.session.get_one(Rebuild, number, populate_existing=True)
    if rebuild.replaced is None or rebuild.dropped_at is not None:
        return False
    rebuild.dropped_at = tx.now()
    _drop(tx.session, rebuild.replaced)
    return True


def _resume(tx: Transaction, number: int, step: RebuildStep, after: str) -> Rebuild:
    _take_turn(tx)
    rebuild = tx.session.get_one(Rebuild, number, populate_existing=True)
    if (rebuild.step, rebuild.after) != (step, after):
        raise RebuildOvertakenError
    return rebuild


def _take_turn(tx: Transaction) -> None:
    """Wait for events that are being written, and let others wait (`open_generations`)."""
    if tx.dialect == "postgresql":
        name = Generation.__tablename__
        tx.session.execute(sa.text(f"LOCK TABLE {name} IN SHARE ROW EXCLUSIVE MODE"))


def _drop(session: Session, generation: int) -> None:
    terms.forget_notes(session, generation)
    drop_generation(session.connection(), generation)


def _find_open(session: Session) -> Rebuild | None:
    return session.scalars(sa.select(Rebuild).where(Rebuild.ended_at.is_(None))).one_or_none()


def _live(session: Session) -> Generation:
    return session.scalars(
        sa.select(Generation).where(Generation.state == GenerationState.LIVE)
    ).one()


def _end(rebuild: Rebuild, step: RebuildStep, now: datetime) -> None:
    rebuild.step = step
    rebuild.moved_at = rebuild.ended_at = now
