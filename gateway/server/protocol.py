"""Serve one connection: strict reading in front of ``eventlet.wsgi``'s way of answering."""

import contextlib
import socket
import time
import urllib.parse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from eventlet import wsgi

from chassis.errors import DomainError
from gateway.server import line
from gateway.server.bodies import Body, ClosedError, Pace, Reader
from gateway.server.heads import Head, parse_head

MAX_HEAD: Final = 32 * 1024
_LINGER_SECONDS: Final = 1.0
_LINGER_BYTES: Final = 1024 * 1024
_CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@dataclass(frozen=True)
class Patience:
    """Say how long a connection may be silent: between requests, within a head, while we send."""

    idle: float = 15.0
    head: float = 10.0
    send: float = 30.0
    body: Pace = field(default_factory=Pace)


class Site(Protocol):
    """What a connection needs of the listener that accepted it."""

    app: WsgiApplication
    patience: Patience
    is_stopping: bool

    def refusal(self, error: DomainError) -> WsgiApplication:
        """Return an application that answers every request with this error."""
        ...


class _Input(Body):
    """Show a body to ``eventlet.wsgi``, which asks these questions once it has answered."""

    headers_sent: list[int] | None = None
    chunked_input = False
    position = 0
    content_length = 0

    @property
    def should_send_hundred_continue(self) -> bool:
        """Say whether the client still waits for ``100 Continue``."""
        return self.is_awaited


class _Headers:
    """Answer ``eventlet.wsgi``'s look-ups of request headers."""

    def __init__(self, head: Head | None) -> None:
        self._head = head

    def get(self, name: str, default: str = "") -> str:
        """Return a header's value."""
        value = self._head.get(name.lower()) if self._head else None
        return default if value is None else value


class StrictProtocol(wsgi.HttpProtocol):  # type: ignore[misc] # eventlet ships no types
    """Serve the requests of one connection, one after the other."""

    minimum_chunk_size = 1
    site: Site

    def setup(self) -> None:
        """Prepare reading and writing."""
        self.connection = self.request
        self.reader = Reader(self.connection)
        self.wfile = self.connection.makefile("wb", self.wbufsize)
        self.site = self.server.site
        self._must_linger = False

    def handle(self) -> None:
        """Serve until one side has had enough."""
        self.close_connection = False
        while not self.close_connection and not self.site.is_stopping:
            self.conn_state[2] = wsgi.STATE_IDLE
            self.handle_one_request()

    def handle_one_request(self) -> None:
        """Read one request, have it answered, and decide whether another may follow."""
        try:
            self.reader.wait(self.site.patience.idle)
            self.conn_state[2] = wsgi.STATE_REQUEST
            raw = self.reader.head(MAX_HEAD, time.monotonic() + self.site.patience.head)
            head = parse_head(raw)
        except ClosedError:
            self.close_connection = True
            return
        except DomainError as error:
            self._prepare(None, _Input(self.reader))
            self._answer(self.site.refusal(error))
            self._must_linger = True
            return
        self._prepare(head, self._body_of(head))
        self._answer(self._serve)

    def finish(self) -> None:
        """Close so that the client can still read the last answer."""
        with contextlib.suppress(OSError, ValueError):
            self.wfile.flush()
            if self._must_linger:
                self._linger()
        with contextlib.suppress(OSError, ValueError):
            self.wfile.close()
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()

    def _body_of(self, head: Head) -> Body:
        expects = (head.get("expect") or "").lower() == "100-continue"
        return _Input(
            self.reader,
            length=head.content_length,
            is_chunked=head.is_chunked,
            on_first_read=self._send_continue if expects and head.version == "HTTP/1.1" else None,
            pace=self.site.patience.body,
        )

    def _prepare(self, head: Head | None, body: Body) -> None:
        """Set what ``eventlet.wsgi`` reads while it writes the answer."""
        self.command = head.method if head else "GET"
        self.request_version = head.version if head else "HTTP/1.1"
        self.requestline = ""
        self.headers = _Headers(head)
        self.body = body
        self.environ = self._environ(head, body)

    def _answer(self, application: WsgiApplication) -> None:
        self.application = application
        self.close_connection = self.environ["qibiao.head"] is None or _wants_close(
            self.headers, self
        )
        self.connection.settimeout(self.site.patience.send)
        self.server.outstanding_requests += 1
        try:
            self.handle_one_response()
        except OSError:  # the client has gone
            self.close_connection = True
        finally:
            self.server.outstanding_requests -= 1

    def _serve(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        result = self.site.app(environ, start_response)
        self.connection.settimeout(self.site.patience.send)  # reading the body has changed it
        if not self.body.is_finished:
            self._must_linger = True
        if self._must_linger or self.site.is_stopping:
            self.close_connection = True
        return result

    def _send_continue(self) -> None:
        self.connection.settimeout(self.site.patience.send)
        self.wfile.write(_CONTINUE)
        self.wfile.flush()

    def _linger(self) -> None:
        """Read on for a moment: closing at once would reset the connection with the answer."""
        self.connection.shutdown(socket.SHUT_WR)
        until = time.monotonic() + _LINGER_SECONDS
        read = 0
        while read < _LINGER_BYTES and time.monotonic() < until:
            self.connection.settimeout(_LINGER_SECONDS)
            data = self.connection.recv(64 * 1024)
            if not data:
                return
            read += len(data)

    def _environ(self, head: Head | None, body: Body) -> dict[str, Any]:
        path, _, query = (head.target if head else "/").partition("?")
        environ: dict[str, Any] = {
            **self.server.get_environ(),
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": urllib.parse.unquote(path, encoding="latin-1"),
            "QUERY_STRING": query,
            "SERVER_PROTOCOL": self.request_version,
            "SERVER_NAME": str(self.server.address[0]),
            "SERVER_PORT": str(self.server.address[1]),
            "REMOTE_ADDR": str(self.client_address[0]),
            "REMOTE_PORT": str(self.client_address[1]),
            "wsgi.input": body,
            "eventlet.input": body,
            "eventlet.posthooks": [],
            "qibiao.head": head,
            line.KEY: line.Line(self.connection),
        }
        for name, value in head.headers if head else ():
            _add_header(environ, name, value)
        return environ


def _wants_close(headers: _Headers, protocol: StrictProtocol) -> bool:
    options = {part.strip().lower() for part in headers.get("connection").split(",")}
    return "close" in options or (
        protocol.request_version == "HTTP/1.0" and "keep-alive" not in options
    )


def _add_header(environ: dict[str, Any], name: str, value: str) -> None:
    """Add a header by CGI's rules; a name with an underscore could pose as another: dropped."""
    if "_" in name:
        return
    key = name.upper().replace("-", "_")
    if key not in {"CONTENT_TYPE", "CONTENT_LENGTH"}:
        key = "HTTP_" + key
    separator = "; " if key == "HTTP_COOKIE" else ","
    environ[key] = f"{environ[key]}{separator}{value}" if key in environ else value
