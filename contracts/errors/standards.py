"""Anticipated failures of ``standards``."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    # Whole requests.
    "standards.not_found": Kind.NOT_FOUND,
    "standards.upload_not_found": Kind.NOT_FOUND,
    "standards.already_exists": Kind.CONFLICT,
    "standards.published_not_savable": Kind.CONFLICT,
    "standards.published_not_deletable": Kind.CONFLICT,
    "standards.already_published": Kind.CONFLICT,
    "standards.not_published": Kind.CONFLICT,
    "standards.withdrawn": Kind.CONFLICT,
    "standards.correction_over": Kind.CONFLICT,
    "standards.correction_over_picked": Kind.CONFLICT,
    "standards.not_revisable": Kind.CONFLICT,
    "standards.not_withdrawable": Kind.CONFLICT,
    "standards.revision_open": Kind.CONFLICT,
    "standards.predecessor_withdrawn": Kind.CONFLICT,
    "standards.confirmation_invalid": Kind.CONFLICT,
    "standards.number_locked": Kind.INVALID,
    "standards.nothing_added": Kind.INVALID,
    "standards.upload_wrong_state": Kind.CONFLICT,
    "standards.upload_mismatch": Kind.CONFLICT,
    "standards.version_required": Kind.PRECONDITION_REQUIRED,
    # The catalogue.
    "standards.catalogue_standard_not_found": Kind.NOT_FOUND,
    "standards.catalogue_import_not_found": Kind.NOT_FOUND,
    "standards.ticket_not_found": Kind.NOT_FOUND,
    "standards.ticket_closed": Kind.CONFLICT,
    "standards.in_catalogue": Kind.CONFLICT,
    "standards.already_reported": Kind.CONFLICT,
    "standards.catalogue_number_malformed": Kind.INVALID,
    "standards.catalogue_kind_mismatch": Kind.INVALID,
    "standards.date_malformed": Kind.INVALID,
    # What is offered.
    "standards.kind_not_offered": Kind.INVALID,
    "standards.mode_not_offered": Kind.INVALID,
    "standards.invalid": Kind.INVALID,
    "standards.not_publishable": Kind.INVALID,
    "standards.upload_too_large": Kind.TOO_LARGE,
    "standards.position_too_old": Kind.GONE,
    "standards.class_scheme_not_found": Kind.NOT_FOUND,
    "standards.product_class_not_found": Kind.NOT_FOUND,
    "standards.sheet_not_found": Kind.NOT_FOUND,
    "standards.sheet_unreadable": Kind.INVALID,
    "standards.sheet_too_complex": Kind.INVALID,
    "standards.sheet_head_missing": Kind.INVALID,
    "standards.sheet_too_large": Kind.TOO_LARGE,
    # Single fields.
    "standards.required": Kind.INVALID,
    "standards.too_long": Kind.INVALID,
    "standards.number_malformed": Kind.INVALID,
    "standards.year_malformed": Kind.INVALID,
    "standards.text_required": Kind.INVALID,
    "standards.product_required": Kind.INVALID,
    "standards.too_many_products": Kind.INVALID,
    "standards.barcode_invalid": Kind.INVALID,
    "standards.commitment_required": Kind.INVALID,
    "standards.upload_not_ready": Kind.INVALID,
    "standards.upload_unusable": Kind.INVALID,
    # Single cells of a sheet.
    "standards.sheet_column_unknown": Kind.INVALID,
    "standards.sheet_column_twice": Kind.INVALID,
    "standards.sheet_cell_changed": Kind.INVALID,
}
