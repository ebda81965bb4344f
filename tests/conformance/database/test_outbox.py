"""The outbox: what is announced with a change is sent after it, once, in order."""

import json
from collections.abc import Callable
from datetime import timedelta

import eventlet
import pytest
import sqlalchemy as sa

from chassis import ids, leases, outbox, tables
from chassis.context import Call, serving
from chassis.errors import DatabaseUnavailableError
from chassis.schemas import ContractError
from chassis.uow import Database, Transaction
from contracts.events import DECLARATION_PUBLISHED, ORGANIZATION_UPDATED, SEND_SMS
from tests.fakes.engines import only_postgres
from tests.fakes.sample_database import MovableClock

Count = Callable[[object], int]


def emit(database: Database, subject: str = "d1", sequence: int = 1, data: object = None) -> str:
    with database.transaction() as tx:
        return tx.emit(
            DECLARATION_PUBLISHED, subject=subject, sequence=sequence, data={"title": data}
        )


def claim(database: Database, limit: int = 50) -> list[outbox.Message]:
    with database.transaction() as tx:
        return outbox.claim_batch(tx.session, limit)


def place(database: Database, limit: int = 50) -> list[outbox.Message]:
    with database.transaction() as tx:
        messages = outbox.claim_batch(tx.session, limit)
        return outbox.assign_positions(tx.session, messages, now=tx.now())


def send(database: Database, messages: list[outbox.Message]) -> None:
    with database.transaction() as tx:
        outbox.mark_sent(tx.session, messages, now=tx.now())


class TestEmit:
    def test_writes_a_cloud_event(self, database: Database) -> None:
        call = Call()

        with serving(call):
            event_id = emit(database, data="钢管")

        (message,) = claim(database)
        envelope = json.loads(message.body)
        assert ids.is_id(event_id)
        assert {name: envelope[name] for name in ("specversion", "id", "source", "type")} == {
            "specversion": "1.0",
            "id": event_id,
            "source": "/services/standards",
            "type": "cn.qibiao.declaration.published.v1",
        }
        assert envelope["traceparent"] == call.traceparent
        assert envelope["time"].endswith("Z")
        assert (envelope["subject"], envelope["sequence"]) == ("d1", 1)
        assert envelope["data"] == {"title": "钢管"}
        assert (message.service, message.name) == ("standards", "declaration.published.v1")
        assert message.type == envelope["type"]
        assert message.is_public
        assert not message.is_command

    def test_writes_nothing_when_the_transaction_fails(
        self, database: Database, count: Count
    ) -> None:
        with pytest.raises(ZeroDivisionError), database.transaction() as tx:  # noqa: PT012 - one block
            tx.emit(DECLARATION_PUBLISHED, subject="d1", sequence=1, data={})
            tx.audit("published", object_id="d1")
            raise ZeroDivisionError

        assert count(tables.outbox) == count(tables.audit) == 0

    def test_refuses_the_event_of_another_service(self, database: Database) -> None:
        with pytest.raises(ValueError, match="registry"), database.transaction() as tx:
            tx.emit(ORGANIZATION_UPDATED, subject="o1", sequence=1, data={})

    def test_refuses_what_is_too_large_to_log(self, database: Database) -> None:
        with pytest.raises(ValueError, match="larger"):
            emit(database, data="字" * 50_000)

    def test_refuses_data_that_break_the_contract(
        self, make_database: Callable[..., Database], count: Count
    ) -> None:
        database = make_database(validate_events=True)

        with pytest.raises(ContractError):
            emit(database, data=7)

        assert count(tables.outbox) == 0

    def test_keeps_the_order_of_one_transaction(self, database: Database) -> None:
        with database.transaction() as tx:
            for sequence in range(1, 6):
                tx.emit(DECLARATION_PUBLISHED, subject="d1", sequence=sequence, data={})

        assert [json.loads(row.body)["sequence"] for row in claim(database)] == [1, 2, 3, 4, 5]


