"""Commands: one effect and one answer, however often the request arrives."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import eventlet
import pytest
import sqlalchemy as sa

from chassis import idempotency, tables
from chassis.context import Actor, Call
from chassis.errors import DomainError, IdempotencyMismatchError
from chassis.uow import Database, Transaction
from contracts.events import DECLARATION_PUBLISHED
from tests.fakes.sample_database import Account, MovableClock

Count = Callable[[object], int]
CALL = Call(actor=Actor("user:1"), idempotency_key="3f0c9a52-key")


class RefusedError(DomainError):
    code = "test.refused"


def open_account(*, tx: Transaction, username: str, **_: Any) -> dict[str, Any]:
    account = Account(username=username)
    tx.session.add(account)
    tx.session.flush()
    tx.emit(DECLARATION_PUBLISHED, subject=username, sequence=1, data={})
    return {"id": account.id, "limits": (1, 2)}


class TestCommand:
    def test_gives_the_first_answer_again(self, database: Database, count: Count) -> None:
        first = database.command(CALL, open_account, username="ada")
        second = database.command(replace(CALL, request_id="other"), open_account, username="ada")

        assert first == second == {"id": 1, "limits": [1, 2]}
        assert count(Account) == 1
        assert count(tables.outbox) == 1

    @pytest.mark.proves("C1")
    def test_takes_fifty_equal_requests_at_once_as_one(
        self, database: Database, count: Count
    ) -> None:
        pool = eventlet.GreenPool(50)

        answers = list(
            pool.imap(lambda _: database.command(CALL, open_account, username="ada"), range(50))
        )

        assert answers == [{"id": 1, "limits": [1, 2]}] * 50
        assert count(Account) == 1
        assert count(tables.outbox) == 1

    def test_uses_the_request_id_without_a_key(self, database: Database, count: Count) -> None:
        call = Call(request_id="0199c2f4-0000-7000-8000-000000000001")

        answers = [database.command(call, open_account, username="ada") for _ in range(2)]

        assert answers[0] == answers[1]
        assert count(Account) == 1

    @pytest.mark.parametrize(
        "arguments", [{"username": "bob"}, {"username": "ada", "note": "more"}]
    )
    def test_refuses_the_key_for_another_request(
        self, database: Database, count: Count, arguments: dict[str, str]
    ) -> None:
        database.command(CALL, open_account, username="ada")

        with pytest.raises(IdempotencyMismatchError):
            database.command(CALL, open_account, **arguments)

        assert count(Account) == 1

    def test_keeps_actors_apart(self, database: Database) -> None:
        other = replace(CALL, actor=Actor("user:2"))

        first = database.command(CALL, open_account, username="ada")
        second = database.command(other, open_account, username="bob")

        assert first != second

    def test_does_not_remember_a_refusal(self, database: Database, count: Count) -> None:
        def refuse(*, tx: Transaction) -> None:
            open_account(tx=tx, username="ada")
            raise RefusedError

        for _ in range(2):
            with pytest.raises(RefusedError):
                database.command(CALL, refuse)

        assert count(tables.idempotency) == 0
        assert count(Account) == 0

    def test_forgets_after_a_day(
        self, database: Database, clock: MovableClock, count: Count
    ) -> None:
        database.command(CALL, open_account, username="ada")

        clock.moved = timedelta(hours=24, seconds=1)
        database.command(CALL, open_account, username="bob")

        assert count(Account) == 2
        assert count(tables.idempotency) == 1

    def test_stores_neither_the_key_nor_a_guessable_hash(self, database: Database) -> None:
        database.command(CALL, open_account, username="13800138000")
        other = replace(CALL, idempotency_key="another")

        database.command(other, open_account, username="13800138000 ")

        with database.read() as session:
            rows = session.execute(sa.select(tables.idempotency)).all()
        assert len({row.request_hash for row in rows}) == 2
        assert not any(str(CALL.idempotency_key) in str(tuple(row)) for row in rows)


class TestPurge:
    def test_removes_old_answers_in_batches(
        self, database: Database, clock: MovableClock, count: Count
    ) -> None:
        for number in range(3):
            call = Call(idempotency_key=f"key{number}")
            database.command(call, open_account, username=f"user{number}")
        clock.moved = timedelta(days=2)

        with database.transaction() as tx:
            removed = idempotency.purge(tx.session, now=tx.now(), limit=2)

        assert removed == 2
        assert count(tables.idempotency) == 1


class TestIdentify:
    def test_leaves_ports_and_the_caller_out(self) -> None:
        first = idempotency.identify(CALL, "open", {"n": 1, "port": object(), "actor": CALL.actor})
        second = idempotency.identify(CALL, "open", {"n": 1, "port": object(), "call": CALL})

        assert first == second

    def test_looks_into_values_of_all_kinds(self) -> None:
        @dataclass
        class Draft:
            title: str
            parts: tuple[int, ...]

        def hash_of(value: Any) -> str:
            return idempotency.identify(CALL, "save", {"draft": value}).request_hash

        assert hash_of(Draft("a", (1, 2))) == hash_of(Draft("a", (1, 2)))
        assert hash_of(Draft("a", (1, 2))) != hash_of(Draft("a", (1, 3)))
        assert hash_of({"b", "a"}) == hash_of({"a", "b"})
        assert hash_of(b"1") != hash_of(b"2")
        assert hash_of(timedelta(1)) != hash_of(timedelta(2))
