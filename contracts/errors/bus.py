"""Failures of the plumbing that every service shares."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    "bus.unavailable": Kind.UNAVAILABLE,
    "bus.deadline": Kind.UNAVAILABLE,
    "bus.overloaded": Kind.UNAVAILABLE,
    "bus.database_unavailable": Kind.UNAVAILABLE,
    "bus.storage_unavailable": Kind.UNAVAILABLE,
    "bus.loop": Kind.INTERNAL,
    "bus.internal": Kind.INTERNAL,
    "bus.unknown_method": Kind.INTERNAL,
    "bus.invalid_arguments": Kind.MALFORMED,
    "bus.unauthenticated": Kind.UNAUTHENTICATED,
    "bus.forbidden": Kind.FORBIDDEN,
    "bus.stale": Kind.STALE,
    "bus.idempotency_mismatch": Kind.INVALID,
    "bus.rate_limited": Kind.RATE_LIMITED,
}
