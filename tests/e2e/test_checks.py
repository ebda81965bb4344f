"""The check before a submission, and what the law asks to be said (docs/api/checks.md)."""

import csv
import uuid
from typing import TYPE_CHECKING, Any, Final

import pytest

from services.accounts import seeds
from services.standards.seeds.pdf import make_pdf
from tools.visitor import API, RefusedError, Visitor

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PRODUCT: Final = {"name": "不锈钢真空保温杯", "model": "BW-500", "class_code": "QB020101"}
COLUMNS: Final = (
    "standard_no",
    "indicator_name",
    "value_type",
    "upper_symbol",
    "upper_limit",
    "text_requirement",
    "unit",
)


def limit(value: str, name: str = "铅迁移量", **changes: Any) -> dict[str, Any]:
    return {
        "name": name,
        "requirement": {
            "kind": "NUMERIC",
            "right": {"symbol": "<=", "main": value},
            "unit": "mg/kg",
        },
        "test_method": {"kind": "CUSTOM", "content": "按附录 A 测定"},
        **changes,
    }


def entry(body: str, *indicators: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "kind": "ENTERPRISE",
        "number": {"body": body, "year": "2026"},
        "title": "不锈钢真空保温杯",
        "disclosure_mode": "INDICATORS",
        "indicators": list(indicators),
        "products": [PRODUCT],
        **changes,
    }


def check(visitor: Visitor, draft: dict[str, Any], **body: Any) -> dict[str, Any]:
    path = f"/declarations/{draft['declaration_id']}/checks"
    checked: dict[str, Any] = visitor.api("POST", path, json=body)
    return checked


def codes(checked: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (found["code"].removeprefix("standards."), found["severity"])
        for found in checked["findings"]
    ]


@pytest.fixture(scope="module")
def measured(system: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """Return a mandatory and a recommended standard that ask for lead and cadmium."""
    serial = uuid.uuid4().int % 10**5 + 100_000
    mandatory, recommended = f"GB {serial}-2016", f"GB/T {serial}-2013"
    folder: Path = tmp_path_factory.mktemp("measured")
    with (folder / "indicators.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                COLUMNS,
                (mandatory, "铅迁移量", "数值", "<=", "5", "", "mg/kg"),
                (recommended, "铅迁移量", "数值", "<=", "1", "", "mg/kg"),
                (recommended, "镉迁移量", "数值", "<=", "1", "", "mg/kg"),
                (recommended, "外观", "文字", "", "", "", ""),
            ]
        )
    with (folder / "catalogue.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ("std_no", "name_zh", "status", "replaced_by"),
                (mandatory, "示例安全要求", "现行", ""),
                (recommended, "示例产品", "现行", ""),
                (f"HJ {serial}-2014", "示例导则", "废止", f"HJ {serial}-2024"),
            ]
        )
    said = system.run("services.standards.catalogue_indicators", str(folder / "indicators.csv"))
    assert "导入完成：2 项标准，3 条指标，退回 1 行" in said
    system.run("services.standards.catalogue", str(folder / "catalogue.csv"), "--kind", "delta")
    return mandatory, recommended


