"""Let only so many files come in at once: each holds a worker for as long as its client takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from gateway.errors import OverloadedError

_RETRY_AFTER: Final = 10


class Slots:
    """Count what is under way; never let anybody wait."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.taken = 0

    @contextmanager
    def take(self) -> Iterator[None]:
        """Hold one slot for the length of the block.

        Raises:
            OverloadedError: all are taken.
        """
        if self.taken >= self._limit:
            raise OverloadedError(_RETRY_AFTER)
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1
