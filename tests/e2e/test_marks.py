"""Two years on, and what becomes of an enterprise: over HTTP (docs/api/reviews.md)."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.accounts import seeds
from tests.e2e.conftest import RunningSystem
from tests.e2e.test_declarations import entry
from tests.e2e.test_waiting import as_typed, new_organization, write_file
from tools import launch
from tools.visitor import RefusedError, Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

DAY = 86_400
ORGANIZATION = new_organization(1601)
USER = {
    "username": "renamed_owner",
    "name": "何更",
    "id_number": "110101199003072850",
    "password": "Journey-2026-qibiao",
    "bureau_code": "370321",
}
PHONE = "13800138160"
OWNER = "qinghe_owner"
NUMBERS = itertools.count(1)


def publish(visitor: Visitor, title: str) -> dict[str, Any]:
    number = {"body": f"QBMARK {next(NUMBERS):03}", "year": "2026"}
    return visitor.publish(visitor.save_draft(entry("", title=title, number=number)))


def shown(visitor: Visitor, published: dict[str, Any]) -> dict[str, Any]:
    return visitor.api("GET", f"/public/declarations/{published['record_number']}")


def page(visitor: Visitor, published: dict[str, Any]) -> str:
    return visitor.request("GET", f"/s/{published['record_number']}").text


def wait_for_marks(
    visitor: Visitor, published: dict[str, Any], *kinds: str, seconds: float = 45
) -> dict[str, Any]:
    """Wait until the index shows exactly these marks."""

    def is_marked() -> dict[str, Any] | None:
        try:
            found = shown(visitor, published)
        except RefusedError:
            return None
        return found if [mark["kind"] for mark in found["marks"]] == sorted(kinds) else None

    return wait_for(is_marked, seconds=seconds, what="标记：" + "、".join(kinds))


class TestEnterprise:
    @pytest.mark.proves("C6", "R-079", "R-080", "R-148")
    def test_is_renamed_and_its_records_stay(self, system: Any, tmp_path: Path) -> None:
        """FAQ 15, FAQ 16, FAQ 31: 企业名称更改后，已发布的标准不会变更."""
        system.run("services.registry.importing", write_file(tmp_path / "new.csv", ORGANIZATION))
        person, anyone = system.visitor(), system.visitor()
        token = person.enter_user(person.verify(as_typed(ORGANIZATION)), USER)
        person.activate(token, PHONE)
        person.log_in(USER["username"], USER["password"])
        old = publish(person, "更名前公开的标准")
        before = wait_for_marks(anyone, old)

        renamed = {
            **ORGANIZATION,
            "name": "桓台更名示范有限公司",
            "legal_rep": "何新",
            "registered_address": "山东省淄博市桓台县示范街道更名路16号",
        }
        system.run("services.registry.importing", write_file(tmp_path / "renamed.csv", renamed))
        wait_for(
            lambda: person.api("GET", "/profile")["enterprise"]["is_outdated"] or None,
            seconds=20,
            what="代码库的变化",
        )
        untouched = shown(anyone, old)
        refreshed = person.api("POST", "/enterprise/refresh")
        after = wait_for_marks(anyone, old, "ENTERPRISE_CHANGED")
        new = publish(person, "更名后公开的标准")
        fresh = wait_for_marks(anyone, new)

        assert {"name", "address", "legal_representative"} <= set(refreshed["changed"])
        assert untouched["marks"] == []
        for stated in (before, after):
            enterprise = stated["document"]["enterprise"]
            assert enterprise["name"] == ORGANIZATION["name"]
            assert enterprise["address"] == ORGANIZATION["registered_address"]
            assert enterprise["legal_representative"] == ORGANIZATION["legal_rep"]
        assert after["document_sha256"] == before["document_sha256"]
        assert after["marks"][0]["detail"] == {
            "changed": ["name", "legal_representative", "address"]
        }
        enterprise = fresh["document"]["enterprise"]
        assert enterprise["name"] == renamed["name"]
        assert enterprise["address"] == renamed["registered_address"]
        assert enterprise["legal_representative"] == renamed["legal_rep"]
        text = page(anyone, old)
        assert "公开后企业信息有变更（企业名称、法定代表人、注册地址）" in text
        assert ORGANIZATION["name"] in text
        assert renamed["name"] not in text

        gone = {**renamed, "status": "注销"}
        system.run("services.registry.importing", write_file(tmp_path / "gone.csv", gone))
        wait_for_marks(anyone, old, "ENTERPRISE_CHANGED", "ENTERPRISE_DEREGISTERED")
        wait_for_marks(anyone, new, "ENTERPRISE_DEREGISTERED")
        assert "注销" in page(anyone, new)
        back = {**renamed, "status": "存续"}
        system.run("services.registry.importing", write_file(tmp_path / "back.csv", back))
        wait_for_marks(anyone, new)


@pytest.fixture(scope="module", params=["embedded", "processes"])
def later(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningSystem]:
    """Return a system of its own: two years later nothing is as others left it."""
    folder = tmp_path_factory.mktemp(f"later-{request.param}")
    clock = folder / "clock-offset"
    clock.write_text("0", encoding="ascii")
    environment = {
        "CLOCK_OFFSET_FILE": str(clock),
        "GATEWAY_TRUSTED_PROXIES": "127.0.0.1",
        "RETRY_SCALE": "0.1",
    }
    with launch.Stack(
        folder, processes=request.param == "processes", environment=environment
    ) as stack:
        running = RunningSystem(stack, clock)
        try:
            yield running
        finally:
            running.close()


def owner_of(system: RunningSystem) -> Visitor:
    visitor: Visitor = system.visitor()
    visitor.log_in(OWNER, seeds.PASSWORD)
    return visitor


class TestTwoYears:
    @pytest.mark.proves("R-205", "R-206", "R-209", "FAQ-36")
    def test_are_asked_about_and_answered(self, later: RunningSystem) -> None:
        """手册 FAQ 36: 2 年时间提醒，是否继续使用."""
        owner, anyone = owner_of(later), later.visitor()
        kept, ended, silent = (
            publish(owner, title) for title in ("继续使用的标准", "将废止的标准", "无人答复的标准")
        )
        wait_for_marks(anyone, silent)
        early = owner.api("GET", "/declarations/reviews")
        with pytest.raises(RefusedError) as refused:
            owner.api(
                "POST",
                f"/declarations/{kept['declaration_id']}/review",
                json={"answer": "CONTINUE"},
            )

        later.move_clock(731 * DAY)
        owner = owner_of(later)

        def are_asked() -> dict[str, dict[str, Any]] | None:
            items = owner.api("GET", "/declarations/reviews?page_size=100")["items"]
            asked = {item["declaration_id"]: item for item in items if item["times_asked"]}
            wanted = {each["declaration_id"] for each in (kept, ended, silent)}
            return asked if wanted <= set(asked) else None

        asked = wait_for(are_asked, seconds=60, what="两年提醒")

        def inbox() -> dict[str, Any] | None:
            items = owner.api("GET", "/messages")["items"]
            return next((item for item in items if item["template"] == "REVIEW_DUE"), None)

        message = wait_for(inbox, seconds=30, what="站内消息")

        def texted() -> list[str] | None:
            items = anyone.api("GET", "/dev/messages")["items"]
            return [item["text"] for item in items if item["template"] == "REVIEW_DUE"] or None

        texts = wait_for(texted, seconds=30, what="短信提醒")

        assert early["total"] == 0
        assert refused.value.code == "standards.review_not_due"
        assert asked[kept["declaration_id"]]["answers"] == ["CONTINUE", "WITHDRAW"]
        assert message["link"] == "/declarations/reviews"
        assert "继续使用" in message["body"]
        assert any("两年提醒期" in text for text in texts)

        path = f"/declarations/{kept['declaration_id']}/review"
        answers = [
            owner.api("POST", path, json={"answer": "CONTINUE"}, key="continue-once-0001")
            for _ in range(2)
        ]
        confirmed = wait_for_marks(anyone, kept, "IN_USE_CONFIRMED")
        path = f"/declarations/{ended['declaration_id']}"
        request = owner.api("POST", f"{path}/withdrawal-request")
        owner.api(
            "POST",
            f"{path}/withdrawal",
            json={"confirmation_token": request["confirmation_token"], "reason": "NOT_IN_USE"},
        )

        assert answers[0] == answers[1]
        assert confirmed["marks"][0]["since"] == answers[0]["confirmed_at"]
        assert "确认继续使用本标准" in page(anyone, kept)
        left = owner.api("GET", "/declarations/reviews?page_size=100")["items"]
        open_ones = {item["declaration_id"] for item in left}
        assert silent["declaration_id"] in open_ones
        assert not {kept["declaration_id"], ended["declaration_id"]} & open_ones

        for month in (1, 2, 3):
            later.move_clock((731 + 31 * month) * DAY)
            owner = owner_of(later)

            def is_repeated(times: int = month + 1, reader: Visitor = owner) -> bool | None:
                items = reader.api("GET", "/declarations/reviews?page_size=100")["items"]
                return next(
                    item["times_asked"] >= times or None
                    for item in items
                    if item["declaration_id"] == silent["declaration_id"]
                )

            wait_for(is_repeated, seconds=60, what="再次提醒")
        wait_for_marks(anyone, silent, "REVIEW_UNANSWERED")
        assert "尚未确认是否继续使用" in page(anyone, silent)
        assert shown(anyone, ended)["state"] == "WITHDRAWN"
