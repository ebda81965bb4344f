"""Migrations: numbered, each once, all or nothing, on both engines."""

import itertools
import secrets
from collections.abc import Callable
from pathlib import Path

import eventlet
import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from chassis import db, migrate
from chassis.migrate import MigrationError

FIRST = """
from alembic import op
import sqlalchemy as sa
from chassis import tables

revision = "0001"
down_revision = None


def upgrade():
    tables.create_plumbing(op)
    op.create_table("note", sa.Column("id", sa.Integer, primary_key=True))
"""
SECOND = """
from alembic import op
import sqlalchemy as sa

revision = "0002"
down_revision = "0001"


def upgrade():
    with op.batch_alter_table("note") as note:
        note.add_column(sa.Column("text", sa.Text))
"""
BROKEN = f"""{SECOND}
    op.drop_table("nowhere")
"""
REBUILD = SECOND.replace(
    "    with op.batch_alter_table(",
    """
    op.create_table("child", sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("note_id", sa.Integer, sa.ForeignKey("note.id", ondelete="CASCADE")))
    op.execute("INSERT INTO note (id) VALUES (1)")
    op.execute("INSERT INTO child (id, note_id) VALUES (1, 1)")
    recreate = "always" if op.get_bind().dialect.name == "sqlite" else "auto"
    with op.batch_alter_table(recreate=recreate, table_name=""",
)


class History:
    """Be the migrations of a service that exists only in this test."""

    def __init__(self, folder: Path) -> None:
        self.service = f"sample_{secrets.token_hex(4)}"
        self.folder = folder
        (folder / "versions").mkdir(parents=True)

    def write(self, name: str, text: str) -> None:
        (self.folder / "versions" / name).write_text(text)
        migrate.head.cache_clear()


@pytest.fixture
def history(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> History:
    history = History(tmp_path / "migrations")
    monkeypatch.setattr(migrate, "_folder", lambda _service: history.folder)
    history.write("0001_create_note.py", FIRST)
    return history


@pytest.fixture
def url(new_database_url: Callable[[str | None], str]) -> str:
    return new_database_url(None)


def tables_of(url: str) -> dict[str, list[str]]:
    engine = db.new_engine(url)
    inspector = sa.inspect(engine)
    found = {
        name: [column["name"] for column in inspector.get_columns(name)]
        for name in inspector.get_table_names()
    }
    engine.dispose()
    return found


class TestUpgrade:
    def test_applies_what_is_new(self, history: History, url: str) -> None:
        first = migrate.upgrade(url, history.service)
        history.write("0002_add_text.py", SECOND)
        is_outdated = not migrate.is_at_head(url, history.service)
        second = migrate.upgrade(url, history.service)

        assert (first, second) == (["0001"], ["0002"])
        assert is_outdated
        assert migrate.is_at_head(url, history.service)
        assert migrate.upgrade(url, history.service) == []
        found = tables_of(url)
        assert found["note"] == ["id", "text"]
        assert {"outbox", "inbox", "leases", "counters", "idempotency", "audit"} <= set(found)
        assert "public_log" not in found
        assert f"alembic_version_{history.service}" in found

    def test_undoes_a_step_that_fails(self, history: History, url: str) -> None:
        migrate.upgrade(url, history.service)
        history.write("0002_add_text.py", BROKEN)

        with pytest.raises(exc.DBAPIError):
            migrate.upgrade(url, history.service)

        assert tables_of(url)["note"] == ["id"]
        history.write("0002_add_text.py", SECOND)
        assert migrate.upgrade(url, history.service) == ["0002"]

    def test_is_done_once_by_several_at_the_same_time(self, history: History, url: str) -> None:
        history.write("0002_add_text.py", SECOND)
        pool = eventlet.GreenPool(4)

        applied = list(pool.imap(lambda _: migrate.upgrade(url, history.service), range(4)))

        assert sorted(itertools.chain(*applied)) == ["0001", "0002"]

    def test_refuses_a_database_that_is_newer(self, history: History, url: str) -> None:
        history.write("0002_add_text.py", SECOND)
        migrate.upgrade(url, history.service)
        (history.folder / "versions" / "0002_add_text.py").unlink()
        migrate.head.cache_clear()

        with pytest.raises(MigrationError, match="0002"):
            migrate.upgrade(url, history.service)

    def test_keeps_rows_of_a_table_that_others_refer_to(self, history: History, url: str) -> None:
        """SQLite rebuilds tables by copying them; references must not cascade meanwhile."""
        history.write("0002_rebuild_note.py", REBUILD)

        migrate.upgrade(url, history.service)

        engine = db.new_engine(url)
        with engine.connect() as connection:
            rows = connection.exec_driver_sql("SELECT count(*) FROM child").scalar()
        engine.dispose()
        assert rows == 1


class TestHead:
    def test_refuses_a_gap(self, history: History) -> None:
        history.write("0003_skip_one.py", SECOND)

        with pytest.raises(MigrationError, match="without a gap"):
            migrate.head(history.service)

    def test_refuses_a_step_that_does_not_follow(self, history: History, url: str) -> None:
        history.write("0002_add_text.py", SECOND.replace('"0001"', "None"))

        with pytest.raises(MigrationError, match="0002"):
            migrate.upgrade(url, history.service)

    def test_of_a_file_that_is_not_there_is_not_reached(
        self, history: History, tmp_path: Path
    ) -> None:
        path = tmp_path / "none.db"

        assert not migrate.is_at_head(f"sqlite:///{path}", history.service)
        assert not path.exists()


class TestTemplate:
    def test_is_copied_for_each_test(self, history: History, tmp_path: Path) -> None:
        template = migrate.sqlite_template(history.service)

        urls = [
            migrate.copy_sqlite(template, tmp_path / "copies" / f"{number}.db")
            for number in range(2)
        ]

        assert migrate.sqlite_template(history.service) == template
        assert all(migrate.is_at_head(url, history.service) for url in urls)


class TestCompare:
    def test_finds_what_migrations_and_models_disagree_on(self, tmp_path: Path) -> None:
        url = migrate.copy_sqlite(migrate.sqlite_template("registry"), tmp_path / "registry.db")
        engine = db.new_engine(url)
        before = migrate.compare("registry", engine)
        with engine.begin() as connection:
            connection.exec_driver_sql("DROP TABLE counters")
            connection.exec_driver_sql("CREATE TABLE stray (id INTEGER PRIMARY KEY)")

        after = {(entry[0], entry[1].name) for entry in migrate.compare("registry", engine)}
        without = {
            (entry[0], entry[1].name)
            for entry in migrate.compare("registry", engine, except_tables=("stray",))
        }
        engine.dispose()

        assert before == []
        assert {("add_table", "counters"), ("remove_table", "stray")} <= after
        assert ("remove_table", "stray") not in without


class TestMain:
    def test_migrates_what_the_settings_name(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REGISTRY_DATABASE_URL", f"sqlite:///{tmp_path}/registry.db")
        written: list[str] = []

        statuses = [migrate.main(["registry"], write=written.append) for _ in range(2)]

        assert statuses == [0, 0]
        assert written[0].startswith("registry: 0001")
        assert written[1] == f"registry: already at {migrate.head('registry')}\n"


class TestUnknownService:
    def test_is_refused(self) -> None:
        with pytest.raises(MigrationError, match="nobody"):
            migrate.upgrade("sqlite:///nowhere.db", "nobody")
