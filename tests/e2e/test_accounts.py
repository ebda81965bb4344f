"""An account's own life, over HTTP, as a person lives it (手册 3, 6, 7, 8); told in docs/api."""

import base64
import itertools
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.test_waiting import as_typed, new_organization, write_file
from tools.visitor import API, RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

USER: Final = {
    "username": "people_owner",
    "name": "周晓岚",
    "id_number": "110101199003070281",
    "password": "People-2026-qibiao",
    "bureau_code": "370321",
}
PHONE: Final = "13800138091"
NEW_PHONE: Final = "13800138092"
ORGANIZATION: Final = new_organization(2001)


class Person:
    """Somebody with an account, at one browser after the other; tests come in any order."""

    def __init__(self, system: Any) -> None:
        self.system = system
        self.offset = 0.0
        self.password = USER["password"]
        self.phone = PHONE
        self._passwords = (f"Berries-{number}-in-the-wood" for number in itertools.count(1))

    def new_password(self) -> str:
        """Return a password he has not had."""
        return next(self._passwords)

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        self.offset += seconds
        self.system.move_clock(self.offset)

    def wait_a_minute(self) -> None:
        """Let a minute pass: codes are sent to a phone once a minute."""
        self.pass_time(61)

    def browser(self) -> Any:
        """Return a browser in which he is signed in."""
        visitor = self.system.visitor()
        visitor.log_in(USER["username"], self.password)
        return visitor


