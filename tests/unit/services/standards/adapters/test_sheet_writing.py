"""Sheets that are given out come back the same, and hold no formula."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from chassis.job_child import JobRefusedError
from services.standards.adapters import sheet_child, sheet_writing
from services.standards.adapters.sheet_writing import SheetFormat
from services.standards.domain import product_sheets
from services.standards.domain.products import ProductData

NASTY = [
    ProductData(name="=cmd|' /C calc'!A0", brand="+1", model="-5", class_code="@SUM(A1)"),
    ProductData(name='引号"、逗号,、分号;', specification="00123", barcode="0012345678905"),
    ProductData(name="'=1", generic_name="http://example.com", model="1e5", class_code="21-002"),
]


def read_back(content: bytes, folder: Path) -> dict[str, Any]:
    path, answer = folder / "sheet", folder / "answer"
    path.write_bytes(content)
    payload = {
        "path": str(path),
        "answer_path": str(answer),
        "max_bytes": 2_000_000,
        "required": [],
    }
    sheet_child.run(payload)
    text = answer.read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize("file_format", list(SheetFormat))
class TestRoundTrip:
    @pytest.mark.proves("F13")
    def test_keeps_every_text(self, file_format: SheetFormat, tmp_path: Path) -> None:
        rows = product_sheets.to_rows(NASTY)

        found = read_back(sheet_writing.write_products(rows, file_format), tmp_path)

        assert found["problems"] == []
        assert [ProductData(**product) for product in found["products"]] == NASTY

    def test_a_template_holds_nothing_yet(self, file_format: SheetFormat, tmp_path: Path) -> None:
        template = sheet_writing.write_template([("QB020101", "日用品 / 杯")], file_format)

        found = read_back(template, tmp_path)

        assert [problem["code"] for problem in found["problems"]] == ["standards.product_required"]


class TestFiles:
    @pytest.mark.proves("F13")
    def test_a_workbook_has_no_formula_and_no_link(self) -> None:
        content = sheet_writing.write_products(product_sheets.to_rows(NASTY), SheetFormat.XLSX)

        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
            styles = archive.read("xl/styles.xml").decode()
        assert "<f>" not in sheet
        assert "hyperlink" not in sheet
        assert 'quotePrefix="1"' in styles

    @pytest.mark.proves("F13")
    def test_a_text_is_marked_as_utf8_and_guarded(self) -> None:
        content = sheet_writing.write_products(product_sheets.to_rows(NASTY), SheetFormat.CSV)

        lines = content.decode("utf-8-sig").splitlines()
        assert content.startswith(b"\xef\xbb\xbf")
        assert lines[0] == ",".join(f'"{head}"' for head in product_sheets.HEADS.values())
        assert lines[1].startswith("\"'=cmd|' /C calc'!A0\"")

    def test_a_template_explains_every_column_and_lists_the_classes(self) -> None:
        explained = [head for head, _ in sheet_writing._GUIDE]

        content = sheet_writing.write_template([("QB020101", "日用品 / 杯")], SheetFormat.XLSX)

        assert explained[:-1] == list(product_sheets.HEADS.values())
        assert len(sheet_writing._WIDTHS) == len(product_sheets.HEADS)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert "QB020101" in archive.read("xl/sharedStrings.xml").decode()
        bare = sheet_writing.write_template([], SheetFormat.XLSX)
        with zipfile.ZipFile(io.BytesIO(bare)) as archive:
            assert "xl/worksheets/sheet3.xml" not in archive.namelist()


class TestRefusals:
    def refusal(self, content: bytes, folder: Path) -> str:
        with pytest.raises(JobRefusedError) as caught:
            read_back(content, folder)
        return caught.value.code

    def test_of_what_is_no_sheet(self, tmp_path: Path) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as writer:
            writer.writestr("a.txt", "x")

        assert self.refusal(archive.getvalue(), tmp_path) == sheet_child.UNREADABLE
        assert self.refusal(b"PK\x03\x04 damaged", tmp_path) == sheet_child.UNREADABLE
        assert self.refusal(b"\xff\xff\x81", tmp_path) == sheet_child.UNREADABLE
        assert self.refusal(b"%PDF-1.7", tmp_path) == sheet_child.HEAD_MISSING
        assert self.refusal(b"", tmp_path) == sheet_child.HEAD_MISSING
        assert self.refusal(b"x" * 2_000_001, tmp_path) == sheet_child.TOO_LARGE

    def test_of_a_workbook_without_its_parts(self, tmp_path: Path) -> None:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as writer:
            writer.writestr("xl/workbook.xml", "<workbook/>")

        assert self.refusal(archive.getvalue(), tmp_path) == sheet_child.UNREADABLE

    def test_of_too_much(self, tmp_path: Path) -> None:
        head = "产品名称\r\n"

        assert self.refusal((head + "\r\n" * 20_001).encode(), tmp_path) == sheet_child.TOO_COMPLEX
        wide = head + "," * 300
        assert self.refusal(wide.encode(), tmp_path) == sheet_child.TOO_COMPLEX
        field = head + "x" * 200_000
        assert self.refusal(field.encode(), tmp_path) == sheet_child.UNREADABLE

    def test_of_more_text_than_a_draft_could_hold(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sheet_child, "MAX_ANSWER", 100)

        assert self.refusal("产品名称\n杯\n".encode(), tmp_path) == sheet_child.TOO_COMPLEX


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    @pytest.mark.parametrize("delimiter", [",", "\t", ";"])
    def test_of_texts_are_recognized(self, encoding: str, delimiter: str, tmp_path: Path) -> None:
        text = f"产品名称{delimiter}产品型号\r\n不锈钢保温杯{delimiter}喆-1\r\n"

        (product,) = read_back(text.encode(encoding), tmp_path)["products"]

        assert (product["name"], product["model"]) == ("不锈钢保温杯", "喆-1")
