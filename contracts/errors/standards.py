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
    "standards.upload_wrong_state": Kind.CONFLICT,
    "standards.upload_mismatch": Kind.CONFLICT,
    "standards.version_required": Kind.PRECONDITION_REQUIRED,
    "standards.kind_not_offered": Kind.INVALID,
    "standards.mode_not_offered": Kind.INVALID,
    "standards.invalid": Kind.INVALID,
    "standards.not_publishable": Kind.INVALID,
    "standards.upload_too_large": Kind.TOO_LARGE,
    "standards.position_too_old": Kind.GONE,
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
}
