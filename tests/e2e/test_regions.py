"""Operators open a region and follow an import (手册 FAQ 8)."""

from pathlib import Path
from typing import Any

import pytest

from services.accounts import seeds as accounts_seeds
from tests.e2e.test_waiting import as_typed, new_organization, write_file
from tools.visitor import RefusedError

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

# 1001 and 2001 belong to other journeys of the same system.
REGION = "532901"


@pytest.mark.proves("R-026", "R-027")
class TestRegions:
    def test_opened_region_takes_effect_at_once(self, system: Any, tmp_path: Path) -> None:
        """手册 FAQ 8: 各地方试点开放时间不一致."""
        operator, applicant = system.visitor(), system.visitor()
        operator.log_in(accounts_seeds.demo_usernames()["OPERATOR"], accounts_seeds.PASSWORD)
        row = new_organization(3001) | {"reg_admin_code": REGION}
        bad = new_organization(3002) | {"legal_rep": ""}
        operator.api("PUT", f"/operator/regions/{REGION}", json={"is_open": False})
        system.run("services.registry.importing", write_file(tmp_path / "pilot.csv", row, bad))

        with pytest.raises(RefusedError) as refused:
            applicant.verify(as_typed(row))
        operator.api("PUT", f"/operator/regions/{REGION}", json={"is_open": True})
        token = applicant.verify(as_typed(row))
        shown = applicant.api("GET", "/regions")["items"]
        [run] = [
            each
            for each in operator.api("GET", "/operator/imports")["items"]
            if each["file_name"] == "pilot.csv"
        ]
        report = operator.request("GET", f"/api/v1/operator/imports/{run['id']}/report")

        [error] = refused.value.problem["errors"]
        assert (error["detail"], error["faq"]) == ("非试点区域不能注册", 8)
        assert token
        assert {"region": REGION, "is_open": True} in [
            {name: each[name] for name in ("region", "is_open")} for each in shown
        ]
        assert (run["created"], run["rejected"], run["kind"]) == (1, 1, "DELTA")
        assert report.text.splitlines()[1] == "3,legal_rep,必填项为空"
        with pytest.raises(RefusedError) as nobody:
            applicant.api("GET", "/operator/imports")
        assert nobody.value.status == 401
