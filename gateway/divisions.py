"""The names behind division codes: they hardly ever change, so each process remembers them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chassis.errors import DomainError
from gateway.clients import Services

_KEEP: Final = timedelta(hours=1)
_MAX_NAMES: Final = 5_000


class DivisionNames:
    """Look names up once an hour."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, tuple[str, datetime]] = {}

    def of(self, code: str, services: Services) -> str:
        """Return the full name of a division, or its code while the name cannot be had."""
        name, since = self._known.get(code, ("", None))
        if since is not None and self._now() - since < _KEEP:
            return name
        try:
            name = (
                str(services.registry.get_division(code)["path"]).replace("/", "") if code else ""
            )
        except DomainError:
            return name or code
        if len(self._known) >= _MAX_NAMES:
            self._known.clear()
        self._known[code] = (name, self._now())
        return name