def test_lower_indicators_are_refused_with_the_article_and_public_once_stated(
    system: Any, clerk: Visitor, measured: tuple[str, str]
) -> None:
    """企业标准化促进办法 Art. 14: 少于或者低于推荐性标准的，应当明示."""
    _, recommended = measured
    content = entry(f"YTBG {uuid.uuid4().hex[:8]}", limit("2"))
    draft = clerk.save_draft({**content, "disclosure": {"recommended_number": recommended}})

    checked = check(clerk, draft)
    with pytest.raises(RefusedError) as refused:
        clerk.publish(draft)
    statement = "铅迁移量不大于 2 mg/kg，未规定镉迁移量。"
    stated = {
        "recommended_number": recommended,
        "deviation": "FEWER_AND_LOWER",
        "deviation_statement": statement,
    }
    path = f"/declarations/{draft['declaration_id']}"
    draft = clerk.api(
        "PUT", path, json={**content, "disclosure": stated}, version=int(draft["version"])
    )
    again = check(clerk, draft)
    published = clerk.publish(draft)
    page = system.visitor().request("GET", f"/s/{published['record_number']}").text

    assert not checked["is_publishable"]
    assert codes(checked) == [("check_lower_unstated", "BLOCK"), ("check_fewer_unstated", "BLOCK")]
    first = checked["findings"][0]
    assert first["basis"] == "企业标准化促进办法 第十四条"
    assert (first["pointer"], first["title"]) == (
        "/indicators/0/requirement",
        "低于推荐性标准而未明示",
    )
    assert "铅迁移量 <= 2mg/kg" in first["detail"]
    assert recommended in first["advice"]
    assert (refused.value.status, refused.value.code) == (422, "standards.not_publishable")
    problems = refused.value.problem["errors"]
    assert [problem["code"] for problem in problems] == [
        "standards.check_lower_unstated",
        "standards.check_fewer_unstated",
    ]
    assert all("《企业标准化促进办法》第十四条" in problem["detail"] for problem in problems)
    assert (again["findings"], again["is_publishable"]) == ([], True)
    assert statement in page
    # On top: before anything else that is said of the standard.
    assert page.index("企业明示") < page.index("标准编号") < page.index("技术指标</h")


def test_nothing_below_a_mandatory_standard_goes_out(
    clerk: Visitor, measured: tuple[str, str]
) -> None:
    """标准化法 Art. 21: a statement does not help."""
    mandatory, recommended = measured
    row = limit("9", level_note=f"安全要求见 {mandatory}")
    stated = {
        "recommended_number": recommended,
        "deviation": "FEWER_AND_LOWER",
        "deviation_statement": "低于推荐性标准",
    }
    draft = clerk.save_draft(entry(f"YTBG {uuid.uuid4().hex[:8]}", row, disclosure=stated))

    checked = check(clerk, draft)
    with pytest.raises(RefusedError) as refused:
        clerk.publish(draft)

    assert codes(checked) == [("check_below_mandatory", "BLOCK")]
    assert checked["findings"][0]["basis"] == "标准化法 第二条、第二十一条"
    (problem,) = refused.value.problem["errors"]
    assert "《标准化法》第二十一条" in problem["detail"]


def test_what_is_doubtful_warns_and_is_published_all_the_same(
    clerk: Visitor, measured: tuple[str, str]
) -> None:
    """手册 4.2; 企业标准化促进办法 Art. 15."""
    serial = measured[0].removeprefix("GB ").removesuffix("-2016")
    body = f"YTBG {uuid.uuid4().hex[:8]}"
    text = make_pdf([f"Q/{body}-2026", "电热水壶", f"引用 HJ {serial}-2014"])
    upload = clerk.upload("文本.pdf", text)["upload_id"]
    draft = clerk.save_draft(
        entry(body, disclosure_mode="FULL_TEXT", upload_id=upload, products=[PRODUCT])
    )

    checked = check(clerk, draft)
    unticked = check(clerk, draft, is_committed=False)

    assert codes(checked) == [
        ("check_standard_replaced", "WARNING"),
        ("check_text_without_title", "WARNING"),
    ]
    assert checked["is_publishable"]
    assert checked["findings"][0]["params"]["replaced_by"] == f"HJ {serial}-2024"
    assert codes(unticked)[0] == ("commitment_required", "BLOCK")
    assert clerk.publish(draft)["state"] == "PUBLISHED"


def test_only_the_enterprise_itself_may_ask(system: Any, clerk: Visitor) -> None:
    draft = clerk.save_draft(entry(f"YTBG {uuid.uuid4().hex[:8]}", limit("1")))
    path = f"/declarations/{draft['declaration_id']}/checks"
    stranger: Visitor = system.visitor()
    stranger.log_in("ciyun_owner", seeds.PASSWORD)

    with pytest.raises(RefusedError) as unknown:
        stranger.api("POST", path, json={})
    with pytest.raises(RefusedError) as wrong:
        clerk.api("POST", path, json={"is_committed": "yes"})

    assert (unknown.value.status, unknown.value.code) == (404, "standards.not_found")
    assert (wrong.value.status, wrong.value.code) == (422, "gateway.invalid_fields")
    assert system.visitor().request("POST", API + path, json={}).status_code in {401, 403}
