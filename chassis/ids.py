"""Identifiers: sortable UUIDs, and the trace context of W3C that ties a request together."""

import re
import secrets
import time
import uuid
from typing import Final

_TRACEPARENT: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_NO_TRACE: Final = "0" * 32
_NO_SPAN: Final = "0" * 16


def new_id() -> str:
    """Return a new UUID version 7 as text: unique, and sortable by the time it was made."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = secrets.randbits(74)
    value = (milliseconds & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (random_bits >> 62) << 64
    value |= 0b10 << 62 | random_bits & (1 << 62) - 1
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Say whether the text is a UUID in its usual lower-case form."""
    try:
        return str(uuid.UUID(text)) == text
    except (ValueError, AttributeError, TypeError):
        return False


def new_trace_id() -> str:
    """Return 32 random hexadecimal digits, never all zero."""
    return secrets.token_hex(16).replace(_NO_TRACE, "1" * 32)


def new_traceparent(trace_id: str) -> str:
    """Return a ``traceparent`` header with a new span of the trace."""
    return f"00-{trace_id}-{secrets.token_hex(8).replace(_NO_SPAN, '1' * 16)}-01"


def trace_id_of(traceparent: str | None) -> str | None:
    """Return the trace id of a ``traceparent``, or None when it is not a valid one."""
    match = _TRACEPARENT.fullmatch(traceparent or "")
    if match is None or match[1] == _NO_TRACE or match[2] == _NO_SPAN:
        return None
    return match[1]


def continue_trace(traceparent: str | None) -> tuple[str, str]:
    """Return (trace id, traceparent) of the next step of a trace; a new trace without one."""
    trace_id = trace_id_of(traceparent) or new_trace_id()
    return trace_id, new_traceparent(trace_id)
