"""The names behind product classes: they hardly ever change, so each process remembers them."""

import contextlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from chassis.errors import DomainError
from gateway.clients import Services

_KEEP: Final = timedelta(hours=1)
_MAX_NAMES: Final = 5_000


class ClassNames:
    """Look names up once an hour."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._known: dict[str, tuple[str, datetime]] = {}
        self._below: dict[str, tuple[dict[str, str], datetime]] = {}

    def below(self, code: str, services: Services) -> dict[str, str]:
        """Return the names of the classes below one by their codes; of all highest without one.

        Empty while they cannot be had, and of codes of schemes that are over.
        """
        names, since = self._below.get(code, ({}, None))
        if since is not None and self._now() - since < _KEEP:
            return dict(names)
        try:
            found = services.standards.list_product_classes({"parent": code})["items"]
        except DomainError:
            return dict(names)
        names = {str(entry["code"]): str(entry["name"]) for entry in found}
        if len(self._below) >= _MAX_NAMES:
            self._below.clear()
        self._below[code] = (names, self._now())
        return dict(names)

    def of(self, code: str, services: Services) -> str:
        """Return the name of a class, or its code when it is not of the scheme in use."""
        name, since = self._known.get(code, (code, None))
        if since is not None and self._now() - since < _KEEP:
            return name
        # Declarations keep codes of schemes that are over: asked again in an hour.
        with contextlib.suppress(DomainError):
            name = str(services.standards.get_product_class(code, {})["name"])
        if len(self._known) >= _MAX_NAMES:
            self._known.clear()
        self._known[code] = (name, self._now())
        return name
