"""Counts of what is published: equal to a recount after any order of events, on both engines."""

import random
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from chassis.clock import SystemClock
from chassis.uow import Database
from services.search.domain.statistics import Fact, cells_of, products_by_cell, read_fact
from services.search.queries.statistics import MAX_CLASSES, get_statistics
from services.search.usecases.statistics import count_declaration, recount
from tools.generate_register import Plan, Register

FACT = Fact(
    declaration_id="d1",
    sequence=1,
    enterprise="91370321QBEX00013L",
    region="370321",
    kind="ENTERPRISE",
    state="PUBLISHED",
    month="2026-03",
    products=3,
    classes=(("QB010101", 2), ("QB010102", 1)),
)
SCOPES = ("", "37", "3703", "370321", "33", "3307", "330784")


@pytest.fixture
def database(new_database_url: Callable[[str | None], str]) -> Iterator[Database]:
    database = Database(new_database_url("search"), service="search", clock=SystemClock())
    yield database
    database.close()


def count(database: Database, fact: Fact) -> bool:
    with database.transaction() as tx:
        return count_declaration(tx=tx, fact=fact)


def read(database: Database, region: str = "") -> dict[str, Any]:
    with database.read() as session:
        return get_statistics(session, region=region)


def read_all(database: Database) -> dict[str, dict[str, Any]]:
    return {scope: read(database, scope) for scope in SCOPES}


def reckon(facts: Sequence[Fact]) -> dict[tuple[str, str, str], tuple[int, int, int]]:
    """Return what each count must be: declarations, products, enterprises."""
    declarations: Counter[tuple[str, str, str]] = Counter()
    products: Counter[tuple[str, str, str]] = Counter()
    enterprises = defaultdict(set)
    for fact in facts:
        for cell, number in products_by_cell(fact).items():
            declarations[cell] += 1
            products[cell] += number
        for cell in cells_of([fact]):
            enterprises[cell].add(fact.enterprise)
    return {
        cell: (number, products[cell], len(enterprises[cell]))
        for cell, number in declarations.items()
    }


def check(database: Database, facts: Sequence[Fact]) -> None:
    expected = reckon(facts)
    names = {"by_region": "REGION", "by_kind": "KIND", "by_state": "STATE", "by_month": "MONTH"}
    for scope in SCOPES:
        found = read(database, scope)
        shown = {
            (scope, names.get(name, "CLASS"), entry["value"]): (
                entry["declarations"], entry["products"], entry["enterprises"],
            )
            for name in (*names, "by_class")
            for entry in found[name]
        }  # fmt: skip
        total = tuple(found["total"][name] for name in ("declarations", "products", "enterprises"))
        assert total == expected.get((scope, "TOTAL", ""), (0, 0, 0))
        assert shown == {
            cell: numbers
            for cell, numbers in expected.items()
            if cell[0] == scope and cell[1] != "TOTAL"
        }


class TestCountDeclaration:
    def test_counts_in_every_region_above(self, database: Database) -> None:
        assert count(database, FACT)

        assert read(database)["by_region"] == [
            {"value": "37", "declarations": 1, "products": 3, "enterprises": 1}
        ]
        assert read(database, "37")["by_region"][0]["value"] == "3703"
        assert read(database, "3703")["by_region"][0]["value"] == "370321"
        assert read(database, "370321")["by_region"] == []
        assert read(database, "370321")["total"]["declarations"] == 1
        assert [entry["products"] for entry in read(database)["by_class"]] == [2, 1]

    def test_counts_nothing_twice(self, database: Database) -> None:
        count(database, FACT)
        before = read_all(database)

        assert not count(database, FACT)

        assert read_all(database) == before

    def test_lets_nothing_older_win(self, database: Database) -> None:
        count(database, replace(FACT, sequence=3, state="WITHDRAWN"))

        assert not count(database, replace(FACT, sequence=2, products=99))

        found = read(database)
        assert found["total"]["products"] == 3
        assert [entry["value"] for entry in found["by_state"]] == ["WITHDRAWN"]

    def test_counts_an_enterprise_once_and_until_its_last_declaration(
        self, database: Database
    ) -> None:
        count(database, FACT)
        count(database, replace(FACT, declaration_id="d2", kind="GROUP"))
        assert read(database)["total"]["enterprises"] == 1

        count(database, replace(FACT, sequence=2, region="330784"))

        assert read(database)["total"]["enterprises"] == 1
        assert read(database, "33")["total"]["enterprises"] == 1
        assert read(database, "37")["total"]["enterprises"] == 1
        count(database, replace(FACT, declaration_id="d2", sequence=2, region="330784"))
        assert read(database, "37")["total"] == {
            "declarations": 0, "products": 0, "enterprises": 0,
        }  # fmt: skip

    def test_takes_a_declaration_without_region(self, database: Database) -> None:
        count(database, replace(FACT, region=""))

        check(database, [replace(FACT, region="")])

    @pytest.mark.parametrize("seed", range(3))
    def test_equals_a_recount_after_any_order_of_events(
        self, database: Database, seed: int
    ) -> None:
        dice = random.Random(seed)  # noqa: S311 - any order will do
        events = [_event(dice, number) for number in range(12) for _ in range(4)]
        events += dice.sample(events, 10)
        dice.shuffle(events)

        latest: dict[str, Fact] = {}
        for fact in events:
            known = latest.get(fact.declaration_id)
            assert count(database, fact) is (known is None or known.sequence < fact.sequence)
            if known is None or known.sequence < fact.sequence:
                latest[fact.declaration_id] = fact

        check(database, list(latest.values()))
        before = read_all(database)
        with database.transaction() as tx:
            assert recount(tx=tx) == len(latest)
        assert read_all(database) == before

    def test_counts_what_comes_at_the_same_time(self, database: Database) -> None:
        facts = [replace(FACT, declaration_id=f"d{number}") for number in range(12)]
        threads = [threading.Thread(target=count, args=(database, fact)) for fact in facts]

        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        check(database, facts)


class TestGetStatistics:
    def test_names_the_largest_classes(self, database: Database) -> None:
        classes = tuple((f"QB{number:06}", number + 1) for number in range(MAX_CLASSES + 5))
        count(database, replace(FACT, classes=classes))

        found = read(database)["by_class"]

        assert len(found) == MAX_CLASSES
        assert found[0]["products"] == MAX_CLASSES + 5

    def test_counts_a_register(self, database: Database) -> None:
        facts = [
            read_fact(entry.declaration_id, entry.as_current_version())
            for entry in Register(Plan(declarations=60)).publications()
        ]
        for fact in facts:
            count(database, fact)

        found = read(database)
        assert found["total"]["declarations"] == 60
        assert found["total"]["products"] == sum(fact.products for fact in facts)
        assert found["total"]["enterprises"] == len({fact.enterprise for fact in facts})
        months = [entry["value"] for entry in found["by_month"]]
        assert months == sorted(months)


def _event(dice: random.Random, number: int) -> Fact:
    classes = dice.sample(["QB010101", "QB010102", "QB02"], dice.randint(0, 2))
    counts = tuple((code, dice.randint(1, 5)) for code in sorted(classes))
    return Fact(
        declaration_id=f"d{number}",
        sequence=dice.randint(1, 4),
        enterprise=f"E{number % 4}",
        region=dice.choice(["370321", "370302", "330784", ""]),
        kind=dice.choice(["ENTERPRISE", "GROUP"]),
        state=dice.choice(["PUBLISHED", "WITHDRAWN"]),
        month=dice.choice(["2026-02", "2026-03"]),
        products=sum(many for _, many in counts) + dice.randint(0, 1),
        classes=counts,
    )
