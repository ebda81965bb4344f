"""The one catalogue of user-facing messages: error code to Chinese words.

A test compares it with ``contracts.errors.CODES``: every code has a text, every text has a code.
"""

from typing import Final

from gateway.texts import accounts, bus, checks, gateway, notify, registry, search, staff, standards
from gateway.texts.catalogue import Text

TEXTS: Final[dict[str, Text]] = {
    **bus.TEXTS,
    **gateway.TEXTS,
    **accounts.TEXTS,
    **staff.TEXTS,
    **registry.TEXTS,
    **standards.TEXTS,
    **checks.TEXTS,
    **search.TEXTS,
    **notify.TEXTS,
}

__all__ = ["TEXTS", "Text"]
