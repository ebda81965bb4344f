"""Rows of catalogue files: what is read, what is mended, what is refused."""

from datetime import date

import pytest

from services.standards.domain import catalogue_rows
from services.standards.domain.catalogue import CatalogueRecord, CatalogueState, state_on
from services.standards.domain.catalogue_rows import Fault, RowFault

ROW = {
    "std_no": "GB/T 13456-2014",
    "name_zh": "示例产品通用技术条件",
    "kind": "国家标准",
    "status": "现行",
    "issue_date": "2014-05-01",
    "implement_date": "2014-11-01",
    "abolish_date": "",
    "replaced_by": "",
    "ics": "13.100",
    "ccs": "G09",
    "issued_by": "国家标准化管理委员会",
    "name_en": "General specification for samples",
}


def read(**changes: str) -> CatalogueRecord:
    row = catalogue_rows.read_row({**ROW, **changes})
    assert row.record is not None, row.faults
    return row.record


def faults(**changes: str) -> list[tuple[str, Fault]]:
    row = catalogue_rows.read_row({**ROW, **changes})
    assert row.record is None
    return [(fault.field, fault.fault) for fault in row.faults]


class TestReadRow:
    def test_reads_all_fields(self) -> None:
        record = read()

        assert record.number.text == "GB/T 13456-2014"
        assert record.title == "示例产品通用技术条件"
        assert record.state is CatalogueState.CURRENT
        assert (record.issued_on, record.effective_on) == (date(2014, 5, 1), date(2014, 11, 1))
        assert (record.withdrawn_on, record.replaced_by) == (None, None)
        assert (record.ics, record.ccs) == ("13.100", "G09")
        assert record.issued_by == "国家标准化管理委员会"
        assert record.english_title == "General specification for samples"
        assert record.unsaid == frozenset()

    @pytest.mark.parametrize(
        ("kind", "number"),
        [
            ("国家标准", "ＧＢ／Ｔ１３４５６—２０１４"),
            ("", "gbt13456-2014"),
            ("INDUSTRY", "YY/T 0316-2016"),
            ("行业标准", "HJ2.2-2018"),
            ("地方标准", "DB11/501-2017"),
            ("团体标准", "T/ZZB 0955-2019"),
        ],
    )
    def test_takes_every_kind_and_spelling(self, kind: str, number: str) -> None:
        assert read(kind=kind, std_no=number).number.year

    @pytest.mark.parametrize(
        ("status", "replaced_by", "abolished", "state"),
        [
            ("现行", "", "", CatalogueState.CURRENT),
            ("", "", "", CatalogueState.CURRENT),
            ("即将实施", "", "", CatalogueState.UPCOMING),
            ("废止", "", "", CatalogueState.WITHDRAWN),
            ("", "", "2020-01-01", CatalogueState.WITHDRAWN),
            ("废止", "GB/T 13456-2024", "", CatalogueState.SUPERSEDED),
            ("", "GB/T 13456-2024", "", CatalogueState.SUPERSEDED),
            ("被代替", "", "", CatalogueState.SUPERSEDED),
            ("SUPERSEDED", "", "", CatalogueState.SUPERSEDED),
            # A successor may be announced while the standard still is in force.
            ("现行", "GB/T 13456-2024", "", CatalogueState.CURRENT),
        ],
    )
    def test_settles_the_state(
        self, status: str, replaced_by: str, abolished: str, state: CatalogueState
    ) -> None:
        record = read(status=status, replaced_by=replaced_by, abolish_date=abolished)

        assert record.state is state
        assert ("state" in record.unsaid) == (not (status or replaced_by or abolished))

    @pytest.mark.parametrize(
        "typed",
        ["2014-05-01", "2014/5/1", "2014.05.01", "20140501", "2014年5月1日", "2014-05-01T00:00:00"],
    )
    def test_takes_every_form_of_a_day(self, typed: str) -> None:
        assert read(issue_date=typed).issued_on == date(2014, 5, 1)

    @pytest.mark.parametrize(
        ("number", "title", "whole"),
        [
            ("AQ 1116", "-2020 煤矿加固材料", "AQ 1116-2020"),
            ("AQ 3067", "—2026 重大事故隐患判定准则", "AQ 3067-2026"),
            ("GB-T 45229-2025", "GB-T 45229-2025 剧场工艺安全要求", "GB/T 45229-2025"),
            ("GBT43500-2023", "GBT43500-2023安全管理体系要求", "GB/T 43500-2023"),
        ],
    )
    def test_puts_what_was_cut_wrongly_together(self, number: str, title: str, whole: str) -> None:
        record = read(kind="", std_no=number, name_zh=title)

        assert record.number.text == whole
        assert not any(character.isdigit() for character in record.title)

    @pytest.mark.parametrize(
        "title", ["GB/T 1.1-2009实施指南", "ABC12345678产品", "GB/T 99999-2010 与本标准的比较"]
    )
    def test_leaves_titles_alone_that_name_another_number(self, title: str) -> None:
        assert read(name_zh=title).title == title

    def test_keeps_what_a_file_has_no_columns_for(self) -> None:
        row = catalogue_rows.read_row({"std_no": "GB 1-2014", "name_zh": "甲"})

        assert row.record is not None
        assert row.record.unsaid == {
            "state", "replaced_by", "issued_on", "effective_on", "withdrawn_on", "ics", "ccs",
            "issued_by", "english_title",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"std_no": ""}, ("std_no", Fault.MISSING)),
            ({"name_zh": " "}, ("name_zh", Fault.MISSING)),
            ({"name_zh": "长" * 301}, ("name_zh", Fault.TOO_LONG)),
            ({"issued_by": "长" * 201}, ("issued_by", Fault.TOO_LONG)),
            ({"std_no": "第一号"}, ("std_no", Fault.BAD_NUMBER)),
            ({"std_no": "GB/T 11111111111111"}, ("std_no", Fault.BAD_NUMBER)),
            ({"std_no": "GB/T 13456"}, ("std_no", Fault.NO_YEAR)),
            ({"kind": "军用标准"}, ("kind", Fault.UNKNOWN_KIND)),
            ({"kind": "行业标准"}, ("kind", Fault.KIND_MISMATCH)),
            ({"kind": "", "std_no": "Q/ABC 1-2014"}, ("kind", Fault.KIND_MISMATCH)),
            ({"status": "试行"}, ("status", Fault.UNKNOWN_STATE)),
            ({"issue_date": "2014-02-30"}, ("issue_date", Fault.BAD_DATE)),
            ({"issue_date": "2014511"}, ("issue_date", Fault.BAD_DATE)),
            ({"issue_date": "五月"}, ("issue_date", Fault.BAD_DATE)),
            ({"name_zh": "\ufffd\ufffd"}, ("", Fault.MOJIBAKE)),
        ],
    )
    def test_says_what_is_wrong(self, changes: dict[str, str], expected: tuple[str, Fault]) -> None:
        assert faults(**changes) == [expected]

    def test_takes_a_row_without_a_replacement_it_cannot_read(self) -> None:
        row = catalogue_rows.read_row({**ROW, "status": "废止", "replaced_by": "TC155"})

        assert row.record is not None
        assert row.record.state is CatalogueState.WITHDRAWN
        assert row.faults == (RowFault("replaced_by", Fault.REPLACEMENT_IGNORED),)


