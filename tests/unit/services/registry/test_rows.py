"""Rows of the code database: read, or refused with every fault."""

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.registry.domain.identity import IdNumberType
from services.registry.domain.rows import Fault, OrganizationRecord, RowFault, read_row

ROW = {
    "name": "甲（示范）有限公司",
    "credit_code": "91370321QBEX00013L",
    "org_code": "QBEX0001-3",
    "legal_rep": "甲",
    "legal_representative_id_number": "99000119700102001x",
    "province": "山东",
    "registered_address": "山东省 1号",
    "reg_admin_code": "370321",
    "postcode": "256400",
    "phone": "19900000001",
}


def faults_of(**changes: str) -> list[RowFault]:
    outcome = read_row(ROW | changes)
    assert isinstance(outcome, list)
    return outcome


def record_of(**changes: str) -> OrganizationRecord:
    outcome = read_row(ROW | changes)
    assert isinstance(outcome, OrganizationRecord)
    return outcome


class TestReadRow:
    @pytest.mark.proves("R-016")
    def test_good_row_is_cleaned(self) -> None:
        record = record_of()

        assert record.name == "甲(示范)有限公司"
        assert record.organization_code == "QBEX00013"
        assert record.id_number == "99000119700102001X"
        assert record.id_number_type is IdNumberType.RESIDENT_ID
        assert not record.is_deregistered

    def test_organization_code_alone(self) -> None:
        record = record_of(credit_code="")

        assert record.credit_code is None
        assert record.organization_code == "QBEX00013"

    @pytest.mark.parametrize("status", ["注销", "deregistered"])
    def test_deregistered(self, status: str) -> None:
        assert record_of(status=status).is_deregistered

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"name": "N/A"}, RowFault("name", Fault.MISSING)),
            ({"name": "甲" * 201}, RowFault("name", Fault.TOO_LONG)),
            ({"legal_rep": ""}, RowFault("legal_rep", Fault.MISSING)),
            ({"credit_code": "91370321QBEX00013X"}, RowFault("credit_code", Fault.BAD_CODE)),
            ({"org_code": "QBEX00021"}, RowFault("org_code", Fault.CODE_CONFLICT)),
            ({"credit_code": "", "org_code": ""}, RowFault("credit_code", Fault.MISSING)),
            ({"credit_code": "", "org_code": "1"}, RowFault("org_code", Fault.BAD_CODE)),
            ({"province": "火星"}, RowFault("province", Fault.UNKNOWN_PROVINCE)),
            (
                {"province": "", "reg_admin_code": "100000"},
                RowFault("reg_admin_code", Fault.BAD_REGION),
            ),
            (
                {"legal_representative_id_number": ""},
                RowFault("legal_representative_id_number", Fault.MISSING),
            ),
            (
                {"legal_representative_id_number": "990001197001020011"},
                RowFault("legal_representative_id_number", Fault.BAD_ID_NUMBER),
            ),
            (
                {"legal_representative_id_type": "驾驶证"},
                RowFault("legal_representative_id_type", Fault.BAD_ID_TYPE),
            ),
            ({"registered_address": "\ufffd1号"}, RowFault("registered_address", Fault.MOJIBAKE)),
        ],
    )
    def test_bad_field(self, changes: dict[str, str], fault: RowFault) -> None:
        assert faults_of(**changes) == [fault]

    def test_every_fault_is_named(self) -> None:
        assert faults_of(name="", legal_rep="", province="火星") == [
            RowFault("name", Fault.MISSING),
            RowFault("legal_rep", Fault.MISSING),
            RowFault("province", Fault.UNKNOWN_PROVINCE),
        ]

    def test_named_type_is_followed(self) -> None:
        record = record_of(
            legal_representative_id_type="passport", legal_representative_id_number="12345678"
        )

        assert record.id_number_type is IdNumberType.PASSPORT

    def test_region_of_the_state_register_falls_back_to_the_province(self) -> None:
        assert record_of(reg_admin_code="100000").region == "370000"


class TestText:
    @pytest.mark.parametrize(
        "changes",
        [
            {},
            {"credit_code": ""},
            {"status": "注销", "postcode": "", "phone": "N/A"},
            {"name": "None公司", "legal_rep": "True"},
            {
                "legal_representative_id_type": "PASSPORT",
                "legal_representative_id_number": "12345678",
            },
        ],
    )
    def test_gives_the_record_back_and_is_one_line(self, changes: dict[str, str]) -> None:
        record = record_of(**changes)

        text = record.to_text()

        assert OrganizationRecord.from_text(text) == record
        assert "\n" not in text

    @example("a\x1fb\n c\td\u2028e\x85f", "\r\n")
    @given(st.text(min_size=1, max_size=20), st.text(max_size=20))
    def test_holds_whatever_a_file_says(self, address: str, email: str) -> None:
        outcome = read_row(
            ROW | {"registered_address": address, "legal_representative_email": email}
        )
        assume(isinstance(outcome, OrganizationRecord))
        assert isinstance(outcome, OrganizationRecord)

        text = outcome.to_text()

        assert OrganizationRecord.from_text(text) == outcome
        assert "\n" not in text

    def test_differs_where_the_credit_code_is_not_stated(self) -> None:
        record = record_of()

        assert record.with_credit_code(None).to_text() != record.to_text()
