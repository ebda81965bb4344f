"""The names behind division codes: they hardly ever change, so each process remembers them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chassis.errors import DomainError
from gateway.clients import Services

_KEEP: Final = timedelta(hours=1)
_MAX_NAMES: Final = 5_000
_WHOLE: Final = 6
_CITY: Final = 4


class DivisionNames:
    """Look names up once an hour."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, tuple[str, datetime]] = {}
        self._below: dict[str, tuple[dict[str, str], datetime]] = {}

    def below(self, prefix: str, services: Services) -> dict[str, str]:
        """Return the names one level below a region of 0, 2 or 4 digits, by the digits that count.

        Counties that no city is above stand under their province; one that stands for itself has
        no name here. Empty while the names cannot be had.
        """
        digits = min(len(prefix) + 2, _WHOLE)
        names, since = self._below.get(prefix, ({}, None))
        if since is not None and self._now() - since < _KEEP:
            return names
        try:
            found = _children(prefix, services)
        except DomainError:
            return names
        if len(self._below) >= _MAX_NAMES:
            self._below.clear()
        names = {code[:digits]: name for code, name in found if not code[digits:].strip("0")}
        self._below[prefix] = (names, self._now())
        return names

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


def _children(prefix: str, services: Services) -> list[tuple[str, str]]:
    """Return codes and names of what lies below a region."""
    parent = prefix[:_WHOLE].ljust(_WHOLE, "0") if prefix else ""
    rows = services.registry.list_divisions(parent)["divisions"]
    if not rows and len(prefix) == _CITY:
        return [pair for pair in _children(prefix[:2], services) if pair[0].startswith(prefix)]
    return [(str(row["code"]), str(row["name"])) for row in rows]
