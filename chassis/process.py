"""Be the process around services: one of them, or all together; `chassis.runner` is the command.

Services start before the gateway and stop after it. A container that dies ends the process with
exit code 1: half a process helps nobody, the supervisor starts a whole one.
"""

import argparse
import fcntl
import importlib
import importlib.util
import logging
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import eventlet
from eventlet.event import Event as Signal
from eventlet.hubs import trampoline

from chassis import faults, migrate
from chassis import logging as logs
from chassis.bus.api import Bus
from chassis.bus.opening import open_bus
from chassis.clock import Clock, SystemClock
from chassis.config import CommonSettings, ConfigError
from chassis.container import Container
from chassis.health import RUNNING, STOPPING, Health, OpsServer
from chassis.relay_runner import RelayRunner
from chassis.service import BareService, Service, new_relay

logger = logging.getLogger(__name__)

GATEWAY: Final = "gateway"
ORDER: Final = ("notify", "search", "registry", "accounts", "standards", GATEWAY)
HARD_STOP_SECONDS: Final = 3


class Runner:
    """Run containers in this process, in the order given; stop them in reverse."""

    def __init__(
        self,
        services: Sequence[type[BareService]],
        *,
        bus: Bus,
        clock: Clock,
        settings: Mapping[str, CommonSettings],
        options: Mapping[str, Any] | None = None,
    ) -> None:
        self.bus = bus
        self.containers = [
            Container(
                service,
                {
                    "settings": settings[service.name],
                    "bus": bus,
                    "clock": clock,
                    "max_workers": settings[service.name].max_workers,
                    **(options or {}),
                },
            )
            for service in services
        ]
        self.ended = Signal()
        self._is_stopping = False

    def start(self) -> None:
        """Start everything; afterwards the bus may deliver."""
        for container in self.containers:
            container.start()
            eventlet.spawn(self._watch, container)
        self.bus.start()

    def _watch(self, container: Container) -> None:
        try:
            container.wait()
        except Exception:  # noqa: BLE001 - whatever killed it was logged by the container
            logger.critical("service died", extra={"service": container.service_name})
        if not self._is_stopping and not self.ended.ready():
            self.ended.send(1)

    def stop(self, seconds: float) -> bool:
        """Stop everything within ``seconds``; tell whether all work was finished."""
        self._is_stopping = True
        deadline = time.monotonic() + seconds
        is_finished = True
        for container in reversed(self.containers):
            left = max(0.5, deadline - time.monotonic())
            is_finished = container.stop_within(left) and is_finished
        self.bus.stop()
        return is_finished


@contextmanager
def termination(ended: Signal, seconds: float) -> Iterator[None]:
    """Send ``ended`` at SIGTERM or SIGINT; the kernel ends the process if stopping hangs.

    Python's handler may run while the hub sleeps in the kernel, so the signal's number also comes
    through a pipe that wakes the hub.
    """
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)

    def handle(_number: int, _frame: object) -> None:
        signal.alarm(int(seconds) + HARD_STOP_SECONDS)

    def listen() -> None:
        trampoline(reader, read=True)
        if not ended.ready():
            ended.send(0)

    previous = {number: signal.signal(number, handle) for number in (signal.SIGTERM, signal.SIGINT)}
    previous_fd = signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    listener = eventlet.spawn(listen)
    try:
        yield
    finally:
        listener.kill()
        signal.set_wakeup_fd(previous_fd)
        for number, handler in previous.items():
            signal.signal(number, handler)
        os.close(reader)
        os.close(writer)


def load(name: str) -> type[BareService]:
    """Return the service class of a service or of the gateway."""
    package = GATEWAY if name == GATEWAY else f"services.{name}"
    service: type[BareService] = importlib.import_module(f"{package}.service").SERVICE
    return service


def read_settings(services: Sequence[type[BareService]]) -> dict[str, CommonSettings]:
    """Return the settings of all services, by name.

    Raises:
        ConfigError: with every mistake of all of them.
    """
    settings: dict[str, CommonSettings] = {}
    problems: list[str] = []
    for service in services:
        try:
            settings[service.name] = service.settings_class.from_env()
        except ConfigError as error:
            problems += [text for text in error.problems if text not in problems]
    if problems:
        raise ConfigError(problems)
    return settings


