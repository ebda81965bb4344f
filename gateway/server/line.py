"""The connection of an answer that stays open: notice that the client has gone, or end it."""

import contextlib
import socket
from collections.abc import Callable
from typing import Any, Final

import eventlet
from eventlet import hubs

KEY: Final = "qibiao.line"


class Line:
    """Hold one connection while its answer goes on for as long as both sides like."""

    def __init__(self, connection: Any) -> None:  # noqa: ANN401 - eventlet ships no types
        self._connection = connection

    def cut(self) -> None:
        """End the connection at once: whoever waits to write to it fails."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def watch(self, on_gone: Callable[[], None]) -> Callable[[], None]:
        """Call ``on_gone`` when the client closes; return what ends the watch.

        Without it a client that left would be noticed only by writing to it twice.
        """
        thread = eventlet.spawn(self._watch, on_gone)
        return thread.kill  # type: ignore[no-any-return] # eventlet ships no types

    def _watch(self, on_gone: Callable[[], None]) -> None:
        try:
            hubs.trampoline(self._connection.fileno(), read=True)
            # The bytes stay where they are: they are the client's next request.
            if self._connection.fd.recv(1, socket.MSG_PEEK):
                return
        except OSError:  # reset, or closed by us
            pass
        on_gone()
