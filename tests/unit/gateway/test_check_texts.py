"""Whatever a check finds is said in words, with what to do about it."""

import re

import pytest

from contracts.errors import CODES
from gateway.texts import TEXTS, checks
from services.standards.domain import checks as findings
from services.standards.domain import drafts, references
from services.standards.domain.faults import REQUIRED

CODES_OF_FINDINGS = {
    value
    for module in (findings, references, drafts)
    for name, value in vars(module).items()
    if name.isupper() and isinstance(value, str) and value.startswith("standards.")
} - {drafts.TOO_MANY_PRODUCTS, drafts.TOO_LONG} | {REQUIRED}
PLACEHOLDER = re.compile(r"\{(\w+)\}")


class TestAdvice:
    @pytest.mark.parametrize("code", sorted(CODES_OF_FINDINGS))
    def test_every_finding_has_words_and_advice(self, code: str) -> None:
        assert code in CODES
        assert code in TEXTS
        assert code in checks.ADVICE

    def test_there_is_none_for_what_is_never_found(self) -> None:
        assert set(checks.TEXTS) == {code for code in CODES if ".check_" in code}
        assert set(checks.ADVICE) == CODES_OF_FINDINGS

    @pytest.mark.parametrize("code", sorted(checks.TEXTS))
    def test_advice_uses_only_what_the_text_knows(self, code: str) -> None:
        known = set(PLACEHOLDER.findall(checks.TEXTS[code].detail))

        assert set(PLACEHOLDER.findall(checks.ADVICE[code])) <= known
        assert checks.ADVICE[code].endswith("。")

    def test_of_a_code_without_its_own_says_so_in_general(self) -> None:
        assert checks.advice_of("standards.too_long") == "请按提示补充或改正后重新自检。"

    @pytest.mark.parametrize(
        ("code", "article"),
        [
            (references.BELOW_MANDATORY, "《标准化法》第二十一条"),
            (references.LOWER_UNSTATED, "《企业标准化促进办法》第十四条"),
            (references.FEWER_UNSTATED, "《企业标准化促进办法》第十四条"),
        ],
    )
    def test_what_the_law_forbids_names_its_article(self, code: str, article: str) -> None:
        """标准化法 Art. 21; 企业标准化促进办法 Art. 14."""
        assert article in TEXTS[code].detail
