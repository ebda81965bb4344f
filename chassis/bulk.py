"""Write many rows in one statement: COPY or one INSERT on PostgreSQL, prepared rows on SQLite.

Values are those of the driver: texts, numbers, booleans, None and aware datetimes.
"""

import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa
from psycopg2 import extensions, extras

from chassis import db

Row = Sequence[Any]

_PAGE: Final = 1000
_PIECE: Final = 1 << 16
_NULL: Final = "\\N"
_ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def can_copy(connection: sa.Connection) -> bool:
    """Tell whether there is COPY: on PostgreSQL, but it cannot wait where threads are green."""
    is_postgres = connection.dialect.name == "postgresql"
    return is_postgres and extensions.get_wait_callback() is None


def insert_rows(
    connection: sa.Connection, table: sa.Table, columns: Sequence[str], rows: Sequence[Row]
) -> None:
    """Insert rows whose values stand in the order of ``columns``."""
    if not rows:
        return
    names = ", ".join(columns)
    if connection.dialect.name != "postgresql":
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks})",  # noqa: S608 - our own names
            list(_for_sqlite(rows)),
        )
        return
    with _cursor(connection) as cursor:
        if can_copy(connection):
            cursor.copy_expert(f"COPY {table.name} ({names}) FROM STDIN", Stream(rows))
        else:
            statement = f"INSERT INTO {table.name} ({names}) VALUES %s"  # noqa: S608 - our own names
            extras.execute_values(cursor, statement, rows, page_size=_PAGE)


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
