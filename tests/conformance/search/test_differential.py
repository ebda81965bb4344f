"""Both engines find the same, in the same order, and so does a reference that knows no engine.

The documents are random but the same each time, some of them corrected or withdrawn; queries and
filters are hypothesis' own.
"""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.search.domain import documents, levels, measures, words
from services.search.domain.documents import IndexEntry
from services.search.domain.expressions import is_met
from services.search.queries import MAX_TOTAL, Filters, IndicatorFilter, Place, postgres
from tests.factories.library import Library, new_entry

WORDS = [
    "不锈钢", "保温杯", "保温", "水", "玻璃", "水泥", "钢化玻璃", "电线", "電線", "大落地窗",
    "落地窗", "真空", "杯", "GB", "304", "SL-500", "pump", "技术规范",
]  # fmt: skip
COMPANIES = ["永康器皿厂", "宁波水泥有限公司", "山东玻璃股份有限公司", "重庆长安电线厂", "ABB中国"]
NUMBERS = ["GB/T 36917.{}-2018", "Q/SJX {:04d}S-2020", "DB13/T 59{}-2024", "Q/0786{}/011-2014"]
TEXTS = [
    "",
    "内胆应采用奥氏体型不锈钢。",
    "水泥强度 42.5 MPa，钢化玻璃 见 附录A",
    "真空 保温 水" * 900,
]
REGIONS = ["330784", "330100", "130100", "110105", ""]
CLASSES = ["QB010304", "QB0203", "NICE-0101", "2106", ""]
COUNT = 90
WALKED_FROM = 3

Published = list[tuple[int, IndexEntry]]


class Shelf:
    """Hold the same documents on both engines and as the reference knows them."""

    def __init__(self, libraries: tuple[Library, Library], published: Published) -> None:
        self.libraries = libraries
        self.published = published


def random_entry(chance: random.Random, count: int, sequence: int = 1) -> IndexEntry:
    def some(most: int) -> str:
        return chance.choice(["", " ", "（", "、"]).join(
            chance.choices(WORDS, k=chance.randint(1, most))
        )

    indicator = {
        "name": chance.choice(["浓度", "总铬(mg/L)", "强度"]),
        "preview": some(2),
        "requirement": {
            "kind": "NUMERIC",
            "left": None,
            "right": {
                "symbol": "<=",
                "main": chance.choice(["0.05", "0.1", "50", "x"]),
                "upper_tolerance": "",
                "lower_tolerance": "",
            },
            "unit": chance.choice(["mg/L", "μg/L", "g/L", "MPa"]),
            "name": "",
        },
    }
    product = {
        "name": some(2),
        "generic_name": chance.choice(WORDS),
        "brand": chance.choice(["", "示例", "ＡＢ"]),
        "model": chance.choice(["", "SL-500", "X1"]),
        "barcode": chance.choice(["", "6901234567892", "06901234567892"]),
        "class_code": chance.choice(CLASSES),
    }
    text = chance.choice(TEXTS)
    moment = datetime(2014, 1, 1, tzinfo=UTC) + timedelta(hours=chance.randrange(8 * 365 * 24))
    return new_entry(
        count,
        declaration_id=f"{count:08d}-0000-7000-8000-000000000000",
        sequence=sequence,
        number=chance.choice(NUMBERS).format(chance.randint(1, 40)),
        title=some(3),
        enterprise=chance.choice(COMPANIES),
        kind=chance.choice(["ENTERPRISE", "NATIONAL", "GROUP"]),
        region=chance.choice(REGIONS),
        credit_code=chance.choice(["91330000740545604A", "9113000074054560XX"]),
        products=[product] * chance.randint(0, 2),
        indicators=[] if text else [indicator],
        text=text,
        # Many at one moment: ids must still be different.
        published_at=chance.choice([moment, datetime(2019, 5, 1, tzinfo=UTC)]),
        english_title=chance.choice(["", "", "Specification for steel pumps"]),
    )


@pytest.fixture(scope="module")
def shelf(both: tuple[Library, Library]) -> Shelf:
    chance = random.Random(11)  # noqa: S311 - any documents will do
    # All of them are in the sample of PostgreSQL, which then is as wide as the index.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(documents, "SAMPLE_SHARE", 1)
        return _fill(both, chance)


