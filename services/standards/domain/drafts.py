"""Read what was typed into the entry page, and say what is still missing before it can go out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final

from services.standards.domain import folding, numbering
from services.standards.domain import products as product_rules
from services.standards.domain.faults import REQUIRED, TOO_LONG
from services.standards.domain.faults import Fault as Fault  # noqa: PLC0414 - part of this module
from services.standards.domain.kinds import DisclosureMode
from services.standards.domain.numbering import StandardNumber
from services.standards.domain.products import ProductData
from services.standards.domain.rules import BarcodeRule, PublicationRules

MAX_TITLE_LENGTH: Final = 200

TOO_MANY_PRODUCTS: Final = "standards.too_many_products"
NUMBER_MALFORMED: Final = "standards.number_malformed"
YEAR_MALFORMED: Final = "standards.year_malformed"
TEXT_REQUIRED: Final = "standards.text_required"
PRODUCT_REQUIRED: Final = "standards.product_required"
COMMITMENT_REQUIRED: Final = "standards.commitment_required"
BARCODE_INVALID: Final = "standards.barcode_invalid"

_MALFORMED: Final = {"body": NUMBER_MALFORMED, "year": YEAR_MALFORMED}
_PRODUCT_FIELDS: Final = tuple(entry.name for entry in fields(ProductData))


class DraftFaultsError(ValueError):
    """Carry every fault found in a draft at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.pointer} {fault.code}" for fault in faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class DraftContent:
    """Hold what a draft says, in plain form."""

    number: StandardNumber
    title: str
    products: tuple[ProductData, ...]


def read_draft(
    *, number: Mapping[str, str], title: str, products: Sequence[Mapping[str, str]]
) -> DraftContent:
    """Return the content of a draft in plain form; products may still lack fields.

    Raises:
        DraftFaultsError: number or title is missing or malformed, or something is too long.
    """
    faults: list[Fault] = []
    parsed = _read_number(number, faults)
    plain_title = folding.clean_text(title)
    _check_length(plain_title, "/title", MAX_TITLE_LENGTH, faults)
    if not plain_title:
        faults.append(Fault("/title", REQUIRED))
    rows = _read_products(products, faults)
    if faults or parsed is None:
        raise DraftFaultsError(faults)
    return DraftContent(number=parsed, title=plain_title, products=rows)


def read_products(products: Sequence[Mapping[str, str]]) -> tuple[ProductData, ...]:
    """Return typed product rows in plain form, without blank ones.

    Raises:
        DraftFaultsError: there are too many, or a field is too long.
    """
    faults: list[Fault] = []
    rows = _read_products(products, faults)
    if faults:
        raise DraftFaultsError(faults)
    return rows


def too_many_products() -> Fault:
    """Return the fault of a declaration with more products than one can have."""
    return Fault("/products", TOO_MANY_PRODUCTS, {"limit": str(product_rules.MAX_PRODUCTS)})


def find_missing(
    *,
    disclosure_mode: DisclosureMode,
    has_text: bool,
    products: Sequence[ProductData],
    is_committed: bool,
    rules: PublicationRules,
) -> list[Fault]:
    """Return everything that keeps a draft from being published (手册 4.1, 4.2)."""
    faults: list[Fault] = []
    if disclosure_mode is DisclosureMode.FULL_TEXT and not has_text:
        faults.append(Fault("/upload_id", TEXT_REQUIRED))
    if not products:
        faults.append(Fault("/products", PRODUCT_REQUIRED))
    faults += _missing_product_fields(products, rules)
    if rules.barcode is BarcodeRule.REFUSE:
        faults += find_bad_barcodes(products)
    if not is_committed:
        faults.append(Fault("/is_committed", COMMITMENT_REQUIRED))
    return faults


def find_bad_barcodes(rows: Sequence[ProductData]) -> list[Fault]:
    """Return a fault for each barcode that is given but can't be one."""
    return [
        Fault(f"/products/{row}/barcode", BARCODE_INVALID)
        for row in product_rules.bad_barcodes(rows)
    ]


def _missing_product_fields(rows: Sequence[ProductData], rules: PublicationRules) -> list[Fault]:
    missing = product_rules.missing_fields(rows, rules.required_product_fields)
    return [Fault(f"/products/{row}/{name}", REQUIRED) for row, name in missing]


def _read_number(number: Mapping[str, str], faults: list[Fault]) -> StandardNumber | None:
    body = _read_box(numbering.read_body, number.get("body", ""), faults)
    year = _read_box(numbering.read_year, number.get("year", ""), faults)
    if body is None or year is None:
        return None
    return StandardNumber(prefix=numbering.ENTERPRISE_PREFIX, body=body, year=year)


def _read_box(read: Callable[[str], str], typed: str, faults: list[Fault]) -> str | None:
    try:
        return read(typed)
    except numbering.NumberError as error:
        code = REQUIRED if error.fault == "missing" else _MALFORMED[error.box]
        faults.append(Fault(f"/number/{error.box}", code))
        return None


def _read_products(
    rows: Sequence[Mapping[str, str]], faults: list[Fault]
) -> tuple[ProductData, ...]:
    if len(rows) > product_rules.MAX_PRODUCTS:
        faults.append(too_many_products())
        return ()
    kept = [_read_product(row, position, faults) for position, row in enumerate(rows)]
    return tuple(product for product in kept if not product.is_blank())


def _read_product(row: Mapping[str, str], position: int, faults: list[Fault]) -> ProductData:
    values = {name: folding.clean_text(row.get(name, "")) for name in _PRODUCT_FIELDS}
    values["barcode"] = folding.fold_width(values["barcode"]).replace(" ", "")
    for name, value in values.items():
        _check_length(value, f"/products/{position}/{name}", product_rules.MAX_FIELD_LENGTH, faults)
    return ProductData(**values)


def _check_length(text: str, pointer: str, limit: int, faults: list[Fault]) -> None:
    if len(text) > limit:
        faults.append(Fault(pointer, TOO_LONG, {"limit": str(limit)}))
