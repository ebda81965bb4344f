"""Logs: one JSON object a line, without anything that must not be read there.

Code logs with the standard library: a constant message, the facts in ``extra``. The last step
before a line is written takes out personal numbers, passwords and tokens, wherever they hide.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import IO, Any, Final

import structlog

from chassis.context import current_call

HIDDEN: Final = "***"
_QUIET: Final = ("amqp", "kombu", "nameko", "alembic", "eventlet")
# Names of fields whose value is hidden whatever it looks like.
_SECRET_WORDS: Final = (
    "password", "passwd", "secret", "token", "authorization", "cookie", "api_key", "apikey",
    "private_key", "signing_key", "csrf", "otp", "captcha", "phone", "mobile", "id_number",
    "sms_code", "verification_code", "session_id",
)  # fmt: skip
# A number begins and ends where no other digit or Latin letter is: Chinese needs no blanks.
_START: Final = r"(?<![\dA-Za-z])"
_END: Final = r"(?![\dA-Za-z])"
_WORDS: Final = "|".join(_SECRET_WORDS)
_SECRET_NAME: Final = re.compile(_WORDS, re.IGNORECASE)
_PATTERNS: Final = (
    # Users and passwords in addresses; greedy, because nothing but a host may follow the last @.
    (re.compile(r"""(\w+://)[^\s"'<>]*@"""), rf"\1{HIDDEN}@"),
    (re.compile(r"[\w.%+~-]+:[^\s@/,;]+@(?=[\w.-]+)"), f"{HIDDEN}@"),
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),
    (re.compile(r"(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), rf"\1 {HIDDEN}"),
    (
        re.compile(
            rf"""((?:{_WORDS})\w*["']?\s*[:=]\s*)("[^"]*"|'[^']*'|[^\s,;&)}}\]]+)""", re.IGNORECASE
        ),
        rf"\1{HIDDEN}",
    ),
    # What PostgreSQL repeats of a row that it refuses.
    (re.compile(r"(Key \([^)]*\)=)\(.*?\)(?= )"), rf"\1({HIDDEN})"),
    (re.compile(r"(Failing row contains )\(.*\)"), rf"\1({HIDDEN})"),
    # Identity cards of 18 and 15 digits; `\d` also means the full-width ones.
    (re.compile(rf"{_START}(?:\d{{17}}[\dXxＸｘ]|\d{{15}}){_END}"), HIDDEN),
    # Mobile numbers, also written in groups and with the country code.
    (
        re.compile(
            rf"{_START}(?:(?:\+|00)?86[\s-]?)?[1１][3-9３-９]\d(?:[\s-]?\d{{4}}){{2}}{_END}"
        ),
        HIDDEN,
    ),
)  # fmt: skip


def configure(service: str, level: str = "INFO", stream: IO[str] | None = None) -> None:
    """Send every log line of this process to ``stream`` (standard error) as JSON."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _Context(service),
            redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))
    logging.captureWarnings(capture=True)


def redact(text: str) -> str:
    """Return the text without personal numbers, passwords and tokens."""
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


def redact_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> dict[str, Any]:
    """Clean a whole log event: the last step before it is written."""
    return {name: _clean(name, value) for name, value in event.items()}


class _Context:
    """Add which service speaks, and within which trace."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(
        self, _logger: object, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event.setdefault("service", self._service)
        call = current_call.get()
        if call is not None:
            event.setdefault("trace_id", call.trace_id)
        return event


def _clean(name: str, value: Any) -> Any:  # noqa: ANN401 - any field of a log line
    if _SECRET_NAME.search(name) and value is not None:
        return HIDDEN
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {redact(str(key)): _clean(str(key), part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_clean("", part) for part in value]
    # What looks like someone's number is hidden also when it is an int.
    text = str(value)
    is_plain = value is None or isinstance(value, bool | int | float)
    return value if is_plain and redact(text) == text else redact(text)
