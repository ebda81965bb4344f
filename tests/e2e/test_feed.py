"""Following the register from another system: pages, a stream, a key (docs/events.md)."""

import itertools
from contextlib import ExitStack
from pathlib import Path
from typing import Any
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
