"""What a draft may say, and what is missing before it can be published."""

from dataclasses import replace
from typing import Any

import pytest

from services.standards.domain import drafts, number_forms
from services.standards.domain.disclosure import Deviation, Disclosure
from services.standards.domain.drafts import DraftFaultsError, Pick
from services.standards.domain.kinds import DisclosureMode, StandardKind, Subject
from services.standards.domain.products import MAX_PRODUCTS, ProductData
from services.standards.domain.rules import BarcodeRule, PublicationRules

NUMBER = {"body": "3333", "year": "2014"}
COMPLETE = ProductData(name="保温杯", model="SL-500", class_code="2106")


NUMERIC = {
    "name": "浓度",
    "requirement": {"kind": "NUMERIC", "right": {"symbol": "<=", "main": "99"}, "unit": "mg/L"},
    "test_method": {"kind": "CUSTOM", "content": "按附录 A"},
}
PICK = Pick(
    catalogue_id="c-1",
    number=number_forms.read_number("GB/T 29606-2013"),
    title="不锈钢真空杯",
)


def read(kind: StandardKind = StandardKind.ENTERPRISE, **changes: Any) -> drafts.DraftContent:
    pick = changes.pop("pick", None)
    typed = {} if pick else {"number": NUMBER, "title": "保温杯"}
    return drafts.read_draft(kind, {**typed, "products": [], **changes}, pick=pick)