@pytest.fixture(scope="module")
def person(system: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("records") / "delta.csv"
    system.run("services.registry.importing", write_file(path, ORGANIZATION))
    applicant = system.visitor()
    token = applicant.verify(as_typed(ORGANIZATION))
    applicant.enter_user(token, USER)
    applicant.activate(token, PHONE)
    yield Person(system)
    system.move_clock(0)


def new_code(visitor: Any, phone: str, ask: Any) -> tuple[dict[str, Any], str]:
    """Ask for a code and wait for the message that brings it."""
    before = [m for m in visitor.api("GET", "/dev/messages")["items"] if m["phone"] == phone]
    answer = ask()

    def arrived() -> bool | None:
        items = visitor.api("GET", "/dev/messages")["items"]
        return len([m for m in items if m["phone"] == phone]) > len(before) or None

    wait_for(arrived, seconds=15, what="短信")
    return answer, visitor.read_code(phone)


def texts(visitor: Any, phone: str) -> list[str]:
    return [m["text"] for m in visitor.api("GET", "/dev/messages")["items"] if m["phone"] == phone]


class TestUserManagement:
    @pytest.mark.proves("R-187", "R-188", "R-195", "F16")
    def test_shows_the_four_blocks_masked(self, person: Person) -> None:
        """手册 6.1."""
        profile = person.browser().api("GET", "/profile")

        enterprise, user = profile["enterprise"], profile["user"]
        assert enterprise["name"] == ORGANIZATION["name"]
        assert enterprise["legal_representative"] == ORGANIZATION["legal_rep"]
        assert enterprise["organization_code"] == ORGANIZATION["org_code"]
        assert {"address", "postcode", "legal_representative_email", "phone_masked"} <= set(
            enterprise
        )
        assert enterprise["legal_representative_id_number_masked"][3:-4].strip("*") == ""
        assert user["id_number_masked"] == "110***********0281"
        assert user["phone_masked"] == f"138****{person.phone[-4:]}"
        assert user["username"] == USER["username"]

    @pytest.mark.proves("R-032", "R-189", "R-190", "R-191", "R-201")
    def test_refresh_takes_over_what_the_sync_has_brought(
        self, person: Person, tmp_path: Path
    ) -> None:
        """FAQ 12, 16: 企业信息在系统只能更新，不能修改."""
        browser = person.browser()
        moved = {**ORGANIZATION, "registered_address": "山东省淄博市桓台县示范街道迁址路8号"}
        path = write_file(tmp_path / "delta.csv", moved)
        person.system.run("services.registry.importing", path)

        def is_outdated() -> bool | None:
            return browser.api("GET", "/profile")["enterprise"]["is_outdated"] or None

        wait_for(is_outdated, seconds=20, what="代码库的变化")
        before = browser.api("GET", "/profile")["enterprise"]["address"]
        refreshed = browser.api("POST", "/enterprise/refresh")
        again = browser.api("POST", "/enterprise/refresh")

        assert before == ORGANIZATION["registered_address"]
        assert refreshed["changed"] == ["address"]
        address = browser.api("GET", "/profile")["enterprise"]["address"]
        assert address == moved["registered_address"]
        assert again["is_changed"] is False
        assert "已是最新" in again["message"]
        assert again["last_synced_at"]
        with pytest.raises(RefusedError) as refused:
            browser.api("PUT", "/profile", json={"address": "山东省淄博市桓台县新路1号"})
        assert refused.value.status == 400

    @pytest.mark.proves("R-192", "F16")
    def test_name_changes_and_user_name_does_not(self, person: Person) -> None:
        browser = person.browser()

        changed = browser.api("PUT", "/profile", json={"name": "周岚"})

        assert changed["changed"] == ["name"]
        assert browser.api("GET", "/profile")["user"]["name"] == "周岚"
        for body in ({"username": "another_name"}, {"id_number": "110101199003070353"}):
            with pytest.raises(RefusedError) as refused:
                browser.api("PUT", "/profile", json=body)
            assert refused.value.status in {400, 422}
        with pytest.raises(RefusedError, match="密码错误"):
            browser.api("POST", "/profile/personal-data", json={"password": "wrong-one-9"})
        shown = browser.api("POST", "/profile/personal-data", json={"password": person.password})
        assert shown == {"name": "周岚", "id_number": USER["id_number"], "phone": person.phone}

    @pytest.mark.proves("R-193", "F7")
    def test_password_change_ends_the_other_sessions(self, person: Person) -> None:
        elsewhere, here = person.browser(), person.browser()
        new = person.new_password()
        body = {"password": new, "password_confirmation": new}

        with pytest.raises(RefusedError, match="密码错误"):
            here.api("PUT", "/profile/password", json={**body, "old_password": new})
        here.api("PUT", "/profile/password", json={**body, "old_password": person.password})
        person.password = new

        assert here.api("GET", "/profile")["user"]["username"] == USER["username"]

        def is_out() -> bool | None:
            return elsewhere.request("GET", f"{API}/profile").status_code == 401 or None

        assert wait_for(is_out, seconds=10, what="其他登录结束")
        assert any("密码" in text for text in wait_for_texts(here, person.phone))


def wait_for_texts(visitor: Any, phone: str) -> list[str]:
    """Wait for a notice, which is no code."""

    def notices() -> list[str] | None:
        return [text for text in texts(visitor, phone) if "验证码" not in text] or None

    return wait_for(notices, seconds=15, what="短信通知")


class TestPhone:
    @pytest.mark.proves("R-194", "F25", "R-209")
    def test_changes_in_two_verified_steps(self, person: Person) -> None:
        """手册 6.1 修改手机号."""
        person.wait_a_minute()
        browser = person.browser()
        captcha = browser.solve_captcha
        wrong = {"password": "wrong-one-9", **captcha()}
        with pytest.raises(RefusedError, match="密码错误"):
            browser.api("POST", "/profile/phone-change", json=wrong)

        begun, code = new_code(
            browser,
            PHONE,
            lambda: browser.api(
                "POST", "/profile/phone-change", json={"password": person.password, **captcha()}
            ),
        )
        proven = browser.api(
            "POST",
            "/profile/phone-change/verification",
            json={"token": begun["token"], "code": code},
        )
        _, new = new_code(
            browser,
            NEW_PHONE,
            lambda: browser.api(
                "POST",
                "/profile/phone-change/code",
                json={"token": proven["token"], "phone": NEW_PHONE, **captcha()},
            ),
        )
        done = browser.api("PUT", "/profile/phone", json={"token": proven["token"], "code": new})
        person.phone = NEW_PHONE

        assert begun["phone_masked"] == "138****8091"
        assert done["phone_masked"] == "138****8092"
        assert browser.api("GET", "/profile")["user"]["phone_masked"] == "138****8092"

        def told() -> bool | None:
            return any("138****8092" in text for text in texts(browser, PHONE)) or None

        assert wait_for(told, seconds=15, what="原手机号的通知")


class TestForgotten:
    @pytest.mark.proves("R-059", "R-202")
    def test_user_name_is_found_by_phone(self, person: Person) -> None:
        """手册 8.1."""
        person.wait_a_minute()
        stranger = person.system.visitor()
        body = {"code": ORGANIZATION["credit_code"], "phone": person.phone}

        begun, code = new_code(
            stranger,
            person.phone,
            lambda: stranger.api(
                "POST", "/username-recoveries", json={**body, **stranger.solve_captcha()}
            ),
        )
        step = {"token": begun["token"], "code": code}
        shown = stranger.request("POST", f"{API}/username-recoveries/verification", json=step)

        assert "若信息匹配，验证码已发送" in begun["message"]
        assert shown.json() == {"username": USER["username"]}
        assert shown.headers["Cache-Control"] == "no-store"
        with pytest.raises(RefusedError) as refused:
            stranger.api("POST", "/username-recoveries/verification", json=step)
        assert refused.value.code == "accounts.flow_invalid"

    @pytest.mark.proves("R-059", "R-196", "R-197", "R-198", "R-199", "R-200")
    def test_password_is_set_anew(self, person: Person) -> None:
        """手册 7.1."""
        person.wait_a_minute()
        stranger = person.system.visitor()
        facts, new = as_typed(ORGANIZATION), person.new_password()

        token = stranger.api(
            "POST", "/password-recoveries", json={**facts, **stranger.solve_captcha()}
        )["token"]
        named = {"token": token, "username": facts["name"], **stranger.solve_captcha()}
        with pytest.raises(RefusedError, match="用户名错误"):
            stranger.api("POST", "/password-recoveries/code", json=named)
        _, code = new_code(
            stranger,
            person.phone,
            lambda: stranger.api(
                "POST",
                "/password-recoveries/code",
                json={"token": token, "username": USER["username"], **stranger.solve_captcha()},
            ),
        )
        proven = stranger.api(
            "POST", "/password-recoveries/verification", json={"token": token, "code": code}
        )["token"]
        done = stranger.api(
            "POST",
            "/password-recoveries/password",
            json={"token": proven, "password": new, "password_confirmation": new},
        )
        old, person.password = person.password, new

        assert done["redirect"] == "/login"
        with pytest.raises(RefusedError):
            stranger.log_in(USER["username"], old)
        assert stranger.log_in(USER["username"], new)["landing"] == "企业标准录入"

    @pytest.mark.proves("R-196", "F2")
    def test_wrong_data_get_the_same_answers(self, person: Person) -> None:
        stranger = person.system.visitor()
        facts = {**as_typed(ORGANIZATION), "name": "并不存在的公司"}

        begun = stranger.api(
            "POST", "/password-recoveries", json={**facts, **stranger.solve_captcha()}
        )
        sent = stranger.api(
            "POST",
            "/password-recoveries/code",
            json={
                "token": begun["token"], "username": USER["username"], **stranger.solve_captcha(),
            },
        )  # fmt: skip

        assert "若信息匹配，验证码已发送" in sent["message"]
        with pytest.raises(RefusedError) as refused:
            stranger.api(
                "POST",
                "/password-recoveries/verification",
                json={"token": begun["token"], "code": "123456"},
            )
        assert refused.value.code == "accounts.code_wrong"


class TestSessions:
    @pytest.mark.proves("F7")
    def test_show_and_end_where_one_is_signed_in(self, person: Person) -> None:
        here, elsewhere = person.browser(), person.browser()
        elsewhere.api("GET", "/sessions/current")

        listed = here.api("GET", "/sessions")["items"]
        there = next(each for each in listed if not each["is_current"])
        here.api("DELETE", f"/sessions/{there['session_id']}")
        ended = here.api("DELETE", "/sessions")

        assert sum(each["is_current"] for each in listed) == 1
        # Those that ended by themselves for want of use are ended as well.
        assert ended["ended"] >= len(listed) - 2
        assert [each["is_current"] for each in here.api("GET", "/sessions")["items"]] == [True]

        def is_out() -> bool | None:
            return elsewhere.request("GET", f"{API}/profile").status_code == 401 or None

        assert wait_for(is_out, seconds=10, what="其他登录结束")

    @pytest.mark.proves("R-060", "F7")
    def test_idle_end_keeps_the_draft(self, person: Person) -> None:
        """手册 4.1(2): 看您是否已长时间未操作，退出系统."""
        browser = person.browser()
        draft = browser.save_draft(
            {
                "kind": "ENTERPRISE",
                "number": {"body": "QBIDLE 001", "year": "2026"},
                "title": "离开半小时后仍在的标准",
                "disclosure_mode": "FULL_TEXT",
            }
        )

        person.pass_time(31 * 60)
        with pytest.raises(RefusedError) as refused:
            browser.api("GET", f"/declarations/{draft['declaration_id']}")
        again = person.browser()

        assert refused.value.status == 401
        assert "长时间未操作" in refused.value.problem["detail"]
        kept = again.api("GET", f"/declarations/{draft['declaration_id']}")
        assert kept["title"] == "离开半小时后仍在的标准"

    @pytest.mark.proves("R-057")
    def test_captcha_can_be_heard(self, person: Person) -> None:
        visitor = person.system.visitor()

        spoken = visitor.api("POST", "/captchas?kind=audio")
        digits = visitor.api("GET", f"/dev/captchas/{spoken['captcha_id']}")["answer"]
        body = {
            "username": USER["username"],
            "password": person.password,
            "captcha_id": spoken["captcha_id"],
            "captcha_answer": digits,
        }
        opened = visitor.api("POST", "/sessions", json=body)

        assert base64.b64decode(spoken["audio_wav_base64"])[:4] == b"RIFF"
        assert len(digits) == 6
        assert opened["landing"] == "企业标准录入"

    @pytest.mark.proves("R-051")
    def test_terms_are_accepted_by_version(self, person: Person) -> None:
        browser = person.system.visitor()
        terms = browser.api("GET", "/terms")

        opened = browser.log_in(USER["username"], person.password)
        accepted = browser.api("POST", "/terms/acceptance", json={"version": terms["version"]})

        assert opened["needs_terms"] is False
        assert accepted["version"] == terms["version"]
        with pytest.raises(RefusedError) as refused:
            browser.api("POST", "/terms/acceptance", json={"version": "1900-01"})
        assert refused.value.code == "accounts.terms_outdated"
