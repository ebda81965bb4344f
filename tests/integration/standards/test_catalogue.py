"""Searching the catalogue as the dialog of the entry pages does (手册 4.1(1), FAQ 18, 33)."""

import csv
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import VirtualClock
from chassis.uow import Database
from services.standards.catalogue import import_file
from services.standards.domain import number_forms
from services.standards.domain.catalogue import CatalogueRecord, CatalogueState
from services.standards.domain.kinds import StandardKind
from services.standards.queries import catalogue as queries
from services.standards.queries.catalogue import CatalogueStandardNotFoundError
from services.standards.usecases import cataloguing

NOW = datetime(2026, 11, 1, 2, tzinfo=UTC)
ENTRIES = (
    ("GB/T 13456-2014", "示例产品通用技术条件", CatalogueState.CURRENT, None),
    ("GB/T 13456-2004", "示例产品技术条件", CatalogueState.SUPERSEDED, "GB/T 13456-2014"),
    ("GB/T 13456.2-2020", "示例产品 第2部分：试验方法", CatalogueState.CURRENT, None),
    ("GB/T 134567-2021", "别的产品", CatalogueState.CURRENT, None),
    ("GB 2134-2013", "不锈钢 100%_全回收 保温杯", CatalogueState.WITHDRAWN, None),
    ("GB 2135-2023", "不锈钢真空保温杯", CatalogueState.UPCOMING, None),
    ("GB 2136-2012", "不锈钢保温杯", CatalogueState.CURRENT, "GB 9999-2030"),
    ("GB 2137-2022", "不锈钢保温壶", CatalogueState.CURRENT, None),
    ("YY/T 0316-2016", "医疗器械 风险管理", CatalogueState.CURRENT, None),
    ("YY/T 0316.2-2018", "医疗器械 风险管理 Part Two", CatalogueState.CURRENT, None),
    ("DB11/1023-2013", "地方标准甲", CatalogueState.CURRENT, None),
    ("DB3301/T 0193-2018", "地方标准乙", CatalogueState.CURRENT, None),
    ("T/ZZB 0316-2019", "团体 不锈钢运动水壶", CatalogueState.CURRENT, None),
)


def record(
    number: str, title: str, state: CatalogueState, successor: str | None
) -> CatalogueRecord:
    return CatalogueRecord(
        number=number_forms.read_number(number),
        title=title,
        state=state,
        replaced_by=None if successor is None else number_forms.read_number(successor),
        issued_on=date(2014, 5, 1),
    )


def fill(database: Database, entries: Sequence[Any] = ENTRIES) -> None:
    with database.transaction() as tx:
        for entry in entries:
            cataloguing.ensure_entry(tx=tx, record=record(*entry))


@pytest.fixture
def catalogue(database: Database) -> Database:
    fill(database)
    return database


def search(  # noqa: PLR0913 - what the dialog sends
    database: Database,
    text: str,
    kind: str = "NATIONAL",
    *,
    page: int = 1,
    page_size: int = 15,
    now: datetime = NOW,
) -> dict[str, Any]:
    with database.read() as session:
        return queries.search_catalogue(
            session,
            kind=StandardKind(kind),
            text=text,
            page=page,
            page_size=page_size,
            now=now,
        )


def numbers(database: Database, text: str, kind: str = "NATIONAL", **options: Any) -> list[str]:
    return [item["number"] for item in search(database, text, kind, **options)["items"]]


class TestNumbers:
    @pytest.mark.proves("R-068", "FAQ-18")
    def test_digits_are_enough(self, catalogue: Database) -> None:
        """手册 FAQ 18: GB/T 13456-2014 → 13456."""
        assert numbers(catalogue, "13456") == [
            "GB/T 13456-2014",
            "GB/T 13456-2004",
            "GB/T 13456.2-2020",
        ]
        assert numbers(catalogue, "13456-2004") == ["GB/T 13456-2004"]
        assert numbers(catalogue, "13456.2") == ["GB/T 13456.2-2020"]
        assert numbers(catalogue, "0316", "INDUSTRY") == ["YY/T 0316-2016", "YY/T 0316.2-2018"]

    @pytest.mark.proves("R-068")
    @pytest.mark.parametrize(
        "text",
        [
            "GB/T 13456-2014", "gbt13456-2014", "ＧＢ／Ｔ　１３４５６－２０１４", "GB/T13456—2014",
            "gb/t 13456-2014 ", "GB T 13456-2014",
        ],
    )  # fmt: skip
    def test_every_spelling_finds_it(self, catalogue: Database, text: str) -> None:
        assert numbers(catalogue, text) == ["GB/T 13456-2014"]

    @pytest.mark.parametrize("text", ["GB/T 13456", "gbt13456", "GB/T 13456-"])
    def test_the_year_may_be_missing(self, catalogue: Database, text: str) -> None:
        assert numbers(catalogue, text) == [
            "GB/T 13456-2014",
            "GB/T 13456-2004",
            "GB/T 13456.2-2020",
        ]

    @pytest.mark.parametrize("text", ["GB 13456", "GB/T 13456-2099", "gb13456-2014"])
    def test_wrong_letters_and_years_are_forgiven(self, catalogue: Database, text: str) -> None:
        assert "GB/T 13456-2014" in numbers(catalogue, text)

    @pytest.mark.parametrize(
        ("text", "kind", "number"),
        [
            ("yyt0316-2016", "INDUSTRY", "YY/T 0316-2016"),
            ("DB11 1023", "LOCAL", "DB11/1023-2013"),
            ("db3301t0193-2018", "LOCAL", "DB3301/T 0193-2018"),
            ("T／ZZB 0316—2019", "GROUP", "T/ZZB 0316-2019"),
        ],
    )
    def test_of_all_kinds_are_found(
        self, catalogue: Database, text: str, kind: str, number: str
    ) -> None:
        assert numbers(catalogue, text, kind)[0] == number

    def test_what_is_no_number_here_may_be_a_word(self, catalogue: Database) -> None:
        assert numbers(catalogue, "100") == ["GB 2134-2013"]
        assert numbers(catalogue, "77777") == []
        assert numbers(catalogue, "12345-2014") == []


