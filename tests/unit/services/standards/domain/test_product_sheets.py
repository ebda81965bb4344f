"""Products as rows of a sheet: heads, rows, and what is wrong where (手册 4.1)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.standards.domain import product_sheets as sheets
from services.standards.domain.product_sheets import Cell, HeadMissingError, SheetContent
from services.standards.domain.products import MAX_PRODUCTS, REQUIRED_FIELDS, ProductData

HEADS = list(sheets.HEADS.values())
CUP = ["保温杯", "", "6901234567892", "示例", "500mL", "SL-500", "QB020101"]


def read(*rows: Sequence[str | Cell], required: Sequence[str] = REQUIRED_FIELDS) -> SheetContent:
    cells = [[each if isinstance(each, Cell) else Cell(each) for each in row] for row in rows]
    return sheets.read_sheet(enumerate(cells, start=1), required=required)


def remarks(content: SheetContent) -> list[tuple[int, str, str]]:
    found = [*content.problems, *content.warnings]
    return [(fault.row, fault.column, fault.code.removeprefix("standards.")) for fault in found]


class TestReadSheet:
    @pytest.mark.proves("R-121")
    def test_reads_the_seven_fields(self) -> None:
        content = read(HEADS, CUP)

        assert content.products == (ProductData(*CUP),)
        assert remarks(content) == []

    def test_finds_columns_by_their_heads(self) -> None:
        """The product table begins with 序号 and a template may mark what is required."""
        content = read(
            ["产品型号*", "序号", "", " 产品 名称 ", "产品分类"], ["M-1", "1", "", "杯", "21"]
        )

        assert content.products == (ProductData(name="杯", model="M-1", class_code="21"),)

    def test_passes_over_empty_rows_and_the_example(self) -> None:
        example = list(sheets.EXAMPLE.as_dict().values())

        content = read(HEADS, example, ["", " ", "\u3000"], [], CUP)

        assert (content.rows, len(content.products)) == (1, 1)

    def test_reads_short_rows(self) -> None:
        assert read(HEADS, ["保温杯"]).products == (ProductData(name="保温杯"),)

    def test_cleans_as_the_entry_page_does(self) -> None:
        content = read(HEADS, ["保温\u200b杯 ", "", "６９０ 1234567892"])

        assert content.products == (ProductData(name="保温杯", barcode="6901234567892"),)

    @pytest.mark.parametrize("heads", [[], ["name"], ["产品型号", "产品分类"]])
    def test_needs_a_column_of_names(self, heads: list[str]) -> None:
        with pytest.raises(HeadMissingError) as caught:
            read(heads, CUP)

        assert caught.value.heads == ["产品名称"]

    def test_needs_a_first_row(self) -> None:
        with pytest.raises(HeadMissingError):
            read()

    def test_one_problem_keeps_everything_out(self) -> None:
        content = read(HEADS, CUP, ["杯" * 201], CUP)

        assert content.products == ()
        assert remarks(content) == [(3, "产品名称", "too_long")]
        assert content.problems[0].params == {"limit": "200"}

    def test_names_rows_as_the_spreadsheet_numbers_them(self) -> None:
        content = read(HEADS, [], CUP, [], ["杯", "", "", "x" * 201])

        assert remarks(content) == [(5, "产品品牌", "too_long")]

    def test_says_which_columns_it_does_not_know(self) -> None:
        content = read([*HEADS, "价格", "产品名称"], CUP)

        assert remarks(content) == [
            (1, "价格", "sheet_column_unknown"),
            (1, "产品名称", "sheet_column_twice"),
        ]

    def test_refuses_what_the_spreadsheet_made_something_else_of(self) -> None:
        content = read(HEADS, ["杯", "", "", "", Cell("2024-10-12", is_changed=True)])

        assert remarks(content) == [(2, "产品规格", "sheet_cell_changed")]

    def test_takes_as_many_products_as_a_draft(self) -> None:
        full = [["杯", "", "", "", "", str(number), "1"] for number in range(MAX_PRODUCTS)]

        assert len(read(HEADS, *full).products) == MAX_PRODUCTS

        over = read(HEADS, *full, [], CUP)

        assert over.products == ()
        assert remarks(over) == [(MAX_PRODUCTS + 3, "", "too_many_products")]

    def test_an_empty_sheet_is_a_problem(self) -> None:
        assert remarks(read(HEADS)) == [(1, "", "product_required")]

    @pytest.mark.proves("R-126")
    def test_warns_of_barcodes_and_of_what_publication_needs(self) -> None:
        content = read(HEADS, CUP, ["杯", "", "6901234567891", "", "", "M"])

        assert len(content.products) == 2
        assert remarks(content) == [
            (3, "产品分类", "required"),
            (3, "产品条码", "barcode_invalid"),
        ]
        assert remarks(read(HEADS, ["杯"], required=())) == []


class TestGuard:
    @pytest.mark.proves("F13")
    @pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "＝1", "'=1"])
    def test_puts_an_apostrophe_before_what_could_be_computed(self, text: str) -> None:
        assert sheets.guard(text) == f"'{text}"

    @pytest.mark.parametrize("text", ["保温杯", "500mL", "'90s", "1-2", ""])
    def test_leaves_the_rest(self, text: str) -> None:
        assert sheets.guard(text) == text

    @given(st.text(alphabet="'=+-@a1 \t", max_size=8))
    def test_is_undone_on_the_way_back(self, text: str) -> None:
        assert sheets.unguard(sheets.guard(text)) == text


def test_rows_begin_with_the_heads_in_the_order_of_the_table() -> None:
    assert sheets.to_rows([ProductData(*CUP)]) == [HEADS, CUP]
