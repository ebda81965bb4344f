"""Suggestions while typing, and the number that was meant, on both engines."""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import bulk, faults
from chassis.clock import SystemClock
from chassis.faults import InjectedFaultError
from chassis.uow import Database
from services.search.adapters.counting import TermCounter
from services.search.models import index_tables
from services.search.queries.suggestions import (
    MAX_SUGGESTIONS,
    are_all_counted,
    find_meant,
    find_suggestions,
)
from services.search.usecases import terms
from tools.generate_register import Plan, Register

TERMS = index_tables(1).terms
KINDS = ("titles", "products", "enterprises")
Document = dict[str, Any]

TYPED = [
    ("不锈", "不锈钢保温杯"),
    ("保温", "不锈钢保温杯"),
    ("杯", "杯子"),
    ("鋼保溫", "不锈钢保温杯"),
    ("bwb", "不锈钢保温杯"),
    ("buxiu", "不锈钢保温杯"),
    ("永康", "浙江永康器皿有限公司"),
    ("zjyk", "浙江永康器皿有限公司"),
    ("浙江永康器皿有限公司", "浙江永康器皿有限公司"),
    ("杯子", "杯子"),
    ("q/sjx", "Q/SJX 0001S-2020"),
    ("qsjx0001s2020", "Q/SJX 0001S-2020"),
    ("0001", "Q/SJX 0001S-2020"),
    ("Ｑ／ＳＪＸ", "Q/SJX 0001S-2020"),
]
NOT_THERE = ["", " ", "《》", "钢不", "有限公司", "v", "sjx", "99", "\U0010ffff"]
SLIPS = [
    "GB/T 13465",
    "GB/T 1345-2014",
    "GBT13456-2013",
    "gbt 134556",
    "GB 13456",
    "QB/T 13456-2014",
    "GT/B 13456",
    "13465",
    "1345６６",
    "gbt134652014",
]
WILD = ["", "保温杯", "保温杯 13456", "12", "GB/T 55555", "9" * 60]


def document(
    *,
    title: str = "不锈钢保温杯",
    number: str = "Q/SJX 0001S-2020",
    enterprise: str = "浙江永康器皿有限公司",
    generic_names: Sequence[str] = (),
    kind: str = "ENTERPRISE",
) -> Document:
    return {
        "title": title,
        "number": {"text": number},
        "kind": kind,
        "enterprise": {"name": enterprise},
        "products": [{"generic_name": name} for name in generic_names],
    }


@pytest.fixture
def database(new_database_url: Callable[[str | None], str]) -> Iterator[Database]:
    database = Database(new_database_url("search"), service="search", clock=SystemClock())
    yield database
    faults.configure("")
    database.close()


def add(database: Database, *documents: Document) -> None:
    change(database, *((None, entry) for entry in documents))


def change(database: Database, *changes: tuple[Document | None, Document | None]) -> None:
    with database.transaction() as tx:
        bulk.insert_all(tx.session.connection(), [terms.note_terms(1, changes)])
    count(database)


def count(database: Database, most: int = terms.MOST_COUNTED) -> int:
    with database.transaction() as tx:
        return terms.count_noted(tx=tx, most=most)


def everything_is_counted(database: Database) -> bool:
    with database.read() as session:
        return are_all_counted(session)


def suggest(database: Database, typed: str) -> list[str]:
    with database.read() as session:
        return [entry["text"] for entry in find_suggestions(session, TERMS, typed=typed)]


def meant(database: Database, query: str) -> list[str]:
    with database.read() as session:
        return find_meant(session, TERMS, query=query)


def rows(database: Database) -> list[set[tuple[Any, ...]]]:
    """Return what is in the tables, but for the ids."""
    with database.read() as session:
        names = session.execute(sa.select(TERMS.terms)).mappings().all()
        by_id = {row["id"]: row["term"] for row in names}
        keys = session.execute(sa.select(TERMS.term_keys)).mappings()
        numbers = session.execute(sa.select(TERMS.known_numbers))
        return [
            {(row["term"], *(row[kind] for kind in KINDS)) for row in names},
            {(row["rank"], row["key"], by_id[row["term_id"]]) for row in keys},
            {tuple(row) for row in numbers},
        ]  # fmt: skip


