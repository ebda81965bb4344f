"""One suite over both engines: what is found, and in which order."""

import random
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from services.search import queries
from services.search.domain.documents import MAX_TEXT_CHARACTERS
from services.search.queries import searching
from services.search.usecases import indexing, rows

if TYPE_CHECKING:
    from tests.factories.library import Library

CUP: dict[str, Any] = {
    "number": "Q/SJX 0001S-2020",
    "title": "不锈钢真空保温杯（I型）",
    "enterprise": "浙江永康器皿有限公司",
    "products": [
        {
            "name": "保温杯",
            "generic_name": "杯",
            "barcode": "6901234567892",
            "brand": "ＡＢ示例",
            "model": "SL-500",
        }
    ],
    "text": "本标准规定了食品接触用器皿的技术要求。内胆应采用奥氏体型不锈钢。",
}


@pytest.fixture
def filled(library: "Library") -> "Library":
    library.add(**CUP)
    library.add(title="玻璃杯", number="Q/BLB002-2021", enterprise="河北玻璃制品厂")
    return library


class TestFinding:
    @pytest.mark.proves("R-210", "R-218")
    @pytest.mark.parametrize(
        "query",
        [
            "不锈钢",
            "保温杯",
            "锈",
            "鋼真空",
            "i型",
            "Ｉ型",
            "永康",
            "浙江永康器皿有限公司",
            "6901234567892",
            "69012345",
            "ab示例",
            "sl-500",
            "SL 500",
            "奥氏体",
            "食品接触",
            "91330000740545604a",
            "永康 保温",
            "奥氏体 永康 0001s",
            "0001",
            "sjx0001",
            "q/sjx 0001s-2020",
            "QSJX0001S",
            "Ｑ／ＳＪＸ　０００１Ｓ",
            "2020",
            "Q-91330000740545604A-202401010000-0001",
        ],
    )
    def test_finds_by_any_of_its_words(self, filled: "Library", query: str) -> None:
        """手册 FAQ 32, FAQ 18."""
        assert CUP["number"] in filled.find(query)

    @pytest.mark.parametrize(
        "query",
        [
            "钢不",
            "温不",
            "保温 搪瓷",
            "!!!",
            "《》",
            '"',
            "*",
            "AND",
            "保温杯 OR",
            "' | '",
            "永康玻",
        ],
    )
    def test_finds_nothing_else(self, filled: "Library", query: str) -> None:
        assert filled.find(query) == []
        assert filled.total(query) == 0

    @pytest.mark.proves("R-068")
    @pytest.mark.parametrize("query", ["13456", "GB/T 13456-2014", "gbt13456", "GB/T13456"])
    def test_finds_a_number_by_its_digits(self, library: "Library", query: str) -> None:
        """手册 FAQ 18: letters and year need not be typed."""
        number = library.add("GB/T 13456-2014", kind="NATIONAL")

        assert library.find(query) == [number]

    def test_keeps_fields_apart(self, library: "Library") -> None:
        library.add(title="甲乙", products=[{"name": "丙丁", "brand": "戊己"}])

        assert library.find("乙丙") == []
        assert library.find("丁戊") == []
        assert library.find("丙丁") != []

    def test_finds_a_phrase_across_the_cut_of_a_long_text(self, library: "Library") -> None:
        filler = "填充" * 1_995
        number = library.add(text=f"{filler}奥氏体型不锈钢{filler}")

        assert library.find("奥氏体型不锈钢") == [number]

    def test_looks_for_single_characters_in_titles_and_products_only(
        self, library: "Library"
    ) -> None:
        library.add(title="玻璃", enterprise="水务公司", text="水")
        number = library.add(title="矿泉水")

        assert library.find("水") == [number]

    def test_takes_rare_characters(self, library: "Library") -> None:
        number = library.add(title="𠮷祥牌 Ω 电阻", enterprise="喆翎公司")

        assert library.find("𠮷祥") == [number]
        assert library.find("Ω") == [number]
        assert library.find("喆翎") == [number]

    def test_survives_a_text_of_any_length(self, library: "Library") -> None:
        number = library.add(text="标准" * MAX_TEXT_CHARACTERS, title="长文")

        assert library.find("长文") == [number]


