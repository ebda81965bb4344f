"""Tie the listener to the Nameko container: every request is a worker with its dependencies."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Final, Protocol

from eventlet.event import Event
from nameko.extensions import DependencyProvider, Entrypoint, SharedExtension

from chassis.blobs import BlobStore
from chassis.container import CALL_KEY, ExcInfo
from chassis.context import Call
from chassis.errors import DomainError, InternalError
from gateway.errors import OverloadedError, StoppingError
from gateway.server.bodies import Pace
from gateway.server.listener import Listener
from gateway.server.protocol import Patience, WsgiApplication

_PATIENCE: Final = 3.0
_RETRY_AFTER: Final = 2


class Site(Protocol):
    """What the listener serves."""

    sessions: Any
    feed: Any

    def close(self) -> None:
        """End the answers that stay open."""
        ...

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:  # noqa: ANN401 - WSGI
        """Answer one request."""
        ...

    def refusal(self, error: DomainError) -> WsgiApplication:
        """Return an application that answers with this error."""
        ...


Build = Callable[[Any, Callable[[], datetime], BlobStore, Callable[..., Any]], Site]


class HttpServer(SharedExtension):  # type: ignore[misc] # nameko ships no types
    """Listen, and run the work of each request in a worker of the container."""

    def __init__(self) -> None:
        self._entrypoint: Http | None = None
        self.site: Site | None = None
        self.address: tuple[str, int] | None = None
        self._listener: Listener | None = None
        self._running: set[Event] = set()
        super().__init__()

    @property
    def connections(self) -> int:
        """Return how many connections are open."""
        return self._listener.connections if self._listener else 0

    def serve(self, entrypoint: "Http", build: Build) -> None:
        """Make the application and begin to listen."""
        settings = self.container.settings
        blobs = next(entry for entry in self.container.dependencies if entry.attr_name == "blobs")
        site = build(settings, self.container.clock.now, blobs.get_dependency(None), self.execute)
        self._entrypoint, self.site = entrypoint, site
        self._listener = Listener(
            site,
            refusal=site.refusal,
            max_connections=settings.max_connections,
            patience=Patience(idle=settings.idle_seconds, body=Pace()),
        )
        self._listener.start(settings.host, settings.port)
        self.address = self._listener.address

    def close(self, grace: float) -> None:
        """Stop listening; give requests ``grace`` seconds to finish."""
        if self._listener is not None and self.site is not None:
            self._listener.stop(grace, on_stop=self.site.close, on_cut=self._cut)

    def execute(self, call: Call, work: Callable[..., Any]) -> Any:  # noqa: ANN401 - whatever the work returns
        """Run ``work`` in a worker, first come first served, and return what it returns.

        Raises:
            OverloadedError: no worker became free in time.
            StoppingError: the process ended first.
            DomainError: whatever the work raised.
        """
        done = Event()
        self._running.add(done)
        try:
            self.container.admission.enter(
                partial(self._begin, call, work, done),
                partial(_overloaded, done),
                _PATIENCE,
            )
            return done.wait()
        finally:
            self._running.discard(done)

    def _begin(self, call: Call, work: Callable[..., Any], done: Event) -> None:
        if done.ready():  # cut while it waited
            self.container.admission.leave()
            return
        try:
            self.container.spawn_worker(
                self._entrypoint,
                (work,),
                {},
                context_data={CALL_KEY: call},
                handle_result=partial(self._finish, done),
            )
        except Exception as error:  # noqa: BLE001 - the slot must be given back whatever happens
            self.container.admission.leave()
            _fail(done, error)

    def _finish(
        self,
        done: Event,
        worker_ctx: Any,  # noqa: ANN401 - nameko ships no types
        result: Any,  # noqa: ANN401 - whatever the work returned
        exc_info: ExcInfo | None,
    ) -> tuple[Any, ExcInfo | None]:
        self.container.admission.leave()
        if exc_info is not None:
            error = exc_info[1]
            _fail(
                done,
                error if isinstance(error, Exception) else InternalError(_trace_of(worker_ctx)),
            )
        elif not done.ready():
            done.send(result)
        return result, exc_info

    def _cut(self) -> None:
        for done in list(self._running):
            _fail(done, StoppingError(_RETRY_AFTER))


class Http(Entrypoint):  # type: ignore[misc] # nameko ships no types
    """Make a method the place where requests are worked on; ``build`` makes the application."""

    server = HttpServer()

    def __init__(self, build: Build) -> None:
        self._build = build
        super().__init__(expected_exceptions=(DomainError,))

    def start(self) -> None:
        """Begin to listen."""
        self.server.serve(self, self._build)

    def stop(self) -> None:
        """Stop listening; finish what has begun."""
        self.server.close(self.container.settings.grace_seconds)

    def kill(self) -> None:
        """Stop listening at once."""
        self.server.close(0)


class Web(DependencyProvider):  # type: ignore[misc] # nameko ships no types
    """Inject the application that is served."""

    server = HttpServer()

    def get_dependency(self, worker_ctx: Any) -> Site | None:  # noqa: ANN401, ARG002 - nameko's signature
        """Return the application."""
        return self.server.site


def http(build: Build) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Run the decorated method for every HTTP request: it is given the work to do."""
    decorated: Callable[[Callable[..., Any]], Callable[..., Any]] = Http.decorator(build=build)
    return decorated


def _trace_of(worker_ctx: Any) -> str:  # noqa: ANN401 - nameko ships no types
    call: Call = worker_ctx.data[CALL_KEY]
    return call.trace_id


def _overloaded(done: Event) -> None:
    _fail(done, OverloadedError(_RETRY_AFTER))


def _fail(done: Event, error: BaseException) -> None:
    if not done.ready():
        done.send_exception(error)
