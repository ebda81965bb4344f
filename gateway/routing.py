"""Declare routes: what each takes, gives and asks for, in one place.

The declaration is what really happens (``gateway.app`` acts on it) and what OpenAPI shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from werkzeug.routing import Map, Rule

from chassis.blobs import BlobStore
from chassis.context import Call
from gateway.class_names import ClassNames
from gateway.clients import Services
from gateway.deprecation import Deprecation
from gateway.divisions import DivisionNames
from gateway.errors import LoginRequiredError
from gateway.machines import Quota
from gateway.receipts import Receipts
from gateway.schemas.fields import Schema
from gateway.sessions import Session, Sessions
from gateway.slots import Slots

if TYPE_CHECKING:
    from gateway.answers import Answer
    from gateway.burst import BurstGuard
    from gateway.config import Settings
    from gateway.feed.hub import Feed
    from gateway.server.bodies import Body

API: Final = "/api/v1"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Auth(Enum):
    """Say who may use a route; narrower rights are checked by the service that owns the object."""

    PUBLIC = "public"
    SESSION = "session"


class Face(Enum):
    """Say what a failed request is answered with: a problem document, or a page to read."""

    API = "api"
    PAGE = "page"


@dataclass(kw_only=True)
class Exchange:
    """Hold one request on its way through a route, everything in it checked."""

    call: Call
    route: "Route"
    services: Services
    settings: "Settings"
    sessions: Sessions
    blobs: BlobStore
    divisions: DivisionNames
    class_names: ClassNames
    upload_slots: Slots
    receipts: Receipts
    feed: "Feed"
    feed_guard: "BurstGuard"
    now: datetime
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=dict)
    # What a page's form brings, as it was typed; `gateway.forms` checks it.
    typed: Mapping[str, str] = field(default_factory=dict)
    stream: "Body | None" = None
    raw: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    session: Session | None = None
    session_token: str | None = None
    machine_key: str | None = None
    key_id: str | None = None
    key_check: Callable[[], Any] | None = None
    quota: Quota | None = None
    expected_version: int | None = None
    address: str = ""
    site_url: str = ""
    user_agent: str = ""
    # Asks the services for an answer that is still going out when the handler is done.
    ask_later: Callable[[Callable[[Services], Any]], Any] | None = None

    @property
    def required_session(self) -> Session:
        """Return the session of a route that needs one.

        Raises:
            LoginRequiredError: there is none.
        """
        if self.session is None:
            raise LoginRequiredError
        return self.session


Handler = Callable[[Exchange], "Answer"]
Register = Callable[[Handler], Handler]


@dataclass(frozen=True, kw_only=True)
class Route:
    """Hold one declared route."""

    method: str
    path: str
    handler: Handler
    summary: str
    tag: str
    auth: Auth
    face: Face = Face.API
    roles: frozenset[str] = frozenset()
    scope: str | None = None
    query: type[Schema] | None = None
    body: type[Schema] | None = None
    # Of a page: what its form brings. The handler checks it, and shows beside each field what is
    # wrong with it; the query of a page that reads, else a body of a browser's own form type.
    form: type[Schema] | None = None
    answer: type[Schema] | None = None
    status: int = 200
    needs_idempotency_key: bool = False
    needs_if_match: bool = False
    takes_pdf: bool = False
    takes_raw: bool = False
    # A file of one of these types, streamed, of at most so many bytes.
    takes_types: tuple[str, ...] = ()
    max_file_bytes: int = 0
    gives_pdf: bool = False
    gives_types: tuple[str, ...] = ()
    # Beside JSON, the same as server-sent events that stay open.
    gives_events: bool = False
    survives_outage: bool = False
    max_age: int | None = None
    is_development_only: bool = False
    deprecation: Deprecation | None = None
    errors: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the handler's name: the operation's id in OpenAPI."""
        return self.handler.__name__

    @property
    def takes_file(self) -> bool:
        """Say whether the body is a file that the handler reads piece by piece."""
        return self.takes_pdf or bool(self.takes_types)

    @property
    def takes_form(self) -> bool:
        """Say whether the body is what a browser makes of a form."""
        return self.form is not None and not self.is_safe

    @property
    def is_safe(self) -> bool:
        """Say whether the method only reads."""
        return self.method in SAFE_METHODS


class Routes:
    """Collect the routes of one area; ``gateway.routes`` joins the areas."""

    def __init__(self, tag: str, *, prefix: str = API, face: Face = Face.API) -> None:
        self.tag = tag
        self.prefix = prefix
        self.face = face
        self.declared: list[Route] = []

    def get(self, path: str, *, auth: Auth, **declaration: Any) -> Register:  # noqa: ANN401
        """Declare a route that reads."""
        return self._declare("GET", path, auth, declaration)

    def post(self, path: str, *, auth: Auth, **declaration: Any) -> Register:  # noqa: ANN401
        """Declare a route that creates or does something."""
        return self._declare("POST", path, auth, declaration)

    def put(self, path: str, *, auth: Auth, **declaration: Any) -> Register:  # noqa: ANN401
        """Declare a route that replaces something."""
        return self._declare("PUT", path, auth, declaration)

    def patch(self, path: str, *, auth: Auth, **declaration: Any) -> Register:  # noqa: ANN401
        """Declare a route that changes a part of something."""
        return self._declare("PATCH", path, auth, declaration)

    def delete(self, path: str, *, auth: Auth, **declaration: Any) -> Register:  # noqa: ANN401
        """Declare a route that removes something."""
        return self._declare("DELETE", path, auth, declaration)

    def _declare(
        self, method: str, path: str, auth: Auth, declaration: Mapping[str, Any]
    ) -> Register:
        def register(handler: Handler) -> Handler:
            self.declared.append(
                Route(
                    method=method,
                    path=self.prefix + path,
                    handler=handler,
                    tag=self.tag,
                    auth=auth,
                    face=self.face,
                    **declaration,
                )
            )
            return handler

        return register


def url_map(routes: list[Route], *, is_production: bool) -> Map:
    """Return the map that finds a route; development routes do not exist in production."""
    rules = [
        Rule(route.path, methods=[route.method], endpoint=route, merge_slashes=False)
        for route in routes
        if not (is_production and route.is_development_only)
    ]
    return Map(rules, strict_slashes=False, merge_slashes=False, redirect_defaults=False)
