"""Anticipated failures of ``registry``."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    # What a verification can answer, one code per field (手册 FAQ 1, 2, 4, 5, 6, 8, 14).
    "registry.code_mismatch": Kind.INVALID,
    "registry.name_mismatch": Kind.INVALID,
    "registry.legal_representative_mismatch": Kind.INVALID,
    "registry.id_number_mismatch": Kind.INVALID,
    "registry.address_mismatch": Kind.INVALID,
    "registry.address_province_missing": Kind.INVALID,
    "registry.address_province_extra": Kind.INVALID,
    # What may be wrong with a field that differs.
    "registry.hint_city_missing": Kind.INVALID,
    "registry.hint_county_missing": Kind.INVALID,
    "registry.hint_former_value": Kind.INVALID,
    "registry.hint_full_width_bracket": Kind.INVALID,
    "registry.hint_full_width_character": Kind.INVALID,
    "registry.hint_space": Kind.INVALID,
    "registry.hint_number_sign": Kind.INVALID,
    "registry.hint_letter_o": Kind.INVALID,
    "registry.hint_wait_for_sync": Kind.INVALID,
    "registry.hint_code_length": Kind.INVALID,
    "registry.hint_code_lookalike": Kind.INVALID,
    "registry.hint_code_check_character": Kind.INVALID,
    "registry.hint_id_length": Kind.INVALID,
    "registry.hint_id_check_character": Kind.INVALID,
    "registry.hint_id_short_form": Kind.INVALID,
    "registry.hint_id_document": Kind.INVALID,
    "registry.information_mismatch": Kind.INVALID,
    "registry.not_synced": Kind.INVALID,
    "registry.region_not_open": Kind.INVALID,
    "registry.deregistered": Kind.INVALID,
    "registry.too_many_attempts": Kind.RATE_LIMITED,
    # The waiting list (手册 FAQ 14).
    "registry.already_synced": Kind.CONFLICT,
    "registry.waiting_invalid": Kind.NOT_FOUND,
    # Everything else.
    "registry.organization_not_found": Kind.NOT_FOUND,
    "registry.division_not_found": Kind.NOT_FOUND,
    "registry.import_not_found": Kind.NOT_FOUND,
    "registry.division_invalid": Kind.INVALID,
}
