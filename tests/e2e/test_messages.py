"""Inbox, notices, FAQ, templates and SMS totals, over HTTP (docs/api/notify.md)."""

from typing import Any

import pytest

from services.accounts import seeds
from tools.visitor import RefusedError

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def operator(system: Any) -> Any:
    visitor = system.visitor()
    visitor.log_in(seeds.demo_usernames()["OPERATOR"], seeds.PASSWORD)
    return visitor


@pytest.mark.proves("R-008")
class TestHelp:
    def test_anybody_finds_an_answer_and_staff_improves_it(
        self, system: Any, operator: Any
    ) -> None:
        anyone = system.visitor()

        found = anyone.api("GET", "/faq?q=%E6%95%B0%E6%8D%AE%20%E5%90%8C%E6%AD%A5")["items"]
        entry = anyone.api("GET", "/faq/30")
        text = {"question": entry["question"], "answer": entry["answer"] + "（更新）"}
        saved = operator.api("PUT", "/operator/faq/30", json=text, version=entry["version"])
        versions = operator.api("GET", "/operator/faq/30/versions")["items"]

        assert 14 in [item["number"] for item in found]
        assert saved["version"] == entry["version"] + 1
        assert [version["version"] for version in versions][:2] == [
            saved["version"],
            entry["version"],
        ]
        with pytest.raises(RefusedError) as stale:
            operator.api("PUT", "/operator/faq/30", json=text, version=entry["version"])
        assert stale.value.status == 412


class TestNotices:
    def test_are_written_published_and_withdrawn(self, system: Any, operator: Any) -> None:
        anyone = system.visitor()
        notice = {"title": "系统维护", "body": "本周六 22:00 起停机两小时。"}

        draft = operator.api("POST", "/operator/notices", json=notice)
        path = f"/operator/notices/{draft['notice_id']}"
        edited = operator.api("PUT", path, json={**notice, "title": "维护"}, version=1)
        operator.api("POST", f"{path}/publication", json={}, version=edited["version"])
        shown = anyone.api("GET", f"/notices/{draft['notice_id']}")
        listed = anyone.api("GET", "/notices")["items"]
        operator.api("POST", f"{path}/withdrawal", json={}, version=3)

        assert shown["title"] == "维护"
        assert draft["notice_id"] in [item["notice_id"] for item in listed]
        with pytest.raises(RefusedError) as gone:
            anyone.api("GET", f"/notices/{draft['notice_id']}")
        assert gone.value.code == "notify.not_found"


@pytest.mark.proves("F9")
class TestRights:
    def test_an_enterprise_has_an_inbox_and_no_staff_pages(self, system: Any) -> None:
        owner = system.visitor()
        owner.log_in(seeds.demo_usernames()["OWNER"], seeds.PASSWORD)

        inbox = owner.api("GET", "/messages")
        read = owner.api("POST", "/messages/read", json={})

        # Another one may have come in between.
        assert inbox["unread"] <= read["count"]
        for path in (
            "/operator/notices",
            "/operator/templates",
            "/operator/sms?first=2026-01-01&last=2026-01-02",
        ):
            with pytest.raises(RefusedError) as refused:
                owner.api("GET", path)
            assert refused.value.status == 403


class TestTemplatesAndTotals:
    def test_staff_previews_and_reads_totals(self, operator: Any) -> None:
        body = {"kind": "SMS", "body": "验证码{code}，{minutes}分钟内有效。"}

        seen = operator.api("POST", "/operator/templates/NEW_PHONE_CODE/preview", json=body)
        totals = operator.api("GET", "/operator/sms?first=2026-01-01&last=2026-12-31")

        assert seen["text"] == "【企标平台】验证码012345，5分钟内有效。"
        assert totals["circuit"]["is_open"] is False
        with pytest.raises(RefusedError) as refused:
            operator.api(
                "POST",
                "/operator/templates/NEW_PHONE_CODE/preview",
                json={"kind": "SMS", "body": "没有占位符"},
            )
        assert refused.value.code == "notify.template_invalid"

    def test_a_receipt_needs_its_token(self, system: Any) -> None:
        anyone = system.visitor()

        with pytest.raises(RefusedError) as refused:
            anyone.api("POST", "/sms/receipts/aliyun?token=guess", json=[{"success": True}])

        assert (refused.value.status, refused.value.code) == (403, "notify.receipt_refused")
