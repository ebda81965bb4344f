"""Complaints over HTTP: anyone files one, the bureau handles it (docs/api/complaints.md)."""

import re
from typing import Any, Final

import pytest

from gateway.routes import all_routes
from gateway.routing import API, Auth, Face, Route
from services.accounts import seeds
from tools.visitor import RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

TEXT: Final = "购买的熏煮香肠标签与公开的标准不符，\n淀粉含量明显偏高。"
NAME: Final = "张小燕"
PHONE: Final = "13812340077"
NOTE: Final = "已约企业负责人当面核实"
OUTCOME: Final = "经核查部分属实，企业已整改。"


def clerk(system: Any, username: str) -> Any:
    visitor = system.visitor()
    visitor.log_in(username, seeds.PASSWORD)
    return visitor


def published(owner: Any) -> dict[str, Any]:
    rows = owner.api("GET", "/declarations?kind=ENTERPRISE&state=PUBLISHED")["items"]
    return dict(next(row for row in rows if row["state"] == "PUBLISHED"))


def complain(visitor: Any, record_number: str, **changes: str) -> dict[str, Any]:
    form = {
        "record_number": record_number,
        "category": "NOT_AS_DECLARED",
        "text": TEXT,
        "name": NAME,
        "phone": PHONE,
        **changes,
    }
    answer = visitor.api("POST", "/public/complaints", json={**form, **visitor.solve_captcha()})
    return dict(answer)


def ask(visitor: Any, filed: dict[str, Any], **changes: str) -> dict[str, Any]:
    question = {name: filed[name] for name in ("complaint_number", "query_code")}
    answer = visitor.api("POST", "/public/complaints/state", json={**question, **changes})
    return dict(answer)


def refusal(visitor: Any, method: str, path: str, **options: Any) -> tuple[int, str]:
    with pytest.raises(RefusedError) as refused:
        visitor.api(method, path, **options)
    return refused.value.status, refused.value.code


def messages_to(visitor: Any, phone: str) -> list[str]:
    items = visitor.api("GET", "/dev/messages")["items"]
    return [item["text"] for item in items if item["phone"] == phone]


def open_to_owners() -> list[Route]:
    return [
        route
        for route in all_routes()
        if route.face is Face.API
        and route.method == "GET"
        and not route.is_development_only
        and (route.auth is Auth.PUBLIC or not route.roles or "OWNER" in route.roles)
    ]


def address(route: Route, declaration: dict[str, Any], complaint_id: str) -> str:
    """Return the address of a route about a declaration, or a complaint, as far as it has one."""
    known = {
        "declaration_id": declaration["declaration_id"],
        "record_number": declaration["record_number"],
        "version": "1",
        "number": "1",
    }
    path = re.sub(
        r"<(?:[^:<>]+(?:\([^)]*\))?:)?(\w+)>",
        lambda match: known.get(match[1], complaint_id),
        route.path,
    )
    if path.endswith("/audit/own"):
        return path + "?service=standards"
    return path + ("?kind=ENTERPRISE" if path == f"{API}/declarations" else "")


