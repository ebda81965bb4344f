"""The audit log: nobody changes it unseen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import eventlet
import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from chassis import audit, tables
from chassis.context import Actor, Call, serving
from chassis.uow import Database

ROWS = tables.audit
CALL = Call(actor=Actor("user:1", enterprise_id="ent-1"))


def write(database: Database, number: int) -> None:
    with serving(CALL), database.transaction() as tx:
        tx.audit("declaration.published", object_id=f"d{number}", details={"标题": "钢管"})


def seal(database: Database) -> int:
    with database.transaction() as tx:
        return audit.seal(tx.session)


def verify(database: Database, *anchors: audit.Head) -> int | None:
    with database.read() as session:
        return audit.verify(session, anchors)


def head(database: Database) -> audit.Head:
    with database.read() as session:
        return audit.head(session)


@contextmanager
def tampering(database: Database) -> Iterator[sa.Connection]:
    """Be someone who owns the database and takes the triggers away."""
    with database.writer.begin() as connection:
        target = " ON audit" if database.is_postgres else ""
        for name in ("audit_keeps_rows", "audit_keeps_content"):
            connection.exec_driver_sql(f"DROP TRIGGER {name}{target}")
        yield connection


@pytest.fixture
def sealed(database: Database) -> Database:
    """Return the database with ten sealed rows."""
    for number in range(1, 11):
        write(database, number)
    seal(database)
    return database


class TestRows:
    def test_tell_who_did_what(self, database: Database) -> None:
        write(database, 1)

        with database.read() as session:
            row = session.execute(sa.select(ROWS)).one()
        assert (row.actor, row.enterprise_id) == ("user:1", "ent-1")
        assert (row.action, row.object_id) == ("declaration.published", "d1")
        assert row.details == '{"标题":"钢管"}'
        assert row.trace_id == CALL.trace_id

    @pytest.mark.parametrize(
        "statement",
        [
            "DELETE FROM audit",
            "UPDATE audit SET action = 'nothing' WHERE id = 3",
            "UPDATE audit SET sequence = 30 WHERE id = 3",
        ],
    )
    @pytest.mark.proves("F18")
    def test_are_kept_by_the_database_itself(self, sealed: Database, statement: str) -> None:
        with pytest.raises(exc.DBAPIError), sealed.transaction() as tx:
            tx.session.execute(sa.text(statement))

        assert verify(sealed) is None

    def test_cannot_be_changed_before_they_are_sealed(self, database: Database) -> None:
        write(database, 1)

        with pytest.raises(exc.DBAPIError), database.transaction() as tx:
            tx.session.execute(sa.update(ROWS).values(actor="user:2"))


class TestSeal:
    def test_makes_one_chain_in_batches(self, database: Database) -> None:
        for number in range(5):
            write(database, number)

        with database.transaction() as tx:
            sealed = [audit.seal(tx.session, limit=2) for _ in range(4)]

        assert sealed == [2, 2, 1, 0]
        assert head(database).sequence == 5
        assert verify(database) is None

    @pytest.mark.proves("F18")
    def test_of_two_hundred_writers_has_no_fork(self, database: Database) -> None:
        pool = eventlet.GreenPool(20)
        sealer = eventlet.spawn(self._seal_until, database, 200)

        list(pool.imap(lambda number: write(database, number), range(200)))
        sealer.wait()

        assert head(database).sequence == 200
        assert verify(database) is None

    def _seal_until(self, database: Database, wanted: int) -> None:
        done = 0
        while done < wanted:
            done += seal(database)
            eventlet.sleep(0.01)

    def test_is_read_in_pages(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(audit, "_PAGE", 3)
        for number in range(7):
            write(database, number)
        seal(database)

        assert verify(database, head(database)) is None


@pytest.mark.proves("F18")
class TestVerify:
    def test_finds_nothing_in_a_whole_chain(self, sealed: Database) -> None:
        assert verify(sealed) is None
        assert verify(sealed, head(sealed)) is None

    def test_names_an_edited_row(self, sealed: Database) -> None:
        with tampering(sealed) as connection:
            connection.execute(sa.update(ROWS).where(ROWS.c.sequence == 4).values(actor="user:2"))

        assert verify(sealed) == 4

    def test_names_a_row_moved_in_time(self, sealed: Database) -> None:
        with sealed.read() as session:
            moment = session.scalar(sa.select(ROWS.c.recorded_at).where(ROWS.c.sequence == 4))

        with tampering(sealed) as connection:
            later = moment + timedelta(microseconds=1)
            connection.execute(
                sa.update(ROWS).where(ROWS.c.sequence == 4).values(recorded_at=later)
            )

        assert verify(sealed) == 4

    def test_names_a_deleted_row(self, sealed: Database) -> None:
        with tampering(sealed) as connection:
            connection.execute(sa.delete(ROWS).where(ROWS.c.sequence == 5))

        assert verify(sealed) == 5

    def test_names_an_inserted_row(self, sealed: Database) -> None:
        with tampering(sealed) as connection:
            # The forger moves the tail up to make room.
            for sequence in range(10, 5, -1):
                connection.execute(
                    sa.update(ROWS).where(ROWS.c.sequence == sequence).values(sequence=sequence + 1)
                )
            source = connection.execute(sa.select(ROWS).where(ROWS.c.sequence == 5)).mappings()
            row = dict(source.one(), id=100, sequence=6, action="forged")
            connection.execute(sa.insert(ROWS).values(**row))

        assert verify(sealed) == 6

    def test_names_rows_that_changed_places(self, sealed: Database) -> None:
        with tampering(sealed) as connection:
            for old, new in ((3, 30), (7, 3), (30, 7)):
                connection.execute(
                    sa.update(ROWS).where(ROWS.c.sequence == old).values(sequence=new)
                )

        assert verify(sealed) == 3

    def test_names_where_the_tail_was_cut_off(self, sealed: Database) -> None:
        noted = head(sealed)

        with tampering(sealed) as connection:
            connection.execute(sa.delete(ROWS).where(ROWS.c.sequence > 8))

        assert verify(sealed) is None
        assert verify(sealed, noted) == 9

    def test_names_a_noted_head_in_a_chain_made_anew(
        self, sealed: Database, count: Callable[[object], int]
    ) -> None:
        noted = head(sealed)
        with tampering(sealed) as connection:
            connection.execute(sa.update(ROWS).values(sequence=None, hash=None, actor="user:2"))
        seal(sealed)

        assert count(ROWS) == 10
        assert verify(sealed) is None
        assert verify(sealed, noted) == 10
