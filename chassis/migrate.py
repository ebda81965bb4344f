"""Schema migrations: one numbered history per service, applied by alembic configured here.

The files are ``services/<service>/migrations/versions/NNNN_verb_noun.py``; the number is the
revision. Each is applied in a transaction of its own together with the note that it was.
"""

import argparse
import atexit
import importlib
import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from chassis import config, db, postgres, sqlite, tables
from chassis.errors import DatabaseUnavailableError

_LOCK_SECONDS: Final = 4
_STATEMENT_SECONDS: Final = 5
_DIGITS: Final = 4


class MigrationError(Exception):
    """Say that a history is not what it should be."""


def upgrade(url: str, service: str) -> list[str]:
    """Bring the database to the newest revision; return the revisions applied.

    Several processes may do this at once: they take turns, and each step is done once.

    Raises:
        MigrationError: the files are misnamed, or the database is newer than they are.
        DatabaseUnavailableError: the database is away, or another migration holds it too long.
    """
    if is_at_head(url, service):
        return []
    applied = []
    with _engine(url) as engine:
        while (revision := _step(engine, service)) is not None:
            applied.append(revision)
    return applied


def is_at_head(url: str, service: str) -> bool:
    """Say whether the database has the newest revision; quick, alembic is not imported.

    Raises:
        DatabaseUnavailableError: the database is away.
    """
    parsed = sa.make_url(url)
    if parsed.drivername in sqlite.DRIVERS and not Path(str(parsed.database)).exists():
        return False
    with _engine(url) as engine, engine.connect() as connection:
        return current(connection, service) == head(service)


def current(connection: sa.Connection, service: str) -> str | None:
    """Return the revision of the database, None when it is empty."""
    name = _version_table(service)
    if not sa.inspect(connection).has_table(name):
        return None
    revision: str | None = connection.scalar(sa.text(f"SELECT version_num FROM {name}"))  # noqa: S608 - a service's name
    return revision


@cache
def head(service: str) -> str:
    """Return the newest revision there is a file for.

    Raises:
        MigrationError: there is none, or the numbers have a gap.
    """
    numbers = sorted(
        path.name[:_DIGITS]
        for path in (_folder(service) / "versions").glob("*.py")
        if path.name[0] != "_"
    )
    if not numbers or numbers != [f"{n:0{_DIGITS}d}" for n in range(1, len(numbers) + 1)]:
        raise MigrationError(f"{service}: migrations are to be numbered from 0001 without a gap")
    return numbers[-1]


@cache
def sqlite_template(service: str) -> Path:
    """Return an empty SQLite file of the service at head, made once per process: for copies."""
    folder = Path(tempfile.mkdtemp(prefix=f"template-{service}-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / f"{service}.db"
    upgrade(f"sqlite:///{path}", service)
    return path


def copy_sqlite(template: Path, path: Path) -> str:
    """Copy a template, which nobody has open, to ``path``; return the URL of the copy."""
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(template, path)
    return f"sqlite:///{path}"


def compare(service: str, engine: sa.Engine, *, except_tables: tuple[str, ...] = ()) -> list[Any]:
    """Return how the database differs from the service's models; empty when they match.

    ``except_tables`` are beginnings of names that models cannot describe: full-text indexes,
    partitions.
    """
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - slow to import, see is_at_head
    from alembic.migration import MigrationContext  # noqa: PLC0415

    models = importlib.import_module(f"services.{service}.models").Base.metadata
    expected = sa.MetaData()
    for table in (*models.sorted_tables, *tables.metadata.sorted_tables):
        table.to_metadata(expected)
    with engine.connect() as connection:
        existing = set(sa.inspect(connection).get_table_names())

        def belongs(table: Any, name: str, kind: str, *_: object) -> bool:  # noqa: ANN401 - alembic's
            del table
            if kind != "table":
                return True
            is_expected = name != "public_log" or name in existing
            return is_expected and not name.startswith(except_tables)

        options = {
            "version_table": _version_table(service),
            "include_object": belongs,
            "compare_type": True,
        }
        context = MigrationContext.configure(connection, opts=options)
        differences: list[Any] = compare_metadata(context, expected)
    return differences


def _step(engine: sa.Engine, service: str) -> str | None:
    """Apply the next revision, if there is one."""
    from alembic.migration import MigrationContext  # noqa: PLC0415 - slow to import, see is_at_head
    from alembic.operations import Operations  # noqa: PLC0415
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    script = ScriptDirectory(str(_folder(service)))
    with _waiting_politely(), engine.begin() as connection:
        _take_turn(connection, service)
        pending = _next(script, current(connection, service), service)
        if pending is None:
            return None
        context = MigrationContext.configure(
            connection, opts={"version_table": _version_table(service)}
        )
        with Operations.context(context):
            pending.module.upgrade()
        context.stamp(script, pending.revision)
        return str(pending.revision)


def _next(script: Any, revision: str | None, service: str) -> Any:  # noqa: ANN401 - alembic's own
    """Return the script after ``revision``, None at the head."""
    newest = head(service)
    if revision == newest:
        return None
    if revision is not None and revision > newest:
        raise MigrationError(
            f"{service}: the database is at {revision}, this program knows {newest}"
        )
    number = f"{int(revision or 0) + 1:0{_DIGITS}d}"
    pending = script.get_revision(number)
    if pending is None or pending.down_revision != revision:
        raise MigrationError(f"{service}: {number} does not follow {revision}")
    return pending


def _take_turn(connection: sa.Connection, service: str) -> None:
    """Wait for other migrations of the service; SQLite's write lock does it by itself."""
    if connection.dialect.name != "postgresql":
        return
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
    connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{_STATEMENT_SECONDS}s'")
    connection.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(_version_table(service))))
    )


@contextmanager
def _engine(url: str) -> Iterator[sa.Engine]:
    """Open the database for a moment, as migrations need it."""
    parsed = sa.make_url(url)
    if parsed.drivername == postgres.DRIVER:
        engine = postgres.new_engine(parsed, read_only=False)
    else:
        # Tables are rebuilt by copy and rename: references must not be followed meanwhile.
        engine = sqlite.new_engine(parsed, read_only=False, threads=False, foreign_keys=False)
    try:
        with _waiting_politely():
            yield engine
    finally:
        engine.dispose()


@contextmanager
def _waiting_politely() -> Iterator[None]:
    try:
        yield
    except Exception as error:
        if db.is_unavailable(error):
            raise DatabaseUnavailableError from error
        raise


def _version_table(service: str) -> str:
    return f"alembic_version_{service}"


def _folder(service: str) -> Path:
    spec = importlib.util.find_spec(f"services.{service}")
    if spec is None or spec.origin is None:
        raise MigrationError(f"there is no service {service!r}")
    return Path(spec.origin).parent / "migrations"


def _url_of(service: str) -> str:
    settings = importlib.import_module(f"services.{service}.config").Settings
    url: str = settings.from_env().database_url
    return url


def main(
    arguments: list[str] | None = None, *, write: Callable[[str], object] = sys.stdout.write
) -> int:
    """Migrate the databases that the settings name: ``python -m chassis.migrate [service…]``."""
    parser = argparse.ArgumentParser(prog="python -m chassis.migrate", description=__doc__)
    parser.add_argument("services", nargs="*", default=list(config.SERVICES))
    for service in parser.parse_args(arguments).services:
        applied = upgrade(_url_of(service), service)
        write(f"{service}: {', '.join(applied) or 'already'} at {head(service)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
