"""What happened, line by line, and a hash over all of it."""

import hashlib
from collections import Counter, deque
from typing import Final

from chassis.clock import Clock

TAIL: Final = 400


class Trace:
    """Take down what happens; equal runs have equal hashes."""

    def __init__(self, clock: Clock, *, keeps_all: bool = False) -> None:
        self.operations: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.lines: deque[str] = deque(maxlen=None if keeps_all else TAIL)
        self._clock = clock
        self._hash = hashlib.sha256()
        self._depth = 0

    def add(self, what: str, *details: object) -> None:
        """Take down one line."""
        line = f"{self._clock.now():%m-%dT%H:%M:%S.%f} {'  ' * self._depth}{what} " + " ".join(
            str(detail) for detail in details
        )
        self._hash.update(line.encode())
        self.lines.append(line)

    def operation(self, name: str, *details: object) -> None:
        """Count and take down the beginning of an operation."""
        self.operations[name] += 1
        self.add("operation", name, *details)

    def fault(self, name: str, *details: object) -> None:
        """Count and take down a fault that really happened."""
        self.faults[name] += 1
        self.add("fault", name, *details)

    def deeper(self, by: int) -> None:
        """Indent what follows: it happens in the middle of something else."""
        self._depth += by

    @property
    def hash(self) -> str:
        """Return the hash over every line so far."""
        return self._hash.hexdigest()
