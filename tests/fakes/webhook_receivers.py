"""A receiver of webhooks on this machine that checks signatures as Standard Webhooks says.

Nothing of notify is used: signatures are computed here from the specification.
"""

import base64
import hashlib
import hmac
import json
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

VALIDATION = "cn.qibiao.webhook.validation.v1"


@dataclass(frozen=True)
class Posted:
    """Be one POST as it came."""

    event: Mapping[str, Any]
    body: bytes
    headers: Mapping[str, str]

    @property
    def id(self) -> str:
        """Return what a receiver knows repetitions by."""
        return self.headers["webhook-id"]

    def is_signed_by(self, secret: str) -> bool:
        """Tell whether one of the signatures was made with a secret."""
        key = base64.b64decode(secret.removeprefix("whsec_"))
        signed = f"{self.id}.{self.headers['webhook-timestamp']}.".encode() + self.body
        digest = hmac.new(key, signed, hashlib.sha256).digest()
        wanted = "v1," + base64.b64encode(digest).decode()
        return wanted in self.headers["webhook-signature"].split(" ")


Answer = tuple[int, dict[str, str], bytes]


@dataclass
class Receiver:
    """Take events; ``behave`` may give another answer, or raise to break the connection."""

    behave: Callable[[Posted], Answer | int | None] = lambda _: None
    posted: list[Posted] = field(default_factory=list)
    taken: list[Posted] = field(default_factory=list)
    context: ssl.SSLContext | None = None

    def __enter__(self) -> Self:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                try:
                    answer = receiver.answer(Posted(json.loads(body), body, headers))
                except ConnectionError:
                    self.close_connection = True
                    return
                status, sent, content = answer
                self.send_response(status)
                for name, value in sent.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                """Write nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if self.context is not None:
            self._server.socket = self.context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self) -> int:
        """Return the port."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Return where it listens."""
        return f"http://127.0.0.1:{self.port}/events"

    @property
    def positions(self) -> list[int]:
        """Return the positions of what was taken, in the order it came."""
        return [posted.event["position"] for posted in self.taken if "position" in posted.event]

    def answer(self, posted: Posted) -> Answer:
        """Answer one POST."""
        self.posted.append(posted)
        special = self.behave(posted)
        if isinstance(special, int):
            return special, {}, b""
        if special is not None:
            return special
        self.taken.append(posted)
        if posted.event["type"] == VALIDATION:
            return 200, {}, json.dumps({"challenge": posted.event["data"]["challenge"]}).encode()
        return 204, {}, b""