def _fill(both: tuple[Library, Library], chance: random.Random) -> Shelf:
    entries = [random_entry(chance, count) for count in range(COUNT)]
    entries += [
        # What is published stays published at that moment.
        _dated(random_entry(chance, count, 2), entries[count])
        for count in range(0, COUNT, 7)
    ]
    for library in both:
        for entry in entries:
            library.index(entry)
            library.declarations[entry.declaration_id] = entry.declaration_id
    withdrawn = [f"{count:08d}-0000-7000-8000-000000000000" for count in range(0, COUNT, 9)]
    for library in both:
        assert all(library.mark(number, state="WITHDRAWN", sequence=3) for number in withdrawn)
    return Shelf(both, _known(entries, withdrawn))


def _dated(entry: IndexEntry, first: IndexEntry) -> IndexEntry:
    return replace(entry, position=first.position)


def _known(entries: list[IndexEntry], withdrawn: list[str]) -> Published:
    """Return what is published: the newest of each, ids in order of arrival."""
    taken: dict[str, int] = {}
    newest: dict[str, IndexEntry] = {}
    for entry in entries:
        position = entry.position
        if entry.declaration_id not in taken:
            while position in taken.values():
                position += 1
            taken[entry.declaration_id] = position
        newest[entry.declaration_id] = entry
    old, new = documents.state_token("PUBLISHED"), documents.state_token("WITHDRAWN")
    known = []
    for declaration_id, entry in newest.items():
        if declaration_id in withdrawn:
            entry = replace(  # noqa: PLW2901 - as it stands now
                entry,
                values={**entry.values, "state": "WITHDRAWN"},
                head=tuple(new if token == old else token for token in entry.head),
                passages=tuple(
                    tuple(new if token == old else token for token in passage)
                    for passage in entry.passages
                ),
            )
        known.append((taken[declaration_id], entry))
    return known


def reference(published: Published, query: str, filters: Filters) -> list[tuple[int, str]]:
    """Return level and record number of all that is found, without any index."""
    read = words.read_query(query)
    if not read.words:
        if query.strip():
            return []
        kept = [
            (0, -number, entry) for number, entry in published if _passes(number, entry, filters)
        ]
        return [
            (levels.TITLE, entry.values["record_number"]) for _, _, entry in sorted(kept, key=_rank)
        ]
    names = {name for _, entry in published for name in entry.names} & set(read.names)
    text = levels.text_level(read)
    by_pinyin = levels.pinyin_level(read)
    ladder = [
        *levels.head_levels(read),
        *([] if text is None else [text]),
        *([] if by_pinyin is None else [by_pinyin]),
        *levels.partial_levels(read, sorted(names)),
    ]
    found = []
    for number, entry in published:
        if not _passes(number, entry, filters):
            continue
        for level in ladder:
            rows = entry.passages if level is text else [entry.head]
            if any(is_met(level.asked, row) for row in rows):
                found.append((level.code, -number, entry))
                break
    return [(code, entry.values["record_number"]) for code, _, entry in sorted(found, key=_rank)]


def _rank(found: tuple[int, int, IndexEntry]) -> tuple[int, int]:
    return found[:2]


def _passes(number: int, entry: IndexEntry, filters: Filters) -> bool:
    values = entry.values
    codes = values["class_codes"].split()
    checks = [
        filters.kind in {None, values["kind"]},
        filters.state in {None, values["state"]},
        values["region"].startswith(filters.region or ""),
        filters.year in {None, values["year"]},
        filters.class_code is None or any(code.startswith(filters.class_code) for code in codes),
        filters.disclosure in {None, values["disclosure"]},
        filters.credit_code in {None, values["credit_code"], "740545604"},
        filters.first_id is None or number >= filters.first_id,
        filters.end_id is None or number < filters.end_id,
        filters.indicator is None or _has(entry, filters.indicator),
    ]
    return all(checks)


def _has(entry: IndexEntry, asked: IndicatorFilter) -> bool:
    unit = measures.read_unit(asked.unit)
    floor = None if asked.low is None else measures.convert(asked.low, unit)
    bound = None if asked.high is None else measures.convert(asked.high, unit)
    return any(
        limits.name_key == measures.name_key(asked.name)
        and (not asked.unit or limits.unit_key == unit.key)
        and (floor is None or (limits.low is not None and limits.low >= floor))
        and (bound is None or (limits.high is not None and limits.high <= bound))
        for limits in entry.indicators
    )


