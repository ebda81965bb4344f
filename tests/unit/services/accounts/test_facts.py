"""What somebody types of an enterprise is compared without what keyboards do differently."""

import pytest

from services.accounts.domain import facts


@pytest.mark.proves("R-196")
class TestFold:
    @pytest.mark.parametrize(
        ("typed", "stated"),
        [
            ("桓台（示范）食品公司", "桓台(示范)食品公司"),
            (" 桓台 示范\u3000食品", "桓台示范食品"),
            ("ＡＢＣ路１号", "abc路1号"),
            ("示范路1—2号", "示范路1-2号"),
            ("【示范】", "(示范)"),
        ],
    )
    def test_same(self, typed: str, stated: str) -> None:
        assert facts.fold_fact(typed) == facts.fold_fact(stated)

    @pytest.mark.parametrize(
        ("typed", "stated"),
        [("示范路1号", "示范路11号"), ("林知夏", "林知秋"), ("甲（乙）", "甲乙")],
    )
    def test_different(self, typed: str, stated: str) -> None:
        assert facts.fold_fact(typed) != facts.fold_fact(stated)

    def test_short_and_long_identity_numbers_are_one(self) -> None:
        assert facts.fold_number("110101900307006") == facts.fold_number(
            facts.fold_number("110101900307006")
        )
        assert facts.fold_number(" e1234567 ") == "E1234567"
