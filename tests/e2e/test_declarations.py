"""The life of a standard over HTTP: every kind, every action of chapters 4 and 5 of the manual."""

from collections.abc import Callable
from typing import Any

import pytest

from services.accounts import seeds
from services.standards import seeds as standards_seeds
from tools.visitor import RefusedError, Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

FILER = "FILER"
PRODUCT = {"name": "不锈钢真空保温杯", "model": "BW-500", "class_code": "QB020101"}
OTHER = {"name": "焖烧罐", "model": "SG-800", "class_code": "QB020101"}
CONCENTRATION = {
    "name": "浓度",
    "category": "指标",
    "requirement": {
        "kind": "NUMERIC",
        "left": {
            "symbol": "<",
            "main": "95%",
            "upper_tolerance": "0.100",
            "lower_tolerance": "0.200",
        },
        "right": {
            "symbol": "<=",
            "main": "99",
            "upper_tolerance": "0.150",
            "lower_tolerance": "0.560",
        },
        "unit": "/L",
    },
    "test_method": {"kind": "CUSTOM", "content": "按附录 A 测定"},
}


@pytest.fixture(scope="module")
def clerk(system: Any) -> Visitor:
    visitor: Visitor = system.visitor()
    visitor.log_in(seeds.demo_usernames()[FILER], seeds.PASSWORD)
    return visitor


def entry(body: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "ENTERPRISE",
        "number": {"body": body, "year": "2026"},
        "title": "不锈钢真空保温杯",
        "disclosure_mode": "INDICATORS",
        "indicators": [CONCENTRATION],
        "products": [PRODUCT],
        **changes,
    }


def act(clerk: Visitor, shown: dict[str, Any], what: str, body: Any = None) -> dict[str, Any]:
    """Do something with a declaration as it was shown."""
    path = f"/declarations/{shown['declaration_id']}/{what}"
    return clerk.api("POST", path, json=body or {}, version=int(shown["version"]))


def refusal(call: Callable[[], Any]) -> dict[str, Any]:
    with pytest.raises(RefusedError) as refused:
        call()
    problem: dict[str, Any] = dict(refused.value.problem)
    return problem


def rows(clerk: Visitor, kind: str = "ENTERPRISE", state: str = "PUBLISHED") -> list[Any]:
    items: list[Any] = clerk.api("GET", f"/declarations?kind={kind}&state={state}&page_size=100")[
        "items"
    ]
    return items


