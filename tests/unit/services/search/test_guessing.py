"""services.search.domain.guessing: one slip away from what was typed."""

import pytest

from services.search.domain.guessing import (
    MAX_GUESSES,
    Known,
    choose,
    is_like_a_number,
    near_bodies,
    near_keys,
    split_number,
)


def known(text: str, count: int = 1) -> Known:
    parts = split_number(text)
    return Known(flat=parts.flat, stem=parts.stem, body=parts.body, text=text, count=count)


class TestSplitNumber:
    @pytest.mark.parametrize(
        ("text", "stem", "body", "year"),
        [
            ("GB/T 13456-2014", "gbt13456", "13456", "2014"),
            ("ＧＢ／Ｔ　13456—2014", "gbt13456", "13456", "2014"),
            ("gbt13456", "gbt13456", "13456", ""),
            ("DB37/T 4469-2021", "db37t4469", "4469", "2021"),
            ("GB/T 19001.1-2016", "gbt190011", "190011", "2016"),
            ("Q/SJX 0001S-2020", "qsjx0001s", "0001s", "2020"),
            ("Q/07866/02011-2014", "q0786602011", "02011", "2014"),
            ("13456", "13456", "13456", ""),
            ("13456-3", "134563", "3", ""),
            ("Q/ABC", "qabc", "qabc", ""),
            ("", "", "", ""),
        ],
    )
    def test_tells_serial_and_year(self, text: str, stem: str, body: str, year: str) -> None:
        parts = split_number(text)

        assert (parts.flat, parts.stem, parts.body, parts.year) == (stem + year, stem, body, year)


class TestIsLikeANumber:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("GB/T 13456", True),
            ("１３４５６", True),
            ("Q/SJX 0001S", True),
            ("hwy14", False),
            ("保温杯 13456", False),
            ("13", False),
            ("", False),
            ("abcdefghijklmnop123", False),
            ("9" * 40, False),
        ],
    )
    def test_wants_digits_and_few_letters(self, text: str, expected: bool) -> None:  # noqa: FBT001 - an expectation
        assert is_like_a_number(text) is expected


class TestNearKeys:
    @pytest.mark.parametrize(
        "typed",
        [
            "GB/T 13465",
            "GB/T 1345",
            "GB/T 134566",
            "GB/T 13956",
            "GBT13465-2014",
            "GT/B 13456",
            "GB 13456",
            "GBB/T 13456",
            "GV/T 13456",
        ],
    )
    def test_hold_the_number_that_was_meant(self, typed: str) -> None:
        assert "gbt13456" in near_keys(split_number(typed))

    def test_hold_not_what_was_typed(self) -> None:
        parts = split_number("GB/T 13456-2014")

        assert not {"gbt13456", "gbt134562014", ""} & near_keys(parts)

    def test_are_few(self) -> None:
        assert len(near_keys(split_number("DB3703/T 12345.67-2020"))) < 1_000

    def test_of_bare_digits_are_serials(self) -> None:
        assert "13456" in near_bodies(split_number("13465"))
        assert near_bodies(split_number("GB/T 13465")) == set()
        assert all(len(body) >= 3 for body in near_bodies(split_number("133")))


class TestChoose:
    def test_puts_another_year_before_another_digit_before_another_prefix(self) -> None:
        digit, prefix = known("GB/T 13465-2010", 9), known("QB/T 13456-2012", 9)
        year = known("GB/T 13456-2014")

        chosen = choose(split_number("GB/T 13456-2013"), [prefix, digit, year, year])

        assert chosen == [year, digit, prefix]

    def test_puts_the_right_year_first(self) -> None:
        wrong, right = known("GB/T 13456-2014", 9), known("GB/T 13465-2013")

        assert choose(split_number("GB/T 13546-2013"), [wrong, right])[0] in {wrong, right}
        assert choose(split_number("GB/T 13456-2013"), [wrong, right]) == [wrong, right]
        assert choose(split_number("GB/T 13466-2013"), [wrong, right]) == [right, wrong]

    def test_names_a_few_and_never_the_number_itself(self) -> None:
        itself = known("GB/T 13456-2014")
        others = [known(f"GB/T 1345{digit}-2014") for digit in "012345789"]

        chosen = choose(split_number("GB/T 13456-2014"), [itself, *others])

        assert len(chosen) == MAX_GUESSES
        assert itself not in chosen
