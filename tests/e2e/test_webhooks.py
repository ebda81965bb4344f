"""Another system subscribes, proves itself, and is told of events (docs/api/webhooks.md)."""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from services.accounts import seeds
from tests.e2e.test_declarations import entry
from tests.fakes.webhook_receivers import VALIDATION, Receiver
from tools.visitor import RefusedError, Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PUBLISHED = "cn.qibiao.declaration.published.v1"
NUMBERS = itertools.count(1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def owner(system: Any) -> Visitor:
    visitor: Visitor = system.visitor()
    visitor.log_in("lanzhou_owner", seeds.PASSWORD)
    return visitor


def publish(visitor: Visitor, title: str) -> dict[str, Any]:
    number = {"body": f"QBHOOK {next(NUMBERS):03}", "year": "2026"}
    return visitor.publish(visitor.save_draft(entry("", title=title, number=number)))


def wait_for_events(receiver: Receiver, count: int, *titles: str) -> list[dict[str, Any]]:
    """Wait for events with these titles: one published just before may come as well."""

    def events() -> list[dict[str, Any]] | None:
        known = [dict(one.event) for one in receiver.taken if "position" in one.event]
        found = [event for event in known if event["data"]["title"] in titles]
        return found if len(found) >= count else None

    return wait_for(events, seconds=60, what=f"{count} 个事件")


def wait_for_state(visitor: Visitor, path: str, state: str) -> dict[str, Any]:
    def shown() -> dict[str, Any] | None:
        found = visitor.api("GET", path)
        return found if found["state"] == state else None

    return wait_for(shown, seconds=60, what=f"推送状态 {state}")


class TestWebhooks:
    def test_a_system_is_told_what_its_filters_want(
        self, owner: Visitor, receiver: Receiver
    ) -> None:
        code = publish(owner, "推送之前公开的标准")["record_number"].split("-")[1]
        wanted = {"types": [PUBLISHED], "kinds": ["ENTERPRISE"], "enterprises": [code]}
        body = {"name": "数据中心", "url": receiver.url, "filters": wanted}

        made = owner.api("POST", "/webhooks", key="hook-e2e-00000001", json=body)
        again = owner.api("POST", "/webhooks", key="hook-e2e-00000001", json=body)
        path = f"/webhooks/{made['webhook_id']}"
        wait_for_state(owner, path, "ACTIVE")
        titles = ("推送的第一项标准", "推送的第二项标准")
        told = [publish(owner, title) for title in titles]
        events = wait_for_events(receiver, 2, *titles)

        assert again == made
        assert receiver.taken[0].event["type"] == VALIDATION
        assert [event["data"]["title"] for event in events] == list(titles)
        assert [event["data"]["record_number"] for event in events] == [
            one["record_number"] for one in told
        ]
        assert all(one.is_signed_by(made["secret"]) for one in receiver.taken)
        assert made["secret"] not in json.dumps(owner.api("GET", "/webhooks"))

        renewed = owner.api("POST", f"{path}/rotate-secret")
        owner.api("POST", f"{path}/replay", json={"after": events[0]["position"] - 1})
        repeated = wait_for_events(receiver, 4, *titles)[2:]
        assert [event["id"] for event in repeated] == [event["id"] for event in events]
        assert receiver.taken[-1].is_signed_by(made["secret"])
        assert receiver.taken[-1].is_signed_by(renewed["secret"])
        log = owner.api("GET", f"{path}/deliveries?limit=2")
        assert [one["outcome"] for one in log["items"]] == ["DELIVERED", "DELIVERED"]
        older = owner.api("GET", f"{path}/deliveries?before={log['next_before']}")
        assert older["items"][-1]["event_type"] == VALIDATION
        owner.api("DELETE", path)

    def test_a_program_manages_them_with_its_key(
        self, system: Any, owner: Visitor, receiver: Receiver
    ) -> None:
        scopes = ["webhooks:manage"]
        key = owner.api("POST", "/machine-keys", json={"name": "推送", "scopes": scopes, "days": 1})

        def call(method: str, path: str, *, version: int = 0, body: Any = None) -> Any:
            headers = {"Authorization": f"Bearer {key['key']}", "Idempotency-Key": key["key_id"]}
            if version:
                headers["If-Match"] = f'"{version}"'
            return requests.request(
                method, f"{system.url}/api/v1{path}", json=body, headers=headers, timeout=20
            )

        made = call("POST", "/webhooks", body={"name": "程序", "url": receiver.url})
        path = f"/webhooks/{made.json()['webhook_id']}"
        wait_for_state(owner, path, "ACTIVE")
        version = call("GET", path).json()["version"]
        changed = call("PATCH", path, version=version, body={"name": "程序二"})
        sent = call("POST", f"{path}/test", body={})
        stopped = call("POST", f"{path}/disable", body={})

        assert (made.status_code, changed.status_code, sent.status_code) == (201, 200, 202)
        assert changed.json()["name"] == "程序二"
        assert stopped.json()["state"] == "DISABLED"
        assert call("PATCH", path, version=version, body={"name": "旧"}).status_code == 412
        assert call("GET", "/machine-keys").status_code == 403
        assert call("DELETE", path).status_code == 204
        assert call("GET", path).status_code == 404
        owner.api("DELETE", f"/machine-keys/{key['key_id']}")

    @pytest.mark.proves("F9")
    def test_somebody_elses_is_not_there(
        self, system: Any, owner: Visitor, receiver: Receiver
    ) -> None:
        made = owner.api("POST", "/webhooks", json={"name": "自己的", "url": receiver.url})
        path = f"/webhooks/{made['webhook_id']}"
        strangers = [system.visitor() for _ in range(3)]
        for visitor, name in zip(
            strangers,
            ("qinghe_owner", seeds.demo_usernames()["BUREAU"], seeds.demo_usernames()["OPERATOR"]),
            strict=True,
        ):
            visitor.log_in(name, seeds.PASSWORD)

        for visitor in strangers:
            assert made["webhook_id"] not in str(visitor.api("GET", "/webhooks"))
            for method, part, body in (
                ("GET", "", None),
                ("DELETE", "", None),
                ("GET", "/deliveries", None),
                ("POST", "/enable", {}),
                ("POST", "/replay", {"after": 0}),
                ("POST", "/rotate-secret", {}),
                ("POST", "/test", {}),
            ):
                with pytest.raises(RefusedError) as refused:
                    visitor.api(method, path + part, json=body)
                assert (refused.value.status, refused.value.code) == (404, "notify.not_found")
        owner.api("DELETE", path)

    @pytest.mark.proves("F22")
    @pytest.mark.parametrize(
        "url",
        [
            "http://example.cn/x",
            "https://localhost/x",
            "https://10.0.0.1/x",
            "https://[::ffff:169.254.169.254]/x",
            "https://example.cn:22/x",
            "https://user@example.cn/x",
        ],
    )
    def test_an_address_inside_is_refused(self, owner: Visitor, url: str) -> None:
        with pytest.raises(RefusedError) as refused:
            owner.api("POST", "/webhooks", json={"name": "内部", "url": url})

        assert (refused.value.status, refused.value.code) == (422, "notify.webhook_url")
