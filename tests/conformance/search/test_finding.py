"""What search finds, and how it counts and divides it: the same on both engines."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from services.search.models import create_generation, drop_generation, index_tables
from services.search.models.generations import Generation
from services.search.queries import IndicatorFilter, searching
from services.search.usecases import indexing
from tests.factories.library import new_entry

if TYPE_CHECKING:
    from tests.factories.library import Library


def numeric(name: str, high: str, unit: str) -> dict[str, Any]:
    bound = {"symbol": "<=", "main": high, "upper_tolerance": "", "lower_tolerance": ""}
    requirement = {"kind": "NUMERIC", "left": None, "right": bound, "unit": unit, "name": ""}
    return {"name": name, "preview": f"{name} <= {high}{unit}", "requirement": requirement}


class TestWords:
    @pytest.mark.proves("R-210", "R-218")
    @pytest.mark.parametrize(
        ("query", "matched"),
        [
            ("Q/SJX 0001S-2020", "NUMBER"),
            ("0001s", "NUMBER"),
            ("不锈钢真空保温杯", "TITLE"),
            ("jx0001", "TITLE"),
            ("6901234567892", "PRODUCT"),
            ("06901234567892", "PRODUCT"),
            ("6901234", "PRODUCT"),
            ("sl500", "PRODUCT"),
            ("日用器皿", "PRODUCT"),
            ("永康器皿", "ENTERPRISE"),
            ("91330000740545604a", "ENTERPRISE"),
            ("总铬", "TEXT"),
            ("steel vacuum", "TITLE"),
            ("zhenkongbaowen", "PINYIN"),
            ("zkbw", "PINYIN"),
            ("yongkang 真空", "PINYIN"),
            ("超大号保温杯男士", "PARTIAL"),
            ("真空 搪瓷", "PARTIAL"),
        ],
    )
    def test_are_found_in_every_field(self, library: "Library", query: str, matched: str) -> None:
        library.add(title="玻璃", enterprise="河北厂", credit_code="911300007405456XXX")
        library.add(
            "Q/SJX 0001S-2020",
            title="不锈钢真空保温杯",
            english_title="Stainless steel vacuum cups",
            enterprise="浙江永康器皿有限公司",
            class_names={"QB0101": ["日用器皿", "杯"]},
            products=[
                {
                    "name": "保温杯（Ⅰ型）",
                    "generic_name": "保温杯",
                    "barcode": "6901234567892",
                    "model": "SL-500",
                    "class_code": "QB0101",
                }
            ],
            indicators=[numeric("总铬(mg/L)", "0.5", "mg/L")],
        )

        page = library.search(query)

        assert [(item["number"], item["matched"]) for item in page.items] == [
            ("Q/SJX 0001S-2020", matched)
        ]
        assert page.is_partial is (matched in {"PINYIN", "PARTIAL"})
        assert page.total == 1

    def test_that_follow_one_another_come_first(self, library: "Library") -> None:
        together = library.add(title="光学和仪器 光学")
        library.add(title="仪器 光学和")

        assert library.find("学和仪器 光")[0] == together

    def test_find_the_longest_contained_name_first(self, library: "Library") -> None:
        longer = library.add(products=[{"generic_name": "落地窗"}])
        shorter = library.add(products=[{"generic_name": "窗"}])

        page = library.search("大落地窗")

        assert [item["number"] for item in page.items] == [longer, shorter]

    @pytest.mark.parametrize(
        "query",
        ['"', '"""', "*", "AND", "a OR", "NEAR(", "{a b}:", "-", "^a", "\x00", "a\x00b", "\ud800",
         "' | '", "a:*", "!a", "<->", "\\", "%", "_", "水" * 10_000, "a b " * 2_500, "(" * 10_000],
    )  # fmt: skip
    def test_never_upset_the_engine(self, library: "Library", query: str) -> None:
        library.add(title="水")

        assert library.search(query).total >= 0


