"""Every way of writing that the manual's questions speak of: taken, or explained."""

import pytest

from services.registry.domain import codes, folding, hints, identity
from services.registry.domain.hints import Hint


class TestForms:
    """What people type (left) and what the code database holds (right) count as the same."""

    @pytest.mark.proves("R-016", "R-017", "R-019")
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("机构代码中心（全国）", "机构代码中心(全国)"),  # 手册 2.1 note 1, FAQ 2
            ("北京市（北京）132号", "北京市(北京)132号"),  # 手册 2.1 note 2
            ("北京市(北京)１３２号", "北京市(北京)132号"),
            ("北京市 (北京) 132号", "北京市(北京)132号"),  # FAQ 1: 不能有空格
            ("北京市(北京)#132号", "北京市(北京)132号"),  # FAQ 1: 删除#号
            ("北京市(北京)132号Ａ座", "北京市(北京)132号A座"),
        ],
    )
    def test_addresses_and_names(self, typed: str, stored: str) -> None:
        assert folding.fold_address(typed) == folding.fold_address(stored)

    @pytest.mark.proves("R-014", "R-015")
    @pytest.mark.parametrize(
        "typed", ["74054560-4", "７４０５４５６０-４", "74054560－4", "740545604"]
    )
    def test_organization_codes(self, typed: str) -> None:
        """手册 FAQ 6: 输入组织机构代码时的横杠“-”去掉."""
        assert codes.fold_code(typed) == "740545604"
        assert codes.is_well_formed(codes.fold_code(typed))

    @pytest.mark.proves("R-029")
    def test_year_1970_loses_its_century_and_the_number_its_last_place(self) -> None:
        """手册 FAQ 4: 如 1970 中的 19 去掉，最后一个数字去掉."""
        assert identity.short_form("110101197003070015") == "110101700307001"

    @pytest.mark.proves("R-028", "R-030")
    @pytest.mark.parametrize("typed", ["H12345678", "12345678", "E12345678", " e12345678"])
    def test_permits_and_passports_are_compared_as_they_are(self, typed: str) -> None:
        """手册 FAQ 3, 4: 通行证号, 护照号."""
        number = identity.fold_id_number(typed)

        assert identity.short_form(number) is None
        assert identity.is_acceptable(number, identity.guess_type(number))


class TestExplanations:
    @pytest.mark.proves("R-018", "R-032")
    @pytest.mark.parametrize(
        ("typed", "stored", "hint"),
        [
            ("淄博市桓台县1号", "山东省淄博市桓台县1号", Hint.MISSING_PROVINCE),  # FAQ 1
            ("北京市（新）132号", "北京市(北京)132号", Hint.FULL_WIDTH_BRACKET),  # FAQ 1
            ("北京市新132号 A", "北京市(北京)132号", Hint.SPACE),  # FAQ 1
            ("北京市新#132号", "北京市(北京)132号", Hint.NUMBER_SIGN),  # FAQ 1
            ("北京市新地址132号", "北京市(北京)132号", Hint.WAIT_FOR_SYNC),  # FAQ 16
        ],
    )
    def test_of_addresses(self, typed: str, stored: str, hint: Hint) -> None:
        assert hint in [clue.hint for clue in hints.of_address(typed, stored)]
