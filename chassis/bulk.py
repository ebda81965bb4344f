"""Write many rows in one statement: COPY or one INSERT on PostgreSQL, prepared rows on SQLite.

Values are those of the driver: texts, bytes, numbers, booleans, None and aware datetimes.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from psycopg2 import extensions, extras

from chassis import db

Row = Sequence[Any]
# A text with ``%s`` for each of its values, and the values.
Statement = tuple[str, Sequence[Any]]

_PAGE: Final = 1000
# Up to so many rows it is quicker to send them all at once than to copy them table by table.
_FEW: Final = 200
_PIECE: Final = 1 << 16
_NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def can_copy(connection: sa.Connection) -> bool:
    """Tell whether there is COPY: on PostgreSQL, but it cannot wait where threads are green."""
    is_postgres = connection.dialect.name == "postgresql"
    return is_postgres and extensions.get_wait_callback() is None


@dataclass(frozen=True)
class Insert:
    """Be rows for a table; ``conflict`` says what happens to those that are there already.

    It is the end of the statement, the same on both engines: ``ON CONFLICT DO NOTHING``.
    """

    table: sa.Table
    columns: Sequence[str]
    rows: Sequence[Row]
    conflict: str = ""

    def statement(self, values: str) -> str:
        """Return the text of the statement."""
        names = ", ".join(self.columns)
        return f"INSERT INTO {self.table.name} ({names}) VALUES {values} {self.conflict}"  # noqa: S608 - our own names


def insert_all(connection: sa.Connection, inserts: Iterable[Insert]) -> None:
    """Insert rows into several tables: few rows in one round trip on PostgreSQL."""
    wanted = [insert for insert in inserts if insert.rows]
    is_postgres = connection.dialect.name == "postgresql"
    if not is_postgres or sum(len(insert.rows) for insert in wanted) > _FEW:
        for insert in wanted:
            _insert(connection, insert)
        return
    statements: list[Statement] = []
    for insert in wanted:
        marks = f"({', '.join(['%s'] * len(insert.columns))})"
        values = ", ".join([marks] * len(insert.rows))
        statements.append((insert.statement(values), [one for row in insert.rows for one in row]))
    run_together(connection, statements)


def run_together(connection: sa.Connection, statements: Sequence[Statement]) -> None:
    """Run statements that answer nothing in one round trip; only on PostgreSQL.

    Each is a text with ``%s`` for each of its values.
    """
    if not statements:
        return
    with _cursor(connection) as cursor:
        cursor.execute(b";".join(cursor.mogrify(text, values) for text, values in statements))


def insert_rows(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert rows whose values stand in the order of ``columns``."""
    if rows:
        _insert(connection, Insert(table, columns, rows))


def _insert(connection: sa.Connection, insert: Insert) -> None:
    if connection.dialect.name != "postgresql":
        marks = f"({', '.join('?' * len(insert.columns))})"
        connection.exec_driver_sql(insert.statement(marks), list(_for_sqlite(insert.rows)))
        return
    with _cursor(connection) as cursor:
        if can_copy(connection) and not insert.conflict:
            names = ", ".join(insert.columns)
            statement = f"COPY {insert.table.name} ({names}) FROM STDIN"
            cursor.copy_expert(statement, Stream(insert.rows))
        else:
            extras.execute_values(cursor, insert.statement("%s"), insert.rows, page_size=_PAGE)


def copy_texts(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    texts: Sequence[bytes],
    rest: Row,
) -> None:
    """Insert rows that begin with ready texts of `to_text` and all end with the same values.

    Only where `can_copy` says so.
    """
    if not texts:
        return
    end = b"\t" + to_text(rest) + b"\n"
    statement = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN"
    with _cursor(connection) as cursor:
        cursor.copy_expert(statement, io.BytesIO(end.join([*texts, b""])), _PIECE)


def update_rows(
    connection: sa.Connection,
    table: sa.Table,
    key: str,
    columns: Sequence[str],
    rows: Sequence[Row],
) -> None:
    """Set ``columns`` of the rows whose ``key`` comes first in each of ``rows``.

    The columns must be of types that PostgreSQL can tell from the values: texts, whole numbers and
    moments.
    """
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        changes = ", ".join(f"{name} = ?" for name in columns)
        connection.exec_driver_sql(
            f"UPDATE {table.name} SET {changes} WHERE {key} = ?",  # noqa: S608 - our own names
            [(*row[1:], row[0]) for row in _for_sqlite(rows)],
        )
        return
    changes = ", ".join(f"{name} = new.{name}" for name in columns)
    statement = (
        f"UPDATE {table.name} SET {changes}"  # noqa: S608 - our own names
        f" FROM (VALUES %s) AS new ({', '.join((key, *columns))})"
        f" WHERE {table.name}.{key} = new.{key}"
    )
    with _cursor(connection) as cursor:
        extras.execute_values(cursor, statement, rows, page_size=_PAGE)


def delete_rows(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Delete the rows that have these values in ``columns``: texts and whole numbers, no None."""
    if not rows:
        return
    if connection.dialect.name != "postgresql":
        wanted = " AND ".join(f"{name} = ?" for name in columns)
        connection.exec_driver_sql(f"DELETE FROM {table.name} WHERE {wanted}", list(rows))  # noqa: S608 - our own names
        return
    wanted = " AND ".join(f"{table.name}.{name} = gone.{name}" for name in columns)
    statement = (
        f"DELETE FROM {table.name} USING (VALUES %s) AS gone ({', '.join(columns)})"  # noqa: S608 - our own names
        f" WHERE {wanted}"
    )
    with _cursor(connection) as cursor:
        extras.execute_values(cursor, statement, rows, page_size=_PAGE)


class Stream:
    """Be the file that COPY reads: one line per row, made when it is asked for."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._lines = (to_text(row) + b"\n" for row in rows)
        self._rest = b""

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, nothing at the end."""
        parts, length = [self._rest], len(self._rest)
        while size < 0 or length < size:
            line = next(self._lines, None)
            if line is None:
                break
            parts.append(line)
            length += len(line)
        content = b"".join(parts)
        if size < 0:
            self._rest = b""
            return content
        self._rest = content[size:]
        return content[:size]


def to_text(row: Row) -> bytes:
    """Return values as a line of COPY has them, without its end."""
    texts = [value if value.__class__ is str else _text(value) for value in row]
    line = "\t".join(texts)
    # Nearly no row has anything to escape; one look at the whole line is quicker than at each text.
    is_plain = (
        line.count("\t") == len(texts) - 1
        and line.count("\\") == row.count(None)
        and "\n" not in line
        and "\r" not in line
    )
    if not is_plain:
        escaped = (
            value.translate(_ESCAPES) if isinstance(value, str) else _text(value) for value in row
        )
        line = "\t".join(escaped)
    return line.encode()


def _text(value: object) -> str:
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return rf"\\x{value.hex()}"
    return _moment(value) if isinstance(value, datetime) else str(value)


@lru_cache(maxsize=64)
def _moment(value: datetime) -> str:
    return value.isoformat()


def _cursor(connection: sa.Connection) -> Any:  # noqa: ANN401 - psycopg2's
    return connection.connection.cursor()


def _for_sqlite(rows: Iterable[Row]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        yield tuple(
            db.driver_time(value, "sqlite") if isinstance(value, datetime) else value
            for value in row
        )
