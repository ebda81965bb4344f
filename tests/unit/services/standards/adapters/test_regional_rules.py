"""Files with the rules of regions (手册 FAQ 17)."""

import json
from pathlib import Path

import pytest

from services.standards.adapters.regional_rules import RegionalRulesError, read_rules
from services.standards.domain.regional_rules import RegionalRule, RuleSeverity

RULES = (
    RegionalRule("13", "河北：企业代号为三个以上字母", "[A-Z]{3,}.*", RuleSeverity.REFUSAL),
    RegionalRule("3301", "杭州没有规则"),
)


class TestReadRules:
    def test_reads_json(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.json"
        rows = [
            {
                "region": "13",
                "hint": RULES[0].hint,
                "pattern": "[A-Z]{3,}.*",
                "severity": "REFUSAL",
            },
            {"region": "3301", "hint": "杭州没有规则", "pattern": ""},
        ]
        path.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")

        assert read_rules(path).rules == RULES

    def test_reads_csv(self, tmp_path: Path) -> None:
        path = tmp_path / "rules.csv"
        path.write_text(
            "region,hint,pattern,severity\n"
            '13,河北：企业代号为三个以上字母,"[A-Z]{3,}.*",REFUSAL\n'
            "3301,杭州没有规则,,\n",
            encoding="utf-8",
        )

        assert read_rules(path).rules == RULES

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("{", "Expecting"),
            ("7", "must be a list"),
            ('["13"]', "rule 1"),
            ('[{"region": "13", "hint": "x", "more": "y"}]', "rule 1"),
            ('[{"region": 13, "hint": "x"}]', "must be a text"),
            ('[{"region": "13"}]', "region and hint"),
            ('[{"region": "1", "hint": "x"}]', "no code of a region"),
            ('[{"region": "13", "hint": "x", "pattern": "("}]', "no pattern"),
            ('[{"region": "13", "hint": "x", "severity": "BLOCK"}]', "severity must be"),
            ('[{"region": "13", "hint": "x"}, {"region": "13", "hint": "y"}]', "two rules"),
        ],
    )
    def test_refuses_what_is_no_list_of_rules(self, tmp_path: Path, text: str, reason: str) -> None:
        path = tmp_path / "rules.json"
        path.write_text(text, encoding="utf-8")

        with pytest.raises(RegionalRulesError, match=reason):
            read_rules(path)

    def test_refuses_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(RegionalRulesError, match=r"none\.csv"):
            read_rules(tmp_path / "none.csv")
