"""Jobs that run again and again: ``@every(seconds=…, lease=…)``.

Each replica has the timer; with a lease only the one that holds the row ``timer.<lease>`` runs the
job. A job works in batches and is safe to run twice.
"""

import logging
import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any, Final, TypeVar

from eventlet.event import Event as Signal
from nameko.extensions import Entrypoint

from chassis import ids, leases
from chassis.container import CALL_KEY, ExcInfo
from chassis.context import Actor, Call
from chassis.handlers import INFRASTRUCTURE

logger = logging.getLogger(__name__)

LEASE_FACTOR: Final = 3
MIN_LEASE: Final = 5.0

F = TypeVar("F", bound=Callable[..., Any])


class Timer(Entrypoint):  # type: ignore[misc] # nameko ships no types
    """Run a method in a worker every so many seconds, never twice at once."""

    def __init__(self, *, seconds: float, lease: str | None = None) -> None:
        self.seconds = seconds
        self.lease = lease
        self._stopping = Signal()
        self._thread: Any = None
        super().__init__(expected_exceptions=(BaseException,))

    def start(self) -> None:
        """Begin to tick; replicas do not tick at the same moment."""
        self._thread = self.container.spawn_managed_thread(self._tick)

    def stop(self) -> None:
        """Begin no more runs; wait for the one that is on."""
        if not self._stopping.ready():
            self._stopping.send()
        if self._thread is not None:
            self._thread.wait()

    def kill(self) -> None:
        """Stop at once."""
        if self._thread is not None:
            self._thread.kill()

    def _tick(self) -> None:
        first = min(self.seconds, 1.0) * random.random()  # noqa: S311 - spreads load, guards nothing
        self._wait(first)
        while not self._stopping.ready():
            self.step()
            self._wait(self.seconds)

    def _wait(self, seconds: float) -> None:
        if not self._stopping.ready():
            self._stopping.wait(seconds)

    def step(self) -> bool:
        """Run the job once, if this replica may; tell whether it ran."""
        container = self.container
        try:
            if self.lease and not self._acquire():
                return False
        except INFRASTRUCTURE as error:
            logger.warning("timer waits", extra={"timer": self.method_name, "reason": str(error)})
            return False
        except Exception:
            # A thread of the container that ends with an error takes the whole process with it.
            logger.exception("timer failed", extra={"timer": self.method_name})
            return False
        done = Signal()
        request_id = ids.new_id()
        name = container.service_name
        call = Call(
            actor=Actor(f"service:{name}", roles=frozenset({"SERVICE"}), issuer=name),
            request_id=request_id,
            stack=(f"{name}.{self.method_name}.{request_id}",),
        )
        container.spawn_worker(
            self, (), {}, context_data={CALL_KEY: call}, handle_result=partial(self._finish, done)
        )
        done.wait()
        return True

    def _acquire(self) -> bool:
        container = self.container
        with container.database.transaction() as tx:
            held: bool = leases.acquire(
                tx,
                f"timer.{self.lease}",
                container.holder,
                timedelta(seconds=max(MIN_LEASE, LEASE_FACTOR * self.seconds)),
            )
        return held

    def _finish(
        self,
        done: Signal,
        _worker_ctx: Any,  # noqa: ANN401 - nameko ships no types
        result: Any,  # noqa: ANN401 - jobs return nothing
        exc_info: ExcInfo | None,
    ) -> tuple[Any, ExcInfo | None]:
        if exc_info is not None:
            is_known = isinstance(exc_info[1], INFRASTRUCTURE)
            logger.warning(
                "job failed",
                exc_info=None if is_known else exc_info[1],
                extra={"timer": self.method_name, "reason": type(exc_info[1]).__name__},
            )
        done.send()
        return result, exc_info


def every(*, seconds: float, lease: str | None = None) -> Callable[[F], F]:
    """Run a method ``job(self)`` every so many seconds; with ``lease`` in one replica at a time."""
    decorator: Callable[[F], F] = Timer.decorator(seconds=seconds, lease=lease)
    return decorator