class TestFilters:
    @pytest.mark.proves("R-218")
    def test_find_indicators_within_limits(self, library: "Library") -> None:
        fine = library.add(
            indicators=[numeric("浓度", "50", "μg/L")], products=[{"class_code": "QB010304"}]
        )
        coarse = library.add(indicators=[numeric("浓度（以Cl计）", "0.2", "mg/L")])
        library.add(indicators=[numeric("浓度", "0.01", "mg/kg")])
        library.add(indicators=[numeric("强度", "0.01", "mg/L")])

        def find(**asked: Any) -> list[str]:
            return library.find("", indicator=IndicatorFilter("浓度", **asked))

        assert find(unit="mg/L", high=0.05) == [fine]
        assert find(unit="mg/L", high=0.2) == [coarse, fine]
        assert find(unit="mg/L", high=0.04) == []
        assert find(unit="mg/L", low=0.01) == []
        assert len(find()) == 3
        limits = IndicatorFilter("浓度", "mg/L", high=0.2)
        assert library.find("", indicator=limits, class_code="QB0103") == [fine]
        assert library.find("浓度", indicator=limits, class_code="QB0103") == [fine]

    def test_take_days_of_beijing(self, library: "Library") -> None:
        moment = datetime(2024, 12, 31, 16, tzinfo=UTC)
        number = library.add(published_at=moment)

        assert library.find(year=2025) == [number]
        assert library.find(published_from=datetime(2025, 1, 1, tzinfo=UTC).date()) == [number]
        assert library.find(published_to=datetime(2025, 1, 1, tzinfo=UTC).date()) == []


class TestFacets:
    @pytest.mark.proves("R-218")
    def test_divide_what_is_found(self, library: "Library") -> None:
        library.add(title="杯", region="330784", products=[{"class_code": "QB01"}], text="文")
        library.add(title="杯", region="330100", products=[{"class_code": "QB01"}])
        library.add(title="杯", region="110105", kind="GROUP")
        library.add(title="碗", region="440100")

        whole, near = library.search("杯").facets, library.search("杯", region="33").facets

        assert whole is not None
        assert near is not None
        assert whole["region"] == [{"value": "33", "count": 2}, {"value": "11", "count": 1}]
        assert [row["value"] for row in near["region"]] == ["3301", "3307"]
        assert whole["class_code"] == [{"value": "QB01", "count": 2}]
        assert whole["disclosure"] == [
            {"value": "NONE", "count": 2},
            {"value": "TEXT", "count": 1},
        ]
        assert not whole["is_estimate"]

    def test_are_estimates_where_counting_stops(
        self, library: "Library", monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(searching, "MAX_TOTAL", 3)
        for _ in range(6):
            library.add(title="杯")

        page = library.search("杯")

        assert page.is_total_capped
        assert page.facets is not None
        assert page.facets["is_estimate"]


class TestPages:
    def test_stay_while_more_is_published(self, library: "Library") -> None:
        for _ in range(5):
            library.add(title="杯")
        before = library.find("杯")
        first = library.search("杯", limit=2)

        library.add(title="杯")
        second = library.search("杯", limit=10, after=first.last)

        shown = [item["number"] for item in (*first.items, *second.items)]
        assert shown == before


class TestStanding:
    @pytest.mark.proves("R-216")
    def test_of_what_is_withdrawn_can_be_asked_for(self, library: "Library") -> None:
        number = library.add(title="杯", text="奥氏体")

        assert library.mark(number, state="WITHDRAWN", sequence=2)

        assert not library.mark(number, state="PUBLISHED", sequence=2)
        for query in ("杯", "奥氏体", ""):
            assert library.find(query) == [number]
            assert library.find(query, state="WITHDRAWN") == [number]
            assert library.find(query, state="PUBLISHED") == []


class TestGenerations:
    def test_are_written_side_by_side_and_filled_at_once(self, library: "Library") -> None:
        entries = [
            new_entry(count, declaration_id=f"d{count}", number=f"Q/{count}-2024", title="杯")
            for count in range(4)
        ]
        # Two at one moment.
        late = new_entry(9, declaration_id="d9", number="Q/9-2024", title="杯")
        entries.append(replace(late, position=entries[3].position))
        for entry in entries:
            library.index(entry)
        with library.database.transaction() as tx:
            tables = create_generation(tx.session.connection(), 2)
            tx.session.add(Generation(number=2, state="BUILDING", created_at=tx.now()))
        newer = new_entry(1, declaration_id="d1", number="Q/1-2024", title="新碗", sequence=2)
        library.index(newer)

        with library.database.transaction() as tx:
            count = indexing.index_documents(tx=tx, tables=tables, entries=entries)

        assert count == len(entries) - 1
        with library.database.read() as session:
            held = [_rows(session, index_tables(number)) for number in (1, 2)]
        assert held[0] == held[1]
        with library.database.transaction() as tx:
            tx.session.execute(sa.delete(Generation).where(Generation.number == 2))
            drop_generation(tx.session.connection(), 2)
        assert library.find("新碗") == ["Q/1-2024"]


def _rows(session: Any, tables: Any) -> list[tuple[Any, ...]]:
    heads = tables.heads
    documents = tables.documents
    statement = (
        sa.select(documents.c.id, documents.c.title, documents.c.sequence, heads.c.tokens)
        .join(heads, heads.c.document_id == documents.c.id)
        .order_by(documents.c.id)
    )
    return [tuple(row) for row in session.execute(statement)]
