"""Write sheets of products: CSV that Excel opens as it is, and XLSX; nothing is ever a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import xlsxwriter

from services.standards.domain import product_sheets
from services.standards.domain.product_sheets import EXAMPLE

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

PRODUCTS: Final = "产品"
CLASSES: Final = "产品分类"
GUIDE: Final = "填写说明"

_WIDTHS: Final = (30, 16, 18, 14, 16, 18, 14)
_GUIDE: Final = (
    ("产品名称", "必填。与包装或说明书上的名称一致。"),
    ("产品通用名", "选填。同类产品的通称，如“保温杯”。"),
    ("产品条码", "选填。8、12、13 或 14 位商品条码，单元格请设为“文本”格式。"),
    ("产品品牌", "选填。"),
    ("产品规格", "选填。如“500mL”。"),
    ("产品型号", "提交前必填。没有型号的填“无”。"),
    ("产品分类", "提交前必填。填分类代码；没有完全对应的，按用途或材质选择最为贴近的一类。"),
    ("行数", "一次最多导入 2000 个产品；空行和示例行忽略，有一处错误则全部不导入。"),
)


class SheetFormat(StrEnum):
    """Name the two kinds of file."""

    XLSX = "xlsx"
    CSV = "csv"


def write_products(rows: Sequence[Sequence[str]], file_format: SheetFormat) -> bytes:
    """Return a file with these rows, the first of which holds the heads."""
    if file_format is SheetFormat.CSV:
        return _text(rows)
    return _workbook(rows, None)


def write_template(classes: Iterable[tuple[str, str]], file_format: SheetFormat) -> bytes:
    """Return a file to fill in, with an example; of XLSX also a guide and the class codes."""
    rows = product_sheets.to_rows([EXAMPLE])
    if file_format is SheetFormat.CSV:
        return _text(rows)
    return _workbook(rows, list(classes))


def _text(rows: Iterable[Sequence[str]]) -> bytes:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    writer.writerows([product_sheets.guard(cell) for cell in row] for row in rows)
    return stream.getvalue().encode("utf-8-sig")  # without the mark Excel guesses another encoding


def _workbook(rows: Sequence[Sequence[str]], classes: Sequence[tuple[str, str]] | None) -> bytes:
    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_numbers": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        styles = _Styles(book)
        sheet = book.add_worksheet(PRODUCTS)
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width, styles.text)
        sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows):
            styles.write(sheet, number, row, is_head=number == 0)
        if classes is not None:
            _add_guide(book, styles)
            _add_classes(book, styles, classes)
    return stream.getvalue()


class _Styles:
    """Hold the formats of one workbook; cells are texts, so that nothing is turned into a date."""

    def __init__(self, book: xlsxwriter.Workbook) -> None:
        self.text: Format = book.add_format({"num_format": "@"})
        self.head: Format = book.add_format(
            {"num_format": "@", "bold": True, "bg_color": "#DDE6F2"}
        )
        # Kept as a text even when somebody edits the cell.
        self.quoted: Format = book.add_format({"num_format": "@", "quote_prefix": True})

    def write(
        self, sheet: "Worksheet", number: int, row: Sequence[str], *, is_head: bool = False
    ) -> None:
        """Write one row of texts."""
        for column, text in enumerate(row):
            if text:
                style = self.quoted if product_sheets.is_formula_like(text) else self.text
                sheet.write_string(number, column, text, self.head if is_head else style)


def _add_guide(book: xlsxwriter.Workbook, styles: _Styles) -> None:
    sheet = book.add_worksheet(GUIDE)
    sheet.set_column(0, 0, 14)
    sheet.set_column(1, 1, 80)
    for number, row in enumerate((("列", "说明"), *_GUIDE)):
        styles.write(sheet, number, row, is_head=number == 0)


def _add_classes(
    book: xlsxwriter.Workbook, styles: _Styles, classes: Sequence[tuple[str, str]]
) -> None:
    if not classes:
        return
    sheet = book.add_worksheet(CLASSES)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 60)
    for number, row in enumerate((("分类代码", "分类"), *classes)):
        styles.write(sheet, number, row, is_head=number == 0)
