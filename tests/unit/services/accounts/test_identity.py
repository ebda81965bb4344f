"""Identity numbers and phones: one form for one person."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.iso7064 import mod_11_2

from services.accounts.domain import identity, phones

BODIES = st.from_regex(
    r"[1-9][0-9]{5}19[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[0-9]{3}", fullmatch=True
)


class TestIdNumber:
    @pytest.mark.proves("C3", "R-045")
    @given(BODIES)
    def test_every_way_of_writing_is_one_person(self, body: str) -> None:
        number = body + str(mod_11_2.calc_check_digit(body))
        short = number[:6] + number[8:17]
        wide = "".join(chr(ord(character) + 0xFEE0) for character in number.lower())

        for typed in (number, number.lower(), short, wide, f" {number[:6]} {number[6:]} "):
            assert identity.to_long_form(typed) == number

    @pytest.mark.proves("R-046")
    @given(BODIES)
    def test_wrong_check_character(self, body: str) -> None:
        right = str(mod_11_2.calc_check_digit(body))

        for digit in "0123456789X":
            assert (identity.to_long_form(body + digit) is not None) == (digit == right)

    def test_of_the_literature(self) -> None:
        assert identity.to_long_form("130503670401001") == "130503196704010016"

    @pytest.mark.proves("R-046")
    @pytest.mark.parametrize("number", ["370321196501010012", "110228196001010017"])
    def test_older_than_the_county(self, number: str) -> None:
        assert identity.to_long_form(number) == number

    @pytest.mark.parametrize(
        "body", ["11010119901301001", "11010119900230001", "11010118991231001", "01010119900101001"]
    )
    def test_impossible_dates_and_areas(self, body: str) -> None:
        number = body + str(mod_11_2.calc_check_digit(body))

        assert identity.to_long_form(number) is None

    @pytest.mark.parametrize("number", ["", "1", "E12345678", "1105036704010012", "甲" * 18])
    def test_other_texts(self, number: str) -> None:
        assert identity.to_long_form(number) is None


class TestPhone:
    @pytest.mark.parametrize(
        "typed",
        [
            "13800138000",
            "+86 138 0013 8000",
            "0086-138-0013-8000",
            "８６１３８００１３８０００",
            "138-0013-8000",
        ],
    )
    def test_every_way_of_writing_is_one_phone(self, typed: str) -> None:
        assert phones.to_mobile(typed) == "13800138000"

    @pytest.mark.parametrize(
        "typed", ["", "12800138000", "1380013800", "010-12345678", "+1 650 253 0000"]
    )
    def test_what_is_no_mobile(self, typed: str) -> None:
        assert phones.to_mobile(typed) is None

    @pytest.mark.parametrize("typed", ["16500000000", "17000000000", "19200000000", "19900000001"])
    def test_newer_numbers(self, typed: str) -> None:
        assert phones.to_mobile(typed) == typed

    @pytest.mark.parametrize("typed", ["15400000000", "14612340000"])
    def test_numbers_that_nobody_has(self, typed: str) -> None:
        assert phones.to_mobile(typed) is None
