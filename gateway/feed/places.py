"""How many streams may be open: in this process, for one address, with one key."""

from collections import Counter
from collections.abc import Callable
from typing import Final

from gateway.burst import network_of
from gateway.errors import OverloadedError, TooManyStreamsError

_RETRY_AFTER: Final = 30


class Places:
    """Count open streams by whom they are for."""

    def __init__(self, *, total: int, per_address: int, per_key: int) -> None:
        self._total = total
        self._per_address = per_address
        self._per_key = per_key
        self._open: Counter[str] = Counter()

    @property
    def taken(self) -> int:
        """Return how many streams are open."""
        return self._open.total()

    def take(self, *, address: str, key: str | None) -> Callable[[], None]:
        """Count one stream; return what gives its place back, harmless when called again.

        Raises:
            TooManyStreamsError: whoever asks has as many as he may.
            OverloadedError: all places of this process are taken.
        """
        owner = f"address:{network_of(address)}" if key is None else f"key:{key}"
        limit = self._per_address if key is None else self._per_key
        if self._open[owner] >= limit:
            raise TooManyStreamsError(_RETRY_AFTER, limit=limit)
        if self.taken >= self._total:
            raise OverloadedError(_RETRY_AFTER)
        self._open[owner] += 1
        is_open = True

        def leave() -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                self._open[owner] -= 1
                if not self._open[owner]:
                    del self._open[owner]

        return leave
