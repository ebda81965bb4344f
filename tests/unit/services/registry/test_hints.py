"""The hints beside the manual's messages: the kind of fault, never a stored value."""

import pytest

from services.registry.domain import hints
from services.registry.domain.hints import Clue, Hint
from services.registry.domain.matching import Field, Mismatch, Texts, compare_texts

STORED = "山东省淄博市桓台县示范街道青禾路1号"


def kinds(clues: tuple[Clue, ...]) -> list[Hint]:
    return [clue.hint for clue in clues]


class TestAddress:
    @pytest.mark.proves("R-018")
    @pytest.mark.parametrize(
        ("typed", "stored", "expected"),
        [
            ("淄博市1号", "山东省淄博市1号", [Hint.MISSING_PROVINCE]),
            ("浦东新区1号", "上海市浦东新区1号", [Hint.MISSING_PROVINCE]),
            ("山东省淄博市1号", "淄博市1号", [Hint.EXTRA_PROVINCE]),
            ("山东省淄博市1号", "山东省淄博市2号", [Hint.WAIT_FOR_SYNC]),
            ("吉林市船营区1号", "吉林市船营区2号", [Hint.WAIT_FOR_SYNC]),
            ("山东省桓台县示范街道青禾路1号", STORED, [Hint.MISSING_CITY]),
            ("山东省淄博市示范街道青禾路1号", STORED, [Hint.MISSING_COUNTY]),
            ("北京市安苑路20号", "北京市朝阳区安苑路20号", [Hint.MISSING_COUNTY]),
            (
                "内蒙古自治区乌拉特前旗1号",
                "内蒙古自治区巴彦淖尔市乌拉特前旗1号",
                [Hint.MISSING_CITY],
            ),
        ],
    )
    def test_levels(self, typed: str, stored: str, expected: list[Hint]) -> None:
        """手册 2.1, note 3: 一般会缺少了省."""
        assert kinds(hints.of_address(typed, stored)) == expected

    @pytest.mark.proves("R-017", "R-019")
    @pytest.mark.parametrize(
        ("typed", "hint", "place"),
        [
            ("山东省淄博市桓台县（示范）街道2号", Hint.FULL_WIDTH_BRACKET, "10"),
            ("山东省淄博市桓台县青禾路２号", Hint.FULL_WIDTH_CHARACTER, "13"),
            ("山东省淄博市 桓台县青禾路2号", Hint.SPACE, "7"),
            ("山东省淄博市桓台县青禾路#2号", Hint.NUMBER_SIGN, "13"),
        ],
    )
    def test_characters(self, typed: str, hint: Hint, place: str) -> None:
        """手册 FAQ 1: 括号、字母、数字使用英文模式下输入，如包括“#”号，删除#号."""
        assert Clue(hint, {"place": place}) in hints.of_address(typed, STORED)

    def test_letter_o_where_the_record_has_a_zero(self) -> None:
        clues = hints.of_address("山东省淄博市桓台县1O2号", "山东省淄博市桓台县102号")

        assert clues == (Clue(Hint.LETTER_O, {"place": "11"}),)

    @pytest.mark.proves("R-033")
    def test_former_address(self) -> None:
        """手册 FAQ 16."""
        clues = hints.of_address("山东省淄博市 旧路1号", STORED, ["山东省淄博市旧路1号"])

        assert kinds(clues) == [Hint.FORMER_VALUE]


class TestText:
    @pytest.mark.proves("R-016")
    def test_full_width_bracket_of_the_name(self) -> None:
        """手册 2.1, note 1, with the name of the manual's example."""
        clues = hints.of_text("机构代码中心（全国）站", "机构代码中心(全国)")

        assert clues == (Clue(Hint.FULL_WIDTH_BRACKET, {"place": "7"}),)

    @pytest.mark.proves("R-032")
    @pytest.mark.parametrize("typed", ["新名称公司", "新公司"])
    def test_waits_for_the_sync_when_nothing_else_is_wrong(self, typed: str) -> None:
        """手册 FAQ 2, 5."""
        assert kinds(hints.of_text(typed, "旧名称公司")) == [Hint.WAIT_FOR_SYNC]

    @pytest.mark.proves("R-033")
    def test_former_name_or_representative(self) -> None:
        """手册 FAQ 12, 15: who was changed in the code database is typed as before."""
        clues = hints.of_text("甲（旧）公司", "甲公司", ["甲(旧)公司"])

        assert kinds(clues) == [Hint.FORMER_VALUE]

    def test_is_part_of_the_comparison(self) -> None:
        typed = Texts(name="甲 乙", legal_representative="丙", address=STORED)
        stored = Texts(name="甲", legal_representative="丁", address=STORED)

        mismatches = compare_texts(typed, stored, {Field.LEGAL_REPRESENTATIVE: ["丙"]})

        assert mismatches == [
            Mismatch(Field.NAME, (Clue(Hint.SPACE, {"place": "2"}),)),
            Mismatch(Field.LEGAL_REPRESENTATIVE, (Clue(Hint.FORMER_VALUE),)),
        ]


class TestCode:
    @pytest.mark.proves("R-024")
    @pytest.mark.parametrize(
        ("typed", "clue"),
        [
            ("7405456", Clue(Hint.CODE_LENGTH, {"length": "7"})),
            ("370000018067809", Clue(Hint.CODE_LENGTH, {"length": "15"})),
            ("74O545604", Clue(Hint.CODE_LOOKALIKE, {"place": "3"})),
            ("740545605", Clue(Hint.CODE_CHECK_CHARACTER)),
            ("91370321QBEX00013X", Clue(Hint.CODE_CHECK_CHARACTER)),
            ("9137O321QBEX00013L", Clue(Hint.CODE_LOOKALIKE, {"place": "5"})),
        ],
    )
    def test_tells_from_what_was_typed(self, typed: str, clue: Clue) -> None:
        """手册 FAQ 6."""
        assert hints.of_code(typed) == (clue,)


class TestIdNumber:
    @pytest.mark.proves("R-029", "R-030", "R-031")
    @pytest.mark.parametrize(
        ("typed", "clue"),
        [
            ("990001197001020010", Clue(Hint.ID_CHECK_CHARACTER)),
            ("99000119700102001X", Clue(Hint.ID_DOCUMENT)),
            ("990001700102001", Clue(Hint.ID_SHORT_FORM)),
            ("9900017001020011", Clue(Hint.ID_LENGTH, {"length": "16"})),
            ("9900011970O102001X", Clue(Hint.LETTER_O, {"place": "11"})),
            ("E12345678", Clue(Hint.ID_DOCUMENT)),
            ("H12345678", Clue(Hint.ID_DOCUMENT)),
        ],
    )
    def test_tells_from_what_was_typed(self, typed: str, clue: Clue) -> None:
        """手册 FAQ 3, 4."""
        assert hints.of_id_number(typed) == (clue,)
