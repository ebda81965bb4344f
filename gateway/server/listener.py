"""Accept connections, keep count of them, and stop without cutting anybody short."""

import contextlib
import errno
import logging
import socket
import time
from collections.abc import Callable
from typing import Any, Final

import eventlet
from eventlet import wsgi

from chassis.errors import DomainError
from gateway.server.protocol import Patience, StrictProtocol, WsgiApplication

_log = logging.getLogger(__name__)

_BACKLOG: Final = 512
_FULL: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_FULL_PAUSE: Final = 0.05
_CUT_SECONDS: Final = 0.3


def _nothing() -> None:
    """Do nothing."""


class ListenError(Exception):
    """Say that the address cannot be listened on."""


class _QuietLog:
    """Take what ``eventlet.wsgi`` has to say: only answers that broke off, as one constant line."""

    def debug(self, message: str) -> None:
        """Ignore chatter about connections."""

    def info(self, message: str) -> None:
        """Note that an answer could not be sent to its end."""
        _log.info("answer broke off", extra={"traceback": message})

    error = info


class Listener:
    """Serve a WSGI application on one address, each connection on its own green thread.

    The address is never shared (no ``SO_REUSEPORT``): a stale process on it is an error.
    """

    def __init__(
        self,
        app: WsgiApplication,
        *,
        refusal: Callable[[DomainError], WsgiApplication],
        max_connections: int = 900,
        patience: Patience | None = None,
    ) -> None:
        self.app = app
        self.refusal = refusal
        self.patience = patience or Patience()
        self.is_stopping = False
        self._pool = eventlet.GreenPool(max_connections)
        self._connections: dict[int, list[Any]] = {}
        self._socket: socket.socket | None = None
        self._server: wsgi.Server | None = None
        self._accepting: Any = None

    @property
    def address(self) -> tuple[str, int]:
        """Return the host and port really listened on."""
        if self._socket is None:
            raise ListenError
        host, port = self._socket.getsockname()[:2]
        return host, port

    @property
    def connections(self) -> int:
        """Return how many connections are open."""
        return len(self._connections)

    def start(self, host: str, port: int) -> None:
        """Listen and begin to serve.

        Raises:
            ListenError: somebody else listens there, or the address is not ours.
        """
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
            listening.listen(_BACKLOG)
        except OSError as error:
            listening.close()
            raise ListenError(f"cannot listen on {host}:{port}: {error.strerror}") from error
        self._socket = listening
        self._server = wsgi.Server(
            listening,
            listening.getsockname(),
            self.app,
            log=_QuietLog(),
            log_output=True,
            log_format="",
            debug=False,
            keepalive=True,
        )
        self._server.log_output = False  # the application writes the access log
        self._server.capitalize_response_headers = False
        self._server.site = self
        self._accepting = eventlet.spawn(self._accept)

    def stop(
        self,
        grace: float,
        *,
        on_stop: Callable[[], None] = _nothing,
        on_cut: Callable[[], None] = _nothing,
    ) -> None:
        """Refuse new connections, let requests finish for ``grace`` seconds, then answer 503.

        ``on_stop`` is called at once: it must end the answers that never end by themselves.
        ``on_cut`` is called when the grace is over: it must make the requests still running fail.
        """
        self.is_stopping = True
        if self._accepting is not None:
            self._accepting.kill()
        if self._socket is not None:
            self._socket.close()
        for connection in list(self._connections.values()):
            if connection[2] == wsgi.STATE_IDLE:
                _shut(connection)
        on_stop()
        if self._drained(grace):
            return
        on_cut()
        self._drained(_CUT_SECONDS)
        for connection in list(self._connections.values()):
            _shut(connection)
        self._drained(_CUT_SECONDS)

    def _drained(self, seconds: float) -> bool:
        until = time.monotonic() + seconds
        while self._connections and time.monotonic() < until:
            eventlet.sleep(0.01)
        return not self._connections

    def _accept(self) -> None:
        """Accept for ever; running out of descriptors is waited out, not died of."""
        listening = self._socket
        while listening is not None and not self.is_stopping:
            try:
                client, address = listening.accept()
            except OSError as error:
                if error.errno in _FULL:
                    _log.warning("out of file descriptors")
                eventlet.sleep(_FULL_PAUSE)
                continue
            connection = [address, client, wsgi.STATE_IDLE]
            self._connections[id(connection)] = connection
            self._pool.spawn_n(self._serve, connection)

    def _serve(self, connection: list[Any]) -> None:
        try:
            with contextlib.suppress(OSError):
                connection[1].setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            StrictProtocol(connection, self._server)
        except OSError:  # the client has gone
            pass
        except Exception:  # noqa: BLE001 - the outermost edge of a connection
            _log.exception("connection failed")
        finally:
            self._connections.pop(id(connection), None)
            _shut(connection)
            connection[1].close()


def _shut(connection: list[Any]) -> None:
    connection[2] = wsgi.STATE_CLOSE
    with contextlib.suppress(OSError):
        connection[1].shutdown(socket.SHUT_RDWR)
