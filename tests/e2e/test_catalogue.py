"""Choosing from the catalogue and reporting what it lacks, over HTTP (docs/api/catalogue.md)."""

import csv
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from services.accounts import seeds
from tools.visitor import API, RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def signed_in(system: Any, role: str) -> Any:
    visitor = system.visitor()
    visitor.log_in(seeds.demo_usernames()[role], seeds.PASSWORD)
    return visitor


def search(visitor: Any, text: str, kind: str = "NATIONAL", **more: Any) -> dict[str, Any]:
    query = urlencode({"kind": kind, "text": text, **more})
    found: dict[str, Any] = visitor.api("GET", f"/catalogue?{query}")
    return found


@pytest.fixture(scope="module")
def owner(system: Any) -> Any:
    return signed_in(system, "OWNER")


@pytest.fixture(scope="module")
def operator(system: Any) -> Any:
    return signed_in(system, "OPERATOR")


class TestChoosing:
    @pytest.mark.proves("R-066", "R-067", "R-068", "R-069", "FAQ-18", "FAQ-33")
    def test_a_standard_is_found_by_its_digits_on_its_own_page(self, owner: Any) -> None:
        """手册 4.1(1), FAQ 18: 只输入数字部分; FAQ 33: no text."""
        found = search(owner, "13456")
        elsewhere = search(owner, "13456", "LOCAL")
        spelled = search(owner, "ｇｂ13456－2012")
        named = search(owner, "真空 杯")
        entry = owner.api("GET", f"/catalogue/{found['items'][0]['catalogue_id']}")

        assert [(row["number"], row["state"]) for row in found["items"]] == [
            ("GB 13456-2012", "CURRENT"),
            ("GB 13456-1992", "SUPERSEDED"),
        ]
        assert found["items"][1]["replaced_by"]["number"] == "GB 13456-2012"
        assert (elsewhere["items"], elsewhere["other_kinds"]) == (
            [],
            [{"kind": "NATIONAL", "total": 2}],
        )
        assert [row["number"] for row in spelled["items"]] == ["GB 13456-2012"]
        assert "GB/T 29606-2013" in [row["number"] for row in named["items"]]
        assert entry["title"] == "钢铁工业水污染物排放标准"
        for below in ("text", "document", "versions/1"):
            answer = owner.request("GET", f"{API}/catalogue/{entry['catalogue_id']}/{below}")
            assert answer.status_code == 404

    def test_what_is_no_question_is_refused(self, owner: Any) -> None:
        with pytest.raises(RefusedError) as refused:
            search(owner, "1", "ENTERPRISE")
        with pytest.raises(RefusedError) as unknown:
            owner.api("GET", f"/catalogue/{uuid.uuid4()}")

        assert (refused.value.status, refused.value.code) == (422, "gateway.invalid_fields")
        assert unknown.value.code == "standards.catalogue_standard_not_found"


