"""Search the same declarations with ``pg_trgm``: one column of all words, and ``ILIKE``."""

import time
from typing import Final

import sqlalchemy as sa

# What a head of the index holds, as text: numbers, title, enterprise and products.
_FILL: Final = """
    CREATE TABLE trigrams AS
    SELECT d.id, d.title, lower(concat_ws(' ', d.number_text, d.title, d.enterprise_name,
        d.credit_code, d.record_number, d.product_summary,
        (SELECT string_agg(concat_ws(' ', p->>'name', p->>'model', p->>'barcode'), ' ')
         FROM jsonb_array_elements(c.document::jsonb->'products') p))) AS words
    FROM g1_documents d JOIN g1_contents c ON c.document_id = d.id
"""
_NEWEST: Final = "SELECT id, title FROM trigrams WHERE words ILIKE %s ORDER BY id DESC LIMIT 15"
_COUNT: Final = (
    "SELECT count(*) FROM (SELECT 1 FROM trigrams WHERE words ILIKE %s LIMIT 1001) found"
)


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
            connection.exec_driver_sql(_FILL)
            connection.exec_driver_sql("ALTER TABLE trigrams ADD PRIMARY KEY (id)")
            connection.exec_driver_sql(
                "CREATE INDEX ix_trigrams_words ON trigrams USING gin (words gin_trgm_ops)"
            )
            connection.exec_driver_sql("VACUUM ANALYZE trigrams")
        return time.perf_counter() - begun

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
