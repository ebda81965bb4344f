"""One connection to the broker that comes back by itself.

Only the green thread of the link reads from the socket. ``on_open`` may use py-amqp's waiting
methods (declare, consume); afterwards everybody only writes.
"""

import logging
import ssl
import time
from collections.abc import Callable
from typing import Any, Final

import amqp
import eventlet
from amqp import spec
from eventlet.event import Event as Signal
from kombu.connection import Connection

from chassis.bus import frames
from chassis.bus.api import MAX_BODY
from chassis.bus.untyped import RawConnection

logger = logging.getLogger(__name__)

HEARTBEAT: Final = 20
CONNECT_TIMEOUT: Final = 3.0
SETUP_TIMEOUT: Final = 10.0
FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 1.5
CLOSE_TIMEOUT: Final = 2.0
TICK: Final = 5.0

LOST: Final = (OSError, amqp.AMQPError, EOFError)


def establish(connection: Any) -> RawConnection:  # noqa: ANN401 - kombu ships no types
    """Return py-amqp's connection to the host whose turn it is; TLS checks whom it speaks to.

    Raises:
        OSError: the host cannot be reached, or is not who it should be.
    """
    if connection.transport_cls == "amqps":
        # Made anew each time: kombu notes the first host's name in it.
        connection.ssl = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": None}
    return connection.transport.establish_connection()


class Link:
    """Keep one connection open until stopped."""

    def __init__(
        self,
        url: str,
        *,
        name: str,
        on_open: Callable[[Any], None],
        on_lost: Callable[[], None] = lambda: None,
        body_limit: int = MAX_BODY,
    ) -> None:
        self._url = url
        self.name = name
        self._on_open = on_open
        self._on_lost = on_lost
        self._body_limit = body_limit
        self._thread: Any = None
        self._ticker: Any = None
        self._changed = Signal()
        self._is_stopping = False
        self.raw: Any = None
        self.is_open = False
        self.is_blocked = False
        self.failures = 0
        self.opened_at = 0.0

    @property
    def is_started(self) -> bool:
        """Tell whether the link was asked to connect."""
        return self._thread is not None

    @property
    def is_usable(self) -> bool:
        """Tell whether the broker would take a message now."""
        return self.is_open and not self.is_blocked

    def start(self) -> None:
        """Begin to connect."""
        if self._thread is None and not self._is_stopping:
            self._thread = eventlet.spawn(self._run)

    def wait_open(self, seconds: float) -> bool:
        """Wait until the link is open, or an attempt failed; tell whether it is open."""
        self.start()
        deadline = time.monotonic() + seconds
        while not self.is_open and not self.failures and not self._is_stopping:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            self._changed.wait(left)
        return self.is_open

    def stop(self) -> None:
        """Send what was written, close in good order, and do not come back."""
        self._is_stopping = True
        self._notify()
        thread, self._thread = self._thread, None
        if thread is None:
            return
        if self.is_open:
            with eventlet.Timeout(CLOSE_TIMEOUT, False):  # noqa: FBT003 - eventlet's "silently"
                self._say_goodbye()
                thread.wait()
        thread.kill()
        self._collect()

    def shut(self, reason: str) -> None:
        """Drop the connection, because it does not do what it should; a new one follows."""
        if self.raw is not None and self.raw._transport is not None:  # noqa: SLF001 - may be gone already
            logger.warning("connection dropped", extra={"link": self.name, "reason": reason})
            frames.shut(self.raw.transport)

    def _run(self) -> None:
        connection = Connection(  # type: ignore[no-untyped-call] # kombu ships no types
            self._url,
            heartbeat=HEARTBEAT,
            connect_timeout=CONNECT_TIMEOUT,
            failover_strategy="round-robin",
            transport_options={
                "frame_writer": frames.new_writer,
                "frame_handler": frames.FrameHandler,
                "client_properties": {"connection_name": self.name},
            },
        )
        while not self._is_stopping:
            if self._open(connection):
                self._serve()
            else:
                connection.maybe_switch_next()  # type: ignore[no-untyped-call] # as above
            self._collect()
            if not self._is_stopping:
                self._pause()

    def _pause(self) -> None:
        eventlet.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures, 6)))

    def _open(self, connection: RawConnection) -> bool:
        try:
            with eventlet.Timeout(SETUP_TIMEOUT, TimeoutError("the broker does not answer")):
                self.raw = raw = establish(connection)
                raw.body_limit = self._body_limit
                raw.on_blocked = self._blocked
                raw.on_unblocked = self._unblocked
                self._on_open(raw)
        except LOST as error:
            self._failed(connection, error)
            return False
        except Exception as error:
            logger.exception("link could not be set up", extra={"link": self.name})
            self._failed(connection, error)
            return False
        self.is_open, self.failures = True, 0
        self.opened_at = time.monotonic()
        logger.info("connected", extra={"link": self.name})
        self._notify()
        return True

    def _failed(self, connection: RawConnection, error: Exception) -> None:
        self.failures += 1
        logger.warning(
            "broker cannot be reached",
            extra={
                "link": self.name,
                "broker": connection.as_uri(),
                "reason": f"{type(error).__name__}: {error}",
            },
        )
        self._notify()

    def _serve(self) -> None:
        raw = self.raw
        self._ticker = eventlet.spawn(self._tick, raw)
        try:
            left_over, raw.transport._read_buffer = raw.transport._read_buffer, b""  # noqa: SLF001 - what setup read ahead
            frames.read_frames(raw, raw.transport.sock, left_over)
        except LOST as error:
            if not self._is_stopping:
                logger.warning(
                    "connection lost",
                    extra={"link": self.name, "reason": f"{type(error).__name__}: {error}"},
                )
        except Exception:
            logger.exception("connection failed", extra={"link": self.name})
        finally:
            self._ticker.kill()
            self.is_open = self.is_blocked = False
            self._on_lost()
            self._notify()

    def _tick(self, raw: RawConnection) -> None:
        while True:
            eventlet.sleep(TICK)
            try:
                raw.heartbeat_tick()
            except LOST as error:
                self.shut(str(error))
                return

    def _say_goodbye(self) -> None:
        raw = self.raw
        while not raw.outgoing.is_empty:
            eventlet.sleep(0.005)
        try:
            raw.send_method(spec.Connection.Close, "BsBB", (0, "", 0, 0))
        except LOST:
            frames.shut(raw.transport)

    def _collect(self) -> None:
        raw, self.raw = self.raw, None
        if raw is not None:
            try:
                raw.collect()
            except LOST:
                logger.debug("connection was gone", extra={"link": self.name})

    def _blocked(self, _reason: str) -> None:
        self.is_blocked = True
        logger.warning("broker blocks publishers", extra={"link": self.name})

    def _unblocked(self) -> None:
        self.is_blocked = False
        logger.info("broker takes messages again", extra={"link": self.name})

    def _notify(self) -> None:
        changed, self._changed = self._changed, Signal()
        changed.send()
