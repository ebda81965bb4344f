"""Count the names and numbers that an index holds, so that they can be suggested.

Whoever indexes a document only notes what is to be counted, in the same transaction: one row more,
and no row that another has to wait for. What is noted is counted a little later, many notes at
once; a note goes in the transaction that counts it, so each is counted once.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import bulk, db, leases
from chassis.uow import Transaction
from services.search.domain import suggesting
from services.search.domain.guessing import split_number
from services.search.domain.tallies import Change, Name, Number, Tally
from services.search.models import TermNote, index_tables
from services.search.models.terms import TermTables

Entry = TypeVar("Entry")

LEASE: Final = "terms"
LEASE_TIME: Final = timedelta(seconds=30)
# As many names and numbers are counted at once without anybody waiting for it.
MOST_COUNTED: Final = 1_000
# Where nobody waits, more at once are quicker.
MOST_IN_BULK: Final = 50_000
_MOST_NOTES: Final = 1_000

_NOTES: Final = cast("sa.Table", TermNote.__table__)
_NOTE_COLUMNS: Final = ("generation", "size", "changes")
_KINDS: Final = ("titles", "products", "enterprises")
# SQLite takes 32,766 values in a statement.
_CHUNK: Final = 1_000
_KEY_COLUMNS: Final = ("rank", "key", "term_id")
_KEYS_CHUNK: Final = 10_000
Key = tuple[int, str, int]


def take_lease(*, tx: Transaction, holder: str) -> bool:
    """Take or renew the right to count, so that no two wait; tell whether one has it."""
    return leases.acquire(tx, LEASE, holder, LEASE_TIME)


def note_terms(generation: int, changes: Iterable[Change]) -> bulk.Insert:
    """Return the notes of which names and numbers came and went with documents of a generation."""
    tally = Tally()
    for change in changes:
        tally.change(change)
    rows = [(generation, size, text) for size, text in tally.notes(MOST_COUNTED)]
    return bulk.Insert(_NOTES, _NOTE_COLUMNS, rows)


def forget_notes(session: Session, generation: int) -> None:
    """Forget what is noted of a generation that is no more."""
    session.execute(sa.delete(_NOTES).where(_NOTES.c.generation == generation))


def count_noted(*, tx: Transaction, generation: int | None = None, most: int = MOST_COUNTED) -> int:
    """Count about so many of the names and numbers noted, oldest first; return how many there were.

    They are of one generation: of any, when None is given. Rows are written in the order of their
    keys, so that two transactions wait for each other instead of standing still.
    """
    session = tx.session
    found = _choose(session, generation, most)
    if not found:
        return 0
    chosen = _NOTES.c.id.in_([row.id for row in found])
    tally = Tally()
    for text in session.scalars(sa.delete(_NOTES).where(chosen).returning(_NOTES.c.changes)):
        tally.merge(text)
    tables = index_tables(found[0].generation).terms
    names = {term: name for term, name in sorted(tally.names.items()) if not name.is_nothing()}
    for chunk in _chunks(list(names), _CHUNK):
        _count_names(session, tables, {term: names[term] for term in chunk})
    numbers = [entry for entry in sorted(tally.numbers.items()) if entry[1].count]
    for part in _chunks(numbers, _CHUNK):
        _count_numbers(session, tables.known_numbers, [_number_row(*entry) for entry in part])
    return sum(row.size for row in found)


def _choose(session: Session, generation: int | None, most: int) -> list[Any]:
    wanted = sa.select(_NOTES.c.id, _NOTES.c.generation, _NOTES.c.size).order_by(_NOTES.c.id)
    if generation is not None:
        wanted = wanted.where(_NOTES.c.generation == generation)
    chosen: list[Any] = []
    size = 0
    for row in session.execute(wanted.limit(_MOST_NOTES)).all():
        if chosen and (row.generation != chosen[0].generation or size + row.size > most):
            break
        chosen.append(row)
        size += row.size
    return chosen


def _count_names(session: Session, tables: TermTables, changes: Mapping[str, Name]) -> None:
    names = tables.terms
    rows = [
        {"term": term, "text": name.text, **{kind: getattr(name, kind) for kind in _KINDS}}
        for term, name in changes.items()
    ]
    insert = db.insert_into(names, _dialect(session))
    total = sum((names.c[kind] for kind in _KINDS[1:]), start=names.c[_KINDS[0]])
    written = session.execute(
        insert.on_conflict_do_update(
            index_elements=[names.c.term],
            set_={kind: names.c[kind] + insert.excluded[kind] for kind in _KINDS},
        ).returning(names.c.id, names.c.term, total),
        rows,
    )
    old: list[Key] = []
    new: list[Key] = []
    gone: list[int] = []
    for term_id, term, count in written:
        before, after = _rank(count - changes[term].total), _rank(count)
        if before != after:
            old += _keys(term_id, term, before)
            new += _keys(term_id, term, after)
        if after is None:
            gone.append(term_id)
    connection = session.connection()
    for chunk in _chunks(old, _KEYS_CHUNK):
        bulk.delete_rows(connection, tables.term_keys, _KEY_COLUMNS, chunk)
    for chunk in _chunks(new, _KEYS_CHUNK):
        bulk.insert_rows(connection, tables.term_keys, _KEY_COLUMNS, chunk)
    if gone:
        session.execute(sa.delete(names).where(names.c.id.in_(gone)))


def _rank(count: int) -> int | None:
    """Return what the keys of a name are filed under that is there so often; None of none."""
    return suggesting.rank_of(count) if count > 0 else None


def _keys(term_id: int, term: str, rank: int | None) -> Iterator[Key]:
    if rank is not None:
        for key in suggesting.keys_of(term):
            yield 2 * rank + key.is_first, key.text, term_id


def _number_row(flat: str, number: Number) -> dict[str, Any]:
    parts = split_number(number.text)
    return {
        "flat": flat,
        "stem": parts.stem,
        "body": parts.body,
        "is_own": number.is_own,
        "text": number.text,
        "count": number.count,
    }


def _count_numbers(session: Session, table: sa.Table, rows: Sequence[Mapping[str, Any]]) -> None:
    insert = db.insert_into(table, _dialect(session))
    written = session.execute(
        insert.on_conflict_do_update(
            index_elements=[table.c.flat], set_={"count": table.c.count + insert.excluded.count}
        ).returning(table.c.flat, table.c.count),
        rows,
    )
    gone = [flat for flat, count in written if count <= 0]
    if gone:
        session.execute(sa.delete(table).where(table.c.flat.in_(gone)))


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _chunks(entries: Sequence[Entry], size: int) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), size):
        yield entries[start : start + size]
