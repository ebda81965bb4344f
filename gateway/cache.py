"""Remember public answers for an hour, for the time the bus or a service is away.

Each process has its own. Normally every answer is fresh; only when the services cannot be asked is
the last one served, with its age. What is kept is data, not bytes: the page tells its time.
"""

import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

KEEP: Final = timedelta(hours=1)
_MAX_ENTRIES: Final = 2_000
_MAX_BYTES: Final = 32 * 1024 * 1024


@dataclass(frozen=True)
class Kept:
    """Hold an answer and when it was true."""

    answer: Any
    as_of: datetime
    size: int


class OutageCache:
    """Keep the newest answers within a number of entries and of bytes."""

    def __init__(
        self,
        now: Callable[[], datetime],
        *,
        max_entries: int = _MAX_ENTRIES,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        self._now = now
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._bytes = 0

    def keep(self, key: str, answer: object) -> None:
        """Remember the answer just given."""
        self._drop(key)
        kept = Kept(answer, self._now(), weigh(answer))
        if kept.size > self._max_bytes // 8:
            return
        self._kept[key] = kept
        self._bytes += kept.size
        while len(self._kept) > self._max_entries or self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def find(self, key: str) -> Kept | None:
        """Return the answer of the last hour, if there is one."""
        kept = self._kept.get(key)
        if kept is None:
            return None
        if self._now() - kept.as_of > KEEP:
            self._drop(key)
            return None
        return kept

    def _drop(self, key: str) -> None:
        dropped = self._kept.pop(key, None)
        if dropped is not None:
            self._bytes -= dropped.size


def weigh(value: object) -> int:
    """Return roughly how many bytes of memory plain data takes."""
    total = 0
    waiting: list[Any] = [value]
    while waiting:
        item = waiting.pop()
        total += sys.getsizeof(item)
        if isinstance(item, dict):
            waiting.extend(item.keys())
            waiting.extend(item.values())
        elif isinstance(item, (list, tuple)):
            waiting.extend(item)
        elif hasattr(item, "__dict__"):
            waiting.append(vars(item))
    return total
