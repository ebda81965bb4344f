"""Anticipated failures of ``accounts`` around staff, bureaus, teams and machine keys."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    # Logging in with a second factor.
    "accounts.login_step_invalid": Kind.UNAUTHENTICATED,
    "accounts.totp_wrong": Kind.UNAUTHENTICATED,
    "accounts.totp_not_enrolled": Kind.NOT_FOUND,
    "accounts.initial_password_expired": Kind.FORBIDDEN,
    "accounts.enterprise_frozen": Kind.FORBIDDEN,
    # Staff.
    "accounts.roles_conflict": Kind.INVALID,
    "accounts.region_required": Kind.INVALID,
    "accounts.own_account": Kind.CONFLICT,
    # The bureau.
    "accounts.reason_required": Kind.INVALID,
    "accounts.phone_unchanged": Kind.INVALID,
    "accounts.phone_change_open": Kind.CONFLICT,
    "accounts.phone_change_decided": Kind.CONFLICT,
    "accounts.phone_change_not_found": Kind.NOT_FOUND,
    "accounts.second_person_required": Kind.FORBIDDEN,
    "accounts.already_frozen": Kind.CONFLICT,
    "accounts.not_frozen": Kind.CONFLICT,
    # Teams.
    "accounts.team_full": Kind.CONFLICT,
    "accounts.invitation_invalid": Kind.NOT_FOUND,
    "accounts.owner_required": Kind.CONFLICT,
    "accounts.handover_required": Kind.CONFLICT,
    # Machine keys.
    "accounts.key_name_malformed": Kind.INVALID,
    "accounts.key_invalid": Kind.UNAUTHENTICATED,
    "accounts.key_not_found": Kind.NOT_FOUND,
    "accounts.too_many_keys": Kind.CONFLICT,
    "accounts.key_ended": Kind.CONFLICT,
    "accounts.key_quota": Kind.RATE_LIMITED,
    "accounts.key_quota_bounds": Kind.INVALID,
}
