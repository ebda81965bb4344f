"""Anticipated failures of ``accounts``."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    "accounts.captcha_wrong": Kind.INVALID,
    "accounts.captcha_not_found": Kind.NOT_FOUND,
    "accounts.too_many_attempts": Kind.RATE_LIMITED,
    # Registration (手册 2).
    "accounts.verification_failed": Kind.INVALID,
    "accounts.enterprise_registered": Kind.CONFLICT,
    "accounts.registration_invalid": Kind.FORBIDDEN,
    "accounts.invalid_fields": Kind.INVALID,
    "accounts.username_malformed": Kind.INVALID,
    "accounts.username_taken": Kind.INVALID,
    "accounts.name_malformed": Kind.INVALID,
    "accounts.id_number_malformed": Kind.INVALID,
    "accounts.id_number_taken": Kind.INVALID,
    "accounts.password_length": Kind.INVALID,
    "accounts.password_alphabet": Kind.INVALID,
    "accounts.password_classes": Kind.INVALID,
    "accounts.password_common": Kind.INVALID,
    "accounts.password_predictable": Kind.INVALID,
    "accounts.password_mismatch": Kind.INVALID,
    "accounts.bureau_required": Kind.INVALID,
    "accounts.bureau_unknown": Kind.INVALID,
    "accounts.phone_malformed": Kind.INVALID,
    "accounts.phone_taken": Kind.INVALID,
    "accounts.terms_not_accepted": Kind.INVALID,
    "accounts.code_too_soon": Kind.RATE_LIMITED,
    "accounts.code_wrong": Kind.INVALID,
    # Login (手册 3).
    "accounts.username_wrong": Kind.INVALID,
    "accounts.login_failed": Kind.UNAUTHENTICATED,
    "accounts.session_expired": Kind.UNAUTHENTICATED,
    "accounts.account_not_found": Kind.NOT_FOUND,
    "accounts.enterprise_not_found": Kind.NOT_FOUND,
    # Recovery and user management (手册 6, 7, 8).
    "accounts.flow_invalid": Kind.FORBIDDEN,
    "accounts.password_wrong": Kind.INVALID,
    "accounts.password_unchanged": Kind.INVALID,
    "accounts.phone_missing": Kind.CONFLICT,
    "accounts.organization_deregistered": Kind.CONFLICT,
    "accounts.session_not_found": Kind.NOT_FOUND,
    "accounts.terms_outdated": Kind.CONFLICT,
    "accounts.role_unknown": Kind.INVALID,
    "accounts.not_in_production": Kind.NOT_FOUND,
}
