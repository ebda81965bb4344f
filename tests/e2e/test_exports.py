"""An enterprise takes its data along, and its people close their accounts, over HTTP."""

import re
from typing import Any

import pytest

from services.accounts import seeds
from tests.e2e.test_team import link_in_sms, status, wait_for_end
from tools.visitor import RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OWNER = "yanta_owner"
PHONE = "13800138209"
MEMBER = {
    "username": "leaving_member",
    "id_number": "110101199003070310",
    "password": "Leaving-2026-member",
    "password_confirmation": "Leaving-2026-member",
    "has_accepted_terms": True,
}
DRAFT = {
    "kind": "ENTERPRISE",
    "number": {"body": "YTSF 091", "year": "2026"},
    "title": "导出用的草稿",
    "disclosure_mode": "FULL_TEXT",
    "products": [],
}
# Nobody answers there: it is never validated, which is no matter here.
WEBHOOK = {"name": "ERP", "url": "https://receiver.example/qibiao", "parallel": 2}


def join(system: Any, owner: Any) -> Any:
    """Let somebody join the owner's team; return him, signed in."""
    member = system.visitor()
    invited = {"name": "赵小兰", "phone": PHONE, "role": "FILER"}
    owner.api("POST", "/team/invitations", json=invited)
    token = link_in_sms(member, PHONE)
    member.api("POST", f"/invitations/{token}/code", json=member.solve_captcha())
    body = {**MEMBER, "code": member.read_code(PHONE)}
    member.api("POST", f"/invitations/{token}/acceptance", json=body)
    member.log_in(MEMBER["username"], MEMBER["password"])
    return member


@pytest.mark.proves("F16", "F25")
def test_an_enterprise_exports_its_data_and_people_leave(system: Any) -> None:
    owner = system.visitor()
    owner.log_in(OWNER, seeds.PASSWORD)
    draft = owner.api("POST", "/declarations", json=DRAFT)
    member = join(system, owner)

    webhook = owner.api("POST", "/webhooks", json=WEBHOOK)

    # Only the owner, and only with his password.
    password = {"password": MEMBER["password"]}
    assert status(member, "POST", "/enterprise/exports", json=password) == 403
    assert status(owner, "POST", "/enterprise/exports", json={"password": "wrong"}) == 422
    wait_for(
        lambda: owner.api("GET", "/messages")["total"] or None, seconds=20, what="成员加入的消息"
    )
    answer = owner.request("POST", "/api/v1/enterprise/exports", json={"password": seeds.PASSWORD})

    assert answer.status_code == 200, answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    exported = answer.json()
    accounts = {each["username"]: each for each in exported["accounts"]}
    assert accounts[MEMBER["username"]]["phone"] == "138****8209"
    assert re.fullmatch(r"1\d{10}", accounts[OWNER]["phone"])
    assert draft["declaration_id"] in {each["declaration_id"] for each in exported["declarations"]}
    assert {each["account_id"] for each in exported["sessions"]} >= {
        accounts[OWNER]["account_id"],
        accounts[MEMBER["username"]]["account_id"],
    }
    assert exported["messages"]
    (subscription,) = exported["webhooks"]
    assert {name: subscription[name] for name in WEBHOOK} == WEBHOOK
    assert subscription["webhook_id"] == webhook["webhook_id"]
    assert webhook["secret"] not in answer.text
    assert {each["enterprise_id"] for each in exported["audit"]} <= {
        exported["enterprise"]["enterprise_id"]
    }
    assert exported["capped"] == []
    assert PHONE not in answer.text

    # The owner hands over before he leaves; the member simply leaves.
    with pytest.raises(RefusedError) as refused:
        owner.api("DELETE", "/profile", json={"password": seeds.PASSWORD})
    assert refused.value.problem["code"] == "accounts.handover_required"
    assert "请先移交" in str(refused.value.problem)
    assert status(member, "DELETE", "/profile", json={"password": "wrong"}) == 422
    successor = {
        "account_id": accounts[MEMBER["username"]]["account_id"],
        "password": seeds.PASSWORD,
    }
    owner.api("POST", "/team/handover", json=successor)
    wait_for_end(owner)
    owner.log_in(OWNER, seeds.PASSWORD)
    closed = owner.request("DELETE", "/api/v1/profile", json={"password": seeds.PASSWORD})
    assert (closed.status_code, closed.content) == (204, b"")
    assert status(owner, "GET", "/sessions/current") == 401

    # From now on the name looks like one that never was.
    told = []
    for username in (OWNER, "nobody_ever"):
        with pytest.raises(RefusedError) as unknown:
            system.visitor().log_in(username, seeds.PASSWORD)
        told.append((unknown.value.status, unknown.value.problem["code"]))
    assert set(told) == {(401, "accounts.login_failed")}
    wait_for_end(member)
    member.log_in(MEMBER["username"], MEMBER["password"])
    assert [each["username"] for each in member.api("GET", "/team")["members"]] == [
        MEMBER["username"]
    ]
