"""Bring generated rows into a database: COPY on PostgreSQL, many rows at once on SQLite."""

from concurrent import futures

import sqlalchemy as sa

from chassis import bulk, db
from services.standards.models import Base, CatalogueStandard, Declaration
from tools.generate_declarations.histories import ISSUER, Plan, generate_batches
from tools.generate_declarations.rows import TABLES, Batch, columns_of, table_of


class NotEmptyError(RuntimeError):
    """The database holds declarations already."""


def load_declarations(url: str, plan: Plan, *, replaces: bool = False) -> int:
    """Fill a migrated database of ``standards``; return how many rows were written.

    With ``replaces`` all declarations that it holds are deleted first.

    Raises:
        NotEmptyError: it holds some, and they are not to be replaced.
    """
    engine = db.new_engine(url)
    try:
        _make_room(engine, replaces=replaces)
        written = _write_all(engine, plan)
        _tidy(engine)
    finally:
        engine.dispose()
    return written


def _write_all(engine: sa.Engine, plan: Plan) -> int:
    """Write one batch while the next is made; more than these two are never held."""
    written = 0
    with futures.ThreadPoolExecutor(1) as writer:
        pending: futures.Future[int] | None = None
        for batch in generate_batches(plan):
            written += pending.result() if pending else 0
            pending = writer.submit(_write, engine, batch)
        return written + (pending.result() if pending else 0)


def _write(engine: sa.Engine, batch: Batch) -> int:
    with engine.begin() as connection:
        _take_time(connection)
        for name in TABLES:
            bulk.insert_rows(connection, table_of(name), columns_of(name), batch.rows[name])
    return sum(map(len, batch.rows.values()))


def _make_room(engine: sa.Engine, *, replaces: bool) -> None:
    with engine.begin() as connection:
        _take_time(connection)
        found = connection.execute(sa.select(Declaration.id).limit(1)).first()
        if found is None:
            return
        if not replaces:
            raise NotEmptyError("the database holds declarations already")
        _delete_all(connection)


def _delete_all(connection: sa.Connection) -> None:
    doomed = [*_dependents(), table_of("number_claims"), table_of("record_counters")]
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in doomed)
        connection.exec_driver_sql(f"TRUNCATE {names}")
    else:
        for table in doomed:
            connection.execute(sa.delete(table))
    connection.execute(sa.delete(CatalogueStandard).where(CatalogueStandard.issued_by == ISSUER))


def _dependents() -> list[sa.Table]:
    """Return the declarations, and before them whatever refers to them, however indirectly."""
    found = {Declaration.__tablename__}
    for table in Base.metadata.sorted_tables:
        if {key.column.table.name for key in table.foreign_keys} & found:
            found.add(table.name)
    return [table for table in reversed(Base.metadata.sorted_tables) if table.name in found]


def _tidy(engine: sa.Engine) -> None:
    """Leave the statistics that a database has which was filled over years."""
    with engine.begin() as connection:
        _take_time(connection)
        connection.exec_driver_sql("ANALYZE")


def _take_time(connection: sa.Connection) -> None:
    """Let statements take longer than those of a service may; nobody waits for the disk."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