class TestTitles:
    def test_all_words_must_be_there(self, catalogue: Database) -> None:
        assert numbers(catalogue, "不锈钢 保温") == [
            "GB 2137-2022",
            "GB 2136-2012",
            "GB 2135-2023",
            "GB 2134-2013",
        ]
        assert numbers(catalogue, "真空　杯") == ["GB 2135-2023"]
        assert numbers(catalogue, "part two", "INDUSTRY") == ["YY/T 0316.2-2018"]

    def test_signs_mean_themselves(self, catalogue: Database) -> None:
        assert numbers(catalogue, "100%_全") == ["GB 2134-2013"]
        assert numbers(catalogue, "100_全") == []
        assert numbers(catalogue, "%") == ["GB 2134-2013"]

    @pytest.mark.parametrize("text", ["", " ", "　"])
    def test_nothing_finds_nothing(self, catalogue: Database, text: str) -> None:
        assert search(catalogue, text) == {
            "items": [],
            "total": 0,
            "page": 1,
            "page_size": 15,
            "other_kinds": [],
        }

    def test_the_whole_title_comes_first(self, catalogue: Database) -> None:
        assert numbers(catalogue, "不锈钢保温杯")[0] == "GB 2136-2012"

    def test_a_standard_comes_into_force_on_its_day(self, catalogue: Database) -> None:
        upcoming = CatalogueRecord(
            number=number_forms.read_number("GB 2138-2026"),
            title="不锈钢保温盒",
            state=CatalogueState.UPCOMING,
            effective_on=date(2026, 12, 1),
        )
        with catalogue.transaction() as tx:
            cataloguing.ensure_entry(tx=tx, record=upcoming)
        before = datetime(2026, 11, 30, 15, 59, 59, tzinfo=UTC)
        after = datetime(2026, 11, 30, 16, tzinfo=UTC)

        assert numbers(catalogue, "保温", now=before).index("GB 2138-2026") == 2
        assert numbers(catalogue, "保温", now=after).index("GB 2138-2026") == 0
        [shown] = search(catalogue, "2138", now=after)["items"]
        assert shown["state"] == "CURRENT"
        assert search(catalogue, "2138", now=before)["items"][0]["state"] == "UPCOMING"


class TestKinds:
    @pytest.mark.proves("R-069", "FAQ-18")
    def test_only_the_page_s_own_and_a_hint_at_the_others(self, catalogue: Database) -> None:
        """手册 FAQ 18: 国标/行标/地标 are looked for on their own pages."""
        found = search(catalogue, "0316", "INDUSTRY")
        wrong = search(catalogue, "0316", "NATIONAL")

        assert {item["kind"] for item in found["items"]} == {"INDUSTRY"}
        assert found["other_kinds"] == [{"kind": "GROUP", "total": 1}]
        assert (wrong["items"], wrong["total"]) == ([], 0)
        assert wrong["other_kinds"] == [
            {"kind": "INDUSTRY", "total": 2},
            {"kind": "GROUP", "total": 1},
        ]

    @pytest.mark.proves("R-069")
    def test_words_hint_at_the_others_too(self, catalogue: Database) -> None:
        found = search(catalogue, "不锈钢", "GROUP")

        assert found["total"] == 1
        assert found["other_kinds"] == [{"kind": "NATIONAL", "total": 4}]


class TestPages:
    def test_follow_each_other(self, catalogue: Database) -> None:
        pages = [numbers(catalogue, "不锈钢", page=page, page_size=3) for page in (1, 2, 3)]

        assert [len(page) for page in pages] == [3, 1, 0]
        assert [number for page in pages for number in page] == numbers(catalogue, "不锈钢")
        assert search(catalogue, "不锈钢", page=3, page_size=3)["total"] == 4


