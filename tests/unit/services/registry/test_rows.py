"""Rows of the code database: read, or refused with every fault."""

import pytest

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
