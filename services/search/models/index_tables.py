"""The tables of one generation of the index: made and dropped by code, for they come and go.

Both engines keep documents, their contents, limits of indicators and names alike. The words stand
in rows of tokens, one head for each document and one for each passage of its text:

* PostgreSQL: ``tsvector`` with a GIN index, in partitions by year, because that index knows no
  order: a frequent word of one year is then looked for in that year only. A hundredth of the
  documents stands once more in a sample, which tells how frequent a word is.
* SQLite: FTS5 without contents, whose rows come in order of their ids; the tokens stand packed in
  a table of their own, for an index without contents must be told what it is to forget.

The id of a document is the millisecond of its publication, or the next free one.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from chassis import db
from services.search.domain import packing
from services.search.models.terms import TermTables, define_terms

FIRST_YEAR: Final = 2015
LAST_YEAR: Final = 2035

_BIG_ID: Final = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_NAME: Final = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_TOKENS: Final = sa.LargeBinary().with_variant(postgresql.TSVECTOR(), "postgresql")


class PackedText(TypeDecorator[str]):
    """Store a text packed (`services.search.domain.packing`)."""

    impl = sa.LargeBinary
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> bytes | None:
        """Return the text as it is stored."""
        del dialect
        return None if value is None else packing.pack(value)

    def process_result_value(self, value: bytes | None, dialect: sa.Dialect) -> str | None:
        """Return the text."""
        del dialect
        return None if value is None else packing.unpack(value)


@dataclass(frozen=True)
class Partition:
    """Be the rows of some ids, from ``start`` to before ``end``; None is no limit."""

    suffix: str
    start: int | None
    end: int | None


@dataclass(frozen=True)
class IndexTables:
    """Hold the tables of one generation.

    ``heads`` and ``texts`` hold tokens; on SQLite ``head_index`` and ``text_index`` are the
    full-text tables over them, on PostgreSQL ``head_sample`` and ``text_sample`` the samples.
    """

    generation: int
    documents: sa.Table
    contents: sa.Table
    indicators: sa.Table
    names: sa.Table
    heads: sa.Table
    texts: sa.Table
    head_index: sa.Table
    text_index: sa.Table
    head_sample: sa.Table
    text_sample: sa.Table
    terms: TermTables

    @property
    def ordinary(self) -> tuple[sa.Table, ...]:
        """Return the tables that are the same on both engines."""
        known = (self.terms.terms, self.terms.term_keys, self.terms.known_numbers)
        return (self.documents, self.contents, self.indicators, self.names, *known)

    @property
    def samples(self) -> tuple[sa.Table, ...]:
        """Return the tables that only PostgreSQL has."""
        return (self.head_sample, self.text_sample)


@cache
def index_tables(generation: int) -> IndexTables:
    """Return the tables of a generation."""
    metadata = db.new_metadata()
    prefix = f"g{generation}_"
    return IndexTables(
        generation=generation,
        documents=_documents(metadata, prefix),
        contents=sa.Table(
            f"{prefix}contents",
            metadata,
            sa.Column("document_id", _BIG_ID, primary_key=True, autoincrement=False),
            sa.Column("document", PackedText, nullable=False),
        ),
        indicators=_indicators(metadata, prefix),
        names=sa.Table(f"{prefix}names", metadata, sa.Column("name", _NAME, primary_key=True)),
        heads=_heads(metadata, f"{prefix}heads"),
        texts=_texts(metadata, f"{prefix}texts"),
        head_index=_full_text(metadata, f"{prefix}head_index"),
        text_index=_full_text(metadata, f"{prefix}text_index"),
        head_sample=_heads(metadata, f"{prefix}head_sample", *_facets()),
        text_sample=_texts(metadata, f"{prefix}text_sample"),
        terms=define_terms(metadata, prefix),
    )


@cache
def partitions() -> tuple[Partition, ...]:
    """Return the partitions of PostgreSQL, newest first: one a year, and what lies around."""
    starts = {year: _year_start(year) for year in range(FIRST_YEAR, LAST_YEAR + 2)}
    years = range(FIRST_YEAR, LAST_YEAR + 1)
    found = [Partition("before", None, starts[FIRST_YEAR])]
    found += [Partition(str(year), starts[year], starts[year + 1]) for year in years]
    found.append(Partition("after", starts[LAST_YEAR + 1], None))
    return tuple(reversed(found))


def create_generation(connection: sa.Connection, generation: int) -> IndexTables:
    """Create the tables of a generation with all their indexes; return them.

    Inverted indexes that are made once the rows are there save a sixth of the CPU time of building,
    but are a fifth larger, and no event could be written while they are made.
    """
    tables = index_tables(generation)
    for table in tables.ordinary:
        table.create(connection)
    if connection.dialect.name != "postgresql":
        for table in (tables.heads, tables.texts):
            table.create(connection)
        for table in (tables.head_index, tables.text_index):
            connection.exec_driver_sql(_FTS5.format(name=table.name))
        return tables
    for table in (tables.heads, tables.texts):
        _create_partitioned(connection, table)
    for table in tables.samples:
        table.create(connection)
    # Without a pending list (``fastupdate``): it makes writes fast and then one query slow.
    for name in _with_tokens(tables):
        connection.exec_driver_sql(
            f"CREATE INDEX ix_{name} ON {name} USING gin (tokens) WITH (fastupdate = off)"
        )
    return tables


def stored_tables(tables: IndexTables) -> list[str]:
    """Return the names of the tables that hold rows on PostgreSQL: partitions, not their parent."""
    return [*(table.name for table in tables.ordinary), *_with_tokens(tables)]


def drop_generation(connection: sa.Connection, generation: int) -> None:
    """Drop all tables of a generation."""
    tables = index_tables(generation)
    is_postgres = connection.dialect.name == "postgresql"
    others = tables.samples if is_postgres else (tables.head_index, tables.text_index)
    for table in (*others, tables.heads, tables.texts, *tables.ordinary):
        connection.exec_driver_sql(f"DROP TABLE IF EXISTS {table.name}")


def _with_tokens(tables: IndexTables) -> Iterator[str]:
    for table in (tables.heads, tables.texts):
        yield from (f"{table.name}_{partition.suffix}" for partition in partitions())
    yield from (table.name for table in tables.samples)


_FTS5: Final = (
    "CREATE VIRTUAL TABLE {name} USING fts5("
    # Bytes above ASCII are all part of words; the tag and one character are looked up as such.
    "tokens, content='', columnsize=0, tokenize='ascii', prefix='2')"
)


def _create_partitioned(connection: sa.Connection, table: sa.Table) -> None:
    table.create(connection)
    for partition in partitions():
        start = "MINVALUE" if partition.start is None else str(partition.start)
        end = "MAXVALUE" if partition.end is None else str(partition.end)
        connection.exec_driver_sql(
            f"CREATE TABLE {table.name}_{partition.suffix} PARTITION OF {table.name}"
            # Rows stay whole: one that is kept in two places takes twice as long to look at.
            f" FOR VALUES FROM ({start}) TO ({end}) WITH (toast_tuple_target = 8160)"
        )


def _documents(metadata: sa.MetaData, prefix: str) -> sa.Table:
    name = f"{prefix}documents"
    return sa.Table(
        name,
        metadata,
        sa.Column("id", _BIG_ID, primary_key=True, autoincrement=False),
        sa.Column("declaration_id", sa.Text, nullable=False, unique=True),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("record_number", sa.Text, nullable=False, unique=True),
        *_facets(),
        sa.Column("number_text", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("enterprise_name", sa.Text, nullable=False),
        sa.Column("credit_code", sa.Text, nullable=False),
        sa.Column("product_summary", sa.Text, nullable=False),
        sa.Column("published_at", db.UTCDateTime, nullable=False),
        sa.Column("withdrawn_at", db.UTCDateTime),
        sa.Column("withdrawal_reason", sa.Text),
        sa.Column("marks", sa.Text, nullable=False),
        # The record number of the declaration that this one revises.
        sa.Column("supersedes", sa.Text),
        sa.Column("document_sha256", sa.Text, nullable=False),
        # Where the words of the published file are kept.
        sa.Column("text_key", sa.Text),
        sa.Index(
            f"ix_{name}_supersedes",
            "supersedes",
            postgresql_where=sa.text("supersedes IS NOT NULL"),
            sqlite_where=sa.text("supersedes IS NOT NULL"),
        ),
    )


def _facets() -> tuple[sa.Column[str] | sa.Column[int], ...]:
    return (
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("region", sa.Text, nullable=False),
        sa.Column("year", sa.Integer, nullable=False),
        sa.Column("disclosure", sa.Text, nullable=False),
        # Codes with a space between.
        sa.Column("class_codes", sa.Text, nullable=False),
    )


def _indicators(metadata: sa.MetaData, prefix: str) -> sa.Table:
    name = f"{prefix}indicators"
    return sa.Table(
        name,
        metadata,
        sa.Column("document_id", _BIG_ID, nullable=False, index=True),
        sa.Column("name_key", _NAME, nullable=False),
        sa.Column("unit_key", _NAME, nullable=False),
        # What passes, in that unit; open without limit where it is NULL.
        sa.Column("low", sa.Double),
        sa.Column("high", sa.Double),
        sa.Index(f"ix_{name}_high", "name_key", "unit_key", "high", "document_id"),
        sa.Index(f"ix_{name}_low", "name_key", "unit_key", "low", "document_id"),
    )


def _heads(metadata: sa.MetaData, name: str, *facets: sa.Column[str] | sa.Column[int]) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("document_id", _BIG_ID, primary_key=True, autoincrement=False),
        *facets,
        sa.Column("tokens", _TOKENS, nullable=False),
        postgresql_partition_by=None if facets else "RANGE (document_id)",
    )


def _texts(metadata: sa.MetaData, name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("document_id", _BIG_ID, primary_key=True, autoincrement=False),
        sa.Column("part", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tokens", _TOKENS, nullable=False),
        postgresql_partition_by="RANGE (document_id)" if name.endswith("_texts") else None,
    )


def _full_text(metadata: sa.MetaData, name: str) -> sa.Table:
    return sa.Table(name, metadata, sa.Column("rowid", sa.Integer), sa.Column("tokens", sa.Text))


def _year_start(year: int) -> int:
    return int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * 1_000
