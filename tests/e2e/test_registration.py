"""Register and log in, over HTTP, as a person does it (手册 2, 3.1)."""

from typing import Any

import pytest

from services.registry import seeds

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

USER = {
    "username": "journey_owner",
    "name": "李晓",
    "id_number": "110101199003070062",
    "password": "Journey-2026-qibiao",
    "bureau_code": "370321",
}
PHONE = "13800138071"


@pytest.mark.proves("R-010", "R-040", "R-053", "R-054")
class TestRegistration:
    def test_from_the_five_fields_to_the_first_page(self, system: Any) -> None:
        applicant = system.visitor()

        token = applicant.verify(seeds.demo_applicant(1))
        token = applicant.enter_user(token, USER)
        registered = applicant.activate(token, PHONE)
        session = applicant.log_in(USER["username"], USER["password"])

        assert registered["message"] == "注册成功"
        assert session["landing"] == "企业标准录入"
        profile = applicant.api("GET", "/sessions/current")["user"]
        assert profile["username"] == USER["username"]
