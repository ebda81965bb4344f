"""Anticipated failures of ``gateway``."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    # the wire
    "gateway.malformed_request": Kind.MALFORMED,
    "gateway.host_not_allowed": Kind.MALFORMED,
    "gateway.head_too_large": Kind.HEADERS_TOO_LARGE,
    "gateway.body_too_large": Kind.TOO_LARGE,
    "gateway.body_incomplete": Kind.MALFORMED,
    "gateway.body_too_slow": Kind.MALFORMED,
    "gateway.too_many_connections": Kind.UNAVAILABLE,
    "gateway.overloaded": Kind.UNAVAILABLE,
    "gateway.stopping": Kind.UNAVAILABLE,
    "gateway.rate_limited": Kind.RATE_LIMITED,
    "gateway.feed_rate": Kind.RATE_LIMITED,
    "gateway.too_many_streams": Kind.RATE_LIMITED,
    # the address and the headers
    "gateway.not_found": Kind.NOT_FOUND,
    "gateway.method_not_allowed": Kind.METHOD,
    "gateway.unsupported_media_type": Kind.MEDIA_TYPE,
    "gateway.not_a_pdf": Kind.MEDIA_TYPE,
    "gateway.cross_site_request": Kind.FORBIDDEN,
    "gateway.csrf_token_invalid": Kind.FORBIDDEN,
    "gateway.login_required": Kind.UNAUTHENTICATED,
    "gateway.session_expired": Kind.UNAUTHENTICATED,
    "gateway.key_malformed": Kind.UNAUTHENTICATED,
    "gateway.two_credentials": Kind.MALFORMED,
    "gateway.scope_missing": Kind.FORBIDDEN,
    "gateway.forbidden": Kind.FORBIDDEN,
    "gateway.idempotency_key_required": Kind.PRECONDITION_REQUIRED,
    "gateway.idempotency_key_malformed": Kind.MALFORMED,
    "gateway.if_match_required": Kind.PRECONDITION_REQUIRED,
    "gateway.if_match_malformed": Kind.MALFORMED,
    "gateway.range_not_satisfiable": Kind.GONE,
    "gateway.text_unavailable": Kind.UNAVAILABLE,
    # the body and the query
    "gateway.malformed_json": Kind.MALFORMED,
    "gateway.unknown_fields": Kind.MALFORMED,
    "gateway.invalid_fields": Kind.INVALID,
    "gateway.field_unknown": Kind.MALFORMED,
    "gateway.field_required": Kind.INVALID,
    "gateway.field_null": Kind.INVALID,
    "gateway.field_type": Kind.INVALID,
    "gateway.field_format": Kind.INVALID,
    "gateway.field_control_character": Kind.INVALID,
    "gateway.field_length": Kind.INVALID,
    "gateway.field_range": Kind.INVALID,
    "gateway.field_choice": Kind.INVALID,
}
