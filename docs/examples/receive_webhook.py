"""Receive webhooks of Qibiao: check the signature, keep each event once, answer 204.

Needs Python 3.9 or newer and one library: ``pip install standardwebhooks``. Run it behind a proxy
that speaks HTTPS:

    WEBHOOK_SECRET=whsec_… python receive_webhook.py --port 8080 --database events.db

Event and position are stored in one transaction before the answer, so a crash at any moment loses
nothing: what was not answered comes again, and what is there already is not stored twice.
"""

import argparse
import json
import os
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

MAX_BODY = 256 * 1024
VALIDATION = "cn.qibiao.webhook.validation.v1"


class Store:
    """Keep events in an SQLite file."""

    def __init__(self, path: str) -> None:
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, check_same_thread=False)
        self._connection.executescript(
            """
            PRAGMA journal_mode = WAL;
            CREATE TABLE IF NOT EXISTS events (
                event_id TEXT PRIMARY KEY,
                position INTEGER,
                subject TEXT NOT NULL,
                type TEXT NOT NULL,
                body TEXT NOT NULL
            );
            CREATE TABLE IF NOT EXISTS progress (id INTEGER PRIMARY KEY, position INTEGER NOT NULL);
            """
        )

    def add(self, event_id: str, event: dict, body: str) -> bool:
        """Keep an event and the highest position; tell whether it was new."""
        with self._lock, self._connection as transaction:
            added = transaction.execute(
                "INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?, ?)",
                (event_id, event.get("position"), event["subject"], event["type"], body),
            )
            transaction.execute(
                "INSERT INTO progress VALUES (1, ?)"
                " ON CONFLICT (id) DO UPDATE SET position = max(position, excluded.position)",
                (event.get("position") or 0,),
            )
        return added.rowcount == 1


class Receiver(BaseHTTPRequestHandler):
    """Answer the POSTs of Qibiao."""

    protocol_version = "HTTP/1.1"
    timeout = 30
    store: Store
    signer: Webhook

    def do_POST(self) -> None:
        """Take one event: 204 when it is kept, 400 when it is not from Qibiao."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 < length <= MAX_BODY:
            self.close_connection = True
            self._answer(413)
            return
        body = self.rfile.read(length).decode()
        try:
            event = self.signer.verify(body, dict(self.headers.items()))
        except WebhookVerificationError:
            self._answer(400)
            return
        if event["type"] == VALIDATION:
            self._answer(200, {"challenge": event["data"]["challenge"]})
            return
        self.store.add(self.headers["webhook-id"], event, body)
        self._answer(204)

    def _answer(self, status: int, content: "dict | None" = None) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        self.send_response(status)
        if body:
            self.send_header("Content-Type", "application/json")
        if status != 204:  # noqa: PLR2004 - the one without a body
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Write no line for each request."""


def main() -> None:
    """Listen until stopped."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--database", default="events.db")
    options = parser.parse_args()
    Receiver.store = Store(options.database)
    Receiver.signer = Webhook(os.environ["WEBHOOK_SECRET"])
    server = ThreadingHTTPServer((options.host, options.port), Receiver)
    print(f"listening on {options.host}:{server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
