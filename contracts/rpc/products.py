"""What ``standards`` answers about product classes and sheets of products."""

from typing import Literal, TypedDict

from contracts.rpc.standards import Product

SheetFormat = Literal["xlsx", "csv"]


class ClassItem(TypedDict):
    """One class in a list."""

    code: str
    name: str
    level: int
    is_leaf: bool


class ClassChildren(TypedDict):
    """``list_product_classes``: the list and version that answered, and the classes."""

    scheme: str
    version: str
    items: list[ClassItem]


class PathEntry(TypedDict):
    """One step from the highest class down."""

    code: str
    name: str


class FoundClass(ClassItem):
    """A class with the way to it, itself included."""

    path: list[PathEntry]


class ClassSearch(TypedDict):
    """``search_product_classes``: ``is_nearest`` when no class holds every word."""

    scheme: str
    version: str
    is_nearest: bool
    items: list[FoundClass]


class ProductClass(FoundClass):
    """``get_product_class``."""

    scheme: str
    version: str


class ProductTemplate(TypedDict):
    """``get_product_template``: the file itself; it is small."""

    content_base64: str


class SheetExport(TypedDict):
    """``export_products``: where the file lies in the blob store; who reads it deletes it."""

    key: str
    size: int


class CheckedSheet(TypedDict):
    """``check_product_sheet``: where a `SheetAnswer` lies as JSON; who reads it deletes it.

    The sheet itself is read from ``sheets/<sheet_id>``, where the caller put it, and deleted.
    """

    answer_key: str
    rows: int
    size: int


class SheetFault(TypedDict):
    """Something about one cell: the row as the spreadsheet numbers it, the head of the column."""

    row: int
    column: str
    code: str
    params: dict[str, str]


class SheetAnswer(TypedDict):
    """What a sheet says: its products, or what keeps all of them out; lists are cut, counts not."""

    rows: int
    products: list[Product]
    problems: list[SheetFault]
    problem_count: int
    warnings: list[SheetFault]
    warning_count: int