class TestRows:
    @pytest.mark.proves("R-066", "FAQ-33")
    def test_say_number_name_and_state_and_have_no_text(self, catalogue: Database) -> None:
        """手册 FAQ 33: 只提供标准名称和编号的选择."""
        successor = search(catalogue, "GB/T 13456-2014")["items"][0]

        [row] = search(catalogue, "GB/T 13456-2004")["items"]

        assert row == {
            "catalogue_id": cataloguing.catalogue_id("GB/T13456-2004"),
            "kind": "NATIONAL",
            "number": "GB/T 13456-2004",
            "title": "示例产品技术条件",
            "state": "SUPERSEDED",
            "replaced_by": {
                "number": "GB/T 13456-2014",
                "catalogue_id": successor["catalogue_id"],
            },
            "issued_on": "2014-05-01",
            "effective_on": None,
            "withdrawn_on": None,
        }

    def test_name_a_successor_that_is_not_there(self, catalogue: Database) -> None:
        [row] = search(catalogue, "2136")["items"]

        assert row["replaced_by"] == {"number": "GB 9999-2030", "catalogue_id": None}

    def test_one_entry_names_what_it_replaces(self, catalogue: Database) -> None:
        with catalogue.read() as session:
            entry = queries.get_catalogue_standard(
                session, catalogue_id=cataloguing.catalogue_id("GB/T13456-2014"), now=NOW
            )

        assert entry["replaces"] == [
            {
                "catalogue_id": cataloguing.catalogue_id("GB/T13456-2004"),
                "number": "GB/T 13456-2004",
            }
        ]
        assert (entry["ics"], entry["ccs"], entry["issued_by"]) == ("", "", "")
        assert entry["updated_at"].endswith("Z")

    def test_an_unknown_entry_is_said(self, catalogue: Database) -> None:
        with catalogue.read() as session, pytest.raises(CatalogueStandardNotFoundError):
            queries.get_catalogue_standard(session, catalogue_id="nothing", now=NOW)


NUMBER_QUERIES = {
    "number_exact",
    "digits_only",
    "number_without_year",
    "lowercase_no_space",
    "fullwidth_punct",
    "slash_dropped",
}
KINDS = {"NATIONAL", "INDUSTRY", "LOCAL", "GROUP"}


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.backends)]
)
def whole(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, shared_data: Path
) -> Iterator[Database]:
    """Return the database with the whole catalogue, read once for all questions."""
    from chassis import migrate  # noqa: PLC0415 - only here

    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").new_database("standards")
    else:
        path = tmp_path_factory.mktemp("whole") / "standards.db"
        url = migrate.copy_sqlite(migrate.sqlite_template("standards"), path)
    database = Database(url, service="standards", clock=VirtualClock(NOW))
    import_file(database=database, path=shared_data / "standards_catalogue.csv", pause_seconds=0)
    yield database
    database.close()


def known_items(folder: Path, wanted: Callable[[str], bool]) -> Iterator[dict[str, str]]:
    with (folder / "queries_known_item.csv").open(encoding="utf-8", newline="") as file:
        yield from (row for row in csv.DictReader(file) if wanted(row["query_kind"]))


@pytest.mark.timeout(300)
class TestKnownItems:
    """Real questions with the numbers they must find, in the whole catalogue."""

    @pytest.mark.proves("R-067", "R-068")
    @pytest.mark.parametrize("query_kind", sorted(NUMBER_QUERIES))
    def test_every_question_by_number_is_answered(
        self, whole: Database, shared_data: Path, query_kind: str
    ) -> None:
        asked, lost = 0, []
        for row in known_items(shared_data, lambda kind: kind == query_kind):
            for number in row["expected_std_no"].split(";"):
                try:
                    target = number_forms.read_number(number)
                except number_forms.NumberError:
                    continue  # without its year it is not in the catalogue
                asked += 1
                page = numbers(whole, row["query"], target.kind.value, page_size=100)
                if target.text not in page:
                    lost.append((row["query"], target.text, page[:3]))

        assert asked >= 95
        assert lost == []

    @pytest.mark.parametrize("query_kind", ["number_exact", "lowercase_no_space"])
    def test_a_whole_number_comes_first_and_alone(
        self, whole: Database, shared_data: Path, query_kind: str
    ) -> None:
        for row in known_items(shared_data, lambda kind: kind == query_kind):
            target = number_forms.read_number(row["expected_std_no"].split(";")[0])
            found = search(whole, row["query"], target.kind.value)
            assert found["items"][0]["number"] == target.text
            assert found["total"] == 1

    @pytest.mark.proves("R-067")
    @pytest.mark.parametrize("query_kind", ["title_exact", "title_tail", "title_middle"])
    def test_questions_by_title_are_answered(
        self, whole: Database, shared_data: Path, query_kind: str
    ) -> None:
        asked, lost = 0, []
        for row in known_items(shared_data, lambda kind: kind == query_kind):
            expected = row["expected_std_no"].split(";")
            if int(row["expected_count"]) != len(expected):
                continue  # the list was cut
            found: set[str] = set()
            for kind in KINDS:
                for page in (1, 2):
                    found |= set(numbers(whole, row["query"], kind, page=page, page_size=100))
            asked += 1
            if not found & {text.strip() for text in expected}:
                lost.append((row["query"], expected[:2]))

        assert asked >= 80
        assert len(lost) <= asked // 50, lost