class TestBoxes:
    """Each box of the search page asks for its words in one field (R-218)."""

    @pytest.mark.proves("R-218")
    @pytest.mark.parametrize(
        "said",
        [
            {"enterprise": "永康器皿"},
            {"title": "真空保温"},
            {"title": "i型 不锈钢"},
            {"number": "0001"},
            {"number": "Ｑ／ＳＪＸ 0001S-2020"},
            {"number": "Q-91330000740545604A-202401010000-0001"},
            {"product": "杯"},
            {"product": "SL500"},
            {"barcode": "06901234567892"},
            {"barcode": "69012345"},
            {"enterprise": "永康", "title": "保温", "product": "示例", "barcode": "6901234"},
        ],
    )
    def test_find_what_stands_in_their_field(self, filled: "Library", said: dict[str, str]) -> None:
        assert filled.find(**said) == [CUP["number"]]
        assert filled.total(**said) == 1
        assert filled.find("奥氏体", **said) == [CUP["number"]]

    @pytest.mark.proves("R-218")
    @pytest.mark.parametrize(
        "said",
        [
            {"enterprise": "保温杯"},
            {"title": "永康"},
            {"title": "0001"},
            {"number": "保温"},
            {"product": "永康"},
            {"barcode": "000"},
            {"barcode": "0000006"},
            {"barcode": "690123"},
            {"enterprise": "永"},
            {"barcode": "保温"},
            {"number": "!!"},
            {"title": "《》"},
            {"enterprise": "永康", "title": "玻璃"},
        ],
    )
    def test_find_nothing_of_other_fields(self, filled: "Library", said: dict[str, str]) -> None:
        assert filled.find(**said) == []
        assert filled.find("保温杯", **said) == []
        assert filled.total(**said) == 0


class TestRecords:
    """All permanent numbers, for the site map: in parts that never shift."""

    def test_divide_into_parts_that_together_are_all(self, library: "Library") -> None:
        for count in range(7):
            library.add(f"Q/MAP {count:03d}-2024", title="某产品")
        with library.database.read() as session:
            parts = queries.list_record_parts(session, size=3)
            pieces = [
                queries.list_records(session, start=part["start"], end=part["end"], limit=100)
                for part in parts
            ]
            (whole,) = queries.list_record_parts(session, size=50)
            every = queries.list_records(session, start=whole["start"], end=None, limit=100)

        assert [len(piece["items"]) for piece in pieces] == [3, 3, 1]
        assert [item for piece in pieces for item in piece["items"]] == every["items"]
        assert len({item["record_number"] for item in every["items"]}) == 7
        assert parts[-1]["end"] is None
        assert every["next"] is None

        library.add("Q/MAP 007-2024", title="某产品")
        with library.database.read() as session:
            later = queries.list_record_parts(session, size=3)
        assert [part["start"] for part in later] == [part["start"] for part in parts]

    def test_come_in_pages_that_name_the_next(self, library: "Library") -> None:
        for count in range(5):
            library.add(f"Q/MAP {count:03d}-2024", title="某产品")
        seen: list[str] = []
        place: int | None = 0
        with library.database.read() as session:
            while place is not None:
                page = queries.list_records(session, start=place, end=None, limit=2)
                seen += [item["record_number"] for item in page["items"]]
                place = page["next"]

        assert len(seen) == len(set(seen)) == 5

    def test_of_an_empty_index_there_are_none(self, library: "Library") -> None:
        with library.database.read() as session:
            assert queries.list_record_parts(session, size=3) == []


