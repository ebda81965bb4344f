"""Take time and chance away from the program: what it reads of them comes from the simulator."""

import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, Final, Self

import eventlet
from sqlalchemy.sql import selectable

from chassis import faults
from chassis.clock import VirtualClock
from services.standards.adapters import inspection
from tools.simulation.chance import Chance

_NANO: Final = 1_000_000_000


class OnTheSpot:
    """Stand in for a pool of native threads: everything is done at once, one after the other."""

    def __init__(self, max_workers: int | None = None) -> None:
        del max_workers

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for nothing."""

    def map(self, work: Callable[[Any], Any], items: Iterable[Any]) -> list[Any]:
        """Do the work for each item."""
        return [work(item) for item in items]


@contextmanager
def controlled(clock: VirtualClock, chance: Chance, point: Callable[[str], bool]) -> Iterator[None]:
    """Give this process the simulator's time and chance, and its fail points, for a while.

    Sleeping moves the clock. Only the process's own thread may run meanwhile.
    """

    def sleep(seconds: float = 0) -> None:
        clock.advance(timedelta(seconds=max(0.0, seconds)))

    replacements: tuple[tuple[Any, str, Any], ...] = (
        (time, "time", lambda: clock.now().timestamp()),
        (time, "time_ns", lambda: int(clock.now().timestamp() * 1_000_000) * 1_000),
        (time, "monotonic", clock.monotonic),
        (time, "monotonic_ns", lambda: int(clock.monotonic() * _NANO)),
        (time, "sleep", sleep),
        (eventlet, "sleep", sleep),
        (os, "urandom", chance.bytes),
        # What `secrets` and `random.SystemRandom` read from.
        (random, "_urandom", chance.bytes),
        # SQLAlchemy names aliases by chance, once for each statement it has not seen before.
        (selectable, "os", SimpleNamespace(urandom=os.urandom)),
        (faults, "point", point),
        (inspection, "ThreadPoolExecutor", OnTheSpot),
    )
    kept = [(owner, name, getattr(owner, name)) for owner, name, _ in replacements]
    state = random.getstate()
    random.seed(chance.bytes(16))
    for owner, name, value in replacements:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in kept:
            setattr(owner, name, value)
        random.setstate(state)
