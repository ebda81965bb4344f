"""Search the same declarations with ``pg_trgm``: one column of all words, and ``ILIKE``."""

import json
import time
from collections.abc import Mapping
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import bulk
from services.search.models import index_tables

_CREATE: Final = "CREATE TABLE trigrams (id bigint, title text, words text)"
_HEADS: Final = ("number_text", "title", "enterprise_name", "credit_code", "record_number")
_PRODUCTS: Final = ("name", "model", "barcode")
_READ: Final = 5_000
_NEWEST: Final = "SELECT id, title FROM trigrams WHERE words ILIKE %s ORDER BY id DESC LIMIT 15"
_COUNT: Final = (
    "SELECT count(*) FROM (SELECT 1 FROM trigrams WHERE words ILIKE %s LIMIT 1001) found"
)

_TABLE: Final = sa.Table("trigrams", sa.MetaData())


class Trigrams:
    """Be the table with its index, beside the index of search in the same database."""

    def __init__(self, url: str) -> None:
        self._engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")

    def fill(self) -> float:
        """Make the table and its index unless it is there; return the seconds that took."""
        begun = time.perf_counter()
        with self._engine.connect() as connection:
            if connection.scalar(sa.text("SELECT to_regclass('trigrams')")) is not None:
                return 0.0
            connection.exec_driver_sql("SET maintenance_work_mem = '512MB'")
            connection.exec_driver_sql(_CREATE)
            self._copy(connection)
            connection.exec_driver_sql("ALTER TABLE trigrams ADD PRIMARY KEY (id)")
            connection.exec_driver_sql(
                "CREATE INDEX ix_trigrams_words ON trigrams USING gin (words gin_trgm_ops)"
            )
            connection.exec_driver_sql("VACUUM ANALYZE trigrams")
        return time.perf_counter() - begun

    def _copy(self, connection: sa.Connection) -> None:
        """Copy what a head of the index holds, as text: numbers, titles, names and products."""
        tables = index_tables(1)
        documents, contents = tables.documents, tables.contents
        wanted = sa.select(documents, contents.c.document).join(
            contents, contents.c.document_id == documents.c.id
        )
        reading = self._engine.execution_options(isolation_level="READ COMMITTED")
        with Session(reading) as session, session.begin():
            rows = session.execute(wanted.execution_options(yield_per=_READ))
            for part in rows.mappings().partitions():
                copied = [(row["id"], row["title"], _words(row)) for row in part]
                bulk.insert_rows(connection, _TABLE, ("id", "title", "words"), copied)

    def megabytes(self) -> float:
        """Return the size of the table with its indexes."""
        with self._engine.connect() as connection:
            size = connection.scalar(sa.text("SELECT pg_total_relation_size('trigrams')"))
        return float(size or 0) / 1e6

    def search(self, word: str) -> float:
        """Read the newest page and the capped count; return the milliseconds."""
        pattern = f"%{word}%"
        with self._engine.connect() as connection:
            connection.exec_driver_sql("SET work_mem = '64MB'")
            begun = time.perf_counter()
            connection.exec_driver_sql(_NEWEST, (pattern,)).all()
            connection.exec_driver_sql(_COUNT, (pattern,)).all()
            return (time.perf_counter() - begun) * 1_000

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()


def _words(row: Mapping[str, Any]) -> str:
    products = json.loads(row["document"])["products"]
    said = [row[name] for name in (*_HEADS, "product_summary")]
    said += [product[name] for product in products for name in _PRODUCTS]
    return " ".join(said).lower()
