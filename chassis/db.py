"""What every service's tables and queries share, whatever the engine below."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy import exc
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects import sqlite as sqlite_dialect
from sqlalchemy.types import TypeDecorator

from chassis import postgres, sqlite

NAMING: Final[Mapping[str, str]] = {
    "pk": "pk_%(table_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
}

_metadatas: Final[WeakSet[sa.MetaData]] = WeakSet()
_SQLITE_UNIQUE: Final = re.compile(r"UNIQUE constraint failed: (?:index '(?P<index>\w+)'|(.+))")


def new_metadata() -> sa.MetaData:
    """Return metadata whose constraints are named by the convention; one per service."""
    metadata = sa.MetaData(naming_convention=dict(NAMING))
    _metadatas.add(metadata)
    return metadata


class UTCDateTime(TypeDecorator[datetime]):
    """Store aware datetimes and give them back in UTC, also on SQLite, which drops time zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Refuse naive values; SQLite stores UTC without a zone.

        Raises:
            ValueError: the value is naive.
        """
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime: {value!r}")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Return the value aware and in UTC."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class JsonText(TypeDecorator[Any]):
    """Store a JSON value as text, the same on both engines; the order of keys is kept."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:  # noqa: ANN401 - any JSON value
        """Return the compact text."""
        del dialect
        return None if value is None else dump_json(value)

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:  # noqa: ANN401 - any JSON value
        """Return the value."""
        del dialect
        return None if value is None else json.loads(value)


def dump_json(value: object) -> str:
    """Return compact JSON text in UTF-8, not escaped; NaN is refused."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def driver_time(moment: datetime | None, dialect: str) -> datetime | str | None:
    """Return the moment as `UTCDateTime` hands it to the driver, for statements without types."""
    if moment is None or dialect != "sqlite":
        return moment
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def insert_into(table: sa.Table, dialect: str) -> Any:  # noqa: ANN401 - two unrelated classes
    """Return an INSERT that can be told what to do ``on_conflict``, for the engine's dialect."""
    return (postgresql if dialect == "postgresql" else sqlite_dialect).insert(table)


def database_time(name: str, dialect: str) -> sa.ColumnElement[datetime]:
    """Return the database's own time as an expression with one parameter.

    `chassis.transaction.Transaction.time_parameter` gives its value: on PostgreSQL what to add to
    the server's clock, on SQLite, which has none of its own, the moment itself.
    """
    if dialect == "postgresql":
        moment = sa.func.clock_timestamp() + sa.bindparam(name, type_=sa.Interval())
        return sa.type_coerce(moment, UTCDateTime())
    return sa.bindparam(name, type_=UTCDateTime())


def affected(result: sa.Result[Any]) -> int:
    """Return how many rows an INSERT, UPDATE or DELETE touched."""
    return int(getattr(result, "rowcount", 0))


def new_engine(
    url: str, *, read_only: bool = False, threads: bool = True, pool_size: int = 5
) -> sa.Engine:
    """Return an engine with the recipe of its database; its connections only read or only write.

    Raises:
        ValueError: the URL names another driver, or an in-memory database.
    """
    parsed = sa.make_url(url)
    if parsed.drivername == postgres.DRIVER:
        return postgres.new_engine(parsed, read_only=read_only, pool_size=pool_size)
    if parsed.drivername in sqlite.DRIVERS:
        return sqlite.new_engine(parsed, read_only=read_only, threads=threads, pool_size=pool_size)
    raise ValueError(
        f"unknown database driver {parsed.drivername!r}: use {postgres.DRIVER} or sqlite"
    )


def is_unavailable(error: BaseException) -> bool:
    """Say whether the error means that the database is away, too slow or too busy just now."""
    if isinstance(error, exc.TimeoutError | sqlite.LockTimeoutError):
        return True
    if not isinstance(error, exc.DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    original = error.orig
    return original is not None and (
        postgres.is_transient(original) or sqlite.is_transient(original)
    )


def unique_violation(error: BaseException, name: str) -> bool:
    """Say whether ``error`` is the violation of the unique constraint or index called ``name``.

    PostgreSQL names the constraint; SQLite names the columns, which are looked up in the metadata.
    """
    if not isinstance(error, exc.IntegrityError):
        return False
    diagnosed = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
    if diagnosed is not None:
        return bool(diagnosed == name)
    match = _SQLITE_UNIQUE.search(str(error.orig))
    if match is None:
        return False
    if match["index"]:
        return match["index"] == name
    return {column.strip() for column in match[2].split(",")} in _columns_of(name)


def _columns_of(name: str) -> list[set[str]]:
    """Return the columns ("table.column") of everything unique with this name."""
    return [
        {f"{table.name}.{column.name}" for column in unique.columns}
        for metadata in _metadatas
        for table in metadata.tables.values()
        for unique in (*table.constraints, *table.indexes)
        if isinstance(unique, sa.UniqueConstraint | sa.PrimaryKeyConstraint | sa.Index)
        and str(unique.name) == name
    ]
