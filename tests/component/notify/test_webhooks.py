"""Webhooks as their owners meet them: the real notify, told by the real standards."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chassis import ids
from chassis.errors import DomainError
from chassis.testing import Embedded
from contracts.events import DECLARATION_PUBLISHED
from contracts.rpc import notify as contract
from services.notify.service import NotifyService
from services.standards.service import StandardsService
from tests.component.notify.conftest import OWNER, STRANGER, Person
from tests.fakes.shapes import misfits
from tests.fakes.webhook_receivers import Receiver

EXAMPLES = Path(__file__).resolve().parents[3] / "contracts" / "examples" / "standards"
DATA = json.loads((EXAMPLES / "declaration.published.v1.full.json").read_text(encoding="utf-8"))[
    "data"
]


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(
        NotifyService,
        StandardsService,
        data_dir=tmp_path,
        overrides={"webhook_test_hosts": ("127.0.0.1",), "retry_scale": 0.02},
    ) as running:
        yield running


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


def announce(system: Embedded, **changes: Any) -> None:
    """Let standards announce a publication."""
    with system.database("standards").transaction() as tx:
        tx.emit(DECLARATION_PUBLISHED, subject=ids.new_id(), sequence=1, data={**DATA, **changes})


def wait_for(system: Embedded, receiver: Receiver, positions: list[int]) -> None:
    system.wait_until(lambda: receiver.positions == positions, 60)


def refused(call: Any) -> str:
    """Return the code that a call is refused with."""
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.wire_code


class TestLife:
    def test_answers_are_as_promised(
        self, system: Embedded, owner: Person, receiver: Receiver
    ) -> None:
        announce(system)
        system.wait_idle()

        def step(method: str, **arguments: Any) -> dict[str, Any]:
            return owner.ask(method, webhook_id=made["webhook_id"], **arguments)

        key = ids.new_id()
        request = {"name": "数据中心", "url": receiver.url, "after": 0}
        made = owner.ask("create_webhook", key=key, **request)
        again = owner.ask("create_webhook", key=key, **request)
        wait_for(system, receiver, [1])
        system.wait_until(lambda: step("get_webhook")["position"] == 1, 60)
        changed = step("change_webhook", expected_version=1, parallel=8)
        sent = step("send_webhook_test")
        system.wait_until(lambda: receiver.taken[-1].id == sent["event_id"], 60)
        announce(system)
        wait_for(system, receiver, [1, 2])
        system.wait_until(lambda: step("get_webhook")["position"] == 2, 60)
        replayed = step("replay_webhook", after=1)
        wait_for(system, receiver, [1, 2, 2])
        renewed = step("rotate_webhook_secret")
        stopped = step("disable_webhook")
        enabled = step("enable_webhook")
        log = step("list_webhook_attempts", limit=3)
        listed = owner.ask("list_webhooks")
        ended = step("delete_webhook")

        assert again == made
        assert len(listed["items"]) == 1
        assert renewed["secret"] != made["secret"]
        assert stopped["state"] == "DISABLED"
        for answer, promised in (
            (made, contract.WebhookMade),
            (renewed, contract.WebhookMade),
            (changed, contract.Webhook),
            (replayed, contract.Webhook),
            (stopped, contract.Webhook),
            (enabled, contract.Webhook),
            (listed, contract.Webhooks),
            (log, contract.WebhookAttempts),
            (sent, contract.WebhookTest),
            (ended, contract.WebhookEnded),
        ):
            assert misfits(answer, promised) == [], answer
        assert refused(lambda: step("get_webhook")) == "notify.not_found"

    def test_an_office_reads_what_its_webhooks_say(
        self, system: Embedded, receiver: Receiver
    ) -> None:
        offices = [
            Person(system, subject=subject, roles=roles, enterprise_id=None)
            for subject, roles in ((OWNER, ("OPERATOR",)), (STRANGER, ("OPERATOR",)))
        ]
        receiver.behave = lambda posted: 410 if "position" in posted.event else None
        offices[0].ask("create_webhook", name="平台", url=receiver.url)
        system.wait_until(lambda: len(receiver.taken) == 1, 60)
        announce(system)

        system.wait_until(lambda: offices[1].ask("list_messages")["total"] == 1, 60)

        (message,) = offices[1].ask("list_messages")["items"]
        (webhook,) = offices[1].ask("list_webhooks")["items"]
        assert message["template"] == "WEBHOOK_DISABLED"
        assert (webhook["state"], webhook["reason"]) == ("DISABLED", "GONE")


class TestRefusals:
    def test_of_what_cannot_be(self, owner: Person, receiver: Receiver) -> None:
        def create(**changes: Any) -> str:
            request = {"name": "x", "url": receiver.url, **changes}
            return refused(lambda: owner.ask("create_webhook", **request))

        assert create(url="http://example.cn/") == "notify.webhook_url"
        assert create(url="https://10.0.0.1/") == "notify.webhook_url"
        assert create(after=99) == "standards.position_ahead"
        assert create(after=-1) == "bus.invalid_arguments"
        assert create(parallel=9) == "bus.invalid_arguments"
        assert create(name="") == "bus.invalid_arguments"
        for filters in (
            {"types": ["cn.qibiao.organization.updated.v1"]},
            {"kinds": ["OTHER"]},
            {"regions": ["370"]},
            {"enterprises": ["1"]},
            {"classes": ["%"]},
            {"more": []},
            {"regions": ["37"] * 51},
        ):
            assert create(filters=filters) == "bus.invalid_arguments"

    @pytest.mark.parametrize("roles", [("FILER",), ("VIEWER",), ("AUDITOR",), ()])
    def test_of_who_may_not(self, system: Embedded, roles: tuple[str, ...]) -> None:
        person = Person(system, roles=roles)

        assert refused(lambda: person.ask("list_webhooks")) == "bus.forbidden"

    @pytest.mark.parametrize(
        ("scopes", "code"), [(("webhooks:manage",), ""), (("events:read",), "bus.forbidden")]
    )
    def test_of_programs_without_the_scope(
        self, system: Embedded, scopes: tuple[str, ...], code: str
    ) -> None:
        token = system.token("key:k-1", enterprise_id="e-1", scopes=scopes)
        notify = system.client("notify", as_service=None)

        def ask() -> Any:
            return notify.call("list_webhooks", actor_token=token)

        if code:
            assert refused(ask) == code
        else:
            assert ask() == {"items": []}
