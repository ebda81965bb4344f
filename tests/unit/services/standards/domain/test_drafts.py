"""What a draft may say, and what is missing before it can be published."""

from typing import Any

import pytest

from services.standards.domain import drafts
from services.standards.domain.drafts import DraftFaultsError
from services.standards.domain.kinds import DisclosureMode
from services.standards.domain.products import MAX_PRODUCTS, ProductData
from services.standards.domain.rules import BarcodeRule, PublicationRules

NUMBER = {"body": "3333", "year": "2014"}
COMPLETE = ProductData(name="保温杯", model="SL-500", class_code="2106")


def read(**changes: Any) -> drafts.DraftContent:
    return drafts.read_draft(**{"number": NUMBER, "title": "保温杯", "products": [], **changes})


def faults_of(**changes: Any) -> set[tuple[str, str]]:
    with pytest.raises(DraftFaultsError) as caught:
        read(**changes)
    return {(fault.pointer, fault.code) for fault in caught.value.faults}


def missing(**changes: Any) -> set[tuple[str, str]]:
    facts: dict[str, Any] = {
        "disclosure_mode": DisclosureMode.FULL_TEXT,
        "has_text": True,
        "products": [COMPLETE],
        "is_committed": True,
        "rules": PublicationRules(),
        **changes,
    }
    return {(fault.pointer, fault.code) for fault in drafts.find_missing(**facts)}


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


class TestFindMissing:
    def test_finds_nothing_in_a_complete_draft(self) -> None:
        assert missing() == set()

    @pytest.mark.proves("R-085", "R-091", "R-071", "R-127")
    def test_names_every_missing_part(self) -> None:
        found = missing(has_text=False, products=[], is_committed=False)

        assert found == {
            ("/upload_id", "standards.text_required"),
            ("/products", "standards.product_required"),
            ("/is_committed", "standards.commitment_required"),
        }

    @pytest.mark.proves("R-081")
    def test_needs_name_model_and_class_of_each_product(self) -> None:
        found = missing(products=[COMPLETE, ProductData(brand="示例")])

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
        products = [ProductData(name="杯", model="1", class_code="1", barcode="6901234567891")]
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
