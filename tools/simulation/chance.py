"""Everything that is left to chance, from one seed."""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """Decide what happens, and give the random bytes that programs ask for.

    Two streams: a program that asks for more bytes than before does not change what happens to it.
    """

    def __init__(self, seed: int | str) -> None:
        self._events = random.Random(f"events {seed}")  # noqa: S311 - a simulation, no secret
        self._bytes = random.Random(f"bytes {seed}")  # noqa: S311 - a simulation, no secret

    def happens(self, probability: float) -> bool:
        """Say whether something of this probability happens now."""
        return probability > 0 and self._events.random() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[self._events.randrange(len(choices))]

    def weighted(self, choices: Sequence[T], weights: Sequence[float]) -> T:
        """Return one of the choices, the heavier ones more often."""
        return self._events.choices(choices, weights)[0]

    def between(self, low: float, high: float) -> float:
        """Return a number between two others."""
        return self._events.uniform(low, high)

    def whole(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``, both included."""
        return self._events.randint(low, high)

    def shuffled(self, choices: Sequence[T]) -> list[T]:
        """Return the choices in another order."""
        return self._events.sample(choices, len(choices))

    def digits(self, count: int) -> str:
        """Return so many digits."""
        return "".join(str(self._events.randrange(10)) for _ in range(count))

    def bytes(self, count: int) -> bytes:
        """Return random bytes, as the operating system does."""
        return self._bytes.randbytes(count)
