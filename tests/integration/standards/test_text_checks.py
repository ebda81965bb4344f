"""What real standards show of themselves and of others, as it is read out of their files."""

import csv
from pathlib import Path

import pytest

from chassis.jobs import JobPool
from services.standards.adapters.pdf import inspect_pdf
from services.standards.domain import citations, number_forms
from services.standards.domain.citations import TextFacts
from services.standards.domain.number_forms import ParsedNumber

pytestmark = pytest.mark.timeout(300)

# As printed on the covers; the file names give the numbers.
TITLES = {
    "DB-44-2208-2019": "农村生活污水处理排放标准",
    "DB-44-816-2010": "表面涂装（汽车制造业）挥发性有机化合物排放标准",
    "DB-44-818-2010": "水泥工业大气污染物排放标准",
    "GB-12523-2011": "建筑施工场界环境噪声排放标准",
    "GB-20951-2020": "油品运输大气污染物排放标准",
    "GB-26877-2011": "汽车维修业水污染物排放标准",
    "GB-27631-2011": "发酵酒精和白酒工业水污染物排放标准",
    "GB-29620-2013": "砖瓦工业大气污染物排放标准",
    "GB-30486-2013": "制革及毛皮加工工业水污染物排放标准",
    "GB-31573-2015": "无机化学工业污染物排放标准",
    "GB-34330-2017": "固体废物鉴别标准　通则",
    "GB-4915-2013": "水泥工业大气污染物排放标准",
    "GB-5085.7-2019": "危险废物鉴别标准　通则",
    "GB-8702-2014": "电磁环境控制限值",
    "HJ-554-2010": "饮食业环境保护技术规范",
}
WITHOUT_WORDS = {
    "GB-18483-2001",
    "GB-18596-2001",
    "GB-18597-2001",
    "GB-3838-2002",
    "GB-9078-1996",
    "GB362462018",
}


def number_of(stem: str) -> ParsedNumber:
    query = number_forms.read_query(stem.replace("DB-", "DB"))
    assert query is not None
    assert query.number is not None
    return query.number


@pytest.fixture(scope="module")
def texts(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str | None]:
    """Return the words of each real file by the stem of its name; none where it has none."""
    folder, pool = tmp_path_factory.mktemp("words"), JobPool(max_parallel=2)
    found: dict[str, str | None] = {}
    for stem in (*TITLES, *WITHOUT_WORDS):
        verdict = inspect_pdf(
            shared_data / "pdf_real" / f"{stem}.pdf", text_path=folder / f"{stem}.txt", pool=pool
        )
        path = verdict.text_path
        found[stem] = None if path is None else path.read_text(encoding="utf-8")
    return found


def facts_of(texts: dict[str, str | None], stem: str, title: str) -> TextFacts:
    return citations.read_text(texts[stem] or "", number_of(stem), title)


class TestRealFiles:
    @pytest.mark.parametrize("stem", TITLES)
    def test_show_their_number_and_name(self, texts: dict[str, str | None], stem: str) -> None:
        """标准化法 Art. 27: every real text with words passes for what it is."""
        facts = facts_of(texts, stem, TITLES[stem])

        assert (facts.shows_number, facts.shows_title) == (True, True)

    @pytest.mark.parametrize("stem", TITLES)
    def test_do_not_pass_for_another_standard(
        self, texts: dict[str, str | None], stem: str
    ) -> None:
        facts = citations.read_text(
            texts[stem] or "", number_forms.read_number("Q/YTBG 001-2026"), "不锈钢真空保温杯"
        )

        assert (facts.shows_number, facts.shows_title) == (False, False)

    @pytest.mark.parametrize("stem", sorted(WITHOUT_WORDS))
    def test_scanned_and_garbled_ones_have_no_words(
        self, texts: dict[str, str | None], stem: str
    ) -> None:
        assert texts[stem] is None

    def test_every_reference_on_the_real_lists_is_found(
        self, texts: dict[str, str | None], shared_data: Path
    ) -> None:
        """All of the references that the lists name for these files: at least 99 of 100."""
        with (shared_data / "cited_standards.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        wanted = {
            (stem, number_of(row["standard_no"]).key)
            for row in rows
            for stem in TITLES
            if stem in row["cited_by"].split()
        }

        seen = {
            (stem, number.key)
            for stem, title in TITLES.items()
            for number in facts_of(texts, stem, title).cited
        }

        assert len(wanted) > 200
        assert len(wanted & seen) >= 0.99 * len(wanted)
