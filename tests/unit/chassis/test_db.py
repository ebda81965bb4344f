"""What is shared above both engines."""

import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest
import sqlalchemy as sa
from psycopg2 import errorcodes
from sqlalchemy import exc

from chassis import db, sqlite

ROOT = Path(__file__).resolve().parents[3]
metadata = db.new_metadata()
declaration = sa.Table(
    "declaration",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("body", sa.Text),
    sa.Column("year", sa.Integer),
    sa.Column("state", sa.Text),
    sa.UniqueConstraint("body", "year"),
)
sa.Index(
    "uq_declaration_live",
    declaration.c.state,
    unique=True,
    sqlite_where=declaration.c.state == "LIVE",
)
PLAIN_PROGRAM = """
import sys, threading
from chassis.clock import SystemClock
from chassis.context import Call
from chassis.uow import Database
from chassis import tables

database = Database(sys.argv[1], service="standards", clock=SystemClock())
with database.writer.begin() as connection:
    tables.metadata.create_all(connection)

def work():
    for _ in range(20):
        with database.transaction() as tx:
            tx.audit("worked", object_id="x")

threads = [threading.Thread(target=work) for _ in range(5)]
for thread in threads: thread.start()
for thread in threads: thread.join()
with database.read() as session:
    print(session.execute(tables.audit.select()).fetchall().__len__(), "eventlet" in sys.modules)
"""


class TransientError(psycopg2.OperationalError):
    pgcode = errorcodes.LOCK_NOT_AVAILABLE


class LastingError(psycopg2.ProgrammingError):
    pgcode = errorcodes.UNDEFINED_TABLE


def insert(tmp_path: Path, *rows: dict[str, object]) -> exc.IntegrityError:
    engine = db.new_engine(f"sqlite:///{tmp_path}/x.db")
    with engine.begin() as connection:
        metadata.create_all(connection)
    with pytest.raises(exc.IntegrityError) as caught, engine.begin() as connection:
        connection.execute(sa.insert(declaration), list(rows))
    engine.dispose()
    return caught.value


class TestUniqueViolation:
    def test_knows_the_columns_of_a_constraint(self, tmp_path: Path) -> None:
        error = insert(tmp_path, {"body": "Q", "year": 1}, {"body": "Q", "year": 1})

        assert db.unique_violation(error, "uq_declaration_body_year")
        assert not db.unique_violation(error, "uq_declaration_live")
        assert not db.unique_violation(error, "uq_nothing")

    def test_knows_an_index(self, tmp_path: Path) -> None:
        error = insert(tmp_path, {"state": "LIVE"}, {"state": "LIVE"})

        assert db.unique_violation(error, "uq_declaration_live")

    def test_knows_a_primary_key(self, tmp_path: Path) -> None:
        error = insert(tmp_path, {"id": 1}, {"id": 1})

        assert db.unique_violation(error, "pk_declaration")

    def test_is_not_another_error(self) -> None:
        error = exc.IntegrityError("x", {}, Exception("NOT NULL constraint failed: a.b"))

        assert not db.unique_violation(error, "uq_a_b")
        assert not db.unique_violation(ValueError(), "uq_a_b")


class TestIsUnavailable:
    @pytest.mark.parametrize(
        ("error", "expected"),
        [
            (exc.TimeoutError(), True),
            (sqlite.LockTimeoutError(), True),
            (exc.OperationalError("x", {}, TransientError()), True),
            (exc.OperationalError("x", {}, psycopg2.OperationalError("no route")), True),
            (exc.InterfaceError("x", {}, psycopg2.InterfaceError("closed")), True),
            (exc.ProgrammingError("x", {}, LastingError()), False),
            (exc.ProgrammingError("x", {}, None, connection_invalidated=True), True),
            (exc.InvalidRequestError("x"), False),
            (ValueError(), False),
        ],
        ids=repr,
    )
    def test_tells_trouble_from_mistakes(self, error: Exception, *, expected: bool) -> None:
        assert db.is_unavailable(error) is expected


class TestDatabase:
    def test_works_without_green_threads(self, tmp_path: Path) -> None:
        done = subprocess.run(
            [sys.executable, "-c", PLAIN_PROGRAM, f"sqlite:///{tmp_path}/x.db"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

        assert done.stdout.split() == ["100", "False"], done.stderr


class TestJsonText:
    def test_keeps_values_and_refuses_nan(self, tmp_path: Path) -> None:
        table = sa.Table("sample", sa.MetaData(), sa.Column("value", db.JsonText))
        engine = db.new_engine(f"sqlite:///{tmp_path}/x.db")

        with engine.begin() as connection:
            table.create(connection)
            connection.execute(sa.insert(table), [{"value": {"标": [1, None]}}, {"value": None}])
            stored = connection.execute(sa.select(table.c.value)).scalars().all()
        engine.dispose()

        assert stored == [{"标": [1, None]}, None]
        with pytest.raises(ValueError, match="JSON"):
            db.dump_json(float("nan"))