class TestOrder:
    def test_puts_better_tiers_first_and_newer_ones_within(self, library: "Library") -> None:
        by_text = library.add(text="专用 5566 冷凝器")
        by_enterprise = library.add(enterprise="5566冷凝器厂")
        by_product = library.add(products=[{"name": "5566冷凝器"}])
        by_title = library.add(title="冷凝器5566")
        newer_title = library.add(title="5566冷凝器")
        exact = library.add("Q/5566-2011", title="冷凝器")

        found = library.find("5566")

        assert found == [exact, newer_title, by_title, by_product, by_enterprise, by_text]

    def test_counts_the_worst_word(self, library: "Library") -> None:
        mixed = library.add(title="冷凝器", enterprise="永康厂")
        titled = library.add(title="永康冷凝器")
        library.add(title="冷凝器")

        assert library.find("永康 冷凝器") == [titled, mixed]

    def test_shows_the_newest_without_words(self, library: "Library") -> None:
        numbers = [library.add() for _ in range(4)]

        assert library.find() == numbers[::-1]

    @pytest.mark.parametrize("query", ["", "冷凝", "冷凝 q", "Q/A003-2024"])
    def test_walks_through_pages_without_a_gap(self, library: "Library", query: str) -> None:
        randomness = random.Random(7)  # noqa: S311 - any order will do
        for _ in range(23):
            place = randomness.choice(["title", "enterprise", "text"])
            library.add(**{place: "冷凝器"})

        whole = library.find(query, limit=100)

        assert library.walk(query, limit=4) == whole
        assert len(set(whole)) == library.total(query)


class TestFilters:
    @pytest.mark.proves("R-218")
    def test_narrow_down(self, library: "Library") -> None:
        near = library.add(region="330784", title="杯子")
        far = library.add(region="130100", title="杯子", credit_code="9113000074054560XX")
        picked = library.add("GB/T 1-2020", kind="NATIONAL", title="杯子")

        assert library.find("杯子", kind="NATIONAL") == [picked]
        assert library.find("杯子", region="13") == [far]
        assert library.find("", region="3307", kind="ENTERPRISE") == [near]
        assert library.find("", credit_code="9113000074054560XX") == [far]
        assert library.find("杯子", state="WITHDRAWN") == []
        assert library.total("杯子", region="33") == 2


class TestTotal:
    def test_stops_counting(self, library: "Library", monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(searching, "MAX_TOTAL", 3)
        for _ in range(6):
            library.add(title="杯子")

        page = library.search("杯子")

        assert (page.total, page.is_total_capped, page.is_partial) == (3, True, False)


class TestIndexDocument:
    def test_replaces_an_older_version(self, library: "Library") -> None:
        number = library.add("Q/1-2024", title="旧名称")

        library.add("Q/1-2024", title="新名称", sequence=2)

        assert library.find("旧名称") == []
        assert library.find("新名称") == [number]
        assert library.total() == 1

    def test_ignores_an_older_version(self, library: "Library") -> None:
        library.add("Q/1-2024", title="新名称", sequence=2)

        library.add("Q/1-2024", title="旧名称", sequence=1)
        library.add("Q/1-2024", title="旧名称", sequence=2)

        assert library.find("旧名称") == []
        assert library.total() == 1

    def test_leaves_nothing_of_a_deleted_document(self, library: "Library") -> None:
        library.add(title="旧名称")

        library.add(title="留下", text="旧名称")
        with library.database.transaction() as tx:
            (tables,) = indexing.list_generations(tx.session)
            connection = tx.session.connection()
            for document_id in connection.scalars(sa.select(tables.documents.c.id)).all():
                rows.delete_rows(connection, tables, document_id)

        assert library.find("旧名称") == []
        assert library.total() == 0
        with library.database.read() as session:
            written = (tables.documents, tables.contents, tables.indicators)
            for table in (*written, tables.heads, tables.texts):
                assert session.scalar(sa.select(sa.func.count()).select_from(table)) == 0


class TestFindDocument:
    @pytest.mark.proves("R-146")
    def test_returns_the_whole_publication(self, library: "Library") -> None:
        library.add(**CUP)

        with library.database.read() as session:
            found = queries.find_document(
                session, record_number="Q-91330000740545604A-202401010000-0001"
            )
            with pytest.raises(queries.NotFoundError):
                queries.find_document(session, record_number="Q-0")

        assert found["document"]["title"] == CUP["title"]
        assert found["state"] == "PUBLISHED"