def ask(library: Library, query: str, filters: Filters, limit: int) -> list[tuple[int, str]]:
    """Return tier and record number of all that is found, page by page."""
    found: list[tuple[int, str]] = []
    after: Place | None = None
    while True:
        page = library.ask(query, filters, after=after, limit=limit)
        found += [(item["tier"], item["record_number"]) for item in page.items]
        after = page.last
        if after is None:
            return found
        assert len(page.items) == limit


PIECES = st.sampled_from(
    [
        *WORDS, *COMPANIES, "钢保", "6901234567892", "6901234", "SL500", "gbt36917.3", "36917",
        "0012s", "59", "奥氏体型不锈钢", "附录", "42.5", "bwb", "baowenbei", "slb", "cqca", "sx",
        "steel pump", "不", "q", "5", '"保温 水"', '"304', "2018", "业", "Ω", "!!", "q/sjx",
        "740545604", "91330000740545604A",
    ]
)  # fmt: skip
QUERIES = st.one_of(
    st.lists(PIECES, max_size=3).map(" ".join),
    st.lists(PIECES, max_size=3).map("".join),
    st.text(st.sampled_from("不锈钢水杯保温 5Sb\"'*-()&|:!<>\\\x00\ud800"), max_size=12),
)


def _optional(*values: Any) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), st.none(), st.sampled_from(values))


FILTERS = st.builds(
    Filters,
    kind=_optional("ENTERPRISE", "GROUP", "LOCAL"),
    state=_optional("PUBLISHED", "WITHDRAWN"),
    region=_optional("33", "3301", "110105", "99"),
    year=_optional(2014, 2019),
    class_code=_optional("QB01", "QB010304", "NICE-01", "21"),
    disclosure=_optional("TEXT", "INDICATORS", "NONE"),
    credit_code=_optional("740545604", "9113000074054560XX"),
    published_from=_optional(datetime(2016, 1, 1, tzinfo=UTC).date()),
    published_to=_optional(datetime(2019, 5, 1, tzinfo=UTC).date(), datetime(2020, 1, 1).date()),  # noqa: DTZ001 - a day
    indicator=_optional(
        IndicatorFilter("浓度"),
        IndicatorFilter("浓度", "mg/L", high=0.1),
        IndicatorFilter("总铬", "ug/L", high=50.0),
        IndicatorFilter("强度", "MPa", low=1.0),
    ),
)


def expected(shelf: Shelf, query: str, filters: Filters) -> list[tuple[int, str]]:
    found = reference(shelf.published, query, filters)
    return [(int(levels.tier_of(code)), number) for code, number in found]


@pytest.mark.proves("R-210", "R-218")
@settings(max_examples=70)
@given(query=QUERIES, filters=FILTERS, limit=st.sampled_from([15, 40, 100]))
def test_both_find_what_the_reference_finds(
    shelf: Shelf, query: str, filters: Filters, limit: int
) -> None:
    wanted = expected(shelf, query, filters)
    full = [number for tier, number in wanted if tier < levels.Tier.PINYIN]
    counted = set(full or [number for _, number in wanted])
    known = {entry.values["record_number"]: entry.values for _, entry in shelf.published}

    for library in shelf.libraries:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(postgres, "RARE", MAX_TOTAL)
            assert ask(library, query, filters, limit) == wanted
            page = library.ask(query, filters, limit=1)
        assert (page.total, page.is_total_capped) == (len(counted), False)
        assert page.is_partial is (not full and bool(wanted))
        assert page.facets is not None
        assert not page.facets["is_estimate"]
        kinds = Counter(known[number]["kind"] for number in counted)
        assert {row["value"]: row["count"] for row in page.facets["kind"]} == kinds


@settings(max_examples=40)
@given(query=QUERIES, filters=FILTERS)
def test_walks_find_the_same(shelf: Shelf, query: str, filters: Filters) -> None:
    """With everything sampled and nothing rare, PostgreSQL takes its other way."""
    library = shelf.libraries[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(postgres, "RARE", WALKED_FROM)
        patch.setattr(postgres, "WALKED", 2)

        found = ask(library, query, filters, 20)

    wanted = expected(shelf, query, filters)
    full = [entry for entry in wanted if entry[0] < levels.Tier.PINYIN]
    # After what is frequent nothing follows that matches in part.
    assert found == (full if len(full) >= WALKED_FROM and found == full else wanted)
