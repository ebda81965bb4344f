"""How a moment is written at the boundary."""

from datetime import UTC, datetime


def to_text(moment: datetime) -> str:
    """Return an aware moment as ISO 8601 in UTC, ending in Z."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
