"""Lists of product classes: what a row must be, and how faults are named (手册 4.1)."""

from collections.abc import Mapping

import pytest

from services.standards.domain import product_classes as rules
from services.standards.domain.product_classes import TreeFaultsError, read_tree

TREE = [
    {"code": "QB01", "level": "1", "parent_code": "", "name": "日用品"},
    {"code": "QB0101", "level": "2", "parent_code": "QB01", "name": "餐厨用具"},
    {"code": "QB010101", "level": "3", "parent_code": "QB0101", "name": "保温杯"},
]


def numbered(rows: list[dict[str, str]]) -> list[tuple[int, Mapping[str, str]]]:
    return list(enumerate(rows, start=2))


def faults_of(rows: list[dict[str, str]]) -> set[tuple[int, str]]:
    with pytest.raises(TreeFaultsError) as caught:
        read_tree(numbered(rows))
    return {(fault.row, fault.reason) for fault in caught.value.faults}


class TestReadTree:
    @pytest.mark.proves("R-122")
    def test_takes_three_levels(self) -> None:
        """手册 4.1: 大类, 中类, 小类."""
        tree = read_tree(numbered(TREE))

        assert [(entry.code, entry.level, entry.parent_code) for entry in tree] == [
            ("QB01", 1, ""),
            ("QB0101", 2, "QB01"),
            ("QB010101", 3, "QB0101"),
        ]
        assert rules.leaf_codes(tree) == {"QB010101"}

    def test_minds_no_order_and_cleans_what_was_typed(self) -> None:
        tree = read_tree(numbered([*reversed(TREE[1:]), {**TREE[0], "name": " 日用品\u200b "}]))

        assert {entry.name for entry in tree} == {"日用品", "餐厨用具", "保温杯"}

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"code": ""}, rules.CODE_MALFORMED),
            ({"code": "search"}, rules.CODE_MALFORMED),
            ({"code": "1/2"}, rules.CODE_MALFORMED),
            ({"code": "1" * 41}, rules.CODE_MALFORMED),
            ({"code": "QB01"}, rules.CODE_TWICE),
            ({"level": "4"}, rules.LEVEL_MALFORMED),
            ({"level": ""}, rules.LEVEL_MALFORMED),
            ({"name": " "}, rules.NAME_MISSING),
            ({"name": "杯" * 501}, rules.NAME_TOO_LONG),
            ({"level": "1"}, rules.PARENT_UNEXPECTED),
            ({"parent_code": ""}, rules.PARENT_UNKNOWN),
            ({"parent_code": "QB99"}, rules.PARENT_UNKNOWN),
            ({"parent_code": "QB01"}, rules.PARENT_OF_OTHER_LEVEL),
        ],
    )
    def test_names_the_row_and_the_reason(self, changes: dict[str, str], reason: str) -> None:
        assert faults_of([*TREE[:2], {**TREE[2], **changes}]) == {(4, reason)}

    def test_names_all_rows_at_once(self) -> None:
        rows = [{**TREE[0], "name": ""}, {**TREE[1], "level": "x"}, TREE[2]]

        assert faults_of(rows) == {
            (2, rules.NAME_MISSING),
            (3, rules.LEVEL_MALFORMED),
            (4, rules.PARENT_OF_OTHER_LEVEL),
        }

    def test_keeps_lists_short_enough_to_be_shown(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "MAX_CHILDREN", 1)
        more = [{**TREE[2], "code": f"QB01010{number}"} for number in range(2, 5)]

        assert faults_of([*TREE, *more]) == {(5, rules.TOO_MANY_CHILDREN)}

    def test_has_an_end(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(rules, "MAX_CLASSES", 2)

        assert faults_of(TREE) == {(4, rules.TOO_MANY_CLASSES)}


@pytest.mark.parametrize(
    ("text", "is_name"),
    [("QIBIAO", True), ("CNIPA-NICE", True), ("2026.1", True), ("", False), ("../x", False),
     ("名", False), ("a" * 41, False)],
)  # fmt: skip
def test_names_of_schemes(text: str, is_name: bool) -> None:  # noqa: FBT001 - a parameter of the test
    assert rules.is_scheme_name(text) is is_name
