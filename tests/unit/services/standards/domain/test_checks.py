"""What is to be said of a declaration before it goes out, and what forbids that."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.standards.domain import checks, number_forms
from services.standards.domain.checks import Finding, Severity
from services.standards.domain.citations import TextFacts
from services.standards.domain.drafts import DraftContent
from services.standards.domain.indicators import CustomMethod, Indicator, TextRequirement
from services.standards.domain.kinds import DisclosureMode
from services.standards.domain.products import ProductData
from services.standards.domain.regional_rules import RegionalRule, RegionalRules, RuleSeverity
from services.standards.domain.rules import DEFAULT_RULES, BarcodeRule, PublicationRules

TODAY = date(2026, 11, 28)
COMPLETE = ProductData(name="保温杯", model="SL-500", class_code="2106")
LOOKS = Indicator("外观", TextRequirement(content="无划痕"), test_method=CustomMethod("目测"))
GOOD = DraftContent(
    number=number_forms.read_number("Q/3333-2014"),
    title="不锈钢真空保温杯",
    mode=DisclosureMode.FULL_TEXT,
    products=(COMPLETE,),
)
TYPED = replace(GOOD, mode=DisclosureMode.INDICATORS, indicators=(LOOKS,))

Short = tuple[str, str, str]


def short(findings: list[Finding]) -> list[Short]:
    return [
        (found.code.removeprefix("standards."), found.severity.value, found.pointer)
        for found in findings
    ]


def incomplete(content: DraftContent, **changes: Any) -> list[Finding]:
    facts = {"has_text": True, "is_committed": True, "rules": DEFAULT_RULES, **changes}
    return checks.find_incomplete(content, **facts)


class TestFindIncomplete:
    def test_says_nothing_of_what_is_complete(self) -> None:
        assert incomplete(GOOD) == []
        assert incomplete(TYPED, has_text=False) == []

    @pytest.mark.parametrize(
        ("content", "changes", "found", "basis"),
        [
            (GOOD, {"has_text": False}, ("text_required", "/upload_id"), "标准化法 第二十七条"),
            (
                replace(TYPED, indicators=()),
                {},
                ("indicator_required", "/indicators"),
                "标准化法 第二十七条",
            ),
            (replace(GOOD, products=()), {}, ("product_required", "/products"), "手册 4.1"),
            (
                replace(GOOD, products=(replace(COMPLETE, model=""),)),
                {},
                ("required", "/products/0/model"),
                "手册 4.1",
            ),
            (
                GOOD,
                {"is_committed": False},
                ("commitment_required", "/is_committed"),
                "手册 4.1",
            ),
            (
                replace(TYPED, indicators=(replace(LOOKS, test_method=None),)),
                {},
                ("required", "/indicators/0/test_method"),
                "企业标准化促进办法 第十二条",
            ),
        ],
    )
    def test_blocks_what_lacks_something(
        self, content: DraftContent, changes: Any, found: tuple[str, str], basis: str
    ) -> None:
        """手册 4.1, 4.2; 标准化法 Art. 27; 企业标准化促进办法 Art. 12."""
        (finding,) = incomplete(content, **changes)

        assert (finding.code.removeprefix("standards."), finding.pointer) == found
        assert finding.severity is Severity.BLOCK
        assert finding.basis.startswith(basis)

    def test_hints_at_missing_methods_where_they_may_be_missing(self) -> None:
        """企业标准化促进办法 Art. 12; the manual leaves the box open (手册 4.1(2))."""
        rules = PublicationRules(requires_test_method=False)
        silent = replace(TYPED, indicators=(replace(LOOKS, test_method=None),))

        assert short(incomplete(silent, rules=rules)) == [
            ("check_test_method_missing", "HINT", "/indicators/0/test_method")
        ]
        assert incomplete(TYPED, rules=rules) == []

    @pytest.mark.parametrize(
        ("rule", "severity"), [(BarcodeRule.WARN, "WARNING"), (BarcodeRule.REFUSE, "BLOCK")]
    )
    def test_a_wrong_barcode_weighs_what_the_rule_says(
        self, rule: BarcodeRule, severity: str
    ) -> None:
        """手册 4.1: 产品条码."""
        rules = PublicationRules(barcode=rule)
        wrong = replace(GOOD, products=(replace(COMPLETE, barcode="6901234567891"),))
        right = replace(GOOD, products=(replace(COMPLETE, barcode="6901234567892"),))

        assert short(incomplete(wrong, rules=rules)) == [
            ("barcode_invalid", severity, "/products/0/barcode")
        ]
        assert incomplete(right, rules=rules) == []


class TestFindNumberFaults:
    RULE = RegionalRule("33", "企业代号应为四个字母", pattern=r"[A-Z]{4}[0-9]+")

    @pytest.mark.parametrize(
        ("severity", "told"), [(RuleSeverity.WARNING, "WARNING"), (RuleSeverity.REFUSAL, "BLOCK")]
    )
    def test_a_broken_rule_of_the_region_weighs_what_it_says(
        self, severity: RuleSeverity, told: str
    ) -> None:
        """手册 FAQ 17: names and numbers as the locality has them; 标准化法 Art. 24."""
        rules = PublicationRules(regional=RegionalRules((replace(self.RULE, severity=severity),)))

        found = checks.find_number_faults(GOOD, region="330784", rules=rules)

        assert short(found) == [("check_number_regional", told, "/number/body")]
        assert found[0].params == {"hint": "企业代号应为四个字母"}

    def test_is_silent_elsewhere_and_of_other_kinds(self) -> None:
        """手册 FAQ 17."""
        rules = PublicationRules(regional=RegionalRules((self.RULE,)))
        kept = replace(GOOD, number=number_forms.read_number("Q/YTBG 001-2014"))
        local = replace(GOOD, number=number_forms.read_number("DB33/T 1-2014"))

        assert checks.find_number_faults(GOOD, region="130100", rules=rules) == []
        assert checks.find_number_faults(kept, region="330784", rules=rules) == []
        assert checks.find_number_faults(local, region="330784", rules=rules) == []
        assert checks.find_number_faults(GOOD, region="330784", rules=DEFAULT_RULES) == []


def form(**changes: Any) -> list[Short]:
    return short(checks.find_form_faults(replace(GOOD, **changes), today=TODAY))


class TestFindFormFaults:
    @pytest.mark.parametrize(("year", "count"), [("2026", 0), ("2027", 1), ("2014", 0)])
    def test_warns_of_a_year_to_come(self, year: str, count: int) -> None:
        """标准化法 Art. 24; 手册 FAQ 19: 年份四位数字."""
        number = number_forms.read_number(f"Q/3333-{year}")

        assert form(number=number) == [("check_year_in_future", "WARNING", "/number/year")] * count

    def test_leaves_what_was_picked_alone(self) -> None:
        number = number_forms.read_number("GB/T 1-2027")

        assert form(number=number, catalogue_id="c-1", title="标准") == []

    @pytest.mark.parametrize("title", ["企业标准", "产品质量标准", "技术要求", "标准名称", "《》"])
    def test_hints_at_a_name_that_names_nothing(self, title: str) -> None:
        """手册 4.1(2): 标准名称."""
        assert form(title=title) == [("check_title_generic", "HINT", "/title")]

    def test_hints_at_a_name_without_the_product(self) -> None:
        """手册 4.1(2): the standard that the product is made by."""
        assert form(title="电热水壶") == [("check_title_without_product", "HINT", "/title")]

    @pytest.mark.parametrize("title", ["不锈钢真空保温杯", "保温容器 技术要求", "ＳＬ保温杯"])
    def test_says_nothing_of_a_good_name(self, title: str) -> None:
        assert form(title=title) == []
        assert form(title=title, products=()) == []

    def test_the_generic_name_of_the_product_will_do(self) -> None:
        product = replace(COMPLETE, name="SL-500", generic_name="电热水壶")

        assert form(title="电热水壶", products=(product,)) == []

    def test_names_of_others_are_theirs(self) -> None:
        assert form(number=number_forms.read_number("QB/T 1-2014"), title="标准") == []


class TestFindUnknownClasses:
    def test_hints_once_at_each_code_that_no_list_has(self) -> None:
        """手册 4.1, FAQ 23: 产品分类."""
        codes = ("2106", "QB020101", "2106", "")
        products = tuple(replace(COMPLETE, class_code=code) for code in codes)

        found = checks.find_unknown_classes(replace(GOOD, products=products), {"QB020101"})

        assert short(found) == [("check_class_unknown", "HINT", "/products/0/class_code")]
        assert found[0].params == {"class_code": "2106"}

    def test_says_nothing_where_there_is_no_list(self) -> None:
        assert checks.find_unknown_classes(GOOD, None) == []
        assert checks.find_unknown_classes(GOOD, {"2106"}) == []


class TestFindTextFaults:
    @pytest.mark.parametrize(
        ("shows_number", "shows_title", "codes"),
        [
            (True, True, []),
            (False, True, ["check_text_without_number"]),
            (True, False, ["check_text_without_title"]),
            (False, False, ["check_text_without_number", "check_text_without_title"]),
        ],
    )
    def test_warns_where_the_file_is_another_one(
        self, *, shows_number: bool, shows_title: bool, codes: list[str]
    ) -> None:
        """标准化法 Art. 27: what is shown is the standard that was declared."""
        words = TextFacts((), shows_number, shows_title)

        found = checks.find_text_faults(GOOD, has_text=True, words=words)

        assert short(found) == [(code, "WARNING", "/upload_id") for code in codes]

    def test_hints_at_a_file_without_words(self) -> None:
        """手册 4.2: 公示全文; a scanned file is a text all the same."""
        assert short(checks.find_text_faults(GOOD, has_text=True, words=None)) == [
            ("check_text_unreadable", "HINT", "/upload_id")
        ]

    def test_says_nothing_where_there_is_no_file(self) -> None:
        assert checks.find_text_faults(GOOD, has_text=False, words=None) == []
        assert checks.find_text_faults(TYPED, has_text=True, words=None) == []


class TestFindings:
    FINDINGS = (
        Finding("a", Severity.HINT, "/a", "手册 4.1"),
        Finding("b", Severity.BLOCK, "/b", "标准化法 第二十一条", {"name": "铅"}),
        Finding("c", Severity.WARNING, "/c", "手册 4.1"),
        Finding("d", Severity.BLOCK, "/d", "手册 4.1"),
    )

    def test_the_gravest_come_first(self) -> None:
        assert [found.code for found in checks.sort_findings(self.FINDINGS)] == list("bdca")

    def test_only_a_block_keeps_from_publishing(self) -> None:
        assert not checks.is_publishable(self.FINDINGS)
        assert checks.is_publishable([self.FINDINGS[0], self.FINDINGS[2]])
        assert checks.is_publishable([])

    def test_a_refusal_carries_the_basis(self) -> None:
        faults = checks.to_faults(self.FINDINGS)

        assert [(fault.pointer, fault.code) for fault in faults] == [("/b", "b"), ("/d", "d")]
        assert faults[0].params == {"name": "铅", "basis": "标准化法 第二十一条"}

    def test_an_answer_is_bounded_and_keeps_the_gravest(self) -> None:
        many = [self.FINDINGS[0]] * checks.MAX_FINDINGS + [self.FINDINGS[1]]

        kept = checks.cap(many)

        assert len(kept) == checks.MAX_FINDINGS
        assert kept[0].code == "b"
