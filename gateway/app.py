"""The WSGI application: from a well-formed request to an answer, whatever happens in between."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Final

from werkzeug.wrappers import Request, Response

from chassis import context, ids, metrics
from chassis.blobs import BlobStore
from chassis.errors import DomainError, StaleError
from contracts.errors import CODES, Kind
from gateway import answers, intake, machines, routing
from gateway.burst import BurstGuard
from gateway.cache import OutageCache
from gateway.class_names import ClassNames
from gateway.clients import Services
from gateway.config import Settings
from gateway.divisions import DivisionNames
from gateway.errors import FeedRateError
from gateway.feed.events import STREAM
from gateway.feed.hub import Feed
from gateway.feed.places import Places
from gateway.headers import secure
from gateway.pages import Pages
from gateway.problems import CONTENT_TYPE, Problem, problem_of
from gateway.receipts import Receipts
from gateway.routing import Exchange, Route
from gateway.sessions import Sessions
from gateway.slots import Slots

_log = logging.getLogger(__name__)

_MAX_USER_AGENT: Final = 200

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Work = Callable[[Services], answers.Answer]
Execute = Callable[[context.Call, Callable[[Services], Any]], Any]


@dataclass
class Handling:
    """Follow one request for the log and the answer: where it went and when it began."""

    call: context.Call
    started: float
    route: Route | None = None
    is_api: bool = True
    quota: machines.Quota | None = None


class Application:
    """Answer HTTP requests; ``execute`` runs a route's work where the services can be called."""

    def __init__(  # noqa: PLR0913 - wired once, in service.py
        self,
        *,
        settings: Settings,
        routes: list[Route],
        execute: Execute,
        blobs: BlobStore,
        now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings = settings
        self.sessions = Sessions(now)
        self.pages = Pages(is_production=settings.is_production)
        self._execute = execute
        self._blobs = blobs
        self._now = now
        self._cache = OutageCache(now)
        self._divisions = DivisionNames(now)
        self._class_names = ClassNames(now)
        self._upload_slots = Slots(settings.max_uploads)
        self._receipts = Receipts()
        self._burst = BurstGuard(
            rate=settings.burst_rate, burst=settings.burst_size, clock=monotonic
        )
        self.feed = Feed(
            self._fetch_events,
            Places(
                total=settings.max_streams,
                per_address=settings.streams_per_address,
                per_key=settings.streams_per_key,
            ),
            send_seconds=settings.stream_send_seconds,
        )
        self._feed_guard = BurstGuard(
            rate=settings.feed_per_minute / 60,
            burst=settings.feed_per_minute,
            clock=monotonic,
            refusal=partial(FeedRateError, limit=settings.feed_per_minute),
        )
        self._urls = routing.url_map(routes, is_production=settings.is_production)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request (WSGI)."""
        request = Request(environ, populate_request=False)
        handling = _begin(environ)
        try:
            response = self._handle(request, handling)
        except Exception as error:  # noqa: BLE001 - the outermost edge of a request
            response = self._failure(error, handling)
        return self._send(request, response, handling, start_response)

    def refusal(self, error: DomainError) -> WsgiApplication:
        """Return an application that answers with this error what is not even a request."""

        def refuse(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            request = Request(environ, populate_request=False)
            handling = _begin(environ)
            return self._send(request, self._failure(error, handling), handling, start_response)

        return refuse

    def close(self) -> None:
        """End what stays open, so that the process can."""
        self.feed.stop()

    def _fetch_events(self, after: int, limit: int) -> Any:  # noqa: ANN401 - JSON
        call = context.Call(trace_id=ids.new_trace_id())
        return self._execute(call, lambda services: services.standards.list_events(after, limit))

    def _ask_later(self, work: Callable[[Services], Any]) -> Any:  # noqa: ANN401 - what it returns
        return self._execute(context.Call(trace_id=ids.new_trace_id()), work)

    def _check_key(self, key: str) -> Any:  # noqa: ANN401 - JSON
        call = context.Call(trace_id=ids.new_trace_id())
        return self._execute(call, lambda services: services.machine_keys.check_key(key))

    def _handle(self, request: Request, handling: Handling) -> Response:
        intake.check_host(request, self.settings)
        address = intake.client_address(request.environ, self.settings)
        self._burst.take(address)
        route, path = intake.find_route(self._urls, request)
        handling.route, handling.is_api = route, route.face is routing.Face.API
        intake.check_headers(route, request, self.settings)
        body = request.environ["wsgi.input"]
        raw = intake.read_json(route, body)
        session_token = request.cookies.get(self.settings.cookie_name)
        machine_key = machines.key_of(request.headers, session_token)

        def work(services: Services) -> answers.Answer:
            exchange = Exchange(
                call=handling.call,
                route=route,
                services=services,
                settings=self.settings,
                sessions=self.sessions,
                blobs=self._blobs,
                divisions=self._divisions,
                class_names=self._class_names,
                upload_slots=self._upload_slots,
                receipts=self._receipts,
                feed=self.feed,
                feed_guard=self._feed_guard,
                now=self._now(),
                key_check=partial(self._check_key, machine_key) if machine_key else None,
                path=path,
                stream=body if route.takes_file else None,
                session_token=session_token,
                machine_key=machine_key,
                address=address,
                site_url=self.settings.public_url or request.root_url.rstrip("/"),
                ask_later=self._ask_later,
                user_agent=(request.headers.get("User-Agent") or "")[:_MAX_USER_AGENT],
            )
            intake.check_session(exchange, request.headers)
            handling.quota = exchange.quota
            intake.check_preconditions(exchange, request.headers)
            intake.check_content(exchange, request, raw)
            answer = route.handler(exchange)
            handling.quota = exchange.quota
            return answer

        answer, as_of = self._ask(request, handling, work)
        return self._render(request, route, answer, as_of)

    def _ask(
        self, request: Request, handling: Handling, work: Work
    ) -> tuple[answers.Answer, datetime | None]:
        """Have the work done; while the services are away, remember what they said before."""
        route = handling.route
        key = f"{request.path}?{request.query_string.decode('latin-1')}"
        survives = route is not None and route.survives_outage
        try:
            answer: answers.Answer = self._execute(handling.call, work)
        except DomainError as error:
            kept = self._cache.find(key) if survives and _is_outage(error) else None
            if kept is None:
                raise
            return kept.answer, kept.as_of
        if survives:
            self._cache.keep(key, answer)
        return answer, None

    def _render(
        self,
        request: Request,
        route: Route,
        answer: answers.Answer,
        as_of: datetime | None,
    ) -> Response:
        rendering = answers.Rendering(
            route=route,
            settings=self.settings,
            pages=self.pages,
            blobs=self._blobs,
            environ=request.environ,
            as_of=as_of,
        )
        response = answer.response(rendering)
        if as_of is not None:
            age = max(0, int((self._now() - as_of).total_seconds()))
            response.headers["Age"] = str(age)
        if route.max_age is not None:
            seconds = 0 if as_of is not None else route.max_age
            response.headers["Cache-Control"] = f"public, max-age={seconds}"
            if not response.is_streamed and response.status_code == 200:  # noqa: PLR2004
                response.set_etag(answers.strong_etag(response.get_data()))
                response.make_conditional(request.environ)
                if response.status_code == 412:  # noqa: PLR2004
                    raise StaleError
        return response

    def _failure(self, error: Exception, handling: Handling) -> Response:
        problem = problem_of(error, handling.call.trace_id)
        if not isinstance(error, DomainError):
            _log.exception("request failed", extra={"trace_id": handling.call.trace_id})
        response = self._problem_response(problem, handling)
        if problem.retry_after is not None:
            response.headers["Retry-After"] = str(problem.retry_after)
        for relation, address in problem.links.items():
            response.headers.add("Link", f'<{address}>; rel="{relation}"')
        if isinstance(error, DomainError):
            _add_hints(response, error)
        if problem.code in _QUOTAS:
            limit, reset = problem.params.get("limit", "0"), problem.retry_after or 1
            handling.quota = machines.Quota(int(limit), 0, reset)
        return response

    def _problem_response(self, problem: Problem, handling: Handling) -> Response:
        if handling.is_api:
            return Response(
                answers.to_json(problem.as_json()),
                status=problem.reason,
                content_type=CONTENT_TYPE,
            )
        html = self.pages.render("error.html", {"problem": problem}, as_of=None)
        return Response(html, status=problem.reason, content_type="text/html; charset=utf-8")

    def _send(
        self,
        request: Request,
        response: Response,
        handling: Handling,
        start_response: Callable[..., Any],
    ) -> Iterable[bytes]:
        if response.mimetype == STREAM:  # how long it stays open is no time that anybody waits
            _log_access(request, response, handling)
        else:
            response.call_on_close(lambda: _log_access(request, response, handling))
        content, status, found = response.get_wsgi_response(request.environ)
        headers = secure(found, self.settings, is_page=response.mimetype == "text/html")
        headers.append(("X-Trace-Id", handling.call.trace_id))
        if handling.quota is not None:
            headers.extend(handling.quota.headers().items())
        if handling.route is not None and handling.route.deprecation is not None:
            headers.extend(handling.route.deprecation.headers())
        start_response(status, headers)
        return content


def _begin(environ: Mapping[str, Any]) -> Handling:
    path = str(environ.get("PATH_INFO", ""))
    return Handling(
        call=context.Call(trace_id=ids.new_trace_id()),
        started=time.monotonic(),
        is_api=path.startswith("/api/") or "text/html" not in str(environ.get("HTTP_ACCEPT", "")),
    )


def _is_outage(error: DomainError) -> bool:
    return CODES.get(error.wire_code) in {Kind.UNAVAILABLE, Kind.INTERNAL}


def _add_hints(response: Response, error: DomainError) -> None:
    """Add the header that HTTP wants beside some statuses."""
    if "allow" in error.params:
        response.headers["Allow"] = error.params["allow"]
    if response.status_code == 416 and "size" in error.params:  # noqa: PLR2004 - Range Not Satisfiable
        response.headers["Content-Range"] = f"bytes */{error.params['size']}"


_UNROUTED: Final = "-"
_QUOTAS: Final = frozenset({"accounts.key_quota", "gateway.feed_rate"})


def _log_access(request: Request, response: Response, handling: Handling) -> None:
    """Write one line without personal data: the route's pattern, never the address or the query."""
    seconds = time.monotonic() - handling.started
    route = handling.route.path if handling.route else _UNROUTED
    metrics.observe_http(
        method=request.method, route=route, status=response.status_code, seconds=seconds
    )
    _log.info(
        "request",
        extra={
            "trace_id": handling.call.trace_id,
            "method": request.method[:10],
            "route": route,
            "status": response.status_code,
            "milliseconds": round(seconds * 1000, 1),
        },
    )
