"""Anticipated failures of ``notify``."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    "notify.not_available": Kind.NOT_FOUND,
    "notify.not_found": Kind.NOT_FOUND,
    "notify.notice_state": Kind.CONFLICT,
    "notify.receipt_refused": Kind.FORBIDDEN,
    "notify.template_invalid": Kind.INVALID,
    "notify.webhook_limit": Kind.CONFLICT,
    "notify.webhook_position": Kind.INVALID,
    "notify.webhook_state": Kind.CONFLICT,
    "notify.webhook_url": Kind.INVALID,
}
