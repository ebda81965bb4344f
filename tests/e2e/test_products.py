"""Products by the sheet, and their classes step by step and by search, over HTTP."""

import csv
import io
import json
import time
from typing import Any
from urllib.parse import quote

import pytest
import xlsxwriter

from services.accounts import seeds
from services.standards.domain.product_sheets import HEADS
from tools.visitor import API, RefusedError

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OWNER = "jinli_owner"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"
DRAFT = {
    "kind": "ENTERPRISE",
    "title": "批量导入产品的草稿",
    "disclosure_mode": "FULL_TEXT",
    "products": [],
}


def workbook(rows: list[list[Any]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True, "strings_to_formulas": False}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([list(HEADS.values()), *rows]):
            sheet.write_row(number, 0, row)
    return stream.getvalue()


def check(visitor: Any, content: bytes, kind: str = XLSX) -> dict[str, Any]:
    found: dict[str, Any] = visitor.api(
        "POST", "/product-sheets", data=content, headers={"Content-Type": kind}
    )
    return found


@pytest.fixture(scope="module")
def owner(system: Any) -> Any:
    visitor = system.visitor()
    visitor.log_in(OWNER, seeds.PASSWORD)
    return visitor


@pytest.mark.proves("R-122", "R-123")
def test_a_class_is_chosen_step_by_step_or_by_search(system: Any) -> None:
    """手册 4.1 (three boxes) and FAQ 23 (the nearest will do); nobody need be logged in."""
    anyone = system.visitor()

    parent, levels = "", []
    for wanted in ("日用品", "餐厨用具", "保温杯和保温壶"):
        items = anyone.api("GET", f"/product-classes?parent={parent}")["items"]
        step = next(item for item in items if item["name"] == wanted)
        parent = step["code"]
        levels.append((step["level"], step["is_leaf"]))
    nearest = anyone.api("GET", f"/product-classes/search?query={quote('不锈钢真空保温杯')}")
    one = anyone.api("GET", f"/product-classes/{parent}")

    assert levels == [(1, False), (2, False), (3, True)]
    assert nearest["is_nearest"]
    assert nearest["items"][0] == {
        key: value for key, value in one.items() if key not in {"scheme", "version"}
    }
    assert [step["name"] for step in one["path"]] == ["日用品", "餐厨用具", "保温杯和保温壶"]
    answer = anyone.request("GET", f"{API}/product-classes")
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    assert answer.headers["ETag"]
    with pytest.raises(RefusedError) as refused:
        anyone.api("GET", "/product-classes/2106")
    assert refused.value.code == "standards.product_class_not_found"


@pytest.mark.proves("R-121", "R-126")
def test_products_come_in_and_go_out_by_the_sheet(system: Any, owner: Any) -> None:
    """手册 4.1: 增加产品, many at once."""
    template = system.visitor().request("GET", f"{API}/product-template")
    assert (template.status_code, template.headers["Content-Type"]) == (200, XLSX)
    assert "qibiao-product-template.xlsx" in template.headers["Content-Disposition"]
    text = system.visitor().request("GET", f"{API}/product-template?format=csv")
    assert text.content.startswith('\ufeff"产品名称"'.encode())

    # A sheet with one bad cell gives nothing, and says where.
    good = ["保温杯", "杯", 6901234567892, "示例", "500mL", "SL-500", "QB020101"]
    bad = check(owner, workbook([good, ["杯" * 201]]))
    assert (bad["products"], bad["problem_count"]) == ([], 1)
    assert bad["problems"] == [
        {
            "row": 3,
            "column": "产品名称",
            "code": "standards.too_long",
            "text": "最多填写 200 个字符。",
        }
    ]

    # A good one gives the products, which the page then saves as always.
    nasty = ["=1+1", "", "6901234567891", "@x", "-5℃", "+M", "21-002"]
    found = check(owner, workbook([good, nasty]))
    assert (found["rows"], found["problems"]) == (2, [])
    assert [(each["row"], each["column"]) for each in found["warnings"]] == [(3, "产品条码")]
    number = {"body": "YTBG 001", "year": "2026"}
    draft = owner.save_draft({**DRAFT, "number": number, "products": found["products"]})
    assert draft["products"] == found["products"]

    # Exported they hold no formula, and read again they are the same.
    path = f"{API}/declarations/{draft['declaration_id']}/products"
    for kind, suffix in ((XLSX, "xlsx"), (CSV, "csv")):
        exported = owner.request("GET", f"{path}?format={suffix}")
        assert exported.headers["Content-Type"].startswith(kind)
        assert exported.headers["Cache-Control"] == "no-store"
        if suffix == "csv":
            rows = list(csv.reader(io.StringIO(exported.content.decode("utf-8-sig"))))
            assert rows[2] == ["'=1+1", "", "6901234567891", "'@x", "'-5℃", "'+M", "21-002"]
        assert check(owner, exported.content, kind)["products"] == found["products"]


def test_only_sheets_are_taken_and_only_from_those_who_may(system: Any, owner: Any) -> None:
    def refusal(visitor: Any, content: bytes, kind: str) -> tuple[int, str]:
        with pytest.raises(RefusedError) as refused:
            check(visitor, content, kind)
        return refused.value.status, refused.value.code

    assert refusal(system.visitor(), b"x", CSV) == (401, "gateway.login_required")
    assert refusal(owner, b"%PDF-1.7", "application/pdf") == (415, "gateway.unsupported_media_type")
    assert refusal(owner, b"PK\x03\x04", XLSX) == (422, "standards.sheet_unreadable")
    assert refusal(owner, b"", CSV) == (422, "standards.sheet_head_missing")
    assert refusal(owner, b"x" * (2 * 1024 * 1024 + 1), CSV) == (413, "gateway.body_too_large")
    other = system.visitor()
    other.log_in("ciyun_owner", seeds.PASSWORD)
    draft = owner.save_draft({**DRAFT, "number": {"body": "YTBG 002", "year": "2026"}})
    answer = other.request("GET", f"{API}/declarations/{draft['declaration_id']}/products")
    assert (answer.status_code, answer.json()["code"]) == (404, "standards.not_found")


def test_two_thousand_products_are_read_and_saved(owner: Any) -> None:
    """The most that a declaration takes, each field filled as on a label."""
    rows = [
        [
            f"不锈钢真空保温杯 {n} 号",
            "保温杯",
            "6901234567892",
            "示例牌",
            "500mL",
            f"SL-{n}",
            "QB020101",
        ]
        for n in range(2_000)
    ]

    started = time.monotonic()
    found = check(owner, workbook(rows))
    taken = time.monotonic() - started

    assert (found["rows"], found["problem_count"], found["warning_count"]) == (2_000, 0, 0)
    assert taken < 5
    number = {"body": "YTBG 003", "year": "2026"}
    content = {**DRAFT, "number": number, "products": found["products"]}
    assert len(json.dumps(content, ensure_ascii=False).encode()) < 1024 * 1024
    started = time.monotonic()
    draft = owner.save_draft(content)
    assert time.monotonic() - started < 5
    assert len(draft["products"]) == 2_000
    path = f"{API}/declarations/{draft['declaration_id']}/products"
    exported = owner.request("GET", path).content
    assert check(owner, exported)["products"] == found["products"]
