"""Turn error codes into HTTP: status, Chinese words, ``application/problem+json`` (RFC 9457).

The only module that knows which status a kind of failure has.
"""

import logging
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from chassis.errors import DomainError, FieldError, RetryableError
from contracts.errors import CODES, Kind
from gateway import faq
from gateway.texts import TEXTS

_log = logging.getLogger(__name__)

CONTENT_TYPE: Final = "application/problem+json"

STATUSES: Final[dict[Kind, int]] = {
    Kind.MALFORMED: 400,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.NOT_FOUND: 404,
    Kind.METHOD: 405,
    Kind.CONFLICT: 409,
    Kind.STALE: 412,
    Kind.TOO_LARGE: 413,
    Kind.MEDIA_TYPE: 415,
    Kind.GONE: 416,
    Kind.INVALID: 422,
    Kind.PRECONDITION_REQUIRED: 428,
    Kind.RATE_LIMITED: 429,
    Kind.HEADERS_TOO_LARGE: 431,
    Kind.INTERNAL: 500,
    Kind.UNAVAILABLE: 503,
}
_REASONS: Final[dict[int, str]] = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    409: "Conflict",
    412: "Precondition Failed",
    413: "Content Too Large",
    415: "Unsupported Media Type",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
    428: "Precondition Required",
    429: "Too Many Requests",
    431: "Request Header Fields Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
_RETRY_AFTER: Final = 5
_INTERNAL: Final = "bus.internal"
_PLACEHOLDER: Final = re.compile(r"\{\w+\}")
_HIDDEN: Final = {"trace_id", "retry_after"}
# Where somebody finds what he needs now, by the relation's name.
_SNAPSHOTS: Final = {"snapshots": "/api/v1/snapshots"}
_LINKS: Final[Mapping[str, Mapping[str, str]]] = {
    "standards.position_too_old": _SNAPSHOTS,
    "standards.position_ahead": _SNAPSHOTS,
}


class _Params(dict[str, str]):
    """Fill a text's placeholder that the error has no value for with nothing."""

    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True)
class Problem:
    """Hold everything the answer to a failed request says."""

    code: str
    status: int
    title: str
    detail: str
    trace_id: str
    params: Mapping[str, str] = field(default_factory=dict)
    errors: Sequence[Mapping[str, str | int]] = ()
    retry_after: int | None = None
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """Return the status line's text: code and standard phrase."""
        return f"{self.status} {_REASONS[self.status]}"

    def as_json(self) -> dict[str, Any]:
        """Return the document of RFC 9457."""
        document: dict[str, Any] = {
            "type": f"/problems/{self.code}",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "trace_id": self.trace_id,
        }
        if self.params:
            document["params"] = dict(self.params)
        document |= self.links
        if self.errors:
            document["errors"] = list(self.errors)
        return document


def problem_of(error: BaseException, trace_id: str) -> Problem:
    """Return what may be said about an error; of an unexpected one nothing but the trace id."""
    code = error.wire_code if isinstance(error, DomainError) else _INTERNAL
    if code not in CODES or code not in TEXTS:
        _log.error("error code without a text", extra={"code": code})
        code = _INTERNAL
    kind = CODES[code]
    retry_after = _retry_after(error, kind)
    params = dict(error.params) if isinstance(error, DomainError) and code != _INTERNAL else {}
    if retry_after is not None:
        params["retry_after"] = str(retry_after)
    text = TEXTS[code]
    return Problem(
        code=code,
        status=STATUSES[kind],
        title=text.title,
        detail=fill(text.detail, params),
        trace_id=trace_id,
        params={name: value for name, value in params.items() if name not in _HIDDEN},
        errors=_entries(error.fields) if isinstance(error, DomainError) else (),
        retry_after=retry_after,
        links=_links_of(code),
    )


def fill(detail: str, params: Mapping[str, str]) -> str:
    """Return a catalogue text with its placeholders filled."""
    return detail.format_map(_Params(params))


def describe(code: str) -> dict[str, Any] | None:
    """Return what is to be said about a code in general, if there is such a code."""
    kind, text = CODES.get(code), TEXTS.get(code)
    if kind is None or text is None:
        return None
    return {
        "code": code,
        "status": STATUSES[kind],
        "title": text.title,
        "detail": _PLACEHOLDER.sub("…", text.detail),
        "help": faq.address(code),
    }


def status_of(code: str) -> int:
    """Return the HTTP status of a code."""
    return STATUSES[CODES[code]]


def explain(warning: Mapping[str, Any]) -> dict[str, str | int]:
    """Return a service's remark on a field, with its words."""
    return _entry(FieldError(warning["pointer"], warning["code"], warning.get("params", {})))


def _links_of(code: str) -> dict[str, str]:
    answer = faq.address(code)
    help_link = {} if answer is None else {"help": answer}
    return {**_LINKS.get(code, {}), **help_link}


def _entries(fields: Sequence[FieldError]) -> list[dict[str, str | int]]:
    """Return the wrong fields; what ``explains`` the field before it becomes that one's hint."""
    entries: list[dict[str, str | int]] = []
    for field_error in fields:
        entry = _entry(field_error)
        if field_error.params.get("explains") and entries:
            last = entries[-1]
            last["hint"] = "".join(str(part) for part in (last.get("hint", ""), entry["detail"]))
        else:
            entries.append(entry)
    return entries


def _entry(entry: FieldError) -> dict[str, str | int]:
    text = TEXTS.get(entry.code)
    if text is None:
        _log.error("field error code without a text", extra={"code": entry.code})
    detail = fill(text.detail, entry.params) if text else TEXTS["gateway.field_format"].detail
    shown: dict[str, str | int] = {"pointer": entry.pointer, "code": entry.code, "detail": detail}
    number = entry.params.get("faq", "")
    if number.isdigit() or entry.code in faq.BY_CODE:
        shown["faq"] = int(number) if number.isdigit() else faq.BY_CODE[entry.code]
    return shown


def _retry_after(error: BaseException, kind: Kind) -> int | None:
    if kind not in {Kind.UNAVAILABLE, Kind.RATE_LIMITED}:
        return None
    if isinstance(error, RetryableError):
        return max(1, math.ceil(error.retry_after))
    given = error.params.get("retry_after", "") if isinstance(error, DomainError) else ""
    return max(1, int(given)) if given.isdigit() else _RETRY_AFTER
