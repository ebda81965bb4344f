"""Run real services inside the test's process, on the in-process bus and temporary SQLite files."""

import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import eventlet

from chassis import migrate
from chassis.actors import ActorSigner
from chassis.bus.api import Bus
from chassis.bus.inproc import InprocBus
from chassis.clock import Clock, SystemClock
from chassis.config import CommonSettings
from chassis.container import Container
from chassis.process import Runner
from chassis.rpc import RpcProxy
from chassis.service import BareService
from chassis.uow import Database


def temporary_settings(
    service: type[BareService],
    data_dir: Path,
    **overrides: Any,  # noqa: ANN401 - any setting
) -> CommonSettings:
    """Return a service's settings as in an empty environment, with its files in ``data_dir``."""
    values: dict[str, Any] = {
        "data_dir": data_dir,
        "storage_url": f"file://{data_dir}/blobs",
        "database_url": f"sqlite:///{data_dir}/{service.name}.db",
        **overrides,
    }
    settings = service.settings_class.from_env({})
    known = {field.name for field in dataclasses.fields(settings)}
    return dataclasses.replace(
        settings, **{name: value for name, value in values.items() if name in known}
    )


class Embedded:
    """Start services in this process; a context manager.

    Services are started in the order given. ``settings`` replaces a service's settings by name,
    ``overrides`` single settings of all of them. Databases are created by the services' migrations
    unless ``migrations`` is False; without ``validate_events`` any event may be emitted.
    """

    def __init__(  # noqa: PLR0913 - each says one thing about the system
        self,
        *services: type[BareService],
        data_dir: Path,
        bus: Bus | None = None,
        clock: Clock | None = None,
        settings: Mapping[str, CommonSettings] | None = None,
        overrides: Mapping[str, Any] | None = None,
        migrations: bool = True,
        validate_events: bool = True,
    ) -> None:
        self.data_dir = data_dir
        self.clock = clock or SystemClock()
        self.bus = bus or InprocBus()
        self.settings = {
            service.name: (settings or {}).get(service.name)
            or temporary_settings(service, data_dir, **(overrides or {}))
            for service in services
        }
        self._services: Sequence[type[BareService]] = services
        self._options = {"migrations": migrations, "validate_events": validate_events}
        self._runner: Runner | None = None
        self._proxies: list[RpcProxy] = []

    def __enter__(self) -> Self:
        if self._options["migrations"]:
            for service in self._services:
                url = getattr(self.settings[service.name], "database_url", "")
                if str(url).startswith("sqlite"):
                    path = Path(str(url).removeprefix("sqlite:///"))
                    if not path.exists():
                        migrate.copy_sqlite(migrate.sqlite_template(service.name), path)
        self._runner = Runner(
            self._services,
            bus=self.bus,
            clock=self.clock,
            settings=self.settings,
            options=self._options,
        )
        self._runner.start()
        self.wait_until(lambda: not self.bus.problems(), 10)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._runner is not None:
            self._runner.stop(5)
            self._runner = None

    @property
    def runner(self) -> Runner:
        """Return what runs the containers."""
        assert self._runner is not None  # noqa: S101 - used inside the with block
        return self._runner

    def container(self, name: str) -> Container:
        """Return the container of a service."""
        return next(entry for entry in self.runner.containers if entry.service_name == name)

    def database(self, name: str) -> Database:
        """Return the database of a service."""
        return self.container(name).database

    def client(
        self, target: str, *, as_service: str | None = "test", timeout: float = 5
    ) -> RpcProxy:
        """Return a client of a service; ``as_service`` names who asks, None asks unsigned.

        Give ``actor_token=`` to ``call`` to ask as somebody; see `token`.
        """
        name = as_service or "test"
        if as_service == "test":
            signer: ActorSigner | None = ActorSigner("standards", clock=self.clock)
        else:
            signer = ActorSigner(as_service, clock=self.clock) if as_service else None
        return RpcProxy(self.bus, name, target, timeout=timeout, signer=signer)

    def token(self, subject: str, **claims: Any) -> str:  # noqa: ANN401 - as ActorSigner.sign
        """Return an actor token as accounts would sign it."""
        return ActorSigner("accounts", clock=self.clock).sign(subject, **claims)

    def wait_until(self, condition: Any, seconds: float = 5) -> None:  # noqa: ANN401 - any callable
        """Wait until ``condition()`` is true.

        Raises:
            TimeoutError: it stayed false.
        """
        with eventlet.Timeout(seconds, TimeoutError("condition stayed false")):
            while not condition():
                eventlet.sleep(0.01)

    def wait_idle(self, seconds: float = 30) -> None:
        """Wait until no outbox holds anything unsent and no inbox anything due.

        Raises:
            TimeoutError: something is still waiting.
        """
        self.wait_until(self._is_idle, seconds)

    def _is_idle(self) -> bool:
        from chassis import inbox, outbox  # noqa: PLC0415 - only tests that wait need them

        for container in self.runner.containers:
            if not hasattr(container.settings, "database_url"):
                continue
            with suppress(AttributeError), container.database.read() as session:
                waiting = any(state == inbox.WAITING for _, state in inbox.counts(session))
                if outbox.backlog(session).depth or waiting:
                    return False
        return True
