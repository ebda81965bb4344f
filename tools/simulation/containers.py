"""A service's container that runs every worker on the spot, without green threads."""

import contextvars
from collections.abc import Callable, Mapping
from typing import Any

from nameko.containers import WorkerContext

from chassis.breaker import Breaker
from chassis.container import Container, HandleResult
from chassis.handlers import MessageHandler
from chassis.rpc import RpcServer
from chassis.service import Service
from chassis.timers import Timer
from chassis.uow import Database


class InlineContainer(Container):
    """Be the container of one service: the real one, but for who runs its workers.

    ``ports`` replaces what the service would be given for talking to the outside, by attribute.
    """

    def __init__(
        self,
        service: type[Service],
        config: dict[str, Any],
        *,
        database: Database,
        holder: str,
        ports: Mapping[str, Any],
    ) -> None:
        super().__init__(service, config)
        self.__dict__["database"] = database
        self.__dict__["holder"] = holder
        self._ports = ports

    def open(self) -> None:
        """Set up every extension, in an order that is always the same, and begin to serve."""
        extensions = sorted(
            self.entrypoints | self.dependencies | self.subextensions,
            key=lambda entry: (
                type(entry).__name__,
                getattr(entry, "method_name", "") or getattr(entry, "attr_name", "") or "",
            ),
        )
        for extension in extensions:
            if getattr(extension, "attr_name", None) not in self._ports:
                extension.setup()
        self._sort_providers()
        for extension in extensions:
            if isinstance(extension, RpcServer | MessageHandler):
                extension.start()

    @property
    def timers(self) -> list[Timer]:
        """Return the service's jobs, by name."""
        found = [entry for entry in self.entrypoints if isinstance(entry, Timer)]
        return sorted(found, key=lambda timer: str(timer.method_name))

    def prepare_service(self) -> None:
        """Run the service's ``on_start``, if it has one.

        Raises:
            RetryableError: something it needs is away; try again later.
        """
        service = self.service_cls()
        service.__dict__.update(self._shared)
        if hasattr(service, "on_start"):
            service.on_start()

    def breaker(self, target: str) -> Breaker:
        """Return the one breaker for a service this one calls, by the simulator's clock."""
        return self._breakers.setdefault(target, Breaker(clock=self.clock.monotonic))

    def spawn_worker(
        self,
        entrypoint: Any,  # noqa: ANN401 - nameko ships no types
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        context_data: dict[str, Any] | None = None,
        handle_result: HandleResult | None = None,
    ) -> WorkerContext:
        """Run the worker to its end, in a context of its own."""
        worker = WorkerContext(
            self, self.service_cls(), entrypoint, args, kwargs, data=context_data
        )
        contextvars.copy_context().run(self._run_worker, worker, handle_result)
        return worker

    def spawn_managed_thread(self, fn: Callable[[], object], identifier: str | None = None) -> None:
        """Run nothing beside: whatever would go on by itself is stepped by the world."""

    def _sort_providers(self) -> None:
        super()._sort_providers()
        self._shared.update(self._ports)
