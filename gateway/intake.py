"""Take a request in: whose it is, where it goes, what it brought; the cheapest checks first."""

import re
from collections.abc import Mapping
from typing import Any, Final

from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map
from werkzeug.wrappers import Request

from gateway import forms, machines, sessions, validation
from gateway.answers import PDF
from gateway.config import Settings
from gateway.errors import (
    BodyTooLargeError,
    HostNotAllowedError,
    IdempotencyKeyMalformedError,
    IdempotencyKeyRequiredError,
    IfMatchMalformedError,
    IfMatchRequiredError,
    LoginRequiredError,
    MethodNotAllowedError,
    NotFoundError,
    UnsupportedMediaTypeError,
)
from gateway.routing import Auth, Exchange, Face, Route
from gateway.schemas.fields import Schema
from gateway.server.bodies import Body

JSON: Final = "application/json"
MAX_JSON: Final = 1024 * 1024
FORM: Final = "application/x-www-form-urlencoded"
MAX_FORM: Final = 64 * 1024

_IDEMPOTENCY_KEY: Final = re.compile(r"[0-9A-Za-z._:-]{8,128}")
_ETAG: Final = re.compile(r'"(\d{1,15})"')
_PORT: Final = re.compile(r":\d{1,5}\Z")


def client_address(environ: Mapping[str, Any], settings: Settings) -> str:
    """Return whose request it is: the nearest address that is not one of our proxies."""
    address = str(environ.get("REMOTE_ADDR", ""))
    forwarded = str(environ.get("HTTP_X_FORWARDED_FOR", "")).split(",")
    for hop in reversed([part.strip() for part in forwarded if part.strip()]):
        if address not in settings.trusted_proxies:
            break
        address = hop
    return address[:45]


def check_host(request: Request, settings: Settings) -> None:
    """Refuse a request for somebody else's name.

    Raises:
        HostNotAllowedError: the name is not on the list.
    """
    if "*" in settings.allowed_hosts:
        return
    host = _PORT.sub("", request.headers.get("Host", "").lower())
    if host not in settings.allowed_hosts:
        raise HostNotAllowedError


def find_route(urls: Map, request: Request) -> tuple[Route, dict[str, str]]:
    """Return the route that answers, and the values in its path.

    Raises:
        NotFoundError: there is none.
        MethodNotAllowedError: there is one for other methods.
    """
    try:
        route, values = urls.bind_to_environ(request.environ).match()
    except MethodNotAllowed as error:
        raise MethodNotAllowedError(allow=", ".join(sorted(error.valid_methods or ()))) from error
    except HTTPException as error:
        raise NotFoundError from error
    return route, {name: str(value) for name, value in values.items()}


def check_headers(route: Route, request: Request, settings: Settings) -> None:
    """Refuse what the headers alone show to be wrong, before any body is read.

    Raises:
        CrossSiteRequestError: another site sent it.
        UnsupportedMediaTypeError: the body is of a type the route does not take.
        LoginRequiredError: the route needs a session and there is no cookie.
        BodyTooLargeError: the announced body is over the limit.
    """
    if not route.is_safe:
        sessions.check_same_site(request.headers)
    _check_credential(route, request, settings)
    expected = route.takes_types or (_type_of_body(route),)
    has_body = not route.is_safe and bool(route.body or route.takes_file or route.takes_form)
    if has_body and request.mimetype not in expected:
        raise UnsupportedMediaTypeError(expected=" 或 ".join(expected))
    limit = max_body(route, settings)
    if (request.content_length or 0) > limit:
        raise too_large(limit)


def _type_of_body(route: Route) -> str:
    if route.takes_form:
        return FORM
    return PDF if route.takes_pdf else JSON


def _check_credential(route: Route, request: Request, settings: Settings) -> None:
    has_session = request.cookies.get(settings.cookie_name)
    if route.auth is Auth.SESSION and not has_session and not machines.brings_key(request.headers):
        raise LoginRequiredError


