"""The products a declaration covers: seven fields each (手册 4.1) and which of them it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

from stdnum import ean

MAX_PRODUCTS: Final = 2_000
MAX_FIELD_LENGTH: Final = 200

# 产品名称, 产品型号 and 产品分类 are what the national platform's guide of 2020 demands.
REQUIRED_FIELDS: Final = ("name", "model", "class_code")
# A service has no model (服务).
OF_PRODUCTS_ONLY: Final = frozenset({"model", "specification", "brand", "barcode", "generic_name"})


@dataclass(frozen=True)
class ProductData:
    """Hold one product as it is typed: 名称, 通用名, 条码, 品牌, 规格, 型号, 分类."""

    name: str = ""
    generic_name: str = ""
    barcode: str = ""
    brand: str = ""
    specification: str = ""
    model: str = ""
    class_code: str = ""

    def is_blank(self) -> bool:
        """Tell whether no field holds anything."""
        return not any(self.as_dict().values())

    def as_dict(self) -> dict[str, str]:
        """Return the seven fields by name, in the order of the product table."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def missing_fields(
    products: Sequence[ProductData], required: Sequence[str]
) -> list[tuple[int, str]]:
    """Return (row, field) of every required product field that is empty."""
    return [
        (row, name)
        for row, product in enumerate(products)
        for name in required
        if not getattr(product, name)
    ]


def is_barcode(text: str) -> bool:
    """Tell whether ``text`` is a GTIN of 8, 12, 13 or 14 digits with its check digit (R-126)."""
    return bool(ean.is_valid(text))


def bad_barcodes(products: Sequence[ProductData]) -> list[int]:
    """Return the rows whose barcode is given but can't be one."""
    return [
        row
        for row, product in enumerate(products)
        if product.barcode and not is_barcode(product.barcode)
    ]