class TestComplaint:
    @pytest.mark.proves("F9", "F16", "F17")
    def test_goes_its_way_and_the_enterprise_never_sees_who(self, system: Any) -> None:
        owner, anyone = clerk(system, "qinghe_owner"), system.visitor()
        declaration = published(owner)
        filed = complain(anyone, declaration["record_number"])
        nameless = complain(anyone, declaration["record_number"], name="", phone="")
        bureau, other = clerk(system, "demo_bureau_zibo"), system.visitor()

        assert re.fullmatch(r"TS-[0-9]{8}-[0-9]{6}", filed["complaint_number"])
        assert ask(other, filed)["state"] == "RECEIVED"
        code = nameless["query_code"]
        wrong = {"json": {"complaint_number": filed["complaint_number"], "query_code": code}}
        unknown = refusal(other, "POST", "/public/complaints/state", **wrong)
        assert unknown == (404, "standards.complaint_not_found")

        rows = bureau.api("GET", "/bureau/complaints?state=RECEIVED")["items"]
        row = next(row for row in rows if row["complaint_number"] == filed["complaint_number"])
        path = f"/bureau/complaints/{row['complaint_id']}"
        whole = bureau.api("GET", path)
        assert whole["text"] == TEXT
        assert NAME not in str(whole)
        assert PHONE not in str(whole)
        noted = bureau.api("POST", f"{path}/notes", json={"note": NOTE}, version=row["version"])
        stale = refusal(bureau, "POST", f"{path}/acceptance", json={}, version=row["version"])
        assert stale[0] == 412
        taken = bureau.api("POST", f"{path}/acceptance", json={}, version=noted["version"])
        bare = refusal(bureau, "POST", f"{path}/reporter", json={"reason": ""})
        assert bare == (422, "standards.complaint_invalid")
        shown = bureau.api("POST", f"{path}/reporter", json={"reason": "需要当面取证"})
        assert (shown["name"], shown["phone"]) == (NAME, PHONE)
        mine = f"/declarations/{declaration['declaration_id']}/complaints"
        before = owner.api("GET", mine)["total"]
        words = {"finding": "PARTLY_CONFIRMED", "outcome": OUTCOME}
        telling = {**words, "outcome": f"感谢{NAME}"}
        named = {"json": telling, "version": taken["version"]}
        assert refusal(bureau, "POST", f"{path}/resolution", **named)[0] == 422
        bureau.api("POST", f"{path}/resolution", json=words, version=taken["version"])

        (text,) = wait_for(
            lambda: messages_to(anyone, PHONE) or None, seconds=20, what="处理结果的短信"
        )
        assert filed["complaint_number"] in text
        assert OUTCOME in text
        assert ask(other, filed)["outcome"] == OUTCOME
        assert before == 0
        (finding,) = owner.api("GET", mine)["items"]
        assert set(finding) == {"category", "finding", "resolved_on"}
        assert finding["finding"] == "PARTLY_CONFIRMED"

        answers = {
            route.path: owner.request("GET", address(route, declaration, row["complaint_id"])).text
            for route in open_to_owners()
        }
        page = f"/s/{declaration['record_number']}"
        answers[page] = owner.request("GET", page).text
        proof = {"password": seeds.PASSWORD}
        answers["export"] = str(owner.api("POST", "/enterprise/exports", json=proof))
        secrets = [NAME, PHONE, TEXT[:12], NOTE, OUTCOME, filed["complaint_number"],
                   filed["query_code"], nameless["complaint_number"]]  # fmt: skip
        leaks = [(where, secret) for where, answer in answers.items() for secret in secrets
                 if secret in answer]  # fmt: skip
        assert len(answers) > 15
        assert leaks == []

    @pytest.mark.proves("F9")
    def test_is_the_business_of_its_own_area(self, system: Any) -> None:
        owner, anyone = clerk(system, "ciyun_owner"), system.visitor()
        number = published(owner)["record_number"]
        filed = complain(anyone, number, name="", phone="")
        above, beside = clerk(system, "demo_bureau_shandong"), clerk(system, "demo_bureau_huantai")
        operator = clerk(system, "demo_operator")

        rows = above.api("GET", f"/bureau/complaints?record_number={number}")["items"]
        row = next(row for row in rows if row["complaint_number"] == filed["complaint_number"])
        path = f"/bureau/complaints/{row['complaint_id']}"

        assert beside.api("GET", f"/bureau/complaints?record_number={number}")["items"] == []
        assert refusal(beside, "GET", path) == (404, "standards.complaint_not_found")
        assert operator.api("GET", path)["text"] == TEXT
        reason = {"json": {"reason": "例行检查"}}
        assert refusal(operator, "POST", f"{path}/reporter", **reason)[0] == 403
        assert refusal(owner, "GET", path)[0] == 403
        outcome = {"outcome": "不属于受理范围"}
        refused = operator.api("POST", f"{path}/refusal", json=outcome, version=row["version"])
        assert refused["state"] == "REFUSED"
        again = refusal(operator, "POST", f"{path}/acceptance", json={}, version=2)
        assert again == (409, "standards.complaint_wrong_state")

    @pytest.mark.proves("F5")
    def test_needs_a_captcha_and_a_published_record(self, system: Any) -> None:
        anyone = system.visitor()
        captcha = anyone.solve_captcha()
        form = {"record_number": "Q-1", "category": "OTHER", "text": TEXT, **captcha}

        first = refusal(anyone, "POST", "/public/complaints", json=form)
        second = refusal(anyone, "POST", "/public/complaints", json=form)
        short = refusal(anyone, "POST", "/public/complaints", json={**form, "text": "短"})

        assert first == (422, "standards.complaint_invalid")
        assert second == (422, "accounts.captcha_wrong")
        assert short[0] == 422
