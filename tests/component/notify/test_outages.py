"""SMS is sent once or reported: the real service against providers that fail (promise E7)."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis.errors import DomainError
from chassis.testing import Embedded
from services.notify.service import NotifyService
from tests.component.notify.conftest import Asker
from tests.component.notify.test_service import all_messages, ask, is_settled
from tests.fakes.sms_providers import FakeAliyun, FakeProvider, FakeSigned, url_of

Start = Callable[..., Embedded]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts the service with providers of one's choice."""
    with ExitStack() as stack:

        def run(*urls: str, **overrides: Any) -> Embedded:
            settings = {"sms_urls": urls, "sms_timeout_seconds": 1.0, **overrides}
            system = Embedded(NotifyService, Asker, data_dir=tmp_path, overrides=settings)
            return stack.enter_context(system)

        yield run


def phones(count: int) -> list[str]:
    return [f"1380013{number:04}" for number in range(count)]


def asked_for(system: Embedded, count: int) -> list[str]:
    return [ask(system, phone=phone) for phone in phones(count)]


def ends(system: Embedded) -> list[tuple[str, str | None, str | None]]:
    return [
        (message["state"], message["reason"], message["delivery"])
        for message in all_messages(system)
    ]


@pytest.mark.proves("E7")
class TestOutages:
    def test_the_second_provider_is_used_within_30_seconds(self, start: Start) -> None:
        with FakeSigned() as gone, FakeSigned() as second:
            urls = url_of(gone), url_of(second)
            gone.__exit__()
            try:
                system = start(*urls)
                begun = time.monotonic()
                asked_for(system, 5)
                system.wait_until(lambda: is_settled(system, 5), seconds=30)
                seconds = time.monotonic() - begun
            finally:
                gone.__enter__()

            assert len(second.sent()) == 5
        assert {message["provider"] for message in all_messages(system)} == {"http-2"}
        assert seconds < 30

    def test_an_error_after_acceptance_sends_nothing_twice(self, start: Start) -> None:
        """The provider knows the message's id: it is asked again and sends nothing again."""
        with FakeSigned() as fake, FakeSigned() as other:
            failures = [(500, {}, {})] * 3
            fake.after_accept = lambda: failures.pop() if failures else None
            system = start(url_of(fake), url_of(other))

            asked_for(system, 3)
            system.wait_until(lambda: is_settled(system, 3), seconds=40)

            assert len(fake.sent()) == 3
            assert other.asked == []
        assert [state for state, _, _ in ends(system)] == ["SENT"] * 3

    def test_a_cloud_that_may_have_sent_is_not_asked_again(self, start: Start) -> None:
        """Clouds forget ids, so a code goes out at most once; a receipt may still tell."""
        with FakeAliyun() as fake, FakeSigned() as other:
            fake.after_accept = lambda: time.sleep(2.0)
            system = start(url_of(fake, extra="&receipt=token-1"), url_of(other))
            asked_for(system, 1)
            system.wait_until(lambda: is_settled(system), seconds=20)
            unknown = ends(system)

            report = json.dumps(
                [{"success": True, "out_id": fake.taken[0].message_id, "biz_id": "biz-1"}]
            )
            anyone = system.client("notify", as_service=None)
            for _ in range(3):
                anyone.receive_receipts(provider="aliyun", posted_body=report, token="token-1")
            with pytest.raises(DomainError) as refused:
                anyone.receive_receipts(provider="aliyun", posted_body=report, token="guess")

            assert len(fake.taken) == 1
            assert other.asked == []
        assert unknown == [("FAILED", "UNKNOWN_OUTCOME", None)]
        assert ends(system) == [("SENT", None, "DELIVERED")]
        assert refused.value.wire_code == "notify.receipt_refused"

    def test_a_slow_provider_loses_its_turn(self, start: Start) -> None:
        with FakeSigned() as slow, FakeSigned() as quick:
            slow.after_accept = lambda: time.sleep(0.6)
            system = start(url_of(slow), url_of(quick), sms_slow_seconds=0.5)

            for phone in phones(6):
                before = len(all_messages(system))
                ask(system, phone=phone)
                system.wait_until(lambda n=before: is_settled(system, n + 1), seconds=20)

            assert (len(slow.sent()), len(quick.sent())) == (3, 3)

    def test_every_request_ends_when_all_are_down(self, start: Start) -> None:
        def refuse(fake: FakeProvider) -> None:
            fake.behave = lambda _: (503, {}, {})

        with FakeSigned() as first, FakeSigned() as second:
            refuse(first)
            refuse(second)
            system = start(url_of(first), url_of(second))

            for phone in phones(2):
                ask(system, phone=phone, lifetime=timedelta(seconds=8))
            system.wait_until(lambda: is_settled(system, 2), seconds=60)

            assert first.taken == second.taken == []
        assert ends(system) == [("FAILED", "EXPIRED", None)] * 2
