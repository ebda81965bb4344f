"""Sheets of products on their way through the store and the limited child; hostile ones too."""

import csv
import io
import json
import time
import zipfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from chassis import errors, ids, jobs
from chassis.blobs import FileBlobStore
from chassis.jobs import JobLimits, JobStartError
from services.standards.adapters import sheets as adapter
from services.standards.adapters.sheet_writing import SheetFormat
from services.standards.adapters.sheets import Sheets
from services.standards.domain.product_sheets import HEADS
from services.standards.domain.products import ProductData

REQUIRED = ("name", "model", "class_code")


def workbook(rows: Iterable[Sequence[Any]]) -> bytes:
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, row)
    return stream.getvalue()


@pytest.fixture
def blobs(tmp_path: Path) -> FileBlobStore:
    return FileBlobStore(tmp_path / "blobs")


class Desk:
    """Hand sheets in as the gateway does."""

    def __init__(self, blobs: FileBlobStore, sheets: Sheets) -> None:
        self.blobs = blobs
        self.sheets = sheets

    def check(self, content: bytes) -> dict[str, Any]:
        """Return what a sheet says."""
        sheet_id = ids.new_id()
        with self.blobs.open_writer(f"sheets/{sheet_id}") as writer:
            writer.write(content)
            writer.commit()
        reply = self.sheets.check(sheet_id, required=REQUIRED)
        answer: dict[str, Any] = json.loads(b"".join(self.blobs.open_reader(reply["answer_key"])))
        assert reply["rows"] == answer["rows"]
        self.blobs.delete(reply["answer_key"])
        return answer

    def refusal(self, content: bytes) -> str:
        """Return why a sheet is refused, and see that nothing of it is left."""
        with pytest.raises(errors.DomainError) as caught:
            self.check(content)
        assert list(self.blobs.keys("sheets/")) == []
        return caught.value.wire_code


@pytest.fixture
def desk(blobs: FileBlobStore) -> Desk:
    return Desk(blobs, Sheets(blobs))


def full_list() -> list[ProductData]:
    return [
        ProductData(
            name=f"不锈钢真空保温杯（商务系列）{number}号",
            generic_name="保温杯",
            barcode="6901234567892",
            brand="=示例",
            specification="500mL 双层真空，304 不锈钢内胆",
            model=f"SL-{number}",
            class_code="QB020101",
        )
        for number in range(2_000)
    ]


class TestCheck:
    @pytest.mark.parametrize("file_format", list(SheetFormat))
    def test_reads_two_thousand_products_in_time(
        self, desk: Desk, file_format: SheetFormat
    ) -> None:
        """The caller waits five seconds; the child has 3.5 of them."""
        exported = desk.sheets.export(full_list(), file_format)
        content = b"".join(desk.blobs.open_reader(exported["key"]))
        assert exported["size"] == len(content)

        started = time.monotonic()
        answer = desk.check(content)

        assert time.monotonic() - started < 3.5
        assert (answer["rows"], answer["problem_count"], answer["warning_count"]) == (2_000, 0, 0)
        assert [ProductData(**product) for product in answer["products"]] == full_list()

    @pytest.mark.proves("R-126")
    def test_warns_of_exactly_the_barcodes_that_are_wrong(
        self, desk: Desk, shared_data: Path
    ) -> None:
        """Products as printed on labels, some with codes that a program made up."""
        with (shared_data / "products_gtin.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        table = [
            [
                row["product_name"],
                "",
                row["gtin"],
                row["brand"],
                row["spec"],
                row["model"] or "无",
                "1",
            ]
            for row in rows
        ]

        answer = desk.check(workbook([list(HEADS.values()), *table]))

        warned = {
            warning["row"]
            for warning in answer["warnings"]
            if warning["code"] == "standards.barcode_invalid"
        }
        assert answer["problems"] == []
        assert warned == {
            number
            for number, row in enumerate(rows, start=2)
            if row["gtin"] and row["check_digit_ok"] == "0"
        }

    def test_reads_numbers_as_they_are_shown(self, desk: Desk) -> None:
        answer = desk.check(
            workbook(
                [
                    list(HEADS.values()),
                    ["保温杯", "", 6901234567892, True, 0.5, 500, 2106],
                ]
            )
        )

        assert answer["products"] == [
            {
                "name": "保温杯",
                "generic_name": "",
                "barcode": "6901234567892",
                "brand": "TRUE",
                "specification": "0.5",
                "model": "500",
                "class_code": "2106",
            }
        ]

    def test_refuses_cells_that_the_spreadsheet_changed(self, desk: Desk) -> None:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, list(HEADS.values()))
            sheet.write(1, 0, "保温杯")
            sheet.write(1, 2, 6901234567892012345)
            day = book.add_format({"num_format": "m-d"})
            sheet.write_datetime(1, 4, datetime(2024, 10, 12), day)  # noqa: DTZ001 - as a cell has it

        answer = desk.check(stream.getvalue())

        assert answer["products"] == []
        assert [(each["row"], each["column"]) for each in answer["problems"]] == [
            (2, "产品条码"),
            (2, "产品规格"),
        ]

    def test_reads_stored_values_and_computes_nothing(self, desk: Desk) -> None:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write_row(0, 0, ["产品名称", "产品型号"])
            sheet.write_formula(1, 0, '="保温"&"杯"', None, "保温杯")
            sheet.write_formula(1, 1, '=WEBSERVICE("http://127.0.0.1/")', None, "M-1")

        (product,) = desk.check(stream.getvalue())["products"]

        assert (product["name"], product["model"]) == ("保温杯", "M-1")

    def test_lists_so_many_faults_and_counts_all(self, desk: Desk) -> None:
        rows = [["杯" * 201, "", "1"] for _ in range(600)]

        answer = desk.check(workbook([list(HEADS.values()), *rows]))

        assert (len(answer["problems"]), answer["problem_count"]) == (500, 600)


