"""What a handler raises decides what becomes of the message."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import errors, handlers
from chassis.bus.api import Event, SubscriptionKind, Verdict
from chassis.handlers import MalformedMessageError, Reject, RetryLater, parse_event, settle_failure
from contracts.events import DECLARATION_PUBLISHED, SEND_SMS

ENVELOPE = {
    "specversion": "1.0",
    "id": "e1",
    "type": "cn.qibiao.thing.made.v1",
    "source": "/services/standards",
    "subject": "d1",
    "time": "2026-03-02T01:30:00Z",
    "sequence": 3,
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "data": {"number": 1},
}


class TestSettle:
    @pytest.mark.parametrize(("attempt", "delay"), [(1, 1), (2, 10), (3, 60), (4, 600)])
    def test_failures_climb_the_ladder(self, attempt: int, delay: float) -> None:
        outcome = settle_failure(ValueError("x"), attempt)

        assert (outcome.verdict, outcome.delay) == (Verdict.RETRY, delay)

    @pytest.mark.parametrize("error", [ValueError("x"), RetryLater(5), SystemExit()])
    def test_the_fifth_is_the_last(self, error: BaseException) -> None:
        outcome = settle_failure(error, 5)

        assert outcome.verdict is Verdict.DEAD
        assert outcome.reason

    def test_reject_is_final(self) -> None:
        outcome = settle_failure(Reject("why"), 1)

        assert (outcome.verdict, outcome.reason) == (Verdict.DEAD, "why")

    def test_retry_later_says_when(self) -> None:
        assert settle_failure(RetryLater(42), 1).delay == 42

    @pytest.mark.parametrize(
        "error",
        [
            errors.UnavailableError(),
            errors.DeadlineError(),
            errors.OverloadedError(),
            errors.DatabaseUnavailableError(),
            errors.StorageUnavailableError(),
        ],
    )
    @pytest.mark.parametrize("attempt", [1, 5, 50])
    def test_infrastructure_is_not_the_messages_fault(
        self, error: errors.DomainError, attempt: int
    ) -> None:
        assert settle_failure(error, attempt).verdict is Verdict.PARK

    def test_a_refusal_of_another_service_is_a_failure(self) -> None:
        error = errors.RemoteDomainError("accounts.no_such_enterprise")

        assert settle_failure(error, 1).verdict is Verdict.RETRY

    def test_parking_gets_longer_up_to_two_seconds(self) -> None:
        assert [handlers.park_delay(times) for times in range(6)] == [0.2, 0.4, 0.8, 1.6, 2.0, 2.0]
        assert handlers.park_delay(10_000) == 2.0


class TestParse:
    def test_reads_an_envelope(self) -> None:
        event = parse_event(json.dumps(ENVELOPE))

        assert event.id == "e1"
        assert event.source == "standards"
        assert event.sequence == 3
        assert event.data == {"number": 1}
        assert event.position is None

    def test_reads_the_position(self) -> None:
        assert parse_event(json.dumps({**ENVELOPE, "position": 7})).position == 7

    def test_unknown_attributes_are_ignored(self) -> None:
        assert parse_event(json.dumps({**ENVELOPE, "later": {"a": 1}})).id == "e1"

    @pytest.mark.parametrize("missing", ["id", "type", "source", "time", "data"])
    def test_nothing_needed_may_be_missing(self, missing: str) -> None:
        envelope = {name: value for name, value in ENVELOPE.items() if name != missing}

        with pytest.raises(MalformedMessageError):
            parse_event(json.dumps(envelope))

    @pytest.mark.parametrize("body", [b"\xff", "", "[" * 100_000, "NaN", "5"])
    def test_what_is_no_envelope_is_refused(self, body: bytes | str) -> None:
        with pytest.raises(MalformedMessageError):
            parse_event(body)

    @given(
        st.dictionaries(
            st.sampled_from(sorted(ENVELOPE)),
            st.recursive(
                st.none() | st.booleans() | st.floats() | st.text(),
                lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
                max_leaves=5,
            ),
        )
    )
    def test_only_one_error_comes_of_it(self, changes: dict[str, Any]) -> None:
        try:
            event = parse_event(json.dumps({**ENVELOPE, **changes}))
        except MalformedMessageError:
            return

        assert isinstance(event, Event)


class TestExpiry:
    @pytest.mark.parametrize(
        ("expires_at", "expected"),
        [
            (None, "wanted"),
            ("2026-03-02T01:30:00Z", "expired"),
            ("2026-03-02T01:30:01Z", "wanted"),
            ("soon", "wanted"),
            ("2026-03-02T01:29:00", "wanted"),
        ],
    )
    def test_is_compared_with_now(self, expires_at: str | None, expected: str) -> None:
        event = Event("1", "t", "s", "x", 1, "", {}, expires_at=expires_at)

        has_expired = handlers.has_expired(event, datetime(2026, 3, 2, 1, 30, tzinfo=UTC))

        assert has_expired == (expected == "expired")


class TestSubscription:
    def test_event_queue_is_named_as_namekos(self) -> None:
        found = handlers.subscription_of(
            "search", "handle_x", SubscriptionKind.EVENT, DECLARATION_PUBLISHED
        )

        assert found.queue == "evt-standards-declaration.published.v1--search.handle_x"
        assert found.exchange == "standards.events"
        assert found.handler == "search.handle_x"

    def test_command_queue_belongs_to_its_target(self) -> None:
        found = handlers.subscription_of("notify", "send", SubscriptionKind.COMMAND, SEND_SMS)

        assert found.queue == "cmd-notify-send_sms.v1"
        assert found.exchange == "notify.commands"
