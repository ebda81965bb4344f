"""How two versions differ, in words."""

from typing import Any

from gateway.difference_view import differences_context

NOTHING: dict[str, Any] = {"added": [], "removed": [], "changed": []}


def compared(*changes: tuple[str, Any, Any], **parts: Any) -> dict[str, Any]:
    names = ("pointer", "before", "after")
    return differences_context(
        {
            "before": {}, "after": {},
            "fields": [dict(zip(names, change, strict=True)) for change in changes],
            "products": NOTHING, "indicators": NOTHING, "text": {"is_changed": False}, **parts,
        }
    )  # fmt: skip


class TestDifferences:
    def test_say_fields_and_values_in_the_order_of_the_record(self) -> None:
        context = compared(
            ("/later/invented", None, 3),
            ("/commitment/text", "甲", "乙"),
            ("/enterprise/address", "山东省", "山西省"),
            ("/disclosure/deviation", "NONE", "FEWER"),
            ("/disclosure/joint_parties", [], ["甲公司", "乙公司"]),
            ("/title", "杯", "壶"),
            ("/corrected_at", None, "2026-03-01T16:30:00Z"),
        )

        assert [tuple(row.values()) for row in context["fields"]] == [
            ("标准名称", "杯", "壶"),
            ("修改时间", "—", "2026年03月02日 00:30"),
            ("与推荐性标准相比", "不少于、不低于", "少于"),
            ("联合制定单位", "—", "甲公司、乙公司"),
            ("注册地址", "山东省", "山西省"),
            ("企业承诺", "甲", "乙"),
            ("/later/invented", "—", "3"),
        ]

    def test_leave_out_what_says_nothing_to_a_reader(self) -> None:
        context = compared(
            ("/catalogue_id", "1", "2"), ("/record_number", "1", "2"), ("/supersedes", None, "1")
        )

        assert not context["has_any"]

    def test_name_what_changed_of_a_row(self) -> None:
        before = {"name": "水分", "preview": "水分 <= 5%", "test_method": None, "level_note": ""}
        after = before | {
            "preview": "水分 <= 6%",
            "test_method": {"kind": "CATALOGUE", "number": "GB 5009.3-2016", "title": "水分的测定"},
        }
        change = {
            "name": "水分", "before": before, "after": after, "verdict": "LOOSER",
            "fields": ["requirement", "test_method", "preview"],
        }  # fmt: skip

        context = compared(indicators=NOTHING | {"changed": [change]})

        (shown,) = context["indicators"]["changed"]
        assert shown["verdict"] == "要求放宽"
        assert [tuple(row.values()) for row in shown["rows"]] == [
            ("指标要求", "水分 <= 5%", "水分 <= 6%"),
            ("测试方法", "—", "GB 5009.3-2016 水分的测定"),
        ]
        assert context["products"] is None
        assert context["has_any"]
