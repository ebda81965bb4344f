"""Staff at work, over HTTP: logging in with a code, and each with his own powers alone."""

from typing import Any

import pyotp
import pytest

from services.accounts import seeds
from tools.visitor import API, RefusedError

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


class TestLoggingIn:
    @pytest.mark.proves("F27")
    def test_takes_a_code_after_the_password(self, system: Any) -> None:
        operator = system.visitor()
        body = {"username": "demo_operator", "password": seeds.PASSWORD}

        step = operator.api("POST", "/sessions", json={**body, **operator.solve_captcha()})
        with pytest.raises(RefusedError) as early:
            operator.api("GET", "/sessions/current")
        session = operator.log_in("demo_operator", seeds.PASSWORD)
        user = operator.api("GET", "/sessions/current")["user"]

        assert step["step"] == "TOTP"
        assert early.value.status == 401
        assert session["landing"] == "工作台"
        assert user["roles"] == ["OPERATOR"]


PLACES = {
    "demo_sysadmin": {"/operator/imports"},
    "demo_secadmin": {"/staff/accounts", "/bureau/enterprises"},
    "demo_auditor": {"/audit?service=accounts"},
    "demo_operator": {"/operator/imports"},
    "demo_bureau_zibo": {"/bureau/enterprises", "/bureau/accounts", "/bureau/phone-changes"},
}


class TestPowers:
    @pytest.mark.proves("F27", "F9")
    def test_open_what_they_are_for_and_nothing_else(self, system: Any) -> None:
        everything = sorted(set().union(*PLACES.values()))

        opened = {}
        for username in PLACES:
            visitor = system.visitor()
            visitor.log_in(username, seeds.PASSWORD)
            found = {path: visitor.request("GET", API + path).status_code for path in everything}
            assert set(found.values()) <= {200, 403}, found
            opened[username] = {path for path, status in found.items() if status == 200}

        assert opened == PLACES

    @pytest.mark.proves("F27")
    def test_a_newcomer_sets_password_and_code_and_works(self, system: Any) -> None:
        admin, newcomer = system.visitor(), system.visitor()
        admin.log_in("demo_secadmin", seeds.PASSWORD)
        added = admin.api(
            "POST",
            "/staff/accounts",
            json={"username": "new_clerk", "name": "新同事", "roles": ["OPERATOR"]},
        )
        body = {"username": "new_clerk", "password": added["password"]}
        step = newcomer.api("POST", "/sessions", json={**body, **newcomer.solve_captcha()})
        password = "Harbour-2026-lights"
        following = newcomer.api(
            "POST",
            "/sessions/password",
            json={
                "login_token": step["login_token"],
                "password": password,
                "password_confirmation": password,
            },
        )
        code = pyotp.TOTP(str(pyotp.parse_uri(following["otpauth_uri"]).secret)).now()
        proof = {"login_token": following["login_token"], "code": code}
        opened = newcomer.api("POST", "/sessions/totp", json=proof)
        newcomer.log_in("new_clerk", password)
        path = f"/staff/accounts/{added['account_id']}"
        with pytest.raises(RefusedError) as refused:
            admin.api("PUT", f"{path}/roles", json={"roles": ["AUDITOR", "SYSTEM_ADMIN"]})
        admin.api("DELETE", f"{path}/totp")
        admin.api("DELETE", path)

        assert (step["step"], following["step"]) == ("PASSWORD", "TOTP_ENROLMENT")
        assert following["qr_svg"].startswith("<svg")
        assert opened["landing"] == "工作台"
        assert refused.value.code == "accounts.roles_conflict"
        with pytest.raises(RefusedError):
            newcomer.log_in("new_clerk", password)
