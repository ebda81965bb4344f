"""Put published documents into the index: into the generation that answers, and one being built."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import bulk
from chassis.uow import Transaction
from services.search.domain import packing
from services.search.domain.documents import IndexEntry, Standing
from services.search.models import Generation, IndexTables, Rebuild, index_tables
from services.search.usecases import rows
from services.search.usecases.terms import note_terms

_LEAVE: Final = "ON CONFLICT DO NOTHING"
_INDICATORS: Final = ("document_id", "name_key", "unit_key", "low", "high")

_GENERATIONS: Final = sa.select(
    Generation.number,
    sa.exists().where(Rebuild.ended_at.is_(None)).label("is_rebuilt"),
).order_by(Generation.number)


def list_generations(session: Session) -> list[IndexTables]:
    """Return the tables of every generation that events are written into."""
    numbers = session.scalars(sa.select(Generation.number).order_by(Generation.number))
    return [index_tables(number) for number in numbers]


def open_generations(tx: Transaction) -> list[IndexTables]:
    """Return the tables of every generation that events are written into, for writing now.

    While the index is rebuilt, an event and a batch of the rebuild take turns: neither may insert
    what the other has inserted and not committed.
    """
    session = tx.session
    found = session.execute(_GENERATIONS).all()
    if found[0].is_rebuilt and tx.dialect == "postgresql":
        session.execute(sa.text(f"LOCK TABLE {Generation.__tablename__} IN ROW EXCLUSIVE MODE"))
        return list_generations(session)
    return [index_tables(row.number) for row in found]


def index_everywhere(*, tx: Transaction, entry: IndexEntry) -> bool:
    """Write a document into every generation; tell whether any had not this version yet."""
    written = [index_document(tx=tx, tables=tables, entry=entry) for tables in open_generations(tx)]
    return any(written)


def mark_everywhere(
    *, tx: Transaction, declaration_id: str, sequence: int, standing: Standing
) -> bool:
    """Write down in every generation how a declaration stands; tell whether any knew it not."""
    written = [
        mark_document(
            tx=tx,
            tables=tables,
            declaration_id=declaration_id,
            sequence=sequence,
            standing=standing,
        )
        for tables in open_generations(tx)
    ]
    return any(written)


def index_document(
    *, tx: Transaction, tables: IndexTables, entry: IndexEntry, is_repair: bool = False
) -> bool:
    """Write a document into a generation unless it holds that version or a newer; tell which.

    A repair also writes anew what the generation holds as the same version.
    """
    connection = tx.session.connection()
    found = _find(connection, tables, entry.declaration_id)
    if found is not None and found.sequence >= entry.sequence + is_repair:
        return False
    before = None
    if found is None:
        document_id = _free_id(connection, tables, entry.position)
    else:
        document_id = found.id
        before = _content(connection, tables, document_id)
        rows.delete_rows(connection, tables, document_id)
    note = note_terms(tables.generation, [(before, json.loads(entry.content))])
    _write(connection, tables, [(document_id, entry)], [note])
    return True


def index_documents(*, tx: Transaction, tables: IndexTables, entries: Sequence[IndexEntry]) -> int:
    """Write many documents into a generation at once; return how many it did not hold yet.

    A document that is there already was written by a later event and stays as it is.
    """
    connection = tx.session.connection()
    documents = tables.documents
    latest = {entry.declaration_id: entry for entry in sorted(entries, key=_sequence)}
    known = set(
        connection.scalars(
            sa.select(documents.c.declaration_id).where(documents.c.declaration_id.in_(latest))
        )
    )
    fresh = [entry for entry in latest.values() if entry.declaration_id not in known]
    positions = {entry.position for entry in fresh}
    taken = set(connection.scalars(sa.select(documents.c.id).where(documents.c.id.in_(positions))))
    placed, late = [], []
    for entry in sorted(fresh, key=lambda entry: (entry.position, entry.declaration_id)):
        if entry.position in taken:
            late.append(entry)
        else:
            taken.add(entry.position)
            placed.append((entry.position, entry))
    _write(connection, tables, placed)
    for entry in late:
        document_id = _free_id(connection, tables, entry.position)
        _write(connection, tables, [(document_id, entry)])
    changes = ((None, json.loads(entry.content)) for entry in fresh)
    bulk.insert_all(connection, [note_terms(tables.generation, changes)])
    return len(fresh)


def mark_document(
    *,
    tx: Transaction,
    tables: IndexTables,
    declaration_id: str,
    sequence: int,
    standing: Standing,
) -> bool:
    """Write down how a declaration stands, unless the generation is newer already; tell which."""
    connection = tx.session.connection()
    found = _find(connection, tables, declaration_id)
    if found is None or found.sequence >= sequence:
        return False
    documents = tables.documents
    connection.execute(
        sa.update(documents)
        .where(documents.c.id == found.id)
        .values(sequence=sequence, **asdict(standing))
    )
    if found.state != standing.state:
        rows.change_state(connection, tables, found.id, before=found.state, after=standing.state)
    return True


def _content(connection: sa.Connection, tables: IndexTables, document_id: int) -> Any:  # noqa: ANN401 - JSON
    contents = tables.contents
    wanted = contents.c.document_id == document_id
    return json.loads(connection.scalars(sa.select(contents.c.document).where(wanted)).one())


def _write(
    connection: sa.Connection,
    tables: IndexTables,
    entries: Sequence[tuple[int, IndexEntry]],
    notes: Sequence[bulk.Insert] = (),
) -> None:
    """Write documents, and what else goes with them."""
    if not entries:
        return
    described = [
        {
            "id": document_id,
            "declaration_id": entry.declaration_id,
            "sequence": entry.sequence,
            **entry.values,
        }
        for document_id, entry in entries
    ]
    contents = [(document_id, packing.pack(entry.content)) for document_id, entry in entries]
    limits = [
        (document_id, one.name_key, one.unit_key, one.low, one.high)
        for document_id, entry in entries
        for one in entry.indicators
    ]
    # In one order, so that two transactions never wait for each other.
    names = sorted({name for _, entry in entries for name in entry.names})
    bulk.insert_all(
        connection,
        [
            bulk.Insert(tables.documents, tuple(described[0]), _plain(described)),
            bulk.Insert(tables.contents, ("document_id", "document"), contents),
            bulk.Insert(tables.indicators, _INDICATORS, limits),
            bulk.Insert(tables.names, ("name",), [(name,) for name in names], _LEAVE),
            *rows.token_rows(connection.dialect.name, tables, entries),
            *notes,
        ],
    )


def _plain(described: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in described]


def _sequence(entry: IndexEntry) -> int:
    return entry.sequence


def _find(connection: sa.Connection, tables: IndexTables, declaration_id: str) -> Any:  # noqa: ANN401 - a row
    documents = tables.documents
    return connection.execute(
        sa.select(documents.c.id, documents.c.sequence, documents.c.state)
        .where(documents.c.declaration_id == declaration_id)
        .with_for_update()
    ).one_or_none()


def _free_id(connection: sa.Connection, tables: IndexTables, position: int) -> int:
    """Return the first id from a position on that no document has."""
    documents, after = tables.documents, tables.documents.alias()
    if connection.scalar(sa.select(documents.c.id).where(documents.c.id == position)) is None:
        return position
    last: int = connection.scalars(
        sa.select(documents.c.id)
        .outerjoin(after, after.c.id == documents.c.id + 1)
        .where(documents.c.id >= position, after.c.id.is_(None))
        .order_by(documents.c.id)
        .limit(1)
    ).one()
    return last + 1
