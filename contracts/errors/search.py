"""Anticipated failures of ``search``."""

from typing import Final

from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    "search.not_found": Kind.NOT_FOUND,
    "search.invalid_cursor": Kind.MALFORMED,
    "search.outdated_cursor": Kind.MALFORMED,
}