class TestFindSuggestions:
    def test_finds_by_the_beginning_of_any_word(self, database: Database) -> None:
        add(database, document(generic_names=["杯子", "杯子"]))

        missed = [typed for typed, name in TYPED if name not in suggest(database, typed)]

        assert missed == []

    def test_finds_nothing_else(self, database: Database) -> None:
        add(database, document())

        found = [typed for typed in NOT_THERE if suggest(database, typed)]

        assert found == []

    def test_puts_what_is_common_first_and_names_before_numbers(self, database: Database) -> None:
        common, rare = document(title="搪瓷盆", number="C/I 1-2020"), document(title="搪瓷碗")
        add(database, rare, *[common] * 3, document(title="大搪瓷"), document(title="cic 灯"))

        assert suggest(database, "搪瓷") == ["搪瓷盆", "搪瓷碗", "大搪瓷"]
        assert suggest(database, "ci")[0] == "cic 灯"

    def test_puts_what_was_typed_whole_first(self, database: Database) -> None:
        add(database, *[document(title="保温杯盖")] * 5, document(title="保温杯"))

        assert suggest(database, "保温杯")[0] == "保温杯"

    def test_puts_other_numbers_before_those_of_enterprises(self, database: Database) -> None:
        add(
            database,
            *[document(number=f"Q/A{count} 1345-2020") for count in range(4)],
            document(number="GB/T 1345-2005", kind="NATIONAL"),
            document(number="GB/T 13456-2014", kind="NATIONAL"),
        )

        assert suggest(database, "1345")[:3] == [
            "GB/T 1345-2005",
            "Q/A0 1345-2020",
            "Q/A1 1345-2020",
        ]
        assert suggest(database, "gb/t 13") == ["GB/T 1345-2005", "GB/T 13456-2014"]

    def test_says_what_it_is_how_often_and_what_was_typed(self, database: Database) -> None:
        add(database, document(generic_names=["保温杯"]), document(generic_names=["保温杯"]))

        with database.read() as session:
            (name, *_) = find_suggestions(session, TERMS, typed="bwb")
            (number, *_) = find_suggestions(session, TERMS, typed="Q/SJX 0001")

        assert name == {"kind": "PRODUCT", "text": "保温杯", "count": 2, "ranges": [[0, 3]]}
        assert number == {
            "kind": "NUMBER", "text": "Q/SJX 0001S-2020", "count": 2, "ranges": [[0, 10]],
        }  # fmt: skip

    def test_names_ten_at_most(self, database: Database) -> None:
        add(database, *(document(title=f"保温杯{chr(0x4E00 + count)}") for count in range(30)))

        assert len(suggest(database, "保温")) == MAX_SUGGESTIONS


class TestCountNoted:
    def test_forgets_what_is_gone(self, database: Database) -> None:
        first, second = document(title="旧名称"), document(title="新名称", number="Q/2-2020")
        add(database, first)

        change(database, (first, second))

        assert suggest(database, "旧名称") == []
        assert suggest(database, "新名称") == ["新名称"]
        assert suggest(database, "sjx") == []
        change(database, (second, None))
        assert rows(database) == [set(), set(), set()]

    @pytest.mark.parametrize("seed", range(2))
    def test_is_the_same_one_by_one_and_all_at_once(
        self, database: Database, new_database_url: Callable[[str | None], str], seed: int
    ) -> None:
        dice = random.Random(seed)  # noqa: S311 - any order will do
        register = Register(Plan(declarations=80, seed=seed))
        documents = [entry.document for entry in register.publications()] * 2
        dice.shuffle(documents)
        kept = documents[:60]
        other = Database(new_database_url("search"), service="search", clock=SystemClock())

        for entry in documents:
            add(database, entry)
        for entry in documents[60:]:
            change(database, (entry, None))
        add(other, *kept)

        assert rows(database) == rows(other)
        other.close()

    def test_takes_what_comes_at_the_same_time(self, database: Database) -> None:
        shared = [document(title=title) for title in ("保温杯", "搪瓷盆", "玻璃碗")]
        threads = [
            threading.Thread(target=add, args=(database, *shared[turn % 3 :], *shared[: turn % 3]))
            for turn in range(9)
        ]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        with database.read() as session:
            (found, *_) = find_suggestions(session, TERMS, typed="保温杯")
        assert found["count"] == 9


