"""Products as rows of a sheet: which column is which field, and what is wrong where (手册 4.1)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from services.standards.domain import drafts, folding
from services.standards.domain import products as product_rules
from services.standards.domain.faults import REQUIRED
from services.standards.domain.products import ProductData

HEADS: Final[Mapping[str, str]] = {
    "name": "产品名称",
    "generic_name": "产品通用名",
    "barcode": "产品条码",
    "brand": "产品品牌",
    "specification": "产品规格",
    "model": "产品型号",
    "class_code": "产品分类",
}
# The product table of the manual begins with it; in a sheet it says nothing.
ROW_NUMBER_HEAD: Final = "序号"
EXAMPLE: Final = ProductData(
    name="示例：不锈钢真空保温杯（导入时忽略本行）",
    generic_name="保温杯",
    barcode="6901234567892",
    brand="示例牌",
    specification="500mL",
    model="SL-500",
    class_code="QB020101",
)
MAX_LISTED: Final = 500

COLUMN_UNKNOWN: Final = "standards.sheet_column_unknown"
COLUMN_TWICE: Final = "standards.sheet_column_twice"
CELL_CHANGED: Final = "standards.sheet_cell_changed"

# Spreadsheets take texts that begin so for formulas; an apostrophe in front keeps them texts.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_APOSTROPHE: Final = "'"
_FIELDS: Final = {head: name for name, head in HEADS.items()}


class HeadMissingError(ValueError):
    """Say which heads the first row lacks."""

    def __init__(self, heads: Sequence[str]) -> None:
        self.heads = list(heads)
        super().__init__("、".join(heads))


@dataclass(frozen=True)
class Cell:
    """Be what a cell shows; ``is_changed`` when the spreadsheet made something else of it."""

    text: str
    is_changed: bool = False


@dataclass(frozen=True)
class SheetFault:
    """Point at one cell, or with an empty column at a row; rows as the spreadsheet numbers them."""

    row: int
    column: str
    code: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SheetContent:
    """Hold what a sheet says: its products, or why there are none."""

    rows: int
    products: tuple[ProductData, ...]
    problems: tuple[SheetFault, ...]
    warnings: tuple[SheetFault, ...]


def read_sheet(
    rows: Iterable[tuple[int, Sequence[Cell]]], *, required: Sequence[str]
) -> SheetContent:
    """Return the products of numbered rows, the first of which holds the heads.

    A sheet with a single problem gives no products. What can be saved but not published, and
    barcodes that can't be one (R-126), are warnings.

    Raises:
        HeadMissingError: there is no column for the names of the products.
    """
    lines = iter(rows)
    head_row, heads = next(lines, (1, ()))
    problems: list[SheetFault] = []
    columns = _read_heads(head_row, heads, problems)
    numbers: list[int] = []
    typed: list[Mapping[str, str]] = []
    for number, cells in lines:
        row = _read_row(number, cells, columns, problems)
        if row is None:
            continue
        if len(typed) == product_rules.MAX_PRODUCTS:
            problems.append(_fault(drafts.too_many_products(), number, ""))
            break
        numbers.append(number)
        typed.append(row)
    products = _read_products(typed, numbers, problems)
    if not typed:
        problems.append(SheetFault(head_row, "", drafts.PRODUCT_REQUIRED))
    if problems:
        ordered = sorted(problems, key=lambda fault: fault.row)
        return SheetContent(len(typed), (), tuple(ordered), ())
    return SheetContent(len(typed), products, (), _warnings(products, numbers, required))


def to_rows(products: Iterable[ProductData]) -> list[list[str]]:
    """Return heads and rows of a sheet with these products."""
    return [list(HEADS.values()), *(list(product.as_dict().values()) for product in products)]


def guard(text: str) -> str:
    """Return a cell's text with an apostrophe where a spreadsheet would compute it (CSV)."""
    return _APOSTROPHE + text if _needs_guard(text) else text


def unguard(text: str) -> str:
    """Return a cell's text as it was before `guard`."""
    return text[1:] if text.startswith(_APOSTROPHE) and _needs_guard(text[1:]) else text


def is_formula_like(text: str) -> bool:
    """Tell whether a spreadsheet could take this text for a formula."""
    return text.startswith(_FORMULA_STARTS)


def _needs_guard(text: str) -> bool:
    # An apostrophe before such a text is guarded as well, so that it is still there afterwards.
    return is_formula_like(text.lstrip(_APOSTROPHE))


def _read_heads(number: int, heads: Sequence[Cell], problems: list[SheetFault]) -> dict[int, str]:
    columns: dict[int, str] = {}
    for position, cell in enumerate(heads):
        head = folding.fold_width(cell.text).replace(" ", "").rstrip("*")
        name = _FIELDS.get(head)
        if name is None:
            if head and head != ROW_NUMBER_HEAD:
                problems.append(SheetFault(number, head[:50], COLUMN_UNKNOWN))
        elif name in columns.values():
            problems.append(SheetFault(number, head, COLUMN_TWICE))
        else:
            columns[position] = name
    if "name" not in columns.values():
        raise HeadMissingError([HEADS["name"]])
    return columns


def _read_row(
    number: int, cells: Sequence[Cell], columns: Mapping[int, str], problems: list[SheetFault]
) -> Mapping[str, str] | None:
    """Return the typed values; None for an empty row and the template's example."""
    row = {name: cells[at] for at, name in columns.items() if at < len(cells)}
    values = {name: cell.text for name, cell in row.items()}
    if not any(folding.clean_text(text) for text in values.values()):
        return None
    if folding.clean_text(values.get("name", "")) == EXAMPLE.name:
        return None
    problems += [
        SheetFault(number, HEADS[name], CELL_CHANGED)
        for name, cell in row.items()
        if cell.is_changed
    ]
    return values


def _read_products(
    typed: Sequence[Mapping[str, str]], numbers: Sequence[int], problems: list[SheetFault]
) -> tuple[ProductData, ...]:
    """Return the products as a draft would keep them."""
    try:
        return drafts.read_products(typed)
    except drafts.DraftFaultsError as error:
        problems += [_located(fault, numbers) for fault in error.faults]
        return ()


def _warnings(
    products: Sequence[ProductData], numbers: Sequence[int], required: Sequence[str]
) -> tuple[SheetFault, ...]:
    missing = [
        SheetFault(numbers[row], HEADS[name], REQUIRED)
        for row, name in product_rules.missing_fields(products, required)
    ]
    barcodes = [_located(fault, numbers) for fault in drafts.find_bad_barcodes(products)]
    return tuple(sorted([*missing, *barcodes], key=lambda fault: fault.row))


def _located(fault: drafts.Fault, numbers: Sequence[int]) -> SheetFault:
    """Return a fault of a draft, at its place in the sheet."""
    _, _, row, name = fault.pointer.split("/")
    return _fault(fault, numbers[int(row)], HEADS[name])


def _fault(fault: drafts.Fault, row: int, column: str) -> SheetFault:
    return SheetFault(row, column, fault.code, fault.params)
