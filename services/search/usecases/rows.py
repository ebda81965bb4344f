"""Write and take out the rows of the index that hold tokens: the two engines differ only here."""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final

import sqlalchemy as sa

from chassis import bulk
from services.search.domain import documents, tokens
from services.search.domain.documents import PASSAGES, IndexEntry
from services.search.models import IndexTables

FACETS: Final = ("kind", "state", "region", "year", "disclosure", "class_codes")

_HEAD: Final = ("document_id", "tokens")
_TEXT: Final = ("document_id", "part", "tokens")
_FULL_TEXT: Final = ("rowid", "tokens")


def token_rows(
    dialect: str, tables: IndexTables, entries: Sequence[tuple[int, IndexEntry]]
) -> list[bulk.Insert]:
    """Return the rows with the tokens of documents that have none yet, by their ids."""
    make = _postgres_rows if dialect == "postgresql" else _sqlite_rows
    return make(tables, entries)


def delete_rows(connection: sa.Connection, tables: IndexTables, document_id: int) -> None:
    """Take a document out, with all its tokens."""
    places = [(table, "document_id") for table in (tables.contents, tables.indicators)]
    places.append((tables.documents, "id"))
    if connection.dialect.name == "postgresql":
        tokens_of = (tables.heads, tables.texts, *tables.samples)
        places += [(table, "document_id") for table in tokens_of]
        bulk.run_together(
            connection,
            [
                (f"DELETE FROM {table.name} WHERE {column} = %s", (document_id,))  # noqa: S608 - our own names
                for table, column in places
            ],
        )
        return
    for table, column in places:
        connection.execute(sa.delete(table).where(table.c[column] == document_id))
    for table, index, row_id in _sqlite_tables(tables):
        columns = [*table.primary_key.columns, table.c.tokens]
        found = connection.execute(
            sa.select(*columns).where(table.c.document_id == document_id)
        ).all()
        _forget(connection, index, [(row_id(row), _unpack(row[-1])) for row in found])
        connection.execute(sa.delete(table).where(table.c.document_id == document_id))


def change_state(
    connection: sa.Connection, tables: IndexTables, document_id: int, *, before: str, after: str
) -> None:
    """Let a document be found with another state."""
    old, new = documents.state_token(before), documents.state_token(after)
    if connection.dialect.name == "postgresql":
        changes: list[bulk.Statement] = []
        for table in (tables.heads, tables.texts, *tables.samples):
            change = f"UPDATE {table.name} SET tokens = ts_delete(tokens, %s) || %s::tsvector"  # noqa: S608 - our own names
            values: list[Any] = [old, f"{new}:1"]
            if table is tables.head_sample:
                change += ", state = %s"
                values.append(after)
            changes.append((f"{change} WHERE document_id = %s", [*values, document_id]))
        bulk.run_together(connection, changes)
        return
    for table, index, row_id in _sqlite_tables(tables):
        keys = tuple(table.primary_key.columns)
        found = connection.execute(
            sa.select(*keys, table.c.tokens).where(table.c.document_id == document_id)
        ).all()
        for row in found:
            text = _unpack(row[-1])
            changed = " ".join(new if token == old else token for token in text.split())
            _forget(connection, index, [(row_id(row), text)])
            bulk.insert_rows(connection, index, _FULL_TEXT, [(row_id(row), changed)])
            is_row = sa.and_(*(key == value for key, value in zip(keys, row, strict=False)))
            connection.execute(sa.update(table).where(is_row).values(tokens=_pack(changed)))


def _postgres_rows(
    tables: IndexTables, entries: Sequence[tuple[int, IndexEntry]]
) -> list[bulk.Insert]:
    heads, texts, head_sample, text_sample = [], [], [], []
    for document_id, entry in entries:
        head = tokens.to_tsvector(entry.head)
        passages = [
            (document_id, part, tokens.to_tsvector(passage))
            for part, passage in enumerate(entry.passages)
        ]
        heads.append((document_id, head))
        texts += passages
        if entry.is_sampled:
            facets = [entry.values[name] for name in FACETS]
            head_sample.append((document_id, *facets, head))
            text_sample += passages
    return [
        bulk.Insert(tables.heads, _HEAD, heads),
        bulk.Insert(tables.texts, _TEXT, texts),
        bulk.Insert(tables.head_sample, ("document_id", *FACETS, "tokens"), head_sample),
        bulk.Insert(tables.text_sample, _TEXT, text_sample),
    ]


def _sqlite_rows(
    tables: IndexTables, entries: Sequence[tuple[int, IndexEntry]]
) -> list[bulk.Insert]:
    heads = [(document_id, " ".join(entry.head)) for document_id, entry in entries]
    texts = [
        (document_id, part, " ".join(passage))
        for document_id, entry in entries
        for part, passage in enumerate(entry.passages)
    ]
    packed_heads = [(document_id, _pack(text)) for document_id, text in heads]
    packed_texts = [(document_id, part, _pack(text)) for document_id, part, text in texts]
    rows = [(document_id * PASSAGES + part, text) for document_id, part, text in texts]
    return [
        bulk.Insert(tables.heads, _HEAD, packed_heads),
        bulk.Insert(tables.head_index, _FULL_TEXT, heads),
        bulk.Insert(tables.texts, _TEXT, packed_texts),
        bulk.Insert(tables.text_index, _FULL_TEXT, rows),
    ]


def _sqlite_tables(
    tables: IndexTables,
) -> tuple[tuple[sa.Table, sa.Table, Callable[[Sequence[Any]], int]], ...]:
    """Return each table of tokens with its full-text table, and how a row is numbered there."""
    return (
        (tables.heads, tables.head_index, lambda row: int(row[0])),
        (tables.texts, tables.text_index, lambda row: int(row[0]) * PASSAGES + int(row[1])),
    )


def _forget(connection: sa.Connection, index: sa.Table, rows: list[tuple[int, str]]) -> None:
    """Take rows out of a full-text table without contents: it must be told what was in them."""
    if rows:
        connection.exec_driver_sql(
            f"INSERT INTO {index.name}({index.name}, rowid, tokens)"  # noqa: S608 - our own names
            " VALUES ('delete', ?, ?)",
            rows,
        )


def _pack(text: str) -> bytes:
    return zlib.compress(text.encode(), 1)


def _unpack(packed: bytes) -> str:
    return zlib.decompress(packed).decode()
