"""Check characters of GB 32100 and GB 11714."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from services.registry.domain import codes, identity

REAL = (
    "9144030071526726XG", "914403001922038216", "91330100799655058B", "91110000802100433B",
    "91110000600037341L",
)  # fmt: skip


class TestCreditCode:
    @pytest.mark.parametrize("code", REAL)
    def test_accepts_real_ones(self, code: str) -> None:
        assert codes.is_credit_code(code)
        assert codes.is_organization_code(codes.organization_code_of(code))

    def test_accepts_all_of_the_real_companies(self, shared_data: Path) -> None:
        with (shared_data / "companies.csv").open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                assert codes.is_credit_code(row["credit_code"])
                assert codes.is_organization_code(row["org_code"])
                assert codes.organization_code_of(row["credit_code"]) == row["org_code"]

    @given(
        st.sampled_from(REAL),
        st.integers(0, 17),
        st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY"),
    )
    def test_notices_one_wrong_character(self, code: str, place: int, character: str) -> None:
        changed = code[:place] + character + code[place + 1 :]

        assert codes.is_credit_code(changed) == (changed == code)

    @pytest.mark.parametrize("code", ["", "91", "O144030071526726XG", "9144030071526726XGX"])
    def test_refuses_other_shapes(self, code: str) -> None:
        assert not codes.is_credit_code(code)


class TestOrganizationCode:
    @pytest.mark.proves("R-015")
    def test_of_the_manual(self) -> None:
        """手册 FAQ 6: 740545604."""
        assert codes.is_organization_code(codes.fold_code("74054560-4"))

    @pytest.mark.parametrize("code", ["740545603", "74054560", "74054560O", "7405456044", ""])
    def test_refuses_bad_ones(self, code: str) -> None:
        assert not codes.is_organization_code(code)

    @pytest.mark.parametrize(
        ("body", "digit"), [("74054560", "4"), ("QBEX0003", "X"), ("QBEX0008", "0")]
    )
    def test_check_character_may_be_x_or_zero(self, body: str, digit: str) -> None:
        assert codes.organization_check_digit(body) == digit


class TestFoldCode:
    @given(st.sampled_from(REAL))
    def test_gives_the_same_for_every_way_of_writing(self, code: str) -> None:
        spread = " ".join(code[at : at + 4] for at in range(0, 18, 4))
        wide = "".join(chr(ord(character) + 0xFEE0) for character in code.lower())

        assert codes.fold_code(spread) == codes.fold_code(wide) == code
        assert codes.fold_code(f"{code[:8]}－{code[8:16]}—{code[16:]}") == code


class TestAgainstTheLibrary:
    @given(st.text(alphabet="0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=17, max_size=17))
    def test_check_character_of_credit_codes(self, body: str) -> None:
        assert codes.credit_check_character(body) == uscc.calc_check_digit(body)

    @given(st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
    def test_check_character_of_identity_numbers(self, number: str) -> None:
        assert identity.has_right_check_character(number) is mod_11_2.is_valid(number)
