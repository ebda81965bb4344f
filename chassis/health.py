"""The truth about a process, on its own port: ``/livez``, ``/readyz``, ``/metrics``."""

import json
import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import eventlet
from eventlet import wsgi

from chassis import inbox, metrics, migrate, outbox
from chassis.bus.api import Bus
from chassis.container import Container
from chassis.errors import DomainError

logger = logging.getLogger(__name__)

LAG_LIMIT: Final = 1.0
OUTBOX_AGE_LIMIT: Final = 60.0
CHECK_SECONDS: Final = 2.5
STARTING: Final = "starting"
RUNNING: Final = "running"
STOPPING: Final = "stopping"
_TICK: Final = 0.25
_WINDOW: Final = 5.0

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class HubLag:
    """Measure how late the hub wakes a green thread that sleeps a quarter of a second."""

    def __init__(self) -> None:
        self._worst = 0.0
        self._worst_at = 0.0
        self._thread: Any = None

    @property
    def seconds(self) -> float:
        """Return the worst lag of the last seconds."""
        return self._worst if time.monotonic() - self._worst_at < _WINDOW else 0.0

    def start(self) -> None:
        """Begin to measure."""
        self._thread = eventlet.spawn(self._loop)

    def stop(self) -> None:
        """Stop measuring."""
        if self._thread is not None:
            self._thread.kill()

    def _loop(self) -> None:
        while True:
            begun = time.monotonic()
            eventlet.sleep(_TICK)
            now = time.monotonic()
            lag = now - begun - _TICK
            if lag >= self._worst or now - self._worst_at > _WINDOW:
                self._worst, self._worst_at = lag, now


class Health:
    """Answer the three questions for all containers of this process."""

    def __init__(self, containers: Sequence[Container], bus: Bus) -> None:
        self._containers = containers
        self._bus = bus
        self._lag = HubLag()
        self._at_head: set[str] = set()
        self.phase = STARTING

    def start(self) -> None:
        """Begin to measure the hub's lag."""
        self._lag.start()

    def stop(self) -> None:
        """Stop measuring."""
        self._lag.stop()

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Tell whether the process still works at all."""
        lag = self._lag.seconds
        metrics.set_hub_lag(lag)
        dead = [entry.service_name for entry in self._containers if entry.has_died]
        is_live = lag < LAG_LIMIT and (not dead or self.phase == STOPPING)
        return is_live, {"hub_lag_seconds": round(lag, 3), "dead": dead}

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Tell whether the process should be given work.

        A process without a database (the gateway) stays ready while the bus is away: it still
        serves pages from its cache, and says ``degraded``.
        """
        problems = [] if self.phase == RUNNING else [self.phase]
        warnings: list[str] = []
        bus_problems = self._bus.problems()
        has_database = False
        for container in self._containers:
            if not _has_database(container):
                continue
            has_database = True
            found, noted = self._check_service(container)
            problems += [f"{container.service_name}: {text}" for text in found]
            warnings += [f"{container.service_name}: {text}" for text in noted]
        (problems if has_database else warnings).extend(f"bus: {text}" for text in bus_problems)
        status = "failing" if problems else "degraded" if warnings else "ok"
        return not problems, {"status": status, "problems": problems, "warnings": warnings}

    def _check_service(self, container: Container) -> tuple[list[str], list[str]]:
        problems: list[str] = []
        warnings: list[str] = []
        try:
            with eventlet.Timeout(CHECK_SECONDS, TimeoutError("database: too slow")):
                self._check_database(container, problems, warnings)
        except TimeoutError as error:
            problems.append(str(error))
        except DomainError as error:
            problems.append(f"database: {error}")
        return problems, warnings

    def _check_database(
        self, container: Container, problems: list[str], warnings: list[str]
    ) -> None:
        database = container.database
        name = container.service_name
        if name not in self._at_head and container.config.get("migrations", True):
            if not migrate.is_at_head(container.settings.database_url, name):
                problems.append("migrations: not at head")
                return
            self._at_head.add(name)
        with database.read() as session:
            backlog = outbox.backlog(session)
            counts = inbox.counts(session)
            refused = database.refusals.waiting(session)
        age = 0.0
        if backlog.oldest_at is not None:
            age = (database.clock.now() - backlog.oldest_at).total_seconds()
        if age > OUTBOX_AGE_LIMIT:
            problems.append(f"outbox: oldest is {age:.0f} s old")
        for refusal in refused:
            # One that is public holds back all that are newer; another only itself.
            (problems if refusal.is_public else warnings).append(f"outbox: {refusal}")
        metrics.set_refused(service=name, messages=len(refused))
        dead = sum(count for (_, state), count in counts.items() if state == inbox.DEAD)
        if dead:
            warnings.append(f"dead letters: {dead}")
        metrics.set_outbox(service=name, depth=backlog.depth, age_seconds=age)
        metrics.set_dead_letters(service=name, messages=dead)
        for (handler, state), count in counts.items():
            metrics.set_inbox(service=name, handler=handler, state=state, messages=count)


def _has_database(container: Container) -> bool:
    return hasattr(container.settings, "database_url")


class OpsServer:
    """Serve the health of this process over HTTP."""

    def __init__(self, health: Health, port: int, host: str = "127.0.0.1") -> None:
        self._health = health
        self._listener = eventlet.listen((host, port))
        self.port = int(self._listener.getsockname()[1])
        self._thread: Any = None

    def start(self) -> None:
        """Begin to answer."""
        self._health.start()
        self._thread = eventlet.spawn(
            wsgi.server, self._listener, self._application, log_output=False, keepalive=False
        )

    def stop(self) -> None:
        """Stop answering."""
        self._health.stop()
        if self._thread is not None:
            self._thread.kill()
        self._listener.close()

    def _application(
        self, environ: dict[str, Any], start_response: StartResponse
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == "/metrics":
            start_response("200 OK", [("Content-Type", metrics.CONTENT_TYPE)])
            self._health.ready()
            return [metrics.render()]
        check = {"/livez": self._health.live, "/readyz": self._health.ready}.get(path)
        if check is None:
            start_response("404 Not Found", [("Content-Type", "application/json")])
            return [b"{}"]
        is_good, details = check()
        status = "200 OK" if is_good else "503 Service Unavailable"
        start_response(status, [("Content-Type", "application/json")])
        return [json.dumps(details).encode()]