def public(anyone: Visitor, record: str, until: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """Read a public record once the index has caught up with it."""

    def look() -> dict[str, Any] | None:
        found = anyone.api("GET", f"/public/declarations/{record}")
        return found if until(found) else None

    return wait_for(look, seconds=20, what="公开内容更新")


@pytest.mark.proves("R-064", "R-065", "R-067", "R-082", "R-117", "R-133", "R-214")
def test_a_national_standard_is_picked(system: Any, clerk: Visitor) -> None:
    """手册 4.1(1), FAQ 18."""
    found = clerk.api("GET", "/catalogue?kind=NATIONAL&text=29606")["items"]
    picked = next(item for item in found if item["number"].startswith("GB/T 29606"))
    draft = clerk.api(
        "POST",
        "/declarations",
        json={
            "kind": "NATIONAL",
            "catalogue_id": picked["catalogue_id"],
            "products": [PRODUCT],
        },
    )

    published = clerk.publish(draft)

    assert published["title"] == picked["title"]
    assert published["record_number"].startswith("G-")
    assert published["declaration_id"] in [row["declaration_id"] for row in rows(clerk, "NATIONAL")]
    assert published["declaration_id"] not in [row["declaration_id"] for row in rows(clerk)]
    page = system.visitor().request("GET", f"/s/{published['record_number']}").text
    assert "国家标准" in page
    assert "执行已发布的标准" in page
    text = system.visitor().request("GET", f"/s/{published['record_number']}/text")
    assert text.status_code == 404
    problem = refusal(lambda: act(clerk, published, "revision"))
    assert problem["code"] == "standards.not_revisable"


@pytest.mark.proves("R-083", "R-092")
def test_what_does_not_go_together_is_refused_in_words(clerk: Visitor) -> None:
    """手册 4.1(1); FAQ 37."""
    typed = refusal(
        lambda: clerk.api(
            "POST",
            "/declarations",
            json=entry("1", kind="NATIONAL", number={"prefix": "GB", "body": "1", "year": "2026"}),
        )
    )
    upload = clerk.upload("文本.pdf", standards_seeds.demo_text())["upload_id"]
    both = refusal(
        lambda: clerk.api("POST", "/declarations", json=entry("QB2026 100", upload_id=upload))
    )

    assert [(error["pointer"], error["code"]) for error in typed["errors"]] == [
        ("/catalogue_id", "standards.catalogue_required")
    ]
    assert [(error["pointer"], error["code"]) for error in both["errors"]] == [
        ("/upload_id", "standards.text_xor_indicators")
    ]
    assert "二选一" in both["errors"][0]["detail"]


@pytest.mark.proves("R-091", "R-093", "R-103", "R-109", "R-114", "R-115")
def test_indicators_are_public_as_typed_data(system: Any, clerk: Visitor) -> None:
    """手册 4.1(2)."""
    published = clerk.publish(clerk.save_draft(entry("QB2026 200")))

    preview = "95%(+0.100,-0.200) < 浓度 <= 99(+0.150,-0.560)/L"
    assert published["indicators"][0]["preview"] == preview
    found = system.visitor().api("GET", f"/public/declarations/{published['record_number']}")
    assert found["document"]["indicators"][0]["preview"] == preview
    page = system.visitor().request("GET", f"/s/{published['record_number']}").text
    assert "95%(+0.100,-0.200) &lt; 浓度 &lt;= 99(+0.150,-0.560)/L" in page


@pytest.mark.proves("R-112")
def test_categories_rotate(clerk: Visitor) -> None:
    """手册 4.1(2): 换一换."""
    first, second = (
        clerk.api("GET", f"/indicator-categories?page={page}")["categories"] for page in (0, 1)
    )

    assert first == ["标准", "指标", "温度", "技术"]
    assert len(second) == 4
    assert not set(first) & set(second)


@pytest.mark.proves("R-152", "R-163", "R-164", "R-168")
def test_a_declaration_is_corrected_and_given_more_products(system: Any, clerk: Visitor) -> None:
    """手册 5.4, 5.2."""
    anyone = system.visitor()
    first = clerk.publish(clerk.save_draft(entry("QB2026 300")))
    record = first["record_number"]
    wrong = entry("QB2026 301", title="焖烧罐")
    correction = {name: wrong[name] for name in wrong if name != "kind"}

    unticked = refusal(
        lambda: act(clerk, first, "correction", {**correction, "is_committed": False})
    )
    corrected = act(clerk, first, "correction", {**correction, "is_committed": True})
    added = act(clerk, corrected, "products", {"products": [OTHER], "is_committed": True})

    assert unticked["errors"][0]["code"] == "standards.commitment_required"
    assert corrected["record_number"] == added["record_number"] == record
    assert corrected["number_text"] == "Q/QB2026 301-2026"
    assert [product["model"] for product in added["products"]] == ["BW-500", "SG-800"]
    public(anyone, record, lambda found: len(found["document"]["products"]) == 2)
    versions = anyone.api("GET", f"/public/declarations/{record}/versions")["items"]
    assert [item["change"] for item in versions] == ["PUBLISHED", "CORRECTED", "PRODUCTS_ADDED"]
    differences = anyone.api(
        "GET", f"/public/declarations/{record}/differences?version=2&other_version=1"
    )
    assert {field["pointer"] for field in differences["fields"]} >= {"/title", "/number/text"}
    as_of = anyone.api("GET", f"/public/declarations/{record}/as-of?moment={first['published_at']}")
    assert as_of["document"]["title"] == "不锈钢真空保温杯"
    for moment in ("0001-01-01T00:00:00%2B08:00", "9999-12-31T23:59:59-08:00", "昨天"):
        path = f"/public/declarations/{record}/as-of?moment={moment}"
        problem = refusal(lambda path=path: anyone.api("GET", path))
        assert problem["code"] == "gateway.invalid_fields"


@pytest.mark.proves("R-141", "R-142", "R-150")
def test_an_action_is_on_one_declaration_and_takes_no_more_than_it_says(clerk: Visitor) -> None:
    """手册 5.1-5.5: one ticked row; 5.2.2: only products can be added."""
    first = clerk.publish(clerk.save_draft(entry("QB2026 350")))
    more = {"products": [OTHER], "is_committed": True, "title": "改名", "number": {"body": "9"}}

    smuggled = refusal(lambda: act(clerk, first, "products", more))
    for what in ("correction", "products", "revision", "withdrawal-request", "withdrawal"):
        nobody = clerk.request("POST", f"/api/v1/declarations//{what}", json={})
        two = clerk.request("POST", f"/api/v1/declarations/{first['declaration_id']},x/{what}")
        assert (nobody.status_code, two.status_code) == (404, 404)
    for method in ("PUT", "DELETE"):
        assert clerk.request(method, "/api/v1/declarations/").status_code in {404, 405}

    assert smuggled["code"] == "gateway.unknown_fields"
    assert (
        clerk.api("GET", f"/declarations/{first['declaration_id']}")["version"]
        == (first["version"])
    )


@pytest.mark.proves("R-155", "R-157", "R-158")
def test_a_standard_is_revised(system: Any, clerk: Visitor) -> None:
    """手册 5.3."""
    anyone = system.visitor()
    first = clerk.publish(clerk.save_draft(entry("QB2026 400")))
    draft = act(clerk, first, "revision")
    path = f"/declarations/{draft['declaration_id']}"
    change = entry("QB2026 400", products=[PRODUCT, OTHER])

    locked = refusal(
        lambda: clerk.api(
            "PUT", path, json={**change, "title": "别的名称"}, version=int(draft["version"])
        )
    )
    again = refusal(lambda: act(clerk, first, "revision"))
    saved = clerk.api("PUT", path, json=change, version=int(draft["version"]))
    second = clerk.publish(saved)

    assert locked["errors"][0]["pointer"] == "/title"
    assert again["code"] == "standards.revision_open"
    assert second["supersedes"]["record_number"] == first["record_number"]
    same = [row for row in rows(clerk) if row["number"] == "Q/QB2026 400-2026"]
    assert [row["withdrawn_text"] for row in same] == ["—", "—"]
    old = public(anyone, first["record_number"], lambda found: bool(found["revisions"]))
    assert old["revisions"] == [second["record_number"]]
    assert old["state"] == "PUBLISHED"


@pytest.mark.proves("R-145", "R-147", "R-174", "R-175", "R-177", "R-216")
def test_a_standard_is_withdrawn_and_stays_on_record(system: Any, clerk: Visitor) -> None:
    """手册 5.5, FAQ 29."""
    anyone = system.visitor()
    first = clerk.publish(clerk.save_draft(entry("QB2026 500")))
    record = first["record_number"]

    asked = act(clerk, first, "withdrawal-request")
    guessed = refusal(
        lambda: act(
            clerk, first, "withdrawal", {"confirmation_token": "猜的", "reason": "REPLACED"}
        )
    )
    still = clerk.api("GET", f"/declarations/{first['declaration_id']}")
    gone = act(
        clerk,
        first,
        "withdrawal",
        {"confirmation_token": asked["confirmation_token"], "reason": "REPLACED"},
    )

    assert guessed["code"] == "standards.confirmation_invalid"
    assert still["state"] == "PUBLISHED"
    assert gone["allowed_actions"] == ["VIEW"]
    public(anyone, record, lambda found: found["state"] == "WITHDRAWN")
    page = anyone.request("GET", f"/s/{record}").text
    assert "废止（已被其他标准代替）" in page
    hits = anyone.api("GET", "/public/declarations?q=QB2026 500&state=WITHDRAWN")["items"]
    assert record in [hit["record_number"] for hit in hits]
    assert {hit["state"] for hit in hits} == {"WITHDRAWN"}
    deleted = refusal(lambda: clerk.api("DELETE", f"/declarations/{first['declaration_id']}"))
    assert deleted["code"] == "standards.published_not_deletable"
    deeds = wait_for(
        lambda: (
            found
            if len(
                found := clerk.api("GET", f"/declarations/{first['declaration_id']}/history")[
                    "items"
                ]
            )
            == 3
            else None
        ),
        seconds=10,
        what="操作记录",
    )
    assert deeds[-1]["action"] == "declaration.withdrawn"


@pytest.mark.proves("R-163", "R-169")
def test_after_a_day_the_refusal_names_the_right_way(system: Any, clerk: Visitor) -> None:
    """手册 5.4.3; FAQ 13, FAQ 28."""
    first = clerk.publish(clerk.save_draft(entry("QB2026 600")))
    wrong = entry("QB2026 601")
    correction = {name: wrong[name] for name in wrong if name != "kind"} | {"is_committed": True}

    system.move_clock(24 * 3600 + 5)
    try:
        late = Visitor(system.url, patience=10)
        late.log_in(seeds.demo_usernames()[FILER], seeds.PASSWORD)
        problem = refusal(lambda: act(late, first, "correction", correction))
        shown = late.api("GET", f"/declarations/{first['declaration_id']}")
    finally:
        system.move_clock(0)

    assert problem["code"] == "standards.correction_over"
    assert "废止后重新填报" in problem["detail"]
    assert "CORRECT" not in shown["allowed_actions"]


def test_other_systems_follow_every_change(system: Any, clerk: Visitor) -> None:
    """Each action is one event of the public log, in order, with its own sequence."""
    anyone = system.visitor()
    first = clerk.publish(clerk.save_draft(entry("QB2026 700")))
    added = act(clerk, first, "products", {"products": [OTHER], "is_committed": True})
    token = act(clerk, added, "withdrawal-request")["confirmation_token"]
    act(clerk, added, "withdrawal", {"confirmation_token": token, "reason": "NOT_IN_USE"})

    def told() -> list[tuple[str, int]] | None:
        after, found = 0, []
        while True:
            page = anyone.api("GET", f"/events?after={after}&limit=500")
            found += [
                (event["type"].removeprefix("cn.qibiao.declaration."), event["sequence"])
                for event in page["items"]
                if event["subject"] == first["declaration_id"]
            ]
            if not page["items"]:
                return found if len(found) == 3 else None
            after = page["next_after"]

    events = wait_for(told, seconds=20, what="公开事件")
    assert events == [("published.v1", 1), ("products_added.v1", 2), ("withdrawn.v1", 3)]
