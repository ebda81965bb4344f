"""The Nameko container of every service, hardened.

Differences from Nameko's own (see docs/architecture.md):

* nothing a worker raises, not even ``SystemExit`` or ``eventlet.Timeout``, kills the container or
leaves
  a caller waiting;
* calls pass an admission queue of ``max_workers - 4``; the worker pool itself is never full;
* dependencies without state of a call are made once, not once per worker.
"""

import logging
import os
import secrets
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from typing import Any, Final

import eventlet
from eventlet.greenpool import GreenPool
from greenlet import GreenletExit
from nameko.containers import ServiceContainer, WorkerContext
from nameko.extensions import DependencyProvider

from chassis.actors import ActorSigner, ActorVerifier, private_key, public_keys
from chassis.admission import Admission
from chassis.breaker import Breaker
from chassis.clock import Clock, SystemClock
from chassis.config import CommonSettings
from chassis.context import Call, current_call
from chassis.crypto import Keyring
from chassis.errors import RetryableError
from chassis.keyrings import seal_ring
from chassis.uow import Database

logger = logging.getLogger(__name__)

MAX_WORKERS: Final = 50
RESERVED_WORKERS: Final = 4
CALL_KEY: Final = "qibiao.call"

ExcInfo = tuple[Any, Any, Any]
HandleResult = Callable[[Any, Any, ExcInfo | None], tuple[Any, ExcInfo | None]]

_HOOKS: Final = ("worker_setup", "worker_result", "worker_teardown")


