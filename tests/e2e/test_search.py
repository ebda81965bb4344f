"""The public side over HTTP: anyone finds, filters, counts and reads what was published."""

import json
import re
from typing import Any
from urllib.parse import quote

import pytest

from tools.visitor import Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TITLE = "搪瓷烧水壶"
PRODUCT = {
    "name": "搪瓷烧水壶",
    "generic_name": "烧水壶",
    "model": "TC-20",
    "class_code": "QB020101",
}
INDICATOR = {
    "name": "瓷层厚度",
    "category": "指标",
    "requirement": {
        "kind": "NUMERIC",
        "left": {"symbol": "<=", "main": "0.5", "upper_tolerance": "", "lower_tolerance": ""},
        "right": {"symbol": "<=", "main": "1.5", "upper_tolerance": "", "lower_tolerance": ""},
        "unit": "mm",
    },
    "test_method": {"kind": "CUSTOM", "content": "按附录 A 测定"},
}
# Mobile numbers and ID numbers, also those of the demonstration, whose towns do not exist.
MOBILE = re.compile(r"(?<![0-9A-Za-z])1[3-9][0-9]{9}(?![0-9A-Za-z])")
ID_NUMBER = re.compile(r"(?<![0-9A-Za-z])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9Xx](?![0-9A-Za-z])")


def entry(body: str, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "ENTERPRISE",
        "number": {"body": body, "year": "2026"},
        "title": TITLE,
        "disclosure_mode": "INDICATORS",
        "indicators": [INDICATOR],
        "products": [PRODUCT],
        **changes,
    }


@pytest.fixture(scope="module")
def published(clerk: Visitor, system: Any) -> dict[str, Any]:
    """Return a declaration that search has."""
    shown = clerk.publish(clerk.save_draft(entry("QB2026 71234")))
    wait_until_found(system.visitor(), shown["record_number"])
    return shown


