"""The check before a submission, as callers meet it: words of the file, roles, settings."""

import json
from pathlib import Path
from typing import Any

import pytest

from chassis import ids
from chassis.config import ConfigError
from chassis.errors import ForbiddenError, InvalidArgumentsError, RemoteDomainError
from chassis.testing import Embedded
from contracts.rpc import checks as contract
from services.standards import catalogue_indicators
from services.standards.config import Settings
from services.standards.domain.regional_rules import RuleSeverity
from services.standards.seeds.pdf import make_pdf
from services.standards.service import base
from tests.component.standards.conftest import Clerk
from tests.component.standards.test_contract import fields, promised

LIMIT = {
    "name": "铅",
    "requirement": {
        "kind": "NUMERIC",
        "right": {"symbol": "<=", "main": "2"},
        "unit": "mg/kg",
    },
    "test_method": {"kind": "CATALOGUE", "number": "GB/T 29606-2013"},
}


def codes(checked: dict[str, Any]) -> set[str]:
    return {found["code"].removeprefix("standards.") for found in checked["findings"]}


class TestCheckDeclaration:
    def test_looks_into_the_words_of_the_file(self, clerk: Clerk) -> None:
        """标准化法 Art. 27; 手册 4.2: 公示全文."""
        shown = make_pdf(["Q/3333-2014", "不锈钢真空保温杯"])
        other = make_pdf(["Q/4444-2014", "电热水壶"])
        good = clerk.save(upload_id=clerk.upload(shown)["upload_id"])
        number = {"body": "3334", "year": "2014"}
        bad = clerk.save(upload_id=clerk.upload(other)["upload_id"], number=number)

        checked = clerk.ask("check_declaration", declaration_id=good["declaration_id"])
        wrong = clerk.ask("check_declaration", declaration_id=bad["declaration_id"])

        assert (codes(checked), checked["is_publishable"]) == (set(), True)
        assert codes(wrong) == {"check_text_without_number", "check_text_without_title"}
        assert wrong["is_publishable"]
        assert fields(wrong) == promised(contract.Check)
        assert fields(wrong["findings"][0]) == promised(contract.Finding)

    def test_the_commitment_is_asked_for_where_the_page_says_it_is_not_ticked(
        self, clerk: Clerk
    ) -> None:
        """手册 4.1: 勾选企业承诺."""
        draft = clerk.save()

        checked = clerk.ask(
            "check_declaration", declaration_id=draft["declaration_id"], is_committed=False
        )

        assert codes(checked) == {"text_required", "commitment_required"}
        assert not checked["is_publishable"]

    def test_refuses_to_publish_what_is_lower_without_saying_so(
        self, clerk: Clerk, system: Embedded, tmp_path: Path
    ) -> None:
        """企业标准化促进办法 Art. 14."""
        path = tmp_path / "a.csv"
        path.write_text(
            "standard_no,indicator_name,value_type,upper_symbol,upper_limit,text_requirement,unit\n"
            "GB/T 29606-2013,铅,数值,<=,1,,mg/kg\n",
            encoding="utf-8",
        )
        catalogue_indicators.import_file(system.database("standards"), path)
        draft = clerk.save(disclosure_mode="INDICATORS", indicators=[LIMIT])

        checked = clerk.ask("check_declaration", declaration_id=draft["declaration_id"])
        with pytest.raises(RemoteDomainError) as refused:
            clerk.publish(draft)

        assert codes(checked) == {"check_lower_unstated"}
        assert refused.value.wire_code == "standards.not_publishable"
        (field,) = refused.value.fields
        assert field.code == "standards.check_lower_unstated"
        assert field.params["basis"] == "企业标准化促进办法 第十四条"

    @pytest.mark.parametrize("role", ["OWNER", "FILER", "VIEWER"])
    def test_everybody_of_the_enterprise_may_ask(self, clerk: Clerk, role: str) -> None:
        draft = clerk.save()
        reader = Clerk(clerk.system, clerk.enterprise_id, roles=(role,))

        checked = reader.ask("check_declaration", declaration_id=draft["declaration_id"])

        assert codes(checked) == {"text_required"}

    def test_nobody_else_may(self, clerk: Clerk) -> None:
        draft = clerk.save()
        stranger = Clerk(clerk.system, ids.new_id())
        bureau = Clerk(clerk.system, clerk.enterprise_id, roles=("BUREAU",))

        with pytest.raises(RemoteDomainError) as unknown:
            stranger.ask("check_declaration", declaration_id=draft["declaration_id"])
        with pytest.raises(ForbiddenError):
            bureau.ask("check_declaration", declaration_id=draft["declaration_id"])
        with pytest.raises(InvalidArgumentsError):
            clerk.ask(
                "check_declaration", declaration_id=draft["declaration_id"], is_committed="yes"
            )

        assert unknown.value.wire_code == "standards.not_found"


class TestRegionalRules:
    def test_come_from_the_file_that_the_settings_name(self, tmp_path: Path) -> None:
        """手册 FAQ 17."""
        path = tmp_path / "rules.json"
        path.write_text(
            json.dumps([{"region": "33", "hint": "应为字母", "severity": "REFUSAL"}]),
            encoding="utf-8",
        )

        rules = base._rules(Settings.from_env({"STANDARDS_REGIONAL_RULES": str(path)}))

        (rule,) = rules.regional.rules
        assert (rule.region, rule.severity) == ("33", RuleSeverity.REFUSAL)
        assert base._rules(Settings.from_env({})).regional.rules == ()

    def test_a_bad_file_keeps_the_service_from_starting(self, tmp_path: Path) -> None:
        settings = Settings.from_env({"STANDARDS_REGIONAL_RULES": str(tmp_path / "none.json")})

        with pytest.raises(ConfigError, match="STANDARDS_REGIONAL_RULES"):
            base._rules(settings)
