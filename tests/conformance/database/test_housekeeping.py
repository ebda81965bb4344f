"""What every service does by the way: old rows go, audited rows are sealed, their end is told."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy import exc

from chassis import audit, counters, tables
from chassis.context import Actor, Call, serving
from chassis.errors import InvalidArgumentsError
from chassis.housekeeping import BATCH, Housekeeper
from chassis.uow import Database
from tests.fakes.sample_database import MovableClock

FILER = Call(actor=Actor("user:1", enterprise_id="ent-1"))


def housekeeper(database: Database, holder: str = "one", *, has_log: bool = False) -> Housekeeper:
    return Housekeeper(database, holder, has_public_log=has_log)


def write_audit(database: Database, number: int, call: Call = FILER) -> None:
    with serving(call), database.transaction() as tx:
        tx.audit("declaration.published", object_id=f"d{number}", details={"number": str(number)})


def rows_of(database: Database, table: sa.Table) -> int:
    with database.read() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(table)) or 0


class TestPurge:
    def test_takes_as_many_batches_as_it_needs(
        self, database: Database, clock: MovableClock
    ) -> None:
        many = BATCH + 20
        with database.transaction() as tx:
            tx.session.execute(
                sa.insert(tables.counters),
                [
                    {"key": f"k{number}", "count": 1, "expires_at": tx.now()}
                    for number in range(many)
                ],
            )
        counters.hit(database, "still counted", 5, timedelta(hours=3))
        clock.moved += timedelta(hours=1)

        assert housekeeper(database).purge() == many
        assert rows_of(database, tables.counters) == 1

    def test_keeps_the_newest_public_event(self, database: Database, clock: MovableClock) -> None:
        with database.transaction() as tx:
            for position in (1, 2, 3):
                tx.session.execute(
                    sa.insert(tables.public_log).values(
                        position=position, event_id=f"e{position}", type="t", subject="s",
                        body="{}", recorded_at=tx.now(),
                    )
                )  # fmt: skip
        clock.moved += timedelta(days=500)

        assert housekeeper(database).purge() == 0
        assert housekeeper(database, has_log=True).purge() == 2
        assert rows_of(database, tables.public_log) == 1

    @pytest.mark.proves("F19")
    def test_never_touches_what_was_audited(self, database: Database, clock: MovableClock) -> None:
        write_audit(database, 1)
        keeper = housekeeper(database, has_log=True)
        keeper.seal_audit()
        clock.moved += timedelta(days=3650)

        keeper.purge()

        assert [row["object_id"] for row in keeper.read_audit()["rows"]] == ["d1"]
        with pytest.raises(exc.DBAPIError), database.transaction() as tx:
            tx.session.execute(sa.delete(tables.audit))


@pytest.mark.proves("F18")
class TestSealAudit:
    def test_seals_everything_once(self, database: Database) -> None:
        for number in range(7):
            write_audit(database, number)

        assert housekeeper(database).seal_audit() == 7
        assert housekeeper(database).seal_audit() == 0
        with database.read() as session:
            assert audit.head(session).sequence == 7
            assert audit.verify(session) is None

    def test_one_of_two_replicas_does_it(self, database: Database) -> None:
        write_audit(database, 1)
        assert housekeeper(database, "one").seal_audit() == 1
        write_audit(database, 2)

        assert housekeeper(database, "two").seal_audit() == 0
        assert housekeeper(database, "one").seal_audit() == 1

    def test_its_end_is_told_to_accounts(self, database: Database) -> None:
        housekeeper(database).note_audit_head()
        assert rows_of(database, tables.outbox) == 0
        write_audit(database, 1)
        housekeeper(database).seal_audit()

        housekeeper(database).note_audit_head()

        with database.read() as session:
            row = session.execute(sa.select(tables.outbox)).one()
            head = audit.head(session)
        assert (row.service, row.name) == ("accounts", "note_audit_head.v1")
        assert f'"hash":"{head.hash}"' in row.body
        assert '"sequence":1' in row.body


class TestReadAudit:
    def test_returns_what_is_wanted_page_by_page(self, database: Database) -> None:
        other = Call(actor=Actor("user:2", enterprise_id="ent-2"))
        for number in range(4):
            write_audit(database, number, FILER if number % 2 else other)
        keeper = housekeeper(database)
        keeper.seal_audit()

        first = keeper.read_audit(limit=1, enterprise_id="ent-1")
        second = keeper.read_audit(after=first["next_after"], enterprise_id="ent-1")

        assert [row["object_id"] for row in first["rows"]] == ["d1"]
        assert [row["object_id"] for row in second["rows"]] == ["d3"]
        assert second["rows"][0]["actor"] == "user:1"
        assert second["rows"][0]["details"] == {"number": "3"}

    def test_returns_the_newest_first_before_a_number(self, database: Database) -> None:
        for number in range(4):
            write_audit(database, number, FILER)
        keeper = housekeeper(database)
        keeper.seal_audit()

        first = keeper.read_audit(before=2**62, limit=3)
        second = keeper.read_audit(before=first["next_after"])

        assert [row["object_id"] for row in first["rows"]] == ["d3", "d2", "d1"]
        assert [row["object_id"] for row in second["rows"]] == ["d0"]
        assert keeper.read_audit(before=second["next_after"])["rows"] == []

    def test_shows_only_what_is_sealed(self, database: Database) -> None:
        write_audit(database, 1)

        assert housekeeper(database).read_audit() == {"rows": [], "next_after": 0}

    @pytest.mark.parametrize(
        "wanted",
        [
            {"limit": 0},
            {"limit": 501},
            {"after": "1"},
            {"before": -1},
            {"actor": 5},
            {"nobody": "x"},
        ],
    )
    def test_refuses_what_it_does_not_know(
        self, database: Database, wanted: dict[str, object]
    ) -> None:
        with pytest.raises(InvalidArgumentsError):
            housekeeper(database).read_audit(**wanted)
