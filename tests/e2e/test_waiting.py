"""Wait for the record of an organisation, be told by SMS, and register (手册 FAQ 14)."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_2

from services.registry.domain import codes
from tools.visitor import RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

USER = {
    "username": "patient_owner",
    "name": "何耐",
    "id_number": "110101199003077811",
    "password": "Journey-2026-qibiao",
    "bureau_code": "370321",
}
PHONE = "13800138072"


def new_organization(number: int) -> dict[str, str]:
    """Return an organisation that the code database does not know yet, as it will state it."""
    body = f"QBEY{number:04}"
    organization_code = body + codes.organization_check_digit(body)
    base = "91370321" + organization_code
    person = f"9900991981010{number:04}"
    return {
        "name": f"桓台新设示范第{number}有限公司",
        "credit_code": base + uscc.calc_check_digit(base),
        "org_code": organization_code,
        "legal_rep": "候新",
        "legal_representative_id_number": person + mod_11_2.calc_check_digit(person),
        "registered_address": f"山东省淄博市桓台县示范街道新设路{number}号",
        "reg_admin_code": "370321",
    }


def write_file(path: Path, *rows: dict[str, str]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return str(path)


def as_typed(row: dict[str, str]) -> dict[str, str]:
    return {
        "code": row["credit_code"],
        "name": row["name"],
        "legal_representative": row["legal_rep"],
        "legal_representative_id_number": row["legal_representative_id_number"],
        "address": row["registered_address"],
    }


class TestWaiting:
    @pytest.mark.proves("R-025", "R-032", "R-034")
    def test_wait_be_told_and_register(self, system: Any, tmp_path: Path) -> None:
        """手册 FAQ 14."""
        row = new_organization(1001)
        applicant = system.visitor()

        with pytest.raises(RefusedError) as refused:
            applicant.verify(as_typed(row))
        waiting = applicant.api(
            "POST",
            "/registrations/waiting",
            json={**as_typed(row), "phone": PHONE, **applicant.solve_captcha()},
        )
        early = self.state(applicant, waiting)
        system.run("services.registry.importing", write_file(tmp_path / "delta.csv", row))
        link = wait_for(lambda: self.read_link(applicant), seconds=30, what="等待通知的短信")
        late = self.state(applicant, waiting)
        step = applicant.api("POST", "/registrations/resumption", json={"token": link})
        registered = applicant.activate(applicant.enter_user(step["token"], USER), PHONE)
        session = applicant.log_in(USER["username"], USER["password"])

        problem = refused.value.problem
        assert problem["params"]["can_wait"] == "true"
        assert problem["params"]["help_url"].startswith("https://")
        assert problem["errors"] == [
            {
                "pointer": "/code",
                "code": "registry.not_synced",
                "detail": "不能注册，数据未同步",
                "faq": 14,
            }
        ]
        assert (early, late) == ("WAITING", "READY")
        assert step["enterprise"]["name"] == row["name"]
        assert registered["message"] == "注册成功"
        assert session["landing"] == "企业标准录入"
        with pytest.raises(RefusedError) as again:
            applicant.api("POST", "/registrations/resumption", json={"token": link})
        assert again.value.status in {404, 409}

    @staticmethod
    def state(applicant: Any, waiting: dict[str, Any]) -> str:
        body = {"token": waiting["token"]}
        return str(applicant.api("POST", "/registrations/waiting/state", json=body)["state"])

    @staticmethod
    def read_link(applicant: Any) -> str | None:
        for message in applicant.api("GET", "/dev/messages")["items"]:
            found = re.search(r"/app/register\?resume=([\w-]+)", message["text"])
            if message["phone"] == PHONE and found:
                return found[1]
        return None

    @pytest.mark.proves("R-018", "R-020")
    def test_refusal_explains_itself(self, system: Any) -> None:
        """手册 FAQ 1."""
        from services.registry import seeds  # noqa: PLC0415 - only here

        fields = seeds.demo_applicant(2)
        typed = fields | {"address": fields["address"].removeprefix("河北省")}

        with pytest.raises(RefusedError) as refused:
            system.visitor().verify(typed)

        [error] = refused.value.problem["errors"]
        assert error["detail"] == "地址输入项与系统不一致"
        assert error["faq"] == 1
        assert "省份" in error["hint"]
        assert fields["address"] not in str(refused.value.problem)
