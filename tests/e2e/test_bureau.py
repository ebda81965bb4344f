"""The bureau changes a phone and the user name is found with it (手册 8.2, R-203); freezing."""

from typing import Any

import pytest

from services.accounts import seeds
from tools.visitor import RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

CODE = "91370303QBEX00021D"
NEW_PHONE = "13800138301"
DAY = 24 * 3600


def status(visitor: Any, method: str, path: str, **options: Any) -> int:
    try:
        visitor.api(method, path, **options)
    except RefusedError as error:
        return error.status
    return 200


def clerk(system: Any, username: str) -> Any:
    visitor = system.visitor()
    visitor.log_in(username, seeds.PASSWORD)
    return visitor


@pytest.mark.proves("R-203", "R-204", "F25", "F9")
def test_bureau_changes_phone_and_the_user_name_is_found(system: Any) -> None:
    maker, checker = clerk(system, "demo_bureau_zibo"), clerk(system, "demo_bureau_shandong")
    stranger = clerk(system, "demo_bureau_huantai")
    found = maker.api("GET", f"/bureau/accounts?q={CODE}")["items"]
    body = {"account_id": found[0]["account_id"], "phone": NEW_PHONE, "reason": "原手机号已停用"}

    assert [each["phone_masked"] for each in found] == ["199****0002"]
    assert stranger.api("GET", f"/bureau/accounts?q={CODE}")["items"] == []
    assert status(stranger, "POST", "/bureau/phone-changes", json=body) == 404
    change = maker.api("POST", "/bureau/phone-changes", json=body)
    approval = f"/bureau/phone-changes/{change['change_id']}/approval"
    assert status(stranger, "POST", approval) == 404
    assert status(maker, "POST", approval) == 403
    assert checker.api("POST", approval)["state"] == "APPROVED"

    user = system.visitor()
    wait_for(
        lambda: (
            any(
                message["phone"] == "19910000002" and "138****8301" in message["text"]
                for message in user.api("GET", "/dev/messages")["items"]
            )
            or None
        ),
        seconds=20,
        what="发往原手机号的通知",
    )
    system.move_clock(DAY + 60)
    try:
        later = clerk(system, "demo_bureau_zibo")

        def is_done() -> bool | None:
            items = later.api("GET", "/bureau/phone-changes")["items"]
            states = {each["change_id"]: each["state"] for each in items}
            return states[change["change_id"]] == "DONE" or None

        wait_for(is_done, seconds=40, what="手机号码变更生效")
        asked = {"code": CODE, "phone": NEW_PHONE, **user.solve_captcha()}
        token = user.api("POST", "/username-recoveries", json=asked)["token"]
        answer = {"token": token, "code": user.read_code(NEW_PHONE)}
        shown = user.api("POST", "/username-recoveries/verification", json=answer)
    finally:
        system.move_clock(0)

    assert shown["username"] == "ciyun_owner"


@pytest.mark.proves("F9")
def test_bureau_freezes_and_unfreezes_an_enterprise(system: Any) -> None:
    bureau, owner = clerk(system, "demo_bureau_shandong"), system.visitor()
    owner.log_in("quanyong_owner", seeds.PASSWORD)
    found = bureau.api("GET", "/bureau/enterprises?q=QBEX0003X")["items"][0]
    path = f"/bureau/enterprises/{found['enterprise_id']}"
    zibo = clerk(system, "demo_bureau_zibo")
    assert status(zibo, "POST", f"{path}/freeze", json={"reason": "核查"}) == 404

    bureau.api("POST", f"{path}/freeze", json={"reason": "核查中"})

    def is_out() -> bool | None:
        return status(owner, "GET", "/sessions/current") == 401 or None

    wait_for(is_out, seconds=10, what="会话结束")
    with pytest.raises(RefusedError) as refused:
        owner.log_in("quanyong_owner", seeds.PASSWORD)
    assert refused.value.code == "accounts.enterprise_frozen"
    bureau.api("POST", f"{path}/unfreeze", json={"reason": "核查完毕"})
    owner.log_in("quanyong_owner", seeds.PASSWORD)
    assert status(owner, "GET", "/bureau/enterprises") == 403