class Container(ServiceContainer):  # type: ignore[misc] # nameko ships no types
    """Run one service class; ``config`` holds settings, bus, clock and max_workers."""

    def __init__(self, service_cls: type, config: dict[str, Any]) -> None:
        super().__init__(service_cls, config)
        self.settings: Any = config.get("settings") or CommonSettings()
        self.bus: Any = config["bus"]
        self.clock: Clock = config.get("clock") or SystemClock(self.settings.clock_offset_file)
        self.admission = Admission(max(1, self.max_workers - RESERVED_WORKERS))
        # Twice the workers, and a place for each handler and timer: spawning never has to wait.
        self._worker_pool = GreenPool(size=2 * self.max_workers + 16 * len(self.entrypoints) + 16)
        self._shared: dict[str, Any] = {}
        self._per_call: list[DependencyProvider] = []
        self._hooks: dict[str, list[Callable[..., Any]]] = {}
        self._breakers: dict[str, Breaker] = {}
        self.is_stopping = False

    @cached_property
    def database(self) -> Database:
        """Return the service's database, opened at the first use."""
        return Database(
            self.settings.database_url,
            service=self.service_name,
            clock=self.clock,
            validate_events=self.config.get("validate_events", True),
        )

    @cached_property
    def holder(self) -> str:
        """Return the name under which this process takes leases."""
        return holder_name(self.database)

    @cached_property
    def signer(self) -> ActorSigner:
        """Return what signs the calls the service makes for itself."""
        return ActorSigner(self.service_name, private_key(self.settings), self.clock)

    @cached_property
    def verifier(self) -> ActorVerifier:
        """Return what verifies who calls."""
        return ActorVerifier(public_keys(self.settings), self.clock)

    @cached_property
    def seals(self) -> Keyring:
        """Return the ring of what travels sealed."""
        return seal_ring(self.settings)

    def breaker(self, target: str) -> Breaker:
        """Return the one breaker of this container for a service it calls."""
        return self._breakers.setdefault(target, Breaker())

    @property
    def has_died(self) -> bool:
        """Tell whether the container ended, in order or not."""
        return bool(self._died.ready())

    @property
    def active_workers(self) -> int:
        """Return how many workers run."""
        return len(self._worker_threads)

    def start(self) -> None:
        """Set up every extension, then start it."""
        self.started = True
        self.extensions.all.setup()
        self._sort_providers()
        self.extensions.all.start()
        if hasattr(self.service_cls, "on_start"):
            self.spawn_managed_thread(self._run_on_start, "on_start")

    def _run_on_start(self) -> None:
        pause = 0.2
        while True:
            service = self.service_cls()
            service.__dict__.update(self._shared)
            try:
                service.on_start()
            except RetryableError as error:
                logger.warning(
                    "service waits to start",
                    extra={"service": self.service_name, "reason": str(error)},
                )
                eventlet.sleep(pause)
                pause = min(2.0, 2 * pause)
            else:
                return

    def _sort_providers(self) -> None:
        self._shared, self._per_call = {}, []
        for provider in self.dependencies:
            if getattr(provider, "is_shared", False):
                self._shared[provider.attr_name] = provider.get_dependency(None)
            else:
                self._per_call.append(provider)
        for hook in _HOOKS:
            base = getattr(DependencyProvider, hook)
            self._hooks[hook] = [
                getattr(provider, hook)
                for provider in self.dependencies
                if getattr(type(provider), hook) is not base
            ]

    def stop_within(self, seconds: float) -> bool:
        """Stop; after ``seconds`` kill what is still running. Tell whether it ended by itself."""
        self.is_stopping = True
        stopping = eventlet.spawn(self.stop)
        with suppress(eventlet.Timeout), eventlet.Timeout(seconds):
            stopping.wait()
            return True
        logger.warning("container did not stop in time", extra={"service": self.service_name})
        stopping.kill()
        with suppress(eventlet.Timeout), eventlet.Timeout(1):
            self.kill()
        return False

    def _run_worker(self, worker_ctx: WorkerContext, handle_result: HandleResult | None) -> None:
        result: Any = None
        exc_info: ExcInfo | None = None
        try:
            result = self._work(worker_ctx)
        except BaseException as error:  # noqa: BLE001 - a worker must never take the container with it
            exc_info = sys.exc_info()
            self._log_failure(worker_ctx, error)
        try:
            if handle_result is not None:
                result, exc_info = handle_result(worker_ctx, result, exc_info)
            for hook in self._hooks["worker_result"]:
                hook(worker_ctx, result, exc_info)
            for hook in self._hooks["worker_teardown"]:
                hook(worker_ctx)
        except BaseException:
            logger.exception("worker could not be finished", extra=_where(worker_ctx))
        finally:
            del exc_info

    def _work(self, worker_ctx: WorkerContext) -> object:
        call: Call | None = worker_ctx.data.get(CALL_KEY)
        if call is not None:
            current_call.set(call)
        service = worker_ctx.service
        service.__dict__.update(self._shared)
        for provider in self._per_call:
            setattr(service, provider.attr_name, provider.get_dependency(worker_ctx))
        for hook in self._hooks["worker_setup"]:
            hook(worker_ctx)
        entrypoint = worker_ctx.entrypoint
        method = getattr(service, entrypoint.method_name)
        if hasattr(entrypoint, "invoke"):
            return entrypoint.invoke(method, *worker_ctx.args)
        return method(*worker_ctx.args, **worker_ctx.kwargs)

    def _log_failure(self, worker_ctx: WorkerContext, error: BaseException) -> None:
        expected = worker_ctx.entrypoint.expected_exceptions
        if expected and isinstance(error, expected):
            return
        logger.error("worker failed", exc_info=error, extra=_where(worker_ctx))

    def _handle_thread_exited(self, gt: eventlet.greenthread.GreenThread) -> None:
        """Log an unexpected error of a managed thread, then kill the container as Nameko does."""
        try:
            gt.wait()
        except GreenletExit:
            return
        except BaseException:
            logger.critical(
                "container thread died", exc_info=True, extra={"service": self.service_name}
            )
            self.kill(sys.exc_info())


def holder_name(database: Database) -> str:
    """Return a name for leases: this very process, or the only one that may use the file."""
    if not database.is_postgres:
        return "embedded"
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


def _where(worker_ctx: WorkerContext) -> dict[str, Any]:
    call: Call | None = worker_ctx.data.get(CALL_KEY)
    where = {
        "service": worker_ctx.service_name,
        "method": worker_ctx.entrypoint.method_name,
    }
    if call is not None:
        where["trace_id"] = call.trace_id
    return where