@contextmanager
def only_process(folder: Path, name: str) -> Iterator[None]:
    """Hold the lock of a data folder: two processes would repeat each other's work.

    Raises:
        ConfigError: another process holds it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / name).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise ConfigError([f"DATA_DIR: another process uses {folder}"]) from error
        yield


def run(
    services: Sequence[type[BareService]],
    *,
    lock: str,
    options: Mapping[str, Any] | None = None,
) -> int:
    """Run services in this process until told to stop; return the exit code."""
    names = [service.name for service in services]
    settings = read_settings(services)
    first = settings[services[0].name]
    _begin(first, names[0] if len(names) == 1 else "all")
    with ExitStack() as stack:
        if any(_uses_sqlite(entry) for entry in settings.values()):
            stack.enter_context(only_process(first.data_dir, lock))
            if (options or {}).get("migrations", True):
                _migrate_sqlite(settings)
        bus = open_bus(first.bus_url, name=",".join(names))
        runner = Runner(
            services,
            bus=bus,
            clock=SystemClock(first.clock_offset_file),
            settings=settings,
            options=options,
        )
        stack.enter_context(termination(runner.ended, first.stop_seconds))
        health = Health(runner.containers, bus)
        ops = OpsServer(health, first.ops_port, first.ops_host)
        ops.start()
        runner.start()
        health.phase = RUNNING
        logger.info("started", extra={"services": names, "ops_port": ops.port})
        code = int(runner.ended.wait())
        health.phase = STOPPING
        is_finished = runner.stop(first.stop_seconds)
        ops.stop()
        logger.info("stopped", extra={"services": names, "is_finished": is_finished})
    return code


def run_relay(service: type[BareService], *, options: Mapping[str, Any] | None = None) -> int:
    """Run only the relay of one service, as fault tests do."""
    name = service.name
    settings = read_settings([service])[name]
    _begin(settings, name)
    if not issubclass(service, Service):
        raise ConfigError([f"{name} has no outbox"])
    bus = open_bus(settings.bus_url, name=f"{name} relay")
    clock = SystemClock(settings.clock_offset_file)
    container = Container(
        service, {"settings": settings, "bus": bus, "clock": clock, **(options or {})}
    )
    ended = Signal()
    with termination(ended, settings.stop_seconds):
        relay = RelayRunner(new_relay(container))
        health = Health([container], bus)
        ops = OpsServer(health, settings.ops_port, settings.ops_host)
        ops.start()
        bus.start()
        relay.start()
        health.phase = RUNNING
        logger.info("started relay", extra={"service": name, "ops_port": ops.port})
        code = int(ended.wait())
        health.phase = STOPPING
        relay.stop()
        bus.stop()
        container.database.close()
        ops.stop()
    return code


def prepare(names: Sequence[str]) -> int:
    """Bring every database to its newest version and declare the bus's topology."""
    services = [load(name) for name in names if _exists(name)]
    settings = read_settings(services)
    first = settings[services[0].name]
    _begin(first, "prepare")
    for service in services:
        url = getattr(settings[service.name], "database_url", None)
        if url is not None:
            applied = migrate.upgrade(url, service.name)
            logger.info("migrated", extra={"service": service.name, "applied": applied})
    if first.bus_url.startswith("amqp"):
        from chassis.bus import topology  # noqa: PLC0415 - embedded needs no broker library

        topology.declare(first.bus_url, services)
    return 0


def _exists(name: str) -> bool:
    package = GATEWAY if name == GATEWAY else f"services.{name}"
    return importlib.util.find_spec(package) is not None


def _uses_sqlite(settings: CommonSettings) -> bool:
    return str(getattr(settings, "database_url", "")).startswith("sqlite")


def _migrate_sqlite(settings: Mapping[str, CommonSettings]) -> None:
    for name, entry in settings.items():
        if _uses_sqlite(entry):
            url = str(getattr(entry, "database_url", ""))
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            migrate.upgrade(url, name)


def _begin(settings: CommonSettings, name: str) -> None:
    logs.configure(name, settings.log_level)
    faults.configure(settings.fault)


def main(target: str | None = None, arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(description="Run Qibiao's services.")
    if target is None:
        parser.add_argument("target", help="all, prepare, gateway or a service's name")
    parser.add_argument("--only", choices=["relay"], help="run only this part of the service")
    options = parser.parse_args(arguments)
    target = target or options.target
    try:
        return _run_target(str(target), options.only)
    except ConfigError as error:
        for problem in error.problems:
            sys.stderr.write(f"{problem}\n")
        return 2


def _run_target(target: str, only: str | None) -> int:
    if target == "prepare":
        return prepare(ORDER)
    if target == "all":
        return run([load(name) for name in ORDER if _exists(name)], lock="lock")
    if only == "relay":
        return run_relay(load(target))
    return run([load(target)], lock=f"{target}.lock")