class TestSend:
    def test_writes_a_command_with_its_request_id(
        self, database: Database, clock: MovableClock
    ) -> None:
        request_id = ids.new_id()

        with database.transaction() as tx:
            tx.send(SEND_SMS, {}, expires_in=timedelta(minutes=5), request_id=request_id)

        (message,) = claim(database)
        envelope = json.loads(message.body)
        assert message.is_command
        assert (message.service, message.name) == ("notify", "send_sms.v1")
        assert envelope["id"] == message.event_id == request_id
        assert envelope["source"] == "/services/standards"
        assert message.expires_at is not None
        assert abs(message.expires_at - clock.now() - timedelta(minutes=5)) < timedelta(seconds=5)
        assert envelope["expiretime"] == outbox.format_time(message.expires_at)

    def test_is_forgotten_once_sent(self, database: Database, count: Count) -> None:
        with database.transaction() as tx:
            tx.send(SEND_SMS, {})

        send(database, claim(database))

        assert count(tables.outbox) == 0


class TestWakeups:
    def test_come_after_a_commit_with_messages(self, database: Database) -> None:
        seen: list[int] = []
        database.wakeups.add(lambda: seen.append(len(claim(database))))

        emit(database)
        with database.transaction() as tx:
            tx.audit("looked", object_id="d1")

        assert seen == [1]

    def test_stop_when_no_longer_wanted(self, database: Database) -> None:
        seen: list[int] = []

        def note() -> None:
            seen.append(1)

        database.wakeups.add(note)
        database.wakeups.remove(note)
        database.wakeups.remove(note)
        emit(database)

        assert seen == []

    @only_postgres
    def test_reach_other_processes(self, database: Database) -> None:
        listener = database.listener()
        assert listener is not None

        first = listener.wait(1)
        silence = listener.wait(0.05)
        eventlet.spawn_after(0.05, emit, database)
        heard = listener.wait(2)
        listener.close()

        assert (first, silence, heard) == (True, False, True)

    @only_postgres
    def test_are_heard_again_after_the_connection_was_lost(self, database: Database) -> None:
        listener = database.listener()
        assert listener is not None
        listener.wait(1)
        kill = sa.text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND application_name = 'qibiao-listener'"
        )
        with database.transaction() as tx:
            tx.session.execute(kill)

        with pytest.raises(DatabaseUnavailableError):
            listener.wait(2)
        reopened = listener.wait(1)
        emit(database)
        heard = listener.wait(2)
        listener.close()

        # What was missed meanwhile is not known: opening counts as having heard something.
        assert (reopened, heard) == (True, True)


class TestClaim:
    def test_gives_the_unsent_in_order_and_no_more_than_asked(self, database: Database) -> None:
        emitted = [emit(database, sequence=number) for number in range(1, 6)]
        send(database, claim(database)[:1])

        assert [message.event_id for message in claim(database, limit=3)] == emitted[1:4]

    @only_postgres
    def test_leaves_what_another_relay_has_claimed(self, database: Database) -> None:
        emitted = [emit(database, sequence=number) for number in range(1, 5)]

        with database.transaction() as tx:
            first = outbox.claim_batch(tx.session, 2)
            second = eventlet.spawn(claim, database).wait()

        assert [message.event_id for message in first] == emitted[:2]
        assert [message.event_id for message in second] == emitted[2:]

    def test_tells_how_much_waits(self, database: Database) -> None:
        with database.read() as session:
            before = (outbox.has_unsent(session), outbox.backlog(session))
        emit(database)
        emit(database)

        with database.read() as session:
            after = (outbox.has_unsent(session), outbox.backlog(session))

        assert before == (False, outbox.Backlog(0, None))
        assert after[0]
        assert after[1].depth == 2
        assert after[1].oldest_at is not None