def read_json(route: Route, body: Body) -> bytes:
    """Return the whole body of a route that takes JSON or a form, counted while it comes.

    Raises:
        BodyTooLargeError: it is over the limit.
    """
    if route.is_safe or route.takes_file:
        return b""
    pieces = []
    limit = MAX_FORM if route.takes_form else MAX_JSON
    while piece := body.read():
        pieces.append(piece)
        if body.received > limit:
            raise too_large(limit)
    return b"".join(pieces)


def check_session(exchange: Exchange, headers: Headers) -> None:
    """Find out who asks, and whether the page that asks is ours.

    Raises:
        SessionExpiredError: the session has ended.
        ForbiddenError: the account has none of the route's roles.
        CsrfTokenInvalidError: a changing request does not carry the session's token.
        ScopeMissingError: a machine key does not open the route.
    """
    route = exchange.route
    if exchange.machine_key is not None:
        if route.auth is Auth.SESSION or route.scope is not None:
            machines.check_key(exchange, exchange.machine_key)
        return
    if route.auth is not Auth.SESSION or exchange.session_token is None:
        return
    session = exchange.sessions.of(exchange.session_token, exchange.services)
    if not route.is_safe:
        sessions.check_csrf(session, headers.get("X-CSRF-Token"))
    sessions.check_roles(session, route.roles)
    exchange.session = session
    exchange.services.asking.actor_token = session.actor_token


def check_preconditions(exchange: Exchange, headers: Headers) -> None:
    """Read ``Idempotency-Key`` and ``If-Match``.

    Raises:
        IdempotencyKeyRequiredError, IdempotencyKeyMalformedError: about the one.
        IfMatchRequiredError, IfMatchMalformedError: about the other.
    """
    route = exchange.route
    if route.is_safe:
        return
    key = headers.get("Idempotency-Key")
    if key is None and route.needs_idempotency_key:
        raise IdempotencyKeyRequiredError
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise IdempotencyKeyMalformedError
    if route.needs_idempotency_key:  # elsewhere one request may be several commands
        exchange.services.asking.idempotency_key = key
    version = headers.get("If-Match")
    if version is None and route.needs_if_match:
        raise IfMatchRequiredError
    if version is not None:
        match = _ETAG.fullmatch(version.strip())
        if match is None:
            raise IfMatchMalformedError
        exchange.expected_version = int(match[1])


def check_content(exchange: Exchange, request: Request, raw: bytes) -> None:
    """Check query and body against the route's schemas.

    Raises:
        MalformedJsonError, UnknownFieldsError, InvalidFieldsError: they do not fit.
    """
    route = exchange.route
    if route.face is Face.API:
        query = request.args.to_dict(flat=True)
        exchange.query = validation.check(route.query or Schema, query)
    elif route.form is not None:
        exchange.typed = forms.read_typed(route.form, request, raw)
    elif route.query:  # a page ignores what it does not know: links come with tracking parameters
        known = {name: request.args[name] for name in route.query().fields if name in request.args}
        exchange.query = validation.check(route.query, known)
    if route.gives_events:
        exchange.headers = dict(request.headers)
    if route.takes_raw:
        exchange.raw = raw
        exchange.headers = dict(request.headers)
    elif not (route.is_safe or route.takes_file or route.takes_form):
        exchange.body = validation.check(route.body or Schema, validation.parse_json(raw))


def max_body(route: Route, settings: Settings) -> int:
    """Return how much a route takes."""
    if route.takes_pdf:
        return settings.upload_max_bytes
    if route.takes_types:
        return route.max_file_bytes
    if route.takes_form:
        return MAX_FORM
    return 0 if route.is_safe else MAX_JSON


def too_large(limit: int) -> BodyTooLargeError:
    """Return the refusal that names the limit."""
    size = f"{limit // (1024 * 1024)} MB" if limit >= 1024 * 1024 else f"{limit // 1024} KB"
    return BodyTooLargeError(max_size=size)