def hits(anyone: Visitor, query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = anyone.api("GET", f"/public/declarations?{query}")["items"]
    return items


def guesses(anyone: Visitor, query: str) -> list[str] | None:
    """Return the numbers that may have been meant; None before any is known."""
    page = anyone.api("GET", f"/public/declarations?q={quote(query)}")
    return page["did_you_mean"] or None


def wait_until_found(anyone: Visitor, record: str) -> None:
    def look() -> bool | None:
        found = hits(anyone, f"q={quote(record)}")
        return True if record in [hit["record_number"] for hit in found] else None

    wait_for(look, seconds=20, what="进入查询")


@pytest.mark.proves("R-210", "R-218")
def test_anyone_finds_it_by_all_that_it_says(system: Any, published: dict[str, Any]) -> None:
    """手册 FAQ 18, FAQ 32."""
    anyone = system.visitor()
    record = published["record_number"]
    enterprise = anyone.api("GET", f"/public/declarations/{record}")["document"]["enterprise"]
    own = f"credit_code={enterprise['credit_code']}"

    for words in (TITLE, "烧水壶", enterprise["name"], "71234", "TC-20", published["number_text"]):
        found = hits(anyone, f"q={quote(words)}&{own}&limit=100")
        assert record in [hit["record_number"] for hit in found], words
    for narrower in (
        "kind=ENTERPRISE", "state=PUBLISHED", f"region={enterprise['region'][:4]}",
        "class_code=QB0201", "disclosure=INDICATORS",
        f"indicator={quote('瓷层厚度')}&indicator_unit=mm&indicator_low=0.5&indicator_high=1.5",
    ):  # fmt: skip
        found = hits(anyone, f"q={quote(TITLE)}&{own}&{narrower}")
        assert record in [hit["record_number"] for hit in found], narrower
    for other in ("kind=GROUP", "state=WITHDRAWN", "region=11", "disclosure=TEXT"):
        found = hits(anyone, f"q=71234&{own}&{other}")
        assert record not in [hit["record_number"] for hit in found], other


def test_results_say_where_they_match_and_how_they_divide(
    system: Any, published: dict[str, Any]
) -> None:
    anyone = system.visitor()

    page = anyone.api("GET", f"/public/declarations?q={quote(TITLE)}&with_facets=true")
    meant = wait_for(lambda: guesses(anyone, "Q/QB2026 71243"), seconds=20, what="可以提示")
    typed = anyone.api("GET", f"/public/suggestions?q={quote('搪瓷烧')}")["items"]
    counted = anyone.api("GET", "/public/statistics")

    hit = next(
        item for item in page["items"] if item["record_number"] == published["record_number"]
    )
    assert hit["highlights"]["title"] == [[0, len(TITLE)]]
    kinds = {value["value"]: value for value in page["facets"]["kind"]}
    assert kinds["ENTERPRISE"]["label"] == "企业标准"
    assert kinds["ENTERPRISE"]["count"] >= 1
    assert all(value["label"] != value["value"] for value in page["facets"]["region"])
    assert published["number_text"] in meant
    assert TITLE in [suggestion["text"] for suggestion in typed]
    assert counted["total"]["declarations"] >= 1
    assert counted["total"]["declarations"] == sum(
        value["declarations"] for value in counted["by_kind"]
    )


@pytest.mark.proves("R-212", "R-213")
def test_the_detail_shows_the_enterprise_and_what_is_disclosed(
    system: Any, clerk: Visitor, published: dict[str, Any]
) -> None:
    """手册 4.1, FAQ 15, 16, 37."""
    anyone = system.visitor()
    profile = clerk.api("GET", "/profile")

    record = published["record_number"]
    document = anyone.api("GET", f"/public/declarations/{record}")["document"]
    page = anyone.request("GET", f"/s/{record}").text

    enterprise = document["enterprise"]
    assert enterprise["address"]
    assert enterprise["legal_representative"]
    assert enterprise["name"] in json.dumps(profile, ensure_ascii=False)
    assert enterprise["address"] in page
    assert enterprise["legal_representative"] in page
    assert document["text"] is None
    assert [indicator["name"] for indicator in document["indicators"]] == ["瓷层厚度"]
    assert "瓷层厚度" in page


@pytest.mark.proves("R-215")
def test_a_draft_is_found_by_nobody(system: Any, clerk: Visitor, published: dict[str, Any]) -> None:
    """手册 4.1."""
    anyone = system.visitor()
    clerk.save_draft(entry("QB2026 81234", title="未公开的搪瓷盆"))

    # What is published after the draft is there already: the draft is not on its way.
    later = clerk.publish(clerk.save_draft(entry("QB2026 91234")))
    wait_until_found(anyone, later["record_number"])

    for words in ("81234", "未公开的搪瓷盆"):
        found = anyone.api("GET", f"/public/declarations?q={quote(words)}&limit=100")
        assert "未公开的搪瓷盆" not in json.dumps(found, ensure_ascii=False)
        assert "81234" not in json.dumps(found["items"], ensure_ascii=False)
    assert anyone.api("GET", f"/public/suggestions?q={quote('未公开的')}")["items"] == []
    assert published["record_number"] != later["record_number"]


@pytest.mark.proves("R-217")
def test_nothing_public_shows_a_personal_number(system: Any, published: dict[str, Any]) -> None:
    """手册 6.1."""
    anyone = system.visitor()
    record = published["record_number"]

    for path in (
        "/search", f"/s/{record}", "/api/v1/public/declarations?with_facets=true&limit=100",
        f"/api/v1/public/declarations/{record}", "/api/v1/public/statistics",
        "/api/v1/public/statistics.csv", f"/api/v1/public/suggestions?q={quote('搪瓷')}",
        "/api/v1/events?limit=500",
    ):  # fmt: skip
        text = anyone.request("GET", path).text
        assert not MOBILE.search(text), path
        assert not ID_NUMBER.search(text), path