@pytest.mark.proves("F13")
class TestHostile:
    def test_a_bomb_is_refused_by_what_it_says_of_itself(self, desk: Desk) -> None:
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", "<workbook/>")
            archive.writestr("xl/sharedStrings.xml", b" " * 80_000_000)

        assert len(stream.getvalue()) < adapter.MAX_BYTES
        assert desk.refusal(stream.getvalue()) == "standards.sheet_too_complex"

    def test_a_bomb_that_lies_ends_in_its_own_process(self, desk: Desk) -> None:
        """The directory tells of a small file; what unpacks has no end worth waiting for."""
        content = bytearray(workbook([["产品名称"], ["杯"]]))
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        members["xl/worksheets/sheet1.xml"] = members["xl/worksheets/sheet1.xml"].replace(
            b"<sheetData>", b"<sheetData>" + b"<row/>" * 40_000_000
        )
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, member in members.items():
                archive.writestr(name, member)
        lying = _with_small_sizes(stream.getvalue())
        assert len(lying) < adapter.MAX_BYTES

        started = time.monotonic()
        refusal = desk.refusal(lying)

        assert time.monotonic() - started < 4.5
        assert refusal in {
            "standards.sheet_too_complex",
            "standards.sheet_unreadable",
            "bus.overloaded",
        }

    def test_a_cell_at_the_far_end_is_refused(self, desk: Desk) -> None:
        stream = io.BytesIO()
        with xlsxwriter.Workbook(stream, {"in_memory": True}) as book:
            sheet = book.add_worksheet()
            sheet.write(0, 0, "产品名称")
            sheet.write(1_048_575, 16_383, "x")

        assert desk.refusal(stream.getvalue()) == "standards.sheet_too_complex"

    def test_too_many_lines_are_refused(self, desk: Desk) -> None:
        assert (
            desk.refusal(workbook([["产品名称"], *[["杯"]] * 20_001]))
            == "standards.sheet_too_complex"
        )

    def test_entities_stay_what_they_are(self, desk: Desk, tmp_path: Path) -> None:
        secret = tmp_path / "secret"
        secret.write_text("geheim", encoding="utf-8")
        with zipfile.ZipFile(io.BytesIO(workbook([["产品名称"], ["杯"]]))) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
        members["xl/sharedStrings.xml"] = (
            f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY x SYSTEM "file://{secret}">]>'
            '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
            "<si><t>产品名称</t></si><si><t>&x;</t></si></sst>"
        ).encode()
        stream = io.BytesIO()
        with zipfile.ZipFile(stream, "w") as archive:
            for name, member in members.items():
                archive.writestr(name, member)

        with suppress(adapter.SheetUnreadableError):
            assert "geheim" not in json.dumps(desk.check(stream.getvalue()))

    @pytest.mark.parametrize(
        ("content", "code"),
        [
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "standards.sheet_unreadable"),
            (b"PK\x03\x04", "standards.sheet_unreadable"),
            (b"%PDF-1.7\n", "standards.sheet_head_missing"),
            (b"x" * (adapter.MAX_BYTES + 1), "standards.sheet_too_large"),
        ],
    )
    def test_what_is_no_sheet_is_refused(self, desk: Desk, content: bytes, code: str) -> None:
        assert desk.refusal(content) == code


class TestTrouble:
    def test_a_sheet_that_is_not_there(self, desk: Desk) -> None:
        with pytest.raises(adapter.SheetNotFoundError):
            desk.sheets.check(ids.new_id(), required=())

    def test_no_process_for_it(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise JobStartError("no memory")

        monkeypatch.setattr(jobs, "run_limited", refuse)

        assert desk.refusal(b"x") == "bus.overloaded"

    def test_a_machine_too_busy_for_it(self, blobs: FileBlobStore) -> None:
        desk = Desk(blobs, Sheets(blobs, limits=JobLimits(wall_seconds=0.001)))

        assert desk.refusal(b"x") == "bus.overloaded"

    def test_what_was_left_behind_is_swept(self, desk: Desk) -> None:
        exported = desk.sheets.export([], SheetFormat.CSV)
        now = datetime.now(UTC)

        assert desk.sheets.sweep(now=now + timedelta(minutes=59)) == 0
        assert desk.sheets.sweep(now=now + timedelta(minutes=61)) == 1
        assert not desk.blobs.exists(exported["key"])


def _with_small_sizes(content: bytes) -> bytes:
    """Let the archive's directory and heads tell of 1,000 bytes for the sheet."""
    body = bytearray(content)
    name = b"xl/worksheets/sheet1.xml"
    for mark, size_at, name_at in ((b"PK\x01\x02", 24, 46), (b"PK\x03\x04", 22, 30)):
        position = -1
        while (position := body.find(mark, position + 1)) >= 0:
            if body[position + name_at : position + name_at + len(name)] == name:
                body[position + size_at : position + size_at + 4] = (1_000).to_bytes(4, "little")
    return bytes(body)
