"""One form for every way of writing a name or an address."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain import folding, regions


class TestFolding:
    @pytest.mark.proves("R-016", "R-017")
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("机构代码中心（全国）", "机构代码中心(全国)"),
            ("机构代码中心【全国】", "机构代码中心(全国)"),
            ("Ａ Ｂ公司", "ab公司"),
            ("阿依夏木•买买提", "阿依夏木·买买提"),
            ("一二\u200b三", "一二三"),
        ],
    )
    def test_names(self, typed: str, stored: str) -> None:
        """手册 2.1, note 1."""
        assert folding.fold_text(typed) == folding.fold_text(stored)

    @pytest.mark.proves("R-017", "R-019")
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("北京市（北京）132号", "北京市(北京)132号"),
            ("北京市(北京)１３２号", "北京市(北京)132号"),
            ("北京市 (北京) 132 号", "北京市(北京)132号"),
            ("示范路#8号", "示范路8号"),
            ("示范路＃８号", "示范路8号"),
            ("示范路8－1号", "示范路8-1号"),
        ],
    )
    def test_addresses(self, typed: str, stored: str) -> None:
        """手册 2.1, note 2 and FAQ 1."""
        assert folding.fold_address(typed) == folding.fold_address(stored)

    @given(st.text(max_size=60))
    def test_is_stable(self, text: str) -> None:
        once = folding.clean_text(text)

        assert folding.clean_text(once) == once
        assert folding.fold_text(once) == folding.fold_text(text)

    def test_full_width_brackets_are_never_stored(self) -> None:
        assert folding.clean_text("甲（乙）  LTD") == "甲(乙) LTD"

    @pytest.mark.parametrize(
        ("text", "is_broken"),
        [("\ufffd\ufffd公司", True), ("公司\x01", True), ("曾\ue5cf", False), ("公司\n", False)],
    )
    def test_mojibake(self, text: str, *, is_broken: bool) -> None:
        assert folding.has_mojibake(text) is is_broken


class TestRegions:
    @pytest.mark.proves("R-027")
    @pytest.mark.parametrize(
        ("switches", "is_open"),
        [
            ({}, False),
            ({"": True}, True),
            ({"": True, "37": False}, False),
            ({"37": False, "3703": True}, True),
            ({"3703": True, "370321": False}, False),
        ],
    )
    def test_longest_prefix_wins(self, switches: dict[str, bool], *, is_open: bool) -> None:
        assert regions.is_open("370321", switches) is is_open

    @pytest.mark.parametrize(
        ("code", "prefix"),
        [("000000", ""), ("370000", "37"), ("370300", "3703"), ("370321", "370321")],
    )
    def test_prefix_of_a_division(self, code: str, prefix: str) -> None:
        assert regions.prefix_of(code) == prefix

    def test_refuses_other_codes(self) -> None:
        with pytest.raises(ValueError, match="37"):
            regions.prefix_of("37")

    @pytest.mark.parametrize(
        ("name", "prefix"),
        [
            ("山东", "37"),
            ("山东省", "37"),
            ("内蒙古", "15"),
            ("新疆", "65"),
            ("香港", "81"),
            ("火星", None),
        ],
    )
    def test_provinces_in_full_and_in_short(self, name: str, prefix: str | None) -> None:
        assert regions.province_prefix(name) == prefix


class TestShortcuts:
    """What is left out for speed changes no result."""

    @given(st.text(max_size=30))
    def test_broken_characters_are_those_of_the_categories(self, text: str) -> None:
        slow = any(
            character == "\ufffd" or unicodedata.category(character) in {"Cc", "Cs"}
            for character in text
            if not character.isspace()
        )

        assert folding.has_mojibake(text) is slow

    @given(st.text(alphabet="甲乙龥一0aZ(),.;:'\"/_#&+*@%-", max_size=30))
    def test_plain_texts_need_no_folding(self, text: str) -> None:
        assert folding.clean_text(text) == text == unicodedata.normalize("NFKC", text)