class TestReporting:
    @pytest.mark.proves("R-070", "FAQ-18")
    def test_a_missing_standard_is_reported_added_and_found(
        self, owner: Any, operator: Any
    ) -> None:
        """手册 FAQ 18: 记下标准编号，做好及时反馈."""
        number = f"GB/T {uuid.uuid4().int % 10**5 + 100_000}-2014"
        report = {"kind": "NATIONAL", "number": number, "title": "示例产品通用技术条件"}
        assert search(owner, number)["total"] == 0

        ticket = owner.api("POST", "/missing-standards", json=report)
        with pytest.raises(RefusedError) as again:
            owner.api("POST", "/missing-standards", json=report)
        waiting = operator.api("GET", "/operator/missing-standards?page_size=100")["items"]
        [mine] = [one for one in waiting if one["ticket_id"] == ticket["ticket_id"]]
        path = f"/operator/missing-standards/{mine['ticket_id']}/resolution"
        entry = {"kind": mine["kind"], "number": mine["number"], "title": mine["title"]}
        resolved = operator.api("POST", path, json={"entry": {**entry, "issued_on": "2014-05-01"}})
        with pytest.raises(RefusedError) as late:
            operator.api("POST", path, json={"note": "不存在"})

        assert (again.value.status, again.value.code) == (409, "standards.already_reported")
        assert resolved["state"] == "ADDED"
        assert (late.value.status, late.value.code) == (409, "standards.ticket_closed")
        [found] = search(owner, number)["items"]
        assert found["catalogue_id"] == resolved["catalogue_id"]
        own = owner.api("GET", "/missing-standards")["items"]
        assert own[0]["state"] == "ADDED"
        message = wait_for(lambda: self.message(owner, number), seconds=15, what="the message")
        assert message["title"] == "反馈的标准已加入目录"
        with pytest.raises(RefusedError) as there:
            owner.api("POST", "/missing-standards", json=report)
        assert there.value.code == "standards.in_catalogue"
        assert number in there.value.problem["detail"]

    def test_a_report_is_refused_with_a_reason(self, owner: Any, operator: Any) -> None:
        number = f"DB13/T {uuid.uuid4().int % 10**5 + 100_000}-2014"
        report = {"kind": "LOCAL", "number": number, "title": "示例", "note": "查询不到"}

        ticket = owner.api("POST", "/missing-standards", json=report)
        path = f"/operator/missing-standards/{ticket['ticket_id']}/resolution"
        with pytest.raises(RefusedError) as silent:
            operator.api("POST", path, json={})
        operator.api("POST", path, json={"note": "没有这条标准，请核对编号"})

        assert silent.value.code == "standards.invalid"
        message = wait_for(lambda: self.message(owner, number), seconds=15, what="the message")
        assert message["body"].endswith("原因：没有这条标准，请核对编号")

    @pytest.mark.parametrize(
        ("changes", "pointer", "code"),
        [
            ({"number": "第一号"}, "/number", "standards.catalogue_number_malformed"),
            ({"kind": "GROUP"}, "/kind", "standards.catalogue_kind_mismatch"),
            ({"title": " "}, "/title", "standards.required"),
        ],
    )
    def test_wrong_fields_are_named(
        self, owner: Any, changes: dict[str, str], pointer: str, code: str
    ) -> None:
        report = {"kind": "NATIONAL", "number": "GB/T 1-2014", "title": "示例", **changes}

        with pytest.raises(RefusedError) as refused:
            owner.api("POST", "/missing-standards", json=report)

        assert refused.value.status == 422
        assert [(one["pointer"], one["code"]) for one in refused.value.problem["errors"]] == [
            (pointer, code)
        ]

    @staticmethod
    def message(visitor: Any, number: str) -> dict[str, Any] | None:
        items = visitor.api("GET", "/messages?page_size=100")["items"]
        return next((item for item in items if number in item["body"]), None)


class TestImporting:
    def test_operators_import_a_file_and_read_what_was_not_taken(
        self, system: Any, owner: Any, operator: Any, tmp_path: Path
    ) -> None:
        serial = uuid.uuid4().int % 10**5 + 100_000
        path = tmp_path / f"{serial}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(
                [
                    ("std_no", "name_zh", "status", "replaced_by"),
                    (f"HJ {serial}-2014", "示例导则", "废止", f"HJ {serial}-2024"),
                    (f"HJ {serial}-2024", "示例导则", "现行", ""),
                    (f"HJ {serial}", "示例导则", "现行", ""),
                ]
            )

        said = system.run("services.standards.catalogue", str(path), "--kind", "delta")
        imports = operator.api("GET", "/operator/catalogue-imports")["items"]
        [mine] = [one for one in imports if one["file_name"] == path.name]
        report = operator.request(
            "GET", f"{API}/operator/catalogue-imports/{mine['import_id']}/report"
        )

        assert "新增 2，更新 0，未变 0，退回 1，废止 0" in said
        assert (mine["created"], mine["rejected"]) == (2, 1)
        assert report.content.decode("utf-8-sig").splitlines()[1:] == ["4,std_no,标准编号缺少年份"]
        assert [row["state"] for row in search(owner, str(serial), "INDUSTRY")["items"]] == [
            "CURRENT",
            "SUPERSEDED",
        ]
