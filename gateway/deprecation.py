"""Say of a route that it will end: in the document, and in every answer (RFC 9745, RFC 8594).

docs/change-policy.md is the promise: a route that has been announced works for at least 180 days.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from werkzeug.http import http_date

NOTICE: Final = timedelta(days=180)


@dataclass(frozen=True)
class Deprecation:
    """Hold since when a route is deprecated, when it ends at the earliest, and what follows it."""

    since: date
    ends: date
    successor: str | None = None
    """Path that takes its place."""

    def __post_init__(self) -> None:
        if self.ends - self.since < NOTICE:
            raise ValueError(f"a route ends at least {NOTICE.days} days after it is announced")

    def headers(self) -> list[tuple[str, str]]:
        """Return the headers that every answer of the route carries."""
        found = [
            ("Deprecation", f"@{int(_midnight(self.since).timestamp())}"),
            ("Sunset", http_date(_midnight(self.ends))),
        ]
        if self.successor is not None:
            found.append(("Link", f'<{self.successor}>; rel="successor-version"'))
        return found

    def sentence(self) -> str:
        """Return what the description says."""
        text = f"已弃用，最早于 {self.ends.isoformat()} 停用。"
        return text if self.successor is None else f"{text}请改用 {self.successor}。"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
