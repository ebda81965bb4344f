"""Following the register from another system: pages, a stream, a key (docs/events.md)."""

import itertools
import json
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
import requests

from services.accounts import seeds
from tests.e2e.conftest import RunningSystem
from tests.e2e.test_declarations import entry
from tests.factories.feed_readers import Reader
from tests.fakes.feed import Stream
from tools.visitor import Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

OWNER = "qinghe_owner"
NUMBERS = itertools.count(1)


def publish(visitor: Visitor) -> str:
    """Publish a declaration and return its id."""
    number = {"body": f"QBFEED {next(NUMBERS):03}", "year": "2026"}
    done = visitor.publish(visitor.save_draft(entry("", title="不锈钢保温杯", number=number)))
    return str(done["declaration_id"])


def newest(system: RunningSystem) -> int:
    """Return the position that the log has come to."""
    position, page = 0, {"next_after": -1}
    while page["next_after"] != position:
        position = max(0, int(page["next_after"]))
        page = requests.get(
            f"{system.url}/api/v1/events", params={"after": position, "limit": 500}, timeout=20
        ).json()
    return position


def log(system: RunningSystem, after: int) -> list[dict[str, Any]]:
    page = requests.get(
        f"{system.url}/api/v1/events", params={"after": after, "limit": 500}, timeout=20
    )
    items: list[dict[str, Any]] = page.json()["items"]
    return items


class TestReaders:
    """The programs of docs/events.md, killed again and again."""

    def test_have_every_event_once_and_in_order(
        self, system: RunningSystem, tmp_path: Path
    ) -> None:
        owner = system.visitor()
        owner.log_in(OWNER, seeds.PASSWORD)
        first = newest(system)
        readers = [Reader(name, system.url, tmp_path, after=first) for name in ("pages", "stream")]
        with ExitStack() as stack:
            for reader in readers:
                stack.callback(reader.stop)
                reader.start()
            published = []
            for _ in range(5):
                published.append(publish(owner))
                for reader in readers:
                    reader.kill()
                    reader.start()
            last = published[-1]

            def position() -> int | None:
                return next(
                    (event["position"] for event in log(system, first) if event["subject"] == last),
                    None,
                )

            end = wait_for(position, seconds=60, what="事件")
            for reader in readers:
                wait_for(
                    lambda reader=reader: end in reader.positions() or None,
                    seconds=60,
                    what=reader.name,
                )

        events = [event for event in log(system, first) if event["position"] <= end]
        ours = [event["subject"] for event in events if event["subject"] in published]
        assert ours == published
        for reader in readers:
            assert reader.positions()[: len(events)] == list(range(first + 1, end + 1))


class Moody(BaseHTTPRequestHandler):
    """Be a site behind a proxy that has no good time at first, and then has one event."""

    def do_GET(self) -> None:
        assert isinstance(self.server, MoodySite)
        status, headers, body = self.server.answer(is_stream="stream" in self.headers["Accept"])
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class MoodySite(ThreadingHTTPServer):
    """Answer badly a few times; what it says to each is counted by its kind."""

    daemon_threads = True
    event: Final = {"position": 1, "id": "e-1", "type": "cn.qibiao.declaration.published.v1"}
    bad: Final = (
        (502, {}, b"<html>Bad Gateway</html>"),
        (503, {}, b""),
        (503, {"Retry-After": "0"}, b"{}"),
        (429, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, b"{}"),
    )

    def __init__(self) -> None:
        self.asked = {True: 0, False: 0}
        super().__init__(("127.0.0.1", 0), Moody)

    def answer(self, *, is_stream: bool) -> tuple[int, dict[str, str], bytes]:
        number = self.asked[is_stream]
        self.asked[is_stream] += 1
        if number < len(self.bad):
            return self.bad[number]
        event = {**self.event, "subject": "d-1", "sequence": 1, "data": {}}
        is_first = number == len(self.bad)
        if is_stream:
            text = f"id: 1\nevent: {event['type']}\ndata: {json.dumps(event)}\n\n"
            return 200, {"Content-Type": "text/event-stream"}, text.encode() if is_first else b""
        items = [event] if is_first else []
        return 200, {}, json.dumps({"items": items, "next_after": 1}).encode()


@pytest.mark.parametrize("name", ["pages", "stream"])
def test_readers_outlast_a_site_that_answers_badly(name: str, tmp_path: Path) -> None:
    with MoodySite() as site, ExitStack() as stack:
        stack.callback(site.shutdown)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        reader = Reader(name, f"http://127.0.0.1:{site.server_port}", tmp_path)
        stack.callback(reader.stop)
        reader.start()

        wait_for(lambda: reader.positions() == [1] or None, seconds=90, what=name)

        reader.kill()  # which fails when it has ended by itself


class TestStream:
    def test_with_a_key_is_one_use_of_it(self, system: RunningSystem) -> None:
        owner = system.visitor()
        owner.log_in(OWNER, seeds.PASSWORD)
        made = owner.api(
            "POST", "/machine-keys", json={"name": "feed", "scopes": ["events:read"], "days": 2}
        )
        first = newest(system)
        parts = urlsplit(system.url)
        headers = {
            "Host": parts.netloc,
            "Authorization": f"Bearer {made['key']}",
            "Last-Event-ID": str(first),
        }
        address = (str(parts.hostname), int(parts.port or 80))

        with Stream(address, "?type=declaration.published.v1", headers=headers) as stream:
            assert stream.status == 200
            declaration_id = publish(owner)
            told = next(each for each in stream.told() if (each.data or {}).get("subject"))

        assert told.data["subject"] == declaration_id
        assert told.data in log(system, first)
        assert int(stream.headers["RateLimit-Remaining"]) < int(stream.headers["RateLimit-Limit"])
        shown = owner.api("GET", "/machine-keys")
        key = next(each for each in shown["items"] if each["key_id"] == made["key_id"])
        assert (key["used_today"], key["used_this_minute"]) == (1, 1)
        assert shown["quota"] == {"per_minute": 600, "per_day": 100_000}
        owner.api("DELETE", f"/machine-keys/{made['key_id']}")
        assert Stream(address, headers=headers).status == 401