class TestNotes:
    """What was noted is counted later, each once."""

    def note(self, database: Database, *titles: str, generation: int = 1) -> None:
        changes = [(None, document(title=title)) for title in titles]
        with database.transaction() as tx:
            note = terms.note_terms(generation, changes)
            bulk.insert_all(tx.session.connection(), [note])

    def test_are_counted_oldest_first_a_part_at_a_time(self, database: Database) -> None:
        self.note(database, "搪瓷盆")
        self.note(database, "玻璃碗")

        assert suggest(database, "搪瓷") == []
        assert count(database, most=1) == 3
        assert (suggest(database, "搪瓷"), suggest(database, "玻璃")) == (["搪瓷盆"], [])
        assert (count(database, most=1), count(database)) == (3, 0)
        assert suggest(database, "玻璃") == ["玻璃碗"]

    def test_are_still_there_after_a_crash(self, database: Database) -> None:
        self.note(database, "搪瓷盆")

        faults.configure("database.before_commit:raise:1")
        with pytest.raises(InjectedFaultError):
            count(database)
        faults.configure("")

        assert suggest(database, "搪瓷") == []
        assert count(database) == 3
        assert suggest(database, "搪瓷") == ["搪瓷盆"]

    def test_are_counted_once_by_processes_that_count_at_the_same_time(
        self, database: Database
    ) -> None:
        titles = [f"保温杯{number}号" for number in range(40)]
        for title in titles * 2:
            self.note(database, "保温杯", title)
        counters = [TermCounter(database, holder=name) for name in ("one", "two", "three")]

        def work(counter: TermCounter) -> None:
            while not everything_is_counted(database):
                counter.finish()

        threads = [threading.Thread(target=work, args=(counter,)) for counter in counters]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        with database.read() as session:
            found = session.execute(sa.select(TERMS.terms.c.term, TERMS.terms.c.titles)).all()
        counted = {term: number for term, number in found if number}
        assert counted == {"保温杯": 80, **dict.fromkeys(titles, 2)}

    def test_are_counted_by_whoever_has_the_lease(self, database: Database) -> None:
        first, second = (TermCounter(database, holder=name) for name in ("one", "two"))
        self.note(database, "搪瓷盆")
        assert first.step()
        self.note(database, "玻璃碗")

        assert not second.step()
        assert first.step()
        assert not first.step()

    def test_go_with_their_generation(self, database: Database) -> None:
        self.note(database, "搪瓷盆", generation=7)
        self.note(database, "玻璃碗")
        assert not everything_is_counted(database)

        with database.transaction() as tx:
            terms.forget_notes(tx.session, 7)

        assert count(database) == 3
        assert everything_is_counted(database)

    def test_hold_nothing_of_what_did_not_change(self, database: Database) -> None:
        change(database, (document(), document()))

        assert terms.note_terms(1, [(document(), document())]).rows == []


class TestFindMeant:
    def test_finds_a_number_one_slip_away(self, database: Database) -> None:
        add(
            database,
            document(number="GB/T 13456-2014", kind="NATIONAL"),
            document(number="GB/T 99999-2014", kind="NATIONAL"),
        )

        missed = [query for query in SLIPS if meant(database, query) != ["GB/T 13456-2014"]]

        assert missed == []

    def test_finds_an_own_number_one_slip_away(self, database: Database) -> None:
        add(database, document(number="Q/SJX 0001S-2020"), document(number="Q/ABC 0001S-2020"))

        assert meant(database, "Q/SXJ 0001S-2020") == ["Q/SJX 0001S-2020"]

    def test_guesses_nothing_wild(self, database: Database) -> None:
        add(database, document(number="GB/T 13456-2014", kind="NATIONAL"))

        assert [query for query in WILD if meant(database, query)] == []