class TestKeyOf:
    def test_names_the_number_however_wrong_the_rest_is(self) -> None:
        assert catalogue_rows.key_of({**ROW, "name_zh": ""}) == "GB/T13456-2014"
        assert catalogue_rows.key_of({"std_no": "第一号"}) == ""


class TestStateOn:
    @pytest.mark.parametrize(
        ("state", "effective_on", "expected"),
        [
            (CatalogueState.UPCOMING, date(2026, 11, 2), CatalogueState.UPCOMING),
            (CatalogueState.UPCOMING, date(2026, 11, 1), CatalogueState.CURRENT),
            (CatalogueState.UPCOMING, None, CatalogueState.UPCOMING),
            (CatalogueState.CURRENT, date(2026, 11, 2), CatalogueState.UPCOMING),
            (CatalogueState.CURRENT, None, CatalogueState.CURRENT),
            (CatalogueState.WITHDRAWN, date(2026, 11, 2), CatalogueState.WITHDRAWN),
            (CatalogueState.SUPERSEDED, date(2026, 10, 1), CatalogueState.SUPERSEDED),
        ],
    )
    def test_comes_into_force_on_its_day(
        self, state: CatalogueState, effective_on: date | None, expected: CatalogueState
    ) -> None:
        assert state_on(state, effective_on, date(2026, 11, 1)) is expected
