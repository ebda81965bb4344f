"""Every error code of the system and its kind.

A code reads ``<service>.<snake_case>``. Services know codes; only the gateway knows HTTP statuses
and Chinese texts (``gateway/problems.py``).
"""

from typing import Final

from contracts.errors import accounts, bus, gateway, notify, registry, search, staff, standards
from contracts.errors.kinds import Kind

CODES: Final[dict[str, Kind]] = {
    **bus.CODES,
    **gateway.CODES,
    **accounts.CODES,
    **staff.CODES,
    **registry.CODES,
    **standards.CODES,
    **search.CODES,
    **notify.CODES,
}

__all__ = ["CODES", "Kind"]
