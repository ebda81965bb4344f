"""The team of an enterprise and its machines, over HTTP."""

import re
from typing import Any

import pytest
import requests

from services.accounts import seeds
from tests.e2e.test_catalogue import signed_in
from tools.visitor import RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PHONE = "13800138201"
MEMBER = {
    "username": "journey_member",
    "id_number": "110101199003070230",
    "password": "Journey-2026-member",
    "password_confirmation": "Journey-2026-member",
    "has_accepted_terms": True,
}


def link_in_sms(visitor: Any, phone: str) -> str:
    """Wait for the invitation on the development page and return the token in its link."""

    def newest() -> str | None:
        for message in visitor.api("GET", "/dev/messages")["items"]:
            found = re.search(r"/invitations/([\w-]+)", message["text"])
            if message["phone"] == phone and found:
                return found[1]
        return None

    return wait_for(newest, seconds=20, what="邀请短信")


def status(visitor: Any, method: str, path: str, **options: Any) -> int:
    try:
        visitor.api(method, path, **options)
    except RefusedError as error:
        return error.status
    return 200


def wait_for_end(visitor: Any) -> None:
    """Wait until every gateway has heard that the session was ended."""

    def is_out() -> bool | None:
        return status(visitor, "GET", "/sessions/current") == 401 or None

    wait_for(is_out, seconds=10, what="会话结束")


class TestTeam:
    @pytest.mark.proves("F9")
    def test_invite_join_and_hand_over(self, system: Any) -> None:
        owner, member = system.visitor(), system.visitor()
        owner.log_in("zhuying_owner", seeds.PASSWORD)

        owner.api(
            "POST",
            "/team/invitations",
            json={"name": "李小红", "phone": PHONE, "role": "VIEWER"},
        )
        token = link_in_sms(member, PHONE)
        invitation = member.api("GET", f"/invitations/{token}")
        member.api("POST", f"/invitations/{token}/code", json=member.solve_captcha())
        body = {**MEMBER, "code": member.read_code(PHONE)}
        joined = member.api("POST", f"/invitations/{token}/acceptance", json=body)
        member.log_in(MEMBER["username"], MEMBER["password"])

        assert invitation["role"] == "VIEWER"
        assert joined["message"] == "加入成功"
        # A viewer reads, and changes nothing.
        assert status(member, "GET", "/declarations?kind=ENTERPRISE") == 200
        assert status(member, "POST", "/declarations", json=DRAFT) == 403
        assert status(member, "POST", "/team/invitations", json={}) in {403, 422}
        assert status(member, "GET", f"/invitations/{token}") == 404

        account_id = next(
            each["account_id"]
            for each in owner.api("GET", "/team")["members"]
            if each["username"] == MEMBER["username"]
        )
        owner.api("PUT", f"/team/{account_id}/role", json={"role": "FILER"})
        wait_for_end(member)
        member.log_in(MEMBER["username"], MEMBER["password"])
        assert status(member, "POST", "/declarations", json=DRAFT) == 200

        wrong = {"account_id": account_id, "password": "wrong"}
        assert status(owner, "POST", "/team/handover", json=wrong) == 422
        owner.api(
            "POST", "/team/handover", json={"account_id": account_id, "password": seeds.PASSWORD}
        )
        wait_for_end(owner)
        owner.log_in("zhuying_owner", seeds.PASSWORD)
        assert status(owner, "GET", "/machine-keys") == 403
        member.log_in(MEMBER["username"], MEMBER["password"])
        old_owner = next(
            each for each in member.api("GET", "/team")["members"] if not each["is_self"]
        )
        member.api("DELETE", f"/team/{old_owner['account_id']}")
        wait_for_end(owner)


DRAFT = {
    "kind": "ENTERPRISE",
    "number": {"body": "ZYSF 021", "year": "2026"},
    "title": "竹编花篮",
    "disclosure_mode": "FULL_TEXT",
    "products": [],
}


class TestMachineKeys:
    @pytest.mark.proves("F7", "F9")
    def test_a_program_reads_with_its_key(self, system: Any) -> None:
        owner = system.visitor()
        owner.log_in("luyu_owner", seeds.PASSWORD)
        scopes = ["declarations:read", "events:read"]
        made = owner.api(
            "POST", "/machine-keys", json={"name": "ERP", "scopes": scopes, "days": 30}
        )

        def call(path: str, key: str = made["key"], **headers: str) -> requests.Response:
            return requests.get(
                f"{system.url}/api/v1{path}",
                headers={"Authorization": f"Bearer {key}", **headers},
                timeout=20,
            )

        listed = call("/declarations?kind=ENTERPRISE")
        events = call("/events")
        assert (listed.status_code, events.status_code) == (200, 200)
        assert int(events.headers["RateLimit-Remaining"]) < int(events.headers["RateLimit-Limit"])
        # Neither more than its scopes, nor together with a session, nor anything for people.
        assert call("/public/declarations?q=a").status_code == 403
        assert call("/team").status_code == 403
        assert call("/machine-keys").status_code == 403
        assert call("/sessions/current").status_code == 403
        assert call("/events", Cookie="__Host-sid=x; sid=x").status_code == 400
        assert call("/events", "qbk_" + "A" * 38).status_code == 401
        assert call("/events", "").status_code == 401

        path = f"/operator/machine-keys/{made['key_id']}/quota"
        operator = signed_in(system, "OPERATOR")
        assert status(owner, "PUT", path, json={"per_minute": 1, "per_day": None}) == 403
        assert status(operator, "PUT", path, json={"per_minute": 6_001, "per_day": None}) == 422
        operator.api("PUT", path, json={"per_minute": 1, "per_day": None})
        # A minute may end between two of them, not between all.
        refused = next(each for each in (call("/events") for _ in range(3)) if not each.ok)
        assert (refused.status_code, refused.json()["code"]) == (429, "accounts.key_quota")
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert refused.headers["RateLimit-Limit"] == "1"
        operator.api("PUT", path, json={"per_minute": None, "per_day": None})

        new = owner.api("POST", f"/machine-keys/{made['key_id']}/rotation")
        assert call("/events").status_code == 200
        assert call("/events", new["key"]).status_code == 200
        owner.api("DELETE", f"/machine-keys/{made['key_id']}")
        assert call("/events").status_code == 401
        shown = owner.api("GET", "/machine-keys")["items"]
        assert {key["key_id"]: key["is_active"] for key in shown} == {
            made["key_id"]: False,
            new["key_id"]: True,
        }
        assert made["key"] not in str(shown)
        owner.api("DELETE", f"/machine-keys/{new['key_id']}")
