"""The client's side of a call: deadlines, headers, retries, the breaker."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from chassis import errors, sealing
from chassis.actors import ActorSigner, ActorVerifier
from chassis.breaker import Breaker
from chassis.bus import wire
from chassis.config import CommonSettings
from chassis.context import Call, serving
from chassis.keyrings import seal_ring
from chassis.rpc import RpcProxy


class FakeBus:
    """Answer each call with the next of the given answers, and note what was sent."""

    def __init__(self, *answers: Any) -> None:
        self._answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def call(  # noqa: PLR0913, PLR0917 - as every bus
        self,
        target: str,
        method: str,
        body: str,
        headers: dict[str, Any],
        request_id: str,
        timeout: float,
    ) -> dict[str, Any]:
        self.calls.append(
            {
                "target": target,
                "method": method,
                "body": json.loads(body),
                "headers": dict(headers),
                "request_id": request_id,
                "timeout": timeout,
            }
        )
        answer = self._answers.pop(0) if self._answers else {"ok": True}
        if isinstance(answer, BaseException):
            raise answer
        return {"result": answer, "error": None}


def proxy(bus: FakeBus, **options: Any) -> RpcProxy:
    return RpcProxy(bus, "caller", "target", **options)  # type: ignore[arg-type]


class TestCall:
    def test_sends_keyword_arguments(self) -> None:
        bus = FakeBus({"x": 1})

        answer = proxy(bus).get_thing(thing_id="7")

        assert answer == {"x": 1}
        assert bus.calls[0]["method"] == "get_thing"
        assert bus.calls[0]["body"] == {"args": [], "kwargs": {"thing_id": "7"}}

    @pytest.mark.proves("F15", "F24")
    def test_what_nobody_may_read_travels_sealed(self) -> None:
        bus, ring = FakeBus(), seal_ring(CommonSettings())

        proxy(bus, seals=ring).log_in(username="canary", password="canary-2", user_agent="Firefox")

        sent = bus.calls[0]["body"]["kwargs"]
        assert "canary" not in json.dumps(bus.calls)
        assert sent["user_agent"] == "Firefox"
        assert sealing.open_arguments(sent, ring, me="target") == {
            "username": "canary",
            "password": "canary-2",
            "user_agent": "Firefox",
        }

    def test_private_names_are_attributes(self) -> None:
        with pytest.raises(AttributeError):
            proxy(FakeBus())._secret  # noqa: B018 - the access is the test

    def test_error_reply_is_raised(self) -> None:
        bus = FakeBus()
        refusal = json.loads(wire.error_body(errors.StaleError()))
        bus.call = lambda *_: refusal  # type: ignore[method-assign]

        with pytest.raises(errors.StaleError):
            proxy(bus).get_thing()


class TestHeaders:
    def test_a_call_from_outside_begins_a_chain_and_a_trace(self) -> None:
        bus = FakeBus()

        proxy(bus).get_thing()

        headers = bus.calls[0]["headers"]
        assert headers["call_id_stack"] == [f"caller.call.{bus.calls[0]['request_id']}"]
        assert headers["traceparent"].startswith("00-")
        assert "actor" not in headers

    def test_a_nested_call_goes_on(self) -> None:
        bus, call = FakeBus(), Call(stack=("gateway.page.1", "caller.method.2"))

        with serving(call):
            proxy(bus).get_thing()

        headers = bus.calls[0]["headers"]
        assert headers["call_id_stack"] == list(call.stack)
        assert headers["traceparent"] == call.traceparent

    def test_a_service_signs_for_itself(self) -> None:
        bus = FakeBus()

        proxy(bus, signer=ActorSigner("caller")).get_thing()

        actor = ActorVerifier().verify(bus.calls[0]["headers"]["actor"])
        assert actor.subject == "service:caller"

    def test_a_given_token_goes_before(self) -> None:
        bus = FakeBus()

        proxy(bus, signer=ActorSigner("caller")).call(
            "m", actor_token="given", idempotency_key="key"
        )

        headers = bus.calls[0]["headers"]
        assert (headers["actor"], headers["idempotency_key"]) == ("given", "key")


class TestDeadline:
    def test_is_five_seconds(self) -> None:
        bus = FakeBus()

        proxy(bus).get_thing()

        assert 4.9 < bus.calls[0]["timeout"] <= 5
        assert 4900 < bus.calls[0]["headers"]["budget_ms"] <= 5000

    def test_nested_call_gets_the_rest_minus_200_ms(self) -> None:
        bus = FakeBus()

        with serving(Call(deadline=time.monotonic() + 1)):
            proxy(bus).get_thing()

        assert 0.7 < bus.calls[0]["timeout"] <= 0.8

    def test_without_time_nothing_is_sent(self) -> None:
        bus = FakeBus()

        with serving(Call(deadline=time.monotonic() + 0.2)), pytest.raises(errors.DeadlineError):
            proxy(bus).get_thing()

        assert bus.calls == []


class TestRetry:
    def test_only_what_is_marked(self) -> None:
        bus = FakeBus(errors.UnavailableError())

        with pytest.raises(errors.UnavailableError):
            proxy(bus).get_thing()

        assert len(bus.calls) == 1

    @pytest.mark.parametrize("how", ["client", "call"])
    def test_once_under_the_same_id(self, how: str) -> None:
        bus = FakeBus(errors.UnavailableError(), {"x": 1})

        if how == "client":
            answer = proxy(bus, idempotent=["get_thing"]).get_thing()
        else:
            answer = proxy(bus).call("get_thing", idempotent=True)

        assert answer == {"x": 1}
        assert bus.calls[0]["request_id"] == bus.calls[1]["request_id"]

    def test_not_twice(self) -> None:
        bus = FakeBus(errors.UnavailableError(), errors.UnavailableError())

        with pytest.raises(errors.UnavailableError):
            proxy(bus, idempotent=["get_thing"]).get_thing()

        assert len(bus.calls) == 2

    def test_not_after_a_deadline(self) -> None:
        bus = FakeBus(errors.DeadlineError())

        with pytest.raises(errors.DeadlineError):
            proxy(bus, idempotent=["get_thing"]).get_thing()

        assert len(bus.calls) == 1

    def test_not_without_time(self) -> None:
        bus = FakeBus(errors.UnavailableError())

        with pytest.raises(errors.UnavailableError):
            proxy(bus, idempotent=["get_thing"]).call("get_thing", timeout=0.15)

        assert len(bus.calls) == 1


class TestBreaker:
    def attempt(self, call: Callable[[], object]) -> type[BaseException] | None:
        try:
            call()
        except errors.DomainError as error:
            return type(error)
        return None

    def test_opens_after_silence(self) -> None:
        bus = FakeBus(*[errors.DeadlineError() for _ in range(5)])
        client = proxy(bus)
        for _ in range(5):
            self.attempt(client.get_thing)

        refused = self.attempt(client.get_thing)

        assert refused is errors.UnavailableError
        assert len(bus.calls) == 5

    def test_a_refusal_is_an_answer(self) -> None:
        bus, breaker = FakeBus(), Breaker(failures=1)
        refusal = json.loads(wire.error_body(errors.ForbiddenError()))
        bus.call = lambda *_: refusal  # type: ignore[method-assign]

        self.attempt(proxy(bus, breaker=breaker).get_thing)

        assert not breaker.is_open

    def test_closes_when_it_works_again(self) -> None:
        now = [0.0]
        breaker = Breaker(failures=1, clock=lambda: now[0])
        bus = FakeBus(errors.UnavailableError(), {"x": 1})
        client = proxy(bus, breaker=breaker)
        self.attempt(client.get_thing)
        now[0] = 10

        answer = client.get_thing()

        assert answer == {"x": 1}
        assert not breaker.is_open

    def test_an_interrupted_probe_does_not_stop_the_next(self) -> None:
        now = [0.0]
        breaker = Breaker(failures=1, clock=lambda: now[0])
        bus = FakeBus(errors.UnavailableError(), KeyboardInterrupt(), {"x": 1})
        client = proxy(bus, breaker=breaker)
        self.attempt(client.get_thing)
        now[0] = 10

        with pytest.raises(KeyboardInterrupt):
            client.get_thing()

        assert client.get_thing() == {"x": 1}
