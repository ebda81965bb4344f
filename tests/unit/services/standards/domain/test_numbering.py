"""Numbers of enterprise standards: boxes, form, and when two are the same."""

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain.numbering import NumberError, compose_number, parse_number

LETTERS = st.sampled_from("ABCDEFGHJKLMNPQRSTUWXYabcdefhxyz0123456789厂标")
WORDS = st.text(LETTERS, min_size=1, max_size=8)
MARKS = st.sampled_from(["/", "-", ".", " ", "·"])
YEARS = st.integers(1950, 2099).map(str)


@st.composite
def bodies(draw: st.DrawFn) -> str:
    """Return the middle box of a number: words joined by single marks."""
    words = draw(st.lists(WORDS, min_size=1, max_size=4))
    body = words[0]
    for word in words[1:]:
        body += draw(MARKS) + word
    return body


class TestComposeNumber:
    @pytest.mark.proves("R-088")
    @pytest.mark.parametrize(
        ("body", "year", "text"),
        [("3333", "2014", "Q/3333-2014"), ("07866/02011", "2014", "Q/07866/02011-2014")],
    )
    def test_puts_the_three_boxes_together(self, body: str, year: str, text: str) -> None:
        """手册 5.4.2, figures."""
        number = compose_number(body=body, year=year)

        assert number.text == text
        assert parse_number(text) == number

    @pytest.mark.proves("R-088")
    @given(bodies(), YEARS)
    def test_reads_back_what_it_composed(self, body: str, year: str) -> None:
        number = compose_number(body=body, year=year)

        assert parse_number(number.text) == number
        assert parse_number(number.text).key == number.key

    @pytest.mark.proves("R-089")
    @pytest.mark.parametrize("year", ["15", "2015-01-01", "201５年", "20155", "2015a"])
    def test_takes_four_digits_for_a_year(self, year: str) -> None:
        """手册 FAQ 19."""
        assert compose_number(body="3333", year="2015").year == "2015"

        with pytest.raises(NumberError) as caught:
            compose_number(body="3333", year=year)

        assert (caught.value.box, caught.value.fault) == ("year", "malformed")

    @pytest.mark.proves("R-090")
    @pytest.mark.parametrize(("body", "year", "box"), [("", "2015", "body"), ("1", " ", "year")])
    def test_misses_an_empty_box(self, body: str, year: str, box: str) -> None:
        with pytest.raises(NumberError) as caught:
            compose_number(body=body, year=year)

        assert (caught.value.box, caught.value.fault) == (box, "missing")

    @pytest.mark.proves("R-087")
    @pytest.mark.parametrize("body", ["/1", "1/", "A--", "A///B", "<b>", "A\\B", "A;B", "x" * 61])
    def test_refuses_what_is_no_number(self, body: str) -> None:
        with pytest.raises(NumberError):
            compose_number(body=body, year="2015")

    @pytest.mark.proves("R-087")
    @pytest.mark.parametrize(
        "text",
        [
            "Q/SXDJX001-2021",
            "Q/SJX 0001S-2020",
            "Q/BJLLHD002-2017",
            "Q/ABCDE0001—2008",
            "q／３３３３－２０１４",
            "Q/JNC0003S（一级）-2015",
        ],
    )
    def test_takes_the_forms_seen_in_the_wild(self, text: str) -> None:
        """手册 FAQ 17: the platform imposes no local rule."""
        number = parse_number(text)

        assert parse_number(number.text) == number
        assert number.prefix == "Q"

    def test_forgives_the_prefix_typed_twice(self) -> None:
        assert compose_number(body="Q/3333", year="2014").text == "Q/3333-2014"

    @pytest.mark.parametrize("text", ["", "3333-2014", "GB/T 1-2014", "Q/3333", "Q/" + "1" * 200])
    def test_reads_nothing_else(self, text: str) -> None:
        with pytest.raises(NumberError):
            parse_number(text)

    def test_reads_the_printed_numbers_of_the_shared_data(self, shared_data: Path) -> None:
        with (shared_data / "enterprise_standards.csv").open(encoding="utf-8") as file:
            rows = list(csv.DictReader(file))

        with_year = [row["std_no"] for row in rows if re.search(r"-[0-9]{4}$", row["std_no"])]

        assert len(with_year) > 5
        assert all(parse_number(text).text for text in with_year)


class TestKey:
    @pytest.mark.proves("R-076")
    @pytest.mark.parametrize(
        "spelling", ["Q/SJX 0001S-2020", "q/sjx0001s-2020", "Ｑ／ＳＪＸ　０００１Ｓ－２０２０"]
    )
    def test_is_the_same_for_every_spelling(self, spelling: str) -> None:
        assert parse_number(spelling).key == "Q/SJX0001S-2020"

    @given(bodies(), YEARS)
    def test_has_no_case_and_no_spaces(self, body: str, year: str) -> None:
        number = compose_number(body=body, year=year)

        assert compose_number(body=body.upper(), year=year).key == number.key
        assert " " not in number.key
        assert number.digits.endswith(year)