def faults_of(kind: StandardKind = StandardKind.ENTERPRISE, **changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(DraftFaultsError) as caught:
        read(kind, **changes)
    return {(fault.pointer, fault.code) for fault in caught.value.faults}


def missing(**changes: Any) -> set[tuple[str, str]]:
    facts: dict[str, Any] = {
        "has_text": True,
        "is_committed": True,
        "rules": PublicationRules(),
    }
    facts = {name: changes.pop(name, value) for name, value in facts.items()}
    content = replace(read(), products=(COMPLETE,))
    content = replace(content, **{"products": content.products, **changes})
    return {(fault.pointer, fault.code) for fault in drafts.find_missing(content, **facts)}


class TestReadDraft:
    @pytest.mark.proves("R-086")
    def test_takes_number_and_title_as_typed(self) -> None:
        content = read(title="  不锈钢\u200b\n保温杯（I型） ")

        assert content.number.text == "Q/3333-2014"
        assert content.title == "不锈钢 保温杯（I型）"

    @pytest.mark.proves("R-090")
    def test_reports_every_missing_field_at_once(self) -> None:
        faults = faults_of(number={}, title=" ")

        assert faults == {
            ("/number/body", "standards.required"),
            ("/number/year", "standards.required"),
            ("/title", "standards.required"),
        }

    @pytest.mark.proves("R-089")
    def test_says_which_box_is_malformed(self) -> None:
        faults = faults_of(number={"body": "<", "year": "2015-01-01"})

        assert faults == {
            ("/number/body", "standards.number_malformed"),
            ("/number/year", "standards.year_malformed"),
        }

    def test_bounds_every_text(self) -> None:
        faults = faults_of(title="标" * 201, products=[{"name": "x" * 201}])

        assert faults == {
            ("/title", "standards.too_long"),
            ("/products/0/name", "standards.too_long"),
        }

    def test_bounds_the_number_of_products(self) -> None:
        faults = faults_of(products=[{"name": "x"}] * (MAX_PRODUCTS + 1))

        assert faults == {("/products", "standards.too_many_products")}

    @pytest.mark.proves("R-121")
    def test_keeps_all_seven_fields_of_a_product(self) -> None:
        """手册 4.1, the product dialog."""
        typed = {
            "name": "不锈钢真空保温杯",
            "generic_name": "保温杯",
            "barcode": "６９０１２３４ ５６７８９２",
            "brand": "示例",
            "specification": "500mL",
            "model": "SL-500",
            "class_code": "2106",
        }

        content = read(products=[typed, {"name": "", "brand": " "}])

        assert [product.as_dict() for product in content.products] == [
            {**typed, "barcode": "6901234567892"}
        ]


class TestWaysOfEntry:
    """Kind by kind: picked, typed, or both (手册 4.1)."""

    @pytest.mark.proves("R-064", "R-065", "R-116", "R-119")
    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_is_typed_for_every_kind_but_national(self, kind: StandardKind) -> None:
        """手册 4.1(3); FAQ 18 differs about 行标, where 4.1(3) is followed."""
        boxes = {
            StandardKind.NATIONAL: {"prefix": "GB/T", "body": "29606", "year": "2013"},
            StandardKind.INDUSTRY: {"prefix": "JB/T", "body": "12202", "year": "2015"},
            StandardKind.LOCAL: {"prefix": "DB13/T", "body": "1023", "year": "2013"},
            StandardKind.GROUP: {"prefix": "T/ZZB", "body": "0001", "year": "2019"},
            StandardKind.ENTERPRISE: {"body": "3333", "year": "2014"},
        }[kind]

        if kind is StandardKind.NATIONAL:
            assert faults_of(kind, number=boxes) == {
                ("/catalogue_id", "standards.catalogue_required")
            }
        else:
            assert read(kind, number=boxes).number.body == boxes["body"]

    @pytest.mark.proves("R-064", "R-065", "R-116")
    @pytest.mark.parametrize("kind", list(StandardKind))
    def test_is_picked_for_every_kind_but_one_s_own(self, kind: StandardKind) -> None:
        if kind is StandardKind.ENTERPRISE:
            assert faults_of(kind, pick=PICK) == {("/catalogue_id", "standards.not_pickable")}
        else:
            content = read(kind, pick=PICK)
            assert (content.number.text, content.title) == ("GB/T 29606-2013", "不锈钢真空杯")
            assert content.catalogue_id == "c-1"

    @pytest.mark.proves("R-083")
    def test_takes_name_and_number_from_the_catalogue_only(self) -> None:
        """手册 4.1(1), 4.1(3)."""
        faults = faults_of(StandardKind.NATIONAL, pick=PICK, number=NUMBER, title="杯")

        assert faults == {
            ("/number", "standards.number_from_catalogue"),
            ("/title", "standards.number_from_catalogue"),
        }

    @pytest.mark.proves("R-082", "R-117")
    def test_discloses_nothing_of_what_was_picked(self) -> None:
        assert read(StandardKind.LOCAL, pick=PICK).mode is DisclosureMode.NONE
        assert faults_of(StandardKind.LOCAL, pick=PICK, upload_id="u", indicators=[NUMERIC]) == {
            ("/upload_id", "standards.no_content"),
            ("/indicators", "standards.no_content"),
        }
        assert faults_of(StandardKind.LOCAL, pick=PICK, disclosure_mode="FULL_TEXT") == {
            ("/disclosure_mode", "standards.no_content")
        }

    @pytest.mark.proves("R-091", "R-092")
    def test_discloses_text_or_indicators_never_both(self) -> None:
        """手册 4.1(2), FAQ 24, FAQ 37: 标准文本和技术指标是二选一的."""
        fault = "standards.text_xor_indicators"

        assert faults_of(upload_id="u", indicators=[NUMERIC]) == {("/indicators", fault)}
        assert faults_of(disclosure_mode="INDICATORS", upload_id="u", indicators=[NUMERIC]) == {
            ("/upload_id", fault)
        }
        assert read(disclosure_mode="INDICATORS", indicators=[NUMERIC]).indicators

    def test_knows_the_prefixes_of_each_kind(self) -> None:
        boxes = {"prefix": "GB/T", "body": "1", "year": "2013"}

        assert faults_of(StandardKind.INDUSTRY, number=boxes) == {
            ("/number/prefix", "standards.prefix_unknown")
        }

    def test_points_at_the_box_of_an_indicator(self) -> None:
        wrong = {**NUMERIC, "name": ""}

        assert faults_of(disclosure_mode="INDICATORS", indicators=[NUMERIC, wrong]) == {
            ("/indicators/1/name", "standards.required")
        }

    def test_keeps_what_the_law_asks_to_be_said(self) -> None:
        """企业标准化促进办法 Art. 14-16."""
        content = read(
            disclosure={
                "deviation": "LOWER",
                "recommended_number": "GB/T 29606-2013",
                "deviation_statement": "保温效能低于推荐性国家标准。",
                "joint_parties": ["甲公司", " "],
            }
        )

        assert content.disclosure.deviation is Deviation.LOWER
        assert content.disclosure.joint_parties == ("甲公司",)
        assert Disclosure.from_dict(content.disclosure.as_dict()) == content.disclosure

    def test_bounds_what_is_stated(self) -> None:
        faults = faults_of(disclosure={"other_channel": "x" * 1_001, "joint_parties": ["y" * 201]})

        assert faults == {
            ("/disclosure/other_channel", "standards.too_long"),
            ("/disclosure/joint_parties/0", "standards.too_long"),
        }


class TestFindMissing:
    @pytest.mark.proves("R-102")
    def test_needs_an_indicator_where_indicators_are_shown(self) -> None:
        """手册 4.1(2): 要求至少有一条技术指标."""
        found = missing(mode=DisclosureMode.INDICATORS, has_text=False)

        assert found == {("/indicators", "standards.indicator_required")}

    @pytest.mark.proves("R-101")
    def test_needs_the_test_method_unless_told_otherwise(self) -> None:
        """手册 4.1(2) leaves it open; 企业标准化促进办法 asks for it since 2024."""
        bare = {name: NUMERIC[name] for name in ("name", "requirement")}
        indicators = read(disclosure_mode="INDICATORS", indicators=[bare]).indicators
        changes: dict[str, Any] = {"mode": DisclosureMode.INDICATORS, "indicators": indicators}
        tolerant = PublicationRules(requires_test_method=False)

        assert missing(**changes) == {("/indicators/0/test_method", "standards.required")}
        assert missing(**changes, rules=tolerant) == set()

    @pytest.mark.proves("R-093")
    def test_lets_the_enterprise_decide_what_to_show(self) -> None:
        """手册 4.2."""
        indicators = read(disclosure_mode="INDICATORS", indicators=[NUMERIC]).indicators

        assert missing(mode=DisclosureMode.FULL_TEXT) == set()
        assert missing(mode=DisclosureMode.INDICATORS, indicators=indicators) == set()

    def test_needs_no_model_of_a_service(self) -> None:
        """标准化法 Art. 27: 产品、服务."""
        products = (ProductData(name="上门安装", class_code="QB99"),)

        assert missing(subject=Subject.SERVICE, products=products) == set()

    def test_needs_the_whole_of_a_statement(self) -> None:
        """企业标准化促进办法 Art. 14."""
        assert missing(disclosure=Disclosure(deviation=Deviation.FEWER)) == {
            ("/disclosure/recommended_number", "standards.required"),
            ("/disclosure/deviation_statement", "standards.required"),
        }

    def test_finds_nothing_in_a_complete_draft(self) -> None:
        assert missing() == set()

    @pytest.mark.proves("R-085", "R-091", "R-071", "R-127")
    def test_names_every_missing_part(self) -> None:
        found = missing(has_text=False, products=(), is_committed=False)

        assert found == {
            ("/upload_id", "standards.text_required"),
            ("/products", "standards.product_required"),
            ("/is_committed", "standards.commitment_required"),
        }

    @pytest.mark.proves("R-081")
    def test_needs_name_model_and_class_of_each_product(self) -> None:
        found = missing(products=(COMPLETE, ProductData(brand="示例")))

        assert found == {
            ("/products/1/name", "standards.required"),
            ("/products/1/model", "standards.required"),
            ("/products/1/class_code", "standards.required"),
        }

    @pytest.mark.proves("R-081")
    def test_needs_what_the_installation_needs(self) -> None:
        rules = PublicationRules(required_product_fields=("brand",))

        assert missing(rules=rules) == {("/products/0/brand", "standards.required")}

    @pytest.mark.proves("R-126")
    def test_refuses_bad_barcodes_only_where_told(self) -> None:
        products = (ProductData(name="杯", model="1", class_code="1", barcode="6901234567891"),)
        strict = PublicationRules(barcode=BarcodeRule.REFUSE)

        assert missing(products=products) == set()
        assert missing(products=products, rules=strict) == {
            ("/products/0/barcode", "standards.barcode_invalid")
        }


class TestFindBadBarcodes:
    @pytest.mark.proves("R-126")
    @pytest.mark.parametrize(
        ("barcode", "is_good"),
        [
            ("", True),
            ("6901234567892", True),
            ("16901234567899", True),
            ("6901234567891", False),
            ("123", False),
            ("690123456789X", False),
        ],
    )
    def test_checks_the_last_digit(self, barcode: str, *, is_good: bool) -> None:
        found = drafts.find_bad_barcodes([ProductData(name="杯", barcode=barcode)])

        assert (not found) is is_good