class TestPositions:
    def test_are_contiguous_and_inside_the_envelope(self, database: Database) -> None:
        for number in range(1, 4):
            emit(database, sequence=number)

        placed = place(database, 2)
        send(database, placed)
        placed += place(database, 2)

        assert [message.position for message in placed] == [1, 2, 3]
        assert [json.loads(message.body)["position"] for message in placed] == [1, 2, 3]
        with database.read() as session:
            logged = session.execute(sa.select(tables.public_log.c.position)).scalars().all()
        assert logged == [1, 2, 3]

    def test_stay_the_same_after_a_crash(self, database: Database, count: Count) -> None:
        emit(database)
        emit(database)

        before_crash = place(database)
        after_crash = place(database)

        assert before_crash == after_crash
        assert count(tables.public_log) == 2

    def test_are_not_used_up_by_a_rollback(self, database: Database) -> None:
        emit(database)
        with pytest.raises(ZeroDivisionError), database.transaction() as tx:  # noqa: PT012 - one block
            outbox.assign_positions(tx.session, outbox.claim_batch(tx.session), now=tx.now())
            raise ZeroDivisionError

        assert [message.position for message in place(database)] == [1]

    def test_are_only_for_public_events(self, database: Database, count: Count) -> None:
        with database.transaction() as tx:
            tx.send(SEND_SMS, {})

        (message,) = place(database)

        assert message.position is None
        assert count(tables.public_log) == 0

    def test_stay_contiguous_with_two_relays(self, database: Database) -> None:
        for number in range(1, 41):
            emit(database, sequence=number)
        with database.transaction() as tx:
            leases.acquire(tx, "relay", "first", timedelta(minutes=1))
        placed: list[int | None] = []

        def relay(holder: str) -> None:
            for _ in range(10):
                with database.transaction() as tx:
                    if not leases.holds(tx, "relay", holder):
                        continue
                    messages = outbox.claim_batch(tx.session, 4)
                    messages = outbox.assign_positions(tx.session, messages, now=tx.now())
                    outbox.mark_sent(tx.session, messages, now=tx.now())
                placed.extend(message.position for message in messages)

        threads = [eventlet.spawn(relay, holder) for holder in ("first", "second")]
        for thread in threads:
            thread.wait()

        assert placed == list(range(1, 41))


class TestPurge:
    def test_keeps_what_is_young_or_unsent(
        self, database: Database, clock: MovableClock, count: Count
    ) -> None:
        for number in range(1, 5):
            emit(database, sequence=number)
        send(database, claim(database, 3))
        clock.moved = timedelta(days=8)
        emit(database)
        send(database, claim(database)[-1:])

        with database.transaction() as tx:
            removed = [outbox.purge(tx.session, now=tx.now(), limit=2) for _ in range(3)]

        assert removed == [2, 1, 0]
        assert count(tables.outbox) == 2

    def test_never_reuses_a_position(self, database: Database, clock: MovableClock) -> None:
        for number in range(1, 4):
            emit(database, sequence=number)
        send(database, place(database))
        clock.moved = timedelta(days=401)

        with database.transaction() as tx:
            removed = outbox.purge_public_log(tx.session, now=tx.now())
        emit(database)

        assert removed == 2
        assert [message.position for message in place(database)] == [4]


class TestOrder:
    @pytest.mark.proves("A12")
    def test_of_one_aggregate_follows_its_versions(self, database: Database) -> None:
        """Writers lock the aggregate first: its events get their ids in the order of versions."""
        versions = dict.fromkeys(("d1", "d2", "d3"), 0)

        def write(number: int) -> None:
            subject = f"d{number % 3 + 1}"
            with database.transaction() as tx:
                _lock(tx, subject)
                versions[subject] += 1
                sequence = versions[subject]
                eventlet.sleep(0.001 * (number % 5))
                tx.emit(DECLARATION_PUBLISHED, subject=subject, sequence=sequence, data={})

        list(eventlet.GreenPool(6).imap(write, range(45)))

        for subject in versions:
            sequences = [
                json.loads(message.body)["sequence"]
                for message in claim(database, 100)
                if message.subject == subject
            ]
            assert sequences == list(range(1, 16))


def _lock(tx: Transaction, subject: str) -> None:
    leases.acquire(tx, subject, "writer", timedelta(minutes=1))


class TestCost:
    def test_of_an_announcement_is_one_statement_on_postgresql(self, database: Database) -> None:
        """Events, audit rows and the notification go to the server together."""
        seen: list[str] = []
        sa.event.listen(
            database.writer,
            "before_cursor_execute",
            lambda _connection, _cursor, statement, *_: seen.append(statement),
        )

        with database.transaction() as tx:
            tx.emit(DECLARATION_PUBLISHED, subject="d1", sequence=1, data={})
            tx.send(SEND_SMS, {})
            tx.audit("published", object_id="d1")

        inserts = [statement for statement in seen if "INSERT" in statement]
        assert len(inserts) == (1 if database.is_postgres else 3)
        assert len([statement for statement in seen if "BEGIN" not in statement]) == len(inserts)
