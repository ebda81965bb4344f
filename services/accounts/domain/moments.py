"""How a moment is written at the boundary."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Final

_BEIJING: Final = timezone(timedelta(hours=8))


def to_text(moment: datetime) -> str:
    """Return an aware moment as ISO 8601 in UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_beijing(moment: datetime) -> str:
    """Return an aware moment as people in China read it, to the minute."""
    return moment.astimezone(_BEIJING).strftime("%Y-%m-%d %H:%M")
