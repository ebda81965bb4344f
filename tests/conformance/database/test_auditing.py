"""What operators do with the audit log: check it against kept ends, take rows out."""

import json

import pytest

from chassis import auditing
from chassis.audit import Head
from chassis.context import Actor, Call, serving
from chassis.housekeeping import Housekeeper
from chassis.uow import Database

ACTOR = Call(actor=Actor("user:1"))


@pytest.fixture
def sealed(database: Database) -> Database:
    """Return the database with six sealed rows."""
    for number in range(6):
        with serving(ACTOR), database.transaction() as tx:
            tx.audit("declaration.published", object_id=f"d{number}")
    Housekeeper(database, "one", has_public_log=False).seal_audit()
    return database


def heads_of(database: Database) -> list[Head]:
    lines = [json.loads(line) for line in auditing.export(database, 3)]
    return [Head(line["sequence"], line["hash"]) for line in lines]


@pytest.mark.proves("F18")
class TestVerify:
    def test_a_chain_that_fits_its_kept_ends(self, sealed: Database) -> None:
        said: list[str] = []

        assert auditing.verify({"standards": sealed}, {"standards": heads_of(sealed)}, said.append)

        assert said == ["standards: whole, 6 rows, 3 kept ends fit\n"]

    def test_a_chain_made_anew_does_not_fit(self, sealed: Database) -> None:
        said: list[str] = []
        kept = {"standards": [Head(5, "0" * 64)]}

        assert not auditing.verify({"standards": sealed}, kept, said.append)

        assert said == ["standards: BROKEN at 5 of 6\n"]

    def test_a_tail_that_was_cut_off_shows(self, sealed: Database) -> None:
        said: list[str] = []

        assert not auditing.verify({"a": sealed}, {"a": [Head(9, "f" * 64)]}, said.append)

        assert said == ["a: BROKEN at 7 of 6\n"]


class TestExport:
    def test_goes_on_after_a_number_page_by_page(
        self, sealed: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(auditing, "_PAGE", 2)

        lines = [json.loads(line) for line in auditing.export(sealed, 1)]

        assert [line["sequence"] for line in lines] == [2, 3, 4, 5, 6]
        assert {line["actor"] for line in lines} == {"user:1"}


class TestHeadsFile:
    def test_is_read_by_service(self) -> None:
        lines = ['{"service": "search", "sequence": 3, "hash": "ab", "noted_at": "…"}\n'] * 2

        assert auditing.read_heads(lines) == {"search": [Head(3, "ab")] * 2}

    def test_a_bad_line_is_named(self) -> None:
        with pytest.raises(ValueError, match="line 2 "):
            auditing.read_heads(['{"service": "a", "sequence": 1, "hash": "b"}', "{}"])
