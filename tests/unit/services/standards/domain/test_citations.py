"""Which standards a text cites, and whether it shows a number and a name."""

import csv
import time
from pathlib import Path

import pytest

from services.standards.domain import citations, number_forms

# The product's promise is a second; times 5 for a busy machine.
PATIENCE = 5


def found(text: str) -> list[str]:
    return [number.text for number in citations.find_citations(text)]


class TestFindCitations:
    @pytest.mark.parametrize(
        ("text", "numbers"),
        [
            ("按GB/T 29606—2013《不锈钢真空杯》检验", ["GB/T 29606-2013"]),
            ("应符合ＧＢ４８０６．９－２０１６的规定", ["GB 4806.9-2016"]),
            ("GB／T\n191 包装储运图示标志", ["GB/T 191"]),
            ("HJ/T 91、HJ 554-2010和GBZ/T 160.67", ["HJ/T 91", "HJ 554-2010", "GBZ/T 160.67"]),
            ("DB44/T 1597-2015，DB 44/26-2001", ["DB44/T 1597-2015", "DB44/26-2001"]),
            ("T/CAS 115-2015", ["T/CAS 115-2015"]),
            ("GB 8978-88", ["GB 8978-1988"]),
            ("JTG/T F20-2015", ["JTG/T F20-2015"]),
            ("GB 4915一2013", ["GB 4915-2013"]),
            ("GB/T 191-2008，GB/T 191—2008", ["GB/T 191-2008"]),
            ("Q/YTBG 001-2026", []),
            ("TCL 55-2019，PVC 100，ISO 9001:2015，SL-500", []),
            ("", []),
        ],
    )
    def test_finds_numbers_of_others_in_running_text(self, text: str, numbers: list[str]) -> None:
        """企业标准化促进办法 Art. 12: methods cite standards; GB/T 1.1: with or without year."""
        assert found(text) == numbers

    @pytest.mark.parametrize(
        "text",
        [
            "本标准代替GB 4915—2004《水泥工业大气污染物排放标准》",
            "代替 GB 4915-2004、GB 4915-1996",
            "本标准与 GB 4915-2004《水泥工业》相比，主要变化如下",
        ],
    )
    def test_leaves_out_what_is_replaced(self, text: str) -> None:
        assert found(text) == []

    def test_goes_on_after_what_is_replaced(self) -> None:
        assert found("本标准代替GB 1-2001。按 GB/T 2-2008 检验") == ["GB/T 2-2008"]

    def test_finds_no_more_than_asked(self) -> None:
        text = " ".join(f"GB/T {serial}-2010" for serial in range(1, 1_000))

        assert len(citations.find_citations(text)) == citations.MAX_CITATIONS
        assert len(citations.find_citations(text, limit=3)) == 3

    @pytest.mark.parametrize(
        "unit",
        [
            "GB/T 1.1.1.1.1-",
            "A",
            "T/",
            "GB ",
            "代替 GB 1-2001",
            "T/1",
            "DB44",
            "1-",
            "《",
            "GB/T 1-",
        ],
    )
    def test_time_grows_with_the_text_alone(self, unit: str) -> None:
        text = unit * (2 * citations.MAX_TEXT_LENGTH // len(unit))

        started = time.process_time()
        citations.find_citations(text)

        assert time.process_time() - started < PATIENCE

    def test_finds_real_references(self, shared_data: Path) -> None:
        """At least 99 of 100 entries of real lists of 规范性引用文件 are found as one text."""
        with (shared_data / "cited_standards.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        text = "\n".join(f"{row['standard_no']} {row['name_zh']}" for row in rows)
        wanted = {
            query.number.key
            for row in rows
            if (query := number_forms.read_query(row["standard_no"])) and query.number
        }

        seen = {number.key for number in citations.find_citations(text, limit=len(rows) * 2)}

        assert len(wanted) > 400
        assert len(wanted & seen) >= 0.99 * len(wanted)
        assert len(seen - wanted) <= 0.01 * len(wanted)


class TestReadText:
    TEXT = "Q/ＹＴＢＧ　001—2026\n不锈钢\n真空 保温杯\n2 规范性引用文件\nGB/T 29606-2013"

    def test_tells_what_a_text_shows(self) -> None:
        """标准化法 Art. 27: what is public is the standard that was declared."""
        number = number_forms.read_number("Q/YTBG 001-2026")

        facts = citations.read_text(self.TEXT, number, "不锈钢真空保温杯")

        assert (facts.shows_number, facts.shows_title) == (True, True)
        assert [cited.text for cited in facts.cited] == ["GB/T 29606-2013"]

    def test_tells_what_a_text_does_not_show(self) -> None:
        number = number_forms.read_number("Q/YTBG 002-2026")

        facts = citations.read_text(self.TEXT, number, "电热水壶")

        assert (facts.shows_number, facts.shows_title) == (False, False)

    @pytest.mark.parametrize(
        ("printed", "number"),
        [
            ("Q/HLS0001S 2012", "Q/HLS 0001S-2012"),
            ("q/hls 0001s～2012", "Q/HLS 0001S-2012"),
            ("GBT 29606-2013", "GB/T 29606-2013"),
            ("GB／T29606－2013", "GB/T 29606-2013"),
        ],
    )
    def test_a_number_is_known_in_its_spellings(self, printed: str, number: str) -> None:
        facts = citations.read_text(printed, number_forms.read_number(number), "")

        assert facts.shows_number
        assert facts.cited == ()
