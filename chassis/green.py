"""Make the standard library cooperative, before anything else is imported.

Every ``__main__``, the tool runner and ``tests/conftest.py`` call :func:`patch` first: a module
that took hold of an unpatched lock or socket would stop the whole process when it waits.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

_DEPRECATION = r"\s*Eventlet is deprecated"


def patch() -> None:
    """Patch the standard library with eventlet's versions; a second call does nothing."""
    warnings.filterwarnings("ignore", message=_DEPRECATION)
    import eventlet  # noqa: PLC0415 - the filter above must be in place before the import warns
    from eventlet import patcher  # noqa: PLC0415

    if not patcher.is_monkey_patched("socket"):
        eventlet.monkey_patch()


def is_patched() -> bool:
    """Tell whether this process runs on green threads."""
    warnings.filterwarnings("ignore", message=_DEPRECATION)
    from eventlet import patcher  # noqa: PLC0415 - see patch()

    return bool(patcher.is_monkey_patched("socket"))


def side_by_side(works: Sequence[Callable[[], None]], limit: int = 20) -> None:
    """Do things in green threads, at most so many at a time, and wait for all of them.

    Raises:
        Exception: the first that one of them raised, when all have ended.
    """
    warnings.filterwarnings("ignore", message=_DEPRECATION)
    from eventlet.greenpool import GreenPool  # noqa: PLC0415 - see patch()

    pool = GreenPool(limit)
    threads = [pool.spawn(work) for work in works]
    pool.waitall()
    for thread in threads:
        thread.wait()


class TooLongError(Exception):
    """Say that something took longer than it may."""


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Let a block wait for so long in all, however many steps it takes.

    Raises:
        TooLongError: it was not done by then.
    """
    warnings.filterwarnings("ignore", message=_DEPRECATION)
    from eventlet.timeout import Timeout  # noqa: PLC0415 - see patch()

    # Not an Exception on its way out: no library in between takes it for one of its own.
    with Timeout(seconds) as limit:
        try:
            yield
        except Timeout as expired:
            if expired is limit:
                raise TooLongError from None
            raise
