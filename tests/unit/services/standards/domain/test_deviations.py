"""Lower, partly lower, fewer, or not to be known."""

import pytest

from services.standards.domain import deviations
from services.standards.domain.deviations import Relation
from services.standards.domain.indicators import (
    Bound,
    Indicator,
    NumericRequirement,
    Symbol,
    TextRequirement,
)


def at_most(value: str, name: str = "铅", condition: str = "", unit: str = "mg/kg") -> Indicator:
    right = Bound(Symbol.LESS_OR_EQUAL, value)
    return Indicator(name, NumericRequirement(right=right, unit=unit), condition=condition)


def words(text: str, name: str = "外观") -> Indicator:
    return Indicator(name, TextRequirement(content=text))


def relations(
    own: list[Indicator], reference: list[Indicator]
) -> list[tuple[Relation, str, int | None]]:
    return [
        (entry.relation, entry.name, entry.position)
        for entry in deviations.find_deviations(own, reference)
    ]


class TestFindDeviations:
    """企业标准化促进办法 Art. 14: 少于或者低于推荐性标准的，应当明示."""

    def test_the_same_or_stricter_is_no_deviation(self) -> None:
        assert relations([at_most("0.50")], [at_most("0.5")]) == []
        assert relations([at_most("0.1")], [at_most("0.5")]) == []

    def test_a_looser_limit_is_lower(self) -> None:
        found = deviations.find_deviations([at_most("0.6")], [at_most("0.5")])

        assert relations([at_most("0.6")], [at_most("0.5")]) == [(Relation.LOWER, "铅", 0)]
        assert (found[0].own, found[0].reference) == ("铅 <= 0.6mg/kg", "铅 <= 0.5mg/kg")

    def test_what_is_not_there_is_fewer(self) -> None:
        own, reference = (
            [at_most("0.1")],
            [at_most("0.5"), at_most("0.5", "镉"), at_most("1", "镉")],
        )

        assert relations(own, reference) == [(Relation.MISSING, "镉", None)]

    @pytest.mark.parametrize(
        ("own", "reference"),
        [("铅（mg/kg）", "铅"), ("总 铅", "总铅"), ("ＰＨ", "pH值"), ("铅", "铅(MG/KG)")],
    )
    def test_names_are_the_same_in_other_spellings(self, own: str, reference: str) -> None:
        assert relations([at_most("9", own)], [at_most("5", reference)]) == [
            (Relation.LOWER, own, 0)
        ]

    def test_a_bracket_that_is_no_unit_belongs_to_the_name(self) -> None:
        assert relations([at_most("9", "需氧量(COD)")], [at_most("5", "需氧量")]) == [
            (Relation.MISSING, "需氧量", None)
        ]

    def test_the_row_of_the_same_condition_counts(self) -> None:
        reference = [at_most("0.1", condition="一级"), at_most("0.5", condition="二级")]

        assert relations([at_most("0.4", condition="二级")], reference) == []
        assert relations([at_most("0.4", condition="一 级")], reference) == [
            (Relation.LOWER, "铅", 0)
        ]

    def test_without_a_condition_only_some_are_missed(self) -> None:
        reference = [at_most("0.1", condition="一级"), at_most("0.5", condition="二级")]

        assert relations([at_most("0.4")], reference) == [(Relation.PARTLY_LOWER, "铅", 0)]
        assert relations([at_most("0.6")], reference) == [(Relation.LOWER, "铅", 0)]

    def test_what_cannot_be_compared_is_unclear(self) -> None:
        assert relations([at_most("1", unit="mg/L")], [at_most("5")]) == [
            (Relation.UNCLEAR, "铅", 0)
        ]
        assert relations([words("无划痕")], [words("无明显划痕")]) == [
            (Relation.UNCLEAR, "外观", 0)
        ]
        assert relations([words("无划痕")], [words("无划痕")]) == []

    def test_another_unit_beside_one_that_fits_does_not_count(self) -> None:
        reference = [at_most("5", unit="mg/L"), at_most("5")]

        assert relations([at_most("9")], reference) == [(Relation.LOWER, "铅", 0)]

    def test_has_common_tells_whether_names_meet(self) -> None:
        assert deviations.has_common([at_most("1")], [at_most("2")])
        assert not deviations.has_common([at_most("1")], [at_most("2", "镉")])
