"""Rules of regions for the numbers of enterprise standards."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain.numbering import parse_number
from services.standards.domain.regional_rules import (
    TOLERANT,
    RegionalRule,
    RegionalRules,
    RuleSeverity,
)

HINT = "企业代号须为字母，后接三位以上顺序号"
PROVINCE = RegionalRule(region="37", hint=HINT, pattern=r"[A-Z]+[0-9]{3,}")
CITY = RegionalRule(
    region="3701", hint=HINT, pattern=r"3701[A-Z]+[0-9]{3}", severity=RuleSeverity.REFUSAL
)
COUNTY = RegionalRule(region="370102", hint="请咨询当地质监局")
RULES = RegionalRules((PROVINCE, CITY, COUNTY))


class TestRegionalRules:
    @pytest.mark.proves("R-087")
    @given(st.text(max_size=60), st.from_regex(r"[0-9]{6}", fullmatch=True))
    def test_allows_everything_without_rules(self, body: str, region: str) -> None:
        """手册 FAQ 17."""
        assert TOLERANT.find_broken(body, region) is None

    @pytest.mark.proves("R-087")
    @pytest.mark.parametrize(
        ("number", "region", "broken"),
        [
            ("Q/SDX 001-2021", "370000", None),
            ("Q/sdx001-2021", "370200", None),
            ("Q/3333-2014", "370200", PROVINCE),
            ("Q/SDX 001-2021", "370100", CITY),
            ("Q/3701 SDX 001-2021", "370103", None),
            ("Q/3333-2014", "370102", None),
            ("Q/3333-2014", "110000", None),
        ],
    )
    def test_asks_the_rule_of_the_smallest_division(
        self, number: str, region: str, broken: RegionalRule | None
    ) -> None:
        """手册 FAQ 17: the locality says how its enterprises number their standards."""
        assert RULES.find_broken(parse_number(number).body, region) == broken

    def test_warns_unless_told_to_refuse(self) -> None:
        assert PROVINCE.severity is RuleSeverity.WARNING
        assert CITY.severity is RuleSeverity.REFUSAL

    def test_gives_a_hint_without_a_pattern(self) -> None:
        rule = RULES.find_rule("370102")

        assert rule is not None
        assert rule.hint == "请咨询当地质监局"

    @pytest.mark.parametrize(
        ("region", "pattern"), [("3", ""), ("37010", ""), ("鲁", ""), ("37010203", ""), ("37", "(")]
    )
    def test_refuses_a_rule_that_cannot_work(self, region: str, pattern: str) -> None:
        with pytest.raises(ValueError, match="region"):
            RegionalRule(region=region, hint=HINT, pattern=pattern)

    def test_refuses_two_rules_for_one_region(self) -> None:
        with pytest.raises(ValueError, match="two rules"):
            RegionalRules((PROVINCE, PROVINCE))
