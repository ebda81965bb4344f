"""Read what was typed into the entry page, and say what is still missing before it can go out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from services.standards.domain import disclosure as disclosures
from services.standards.domain import entries, folding, indicator_reading
from services.standards.domain import products as product_rules
from services.standards.domain.disclosure import Disclosure
from services.standards.domain.faults import REQUIRED, TOO_LONG
from services.standards.domain.faults import Fault as Fault  # noqa: PLC0414 - part of this module
from services.standards.domain.indicators import Indicator
from services.standards.domain.kinds import DisclosureMode, StandardKind, Subject
from services.standards.domain.number_forms import ParsedNumber
from services.standards.domain.products import ProductData
from services.standards.domain.rules import BarcodeRule, PublicationRules

MAX_TITLE_LENGTH: Final = 200

TOO_MANY_PRODUCTS: Final = "standards.too_many_products"
TEXT_REQUIRED: Final = "standards.text_required"
INDICATOR_REQUIRED: Final = "standards.indicator_required"
PRODUCT_REQUIRED: Final = "standards.product_required"
COMMITMENT_REQUIRED: Final = "standards.commitment_required"
BARCODE_INVALID: Final = "standards.barcode_invalid"

_PRODUCT_FIELDS: Final = tuple(entry.name for entry in fields(ProductData))


class DraftFaultsError(ValueError):
    """Carry every fault found in a draft at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{fault.pointer} {fault.code}" for fault in faults))
        self.faults = list(faults)


@dataclass(frozen=True)
class Pick:
    """Hold the standard that was chosen in the catalogue (手册 4.1(1): 选择)."""

    catalogue_id: str
    number: ParsedNumber
    title: str


@dataclass(frozen=True)
class DraftContent:
    """Hold what a draft says, in plain form."""

    number: ParsedNumber
    title: str
    mode: DisclosureMode
    catalogue_id: str | None = None
    subject: Subject = Subject.PRODUCT
    indicators: tuple[Indicator, ...] = ()
    products: tuple[ProductData, ...] = ()
    disclosure: Disclosure = disclosures.NOTHING_STATED


def read_draft(
    kind: StandardKind, entry: Mapping[str, Any], *, pick: Pick | None = None
) -> DraftContent:
    """Return the content of a draft in plain form; what can wait until it goes out may be missing.

    ``entry`` has the members of the entry page: number, title, subject, disclosure_mode, upload_id,
    indicators, products, disclosure; ``pick`` is what its catalogue_id stands for.

    Raises:
        DraftFaultsError: number or title is missing or malformed, the content contradicts the way
            of disclosure, or something is too long.
    """
    faults: list[Fault] = []
    number: ParsedNumber | None = None
    title = ""
    boxes, typed_title = entry.get("number", {}), entry.get("title", "")
    is_picked = pick is not None
    faults += entries.find_entry_faults(
        kind=kind, is_picked=is_picked, number=boxes, title=typed_title
    )
    if pick is not None:
        number, title = pick.number, pick.title
    elif not faults:
        number = entries.read_number(kind, boxes, faults)
        title = _read_title(typed_title, faults)
    chosen = entry.get("disclosure_mode")
    mode = entries.read_mode(
        None if chosen is None else DisclosureMode(chosen), is_picked=is_picked
    )
    indicators, indicator_faults = indicator_reading.read_indicators(
        entry.get("indicators", ()), requires_test_method=False
    )
    faults += indicator_faults
    faults += entries.find_content_faults(
        mode=mode,
        is_picked=is_picked,
        has_text=entry.get("upload_id") is not None,
        has_indicators=bool(entry.get("indicators")),
    )
    products = _read_products(entry.get("products", ()), faults)
    statements = disclosures.read_disclosure(entry.get("disclosure", {}), faults)
    if faults or number is None:
        raise DraftFaultsError(faults)
    return DraftContent(
        number=number,
        title=title,
        mode=mode,
        catalogue_id=None if pick is None else pick.catalogue_id,
        subject=Subject(entry.get("subject", Subject.PRODUCT)),
        indicators=indicators,
        products=products,
        disclosure=statements,
    )


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
    content: DraftContent, *, has_text: bool, is_committed: bool, rules: PublicationRules
) -> list[Fault]:
    """Return everything that keeps a draft from being published (手册 4.1, 4.2)."""
    faults: list[Fault] = []
    if content.mode is DisclosureMode.FULL_TEXT and not has_text:
        faults.append(Fault("/upload_id", TEXT_REQUIRED))
    if content.mode is DisclosureMode.INDICATORS and not content.indicators:
        faults.append(Fault("/indicators", INDICATOR_REQUIRED))
    if rules.requires_test_method:
        faults += indicator_reading.find_missing_methods(content.indicators)
    if not content.products:
        faults.append(Fault("/products", PRODUCT_REQUIRED))
    faults += _missing_product_fields(content, rules)
    if rules.barcode is BarcodeRule.REFUSE:
        faults += find_bad_barcodes(content.products)
    faults += disclosures.find_unstated(content.disclosure)
    if not is_committed:
        faults.append(Fault("/is_committed", COMMITMENT_REQUIRED))
    return faults


def find_bad_barcodes(rows: Sequence[ProductData]) -> list[Fault]:
    """Return a fault for each barcode that is given but can't be one."""
    return [
        Fault(f"/products/{row}/barcode", BARCODE_INVALID)
        for row in product_rules.bad_barcodes(rows)
    ]


def _missing_product_fields(content: DraftContent, rules: PublicationRules) -> list[Fault]:
    needed = rules.required_product_fields
    if content.subject is Subject.SERVICE:
        needed = tuple(name for name in needed if name not in product_rules.OF_PRODUCTS_ONLY)
    missing = product_rules.missing_fields(content.products, needed)
    return [Fault(f"/products/{row}/{name}", REQUIRED) for row, name in missing]


def _read_title(typed: str, faults: list[Fault]) -> str:
    title = folding.clean_text(typed)
    _check_length(title, "/title", MAX_TITLE_LENGTH, faults)
    if not title:
        faults.append(Fault("/title", REQUIRED))
    return title


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
