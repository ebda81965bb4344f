"""What changed between two published versions, and between two extracted texts."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain import differences, text_differences
from services.standards.domain.products import ProductData

CUP = ProductData(name="保温杯", model="SL-500", specification="500mL", class_code="2106").as_dict()
POT = ProductData(name="保温壶", model="SL-900", barcode="6901234567892").as_dict()
BOX = ProductData(name="饭盒", model="FH-1", class_code="2106").as_dict()


def limit(main: str, **members: Any) -> dict[str, Any]:
    """Return an indicator with an upper limit, as a published document holds it."""
    bound = {"symbol": "<=", "main": main, "upper_tolerance": "", "lower_tolerance": ""}
    return {
        "name": "铅",
        "category": "卫生",
        "condition": "",
        "requirement": {
            "kind": "NUMERIC", "left": None, "right": bound, "unit": "mg/L", "name": "",
        },
        "test_method": {"kind": "CUSTOM", "content": "称重"},
        "level_note": "",
        **members,
    }  # fmt: skip


def words(content: str = "", **file: str) -> dict[str, Any]:
    requirement = {"kind": "TEXT", "content": content, "file": file or None}
    return limit("", name="气味", requirement=requirement)


def document(**changes: Any) -> dict[str, Any]:
    whole = {
        "form": "declaration/1",
        "declaration_id": "d1",
        "version": 1,
        "record_number": "Q-1",
        "kind": "ENTERPRISE",
        "number": {"prefix": "Q", "body": "3333", "year": "2014", "text": "Q/3333-2014"},
        "title": "保温杯",
        "disclosure_mode": "FULL_TEXT",
        "text": {"file_name": "保温杯.pdf", "size": 9, "sha256": "aa", "pages": 2},
        "products": [CUP, POT],
        "indicators": [],
        "commitment": {"template_version": "own-1", "text": "我公司……"},
        "enterprise": {
            "name": "示例有限公司",
            "address": "石家庄市",
            "legal_representative": "张三",
        },
        "published_at": "2024-01-01T00:00:00Z",
    }
    return copy.deepcopy({**whole, **changes})


def compare(**changes: Any) -> dict[str, Any]:
    return differences.find_differences(document(), document(**changes))


def compare_indicators(before: list[Any], after: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = differences.find_differences(
        document(indicators=before), document(indicators=after)
    )["indicators"]
    return found


def compare_products(before: list[Any], after: list[Any]) -> dict[str, Any]:
    found: dict[str, Any] = differences.find_differences(
        document(products=before), document(products=after)
    )["products"]
    return found


NOTHING: dict[str, list[Any]] = {"added": [], "removed": [], "changed": []}


class TestFindDifferences:
    def test_finds_none_but_in_what_every_version_has_anew(self) -> None:
        found = compare(version=2, published_at="2024-01-02T00:00:00Z")

        text = {"file_name": "保温杯.pdf", "sha256": "aa"}
        assert found == {
            "fields": [],
            "products": NOTHING,
            "indicators": NOTHING,
            "text": {"before": text, "after": text, "is_changed": False},
        }

    def test_tells_fields_and_the_snapshot_of_the_enterprise(self) -> None:
        """手册 5.4.3: number and title may be corrected; FAQ 15: the profile may have changed."""
        number = {"prefix": "Q", "body": "3333", "year": "2015", "text": "Q/3333-2015"}
        enterprise = {"name": "示例有限公司", "address": "唐山市", "postcode": "063000"}

        found = compare(number=number, title="保温杯、壶", enterprise=enterprise)

        assert found["fields"] == [
            {"pointer": "/enterprise/address", "before": "石家庄市", "after": "唐山市"},
            {"pointer": "/enterprise/legal_representative", "before": "张三", "after": None},
            {"pointer": "/enterprise/postcode", "before": None, "after": "063000"},
            {"pointer": "/number/text", "before": "Q/3333-2014", "after": "Q/3333-2015"},
            {"pointer": "/title", "before": "保温杯", "after": "保温杯、壶"},
        ]

    def test_points_at_odd_names_and_lists_as_wholes(self) -> None:
        found = compare(**{"a/b~": ["x"]})

        assert found["fields"] == [{"pointer": "/a~1b~0", "before": None, "after": ["x"]}]

    def test_tells_the_text_by_its_hash(self) -> None:
        renamed = compare(text={"file_name": "新.pdf", "sha256": "aa"})["text"]
        replaced = compare(text={"file_name": "保温杯.pdf", "sha256": "bb"})["text"]
        dropped = compare(text=None, disclosure_mode="INDICATORS", indicators=[limit("1")])

        assert renamed["is_changed"] is False
        assert renamed["after"] == {"file_name": "新.pdf", "sha256": "aa"}
        assert replaced["is_changed"] is True
        assert (dropped["text"]["after"], dropped["text"]["is_changed"]) == (None, True)
        assert dropped["indicators"]["added"] == [limit("1")]
        assert [field["pointer"] for field in dropped["fields"]] == ["/disclosure_mode"]

    def test_reads_documents_that_have_no_indicators(self) -> None:
        old = document()
        del old["indicators"], old["products"]

        assert differences.find_differences(old, old)["indicators"] == NOTHING

    @given(st.permutations([CUP, POT, BOX]), st.permutations([limit("1"), words("无"), limit("2")]))
    def test_order_is_no_difference(self, products: list[Any], indicators: list[Any]) -> None:
        before = document(
            products=[CUP, POT, BOX], indicators=[limit("1"), words("无"), limit("2")]
        )

        found = differences.find_differences(
            before, document(products=products, indicators=indicators)
        )

        assert (found["products"], found["indicators"]) == (NOTHING, NOTHING)

    @given(st.lists(st.sampled_from([CUP, POT, BOX]), max_size=6), st.data())
    def test_turned_round_adds_what_was_removed(
        self, before: list[Any], data: st.DataObject
    ) -> None:
        after = data.draw(st.lists(st.sampled_from([CUP, POT, BOX]), max_size=6))

        there, back = compare_products(before, after), compare_products(after, before)

        def in_order(rows: list[Any]) -> list[str]:
            return sorted(map(json.dumps, rows))

        assert in_order(there["added"]) == in_order(back["removed"])
        assert len(there["added"]) - len(there["removed"]) == len(after) - len(before)


class TestProducts:
    def test_are_added_and_removed(self) -> None:
        """手册 5.1: products are added to what is public."""
        found = compare_products([CUP, POT], [BOX, CUP, CUP])

        assert found == {"added": [BOX, CUP], "removed": [POT], "changed": []}

    def test_are_the_same_by_name_model_and_specification(self) -> None:
        after = {**CUP, "name": "保温杯 ", "brand": "示例"}

        found = compare_products([POT, CUP], [after, POT])

        assert found["changed"] == [
            {"position": 0, "before": CUP, "after": after, "fields": ["name", "brand"]}
        ]
        assert (found["added"], found["removed"]) == ([], [])

    def test_are_the_same_by_barcode(self) -> None:
        after = {**POT, "name": "真空保温壶", "model": "SL-901", "origin": "河北"}

        found = compare_products([POT], [after])

        assert found["changed"] == [
            {"position": 0, "before": POT, "after": after, "fields": ["name", "model", "origin"]}
        ]

    def test_a_changed_twin_finds_its_own_partner(self) -> None:
        after = {**CUP, "brand": "示例"}

        found = compare_products([CUP, CUP], [after, CUP])

        assert [change["position"] for change in found["changed"]] == [0]

    def test_without_name_or_barcode_are_not_guessed(self) -> None:
        nameless, other = {**CUP, "name": ""}, {**CUP, "name": "", "brand": "示例"}

        assert compare_products([nameless], [other]) == {
            "added": [other],
            "removed": [nameless],
            "changed": [],
        }

    def test_many_are_compared_at_once(self) -> None:
        rows = [{**CUP, "specification": f"{size}mL"} for size in range(5000)]
        mixed = [{**row, "brand": "示例"} for row in reversed(rows)]

        found = compare_products(rows, mixed)

        assert len(found["changed"]) == 5000
        assert all(change["fields"] == ["brand"] for change in found["changed"])


class TestIndicators:
    @pytest.mark.parametrize(
        ("main", "verdict"),
        [("0.1", "STRICTER"), ("0.3", "LOOSER"), ("0.20", "EQUAL"), ("微量", "INCOMPARABLE")],
    )
    def test_a_changed_limit_is_judged(self, main: str, verdict: str) -> None:
        """企业标准化促进办法 Art. 14: who lowers a limit has to say so."""
        found = compare_indicators([limit("0.2")], [words("无"), limit(main)])

        assert found["added"] == [words("无")]
        assert found["changed"] == [
            {
                "name": "铅",
                "position": 1,
                "before": limit("0.2"),
                "after": limit(main),
                "fields": ["requirement"],
                "verdict": verdict,
            }
        ]

    def test_are_the_same_by_category_name_and_condition(self) -> None:
        grades = [limit("0.2", condition="Ⅰ类"), limit("0.4", condition="Ⅱ类")]

        found = compare_indicators(grades, [limit("0.3", condition="Ⅱ类"), grades[0]])

        assert [change["position"] for change in found["changed"]] == [0]
        assert found["changed"][0]["verdict"] == "STRICTER"

    def test_a_new_category_hides_no_looser_limit(self) -> None:
        found = compare_indicators([limit("0.2")], [limit("0.3", category="理化")])

        (change,) = found["changed"]
        assert (change["fields"], change["verdict"]) == (["category", "requirement"], "LOOSER")

    def test_of_one_name_in_new_categories_are_not_guessed(self) -> None:
        twins = [limit("0.3", category="理化"), limit("0.4", category="安全")]

        found = compare_indicators([limit("0.2")], twins)

        assert found == {"added": twins, "removed": [limit("0.2")], "changed": []}

    def test_a_changed_method_leaves_the_limit_equal(self) -> None:
        found = compare_indicators([limit("0.2")], [limit("0.2", test_method=None)])

        (change,) = found["changed"]
        assert (change["fields"], change["verdict"]) == (["test_method"], "EQUAL")

    def test_the_same_file_sent_again_is_no_change(self) -> None:
        file = {"file_name": "要求.txt", "sha256": "aa"}
        before = words(upload_id="u1", **file)

        same = compare_indicators([before], [words(upload_id="u2", **file)])
        other = compare_indicators(
            [before], [words(upload_id="u2", file_name="要求.txt", sha256="bb")]
        )

        assert same == NOTHING
        assert other["changed"][0]["verdict"] == "INCOMPARABLE"

    def test_words_instead_of_numbers_are_incomparable(self) -> None:
        after = limit("", requirement={"kind": "TEXT", "content": "无", "file": None})

        assert (
            compare_indicators([limit("0.2")], [after])["changed"][0]["verdict"] == "INCOMPARABLE"
        )


def rebuild(told: dict[str, Any], before: list[str]) -> list[str]:
    """Return the later lines, made from the earlier ones and what is told."""
    made: list[str] = []
    place = 0
    for group in told["groups"]:
        made += before[place : group["before_line"] - 1]
        place = group["before_line"] - 1
        assert len(made) == group["after_line"] - 1
        for line in group["lines"]:
            if line["mark"] != "+":
                assert before[place] == line["text"]
                place += 1
            if line["mark"] != "-":
                made.append(line["text"])
    return made + before[place:]


class TestTextLines:
    def test_tells_the_lines_with_their_neighbours(self) -> None:
        before = "\n".join(f"第{row}行" for row in range(1, 101))

        told = text_differences.text_lines(before, before.replace("第50行", "第五十行"))

        assert told == {
            "is_too_long": False,
            "limit": 2000,
            "lines_before": 100,
            "lines_after": 100,
            "groups": [
                {
                    "before_line": 47,
                    "after_line": 47,
                    "lines": [
                        {"mark": " ", "text": "第47行"},
                        {"mark": " ", "text": "第48行"},
                        {"mark": " ", "text": "第49行"},
                        {"mark": "-", "text": "第50行"},
                        {"mark": "+", "text": "第五十行"},
                        {"mark": " ", "text": "第51行"},
                        {"mark": " ", "text": "第52行"},
                        {"mark": " ", "text": "第53行"},
                    ],
                }
            ],
        }

    def test_equal_texts_have_no_groups(self) -> None:
        told = text_differences.text_lines("一\n二", "一 \r\n二\n")

        assert told["groups"] == []
        assert told["is_too_long"] is False

    def test_what_is_alike_at_both_ends_costs_nothing(self) -> None:
        long = "\n".join(map(str, range(50_000)))

        told = text_differences.text_lines(long, f"新\n{long.replace('25000', '二万五', 1)}")

        assert told["is_too_long"] is True

        told = text_differences.text_lines(long, long.replace("25000", "二万五", 1))

        assert told["is_too_long"] is False
        assert told["groups"][0]["before_line"] == 24_998

    def test_says_so_where_too_much_is_changed(self) -> None:
        told = text_differences.text_lines("一\n二\n三", "甲\n乙", limit=4)

        assert told == {
            "is_too_long": True,
            "limit": 4,
            "lines_before": 3,
            "lines_after": 2,
            "groups": [],
        }
        assert text_differences.text_lines("一\n二\n三", "甲\n乙", limit=5)["groups"] != []

    @given(st.lists(st.sampled_from("甲乙丙丁"), max_size=30), st.data())
    def test_what_is_told_makes_the_later_text(
        self, before: list[str], data: st.DataObject
    ) -> None:
        after = data.draw(st.lists(st.sampled_from("甲乙丙丁"), max_size=30))

        told = text_differences.text_lines("\n".join(before), "\n".join(after))

        assert rebuild(told, before) == after
