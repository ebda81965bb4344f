"""Calls: what comes back, whatever happens on the way."""

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import eventlet
import pytest

from chassis import errors
from chassis.actors import ActorSigner
from chassis.bus.amqp import AmqpBus
from chassis.bus.inproc import InprocBus
from chassis.rpc import RpcProxy
from chassis.testing import Embedded
from tests.conformance.bus.conftest import Running
from tests.fakes import bus_services
from tests.fakes.bus_services import World

if TYPE_CHECKING:
    from chassis.bus.api import Bus


UNSIGNED = "eyJhbGciOiJub25lIn0.e30."


def collect(*calls: Any) -> list[Any]:
    """Run calls at the same time; return each one's answer or error."""

    def attempt(call: Any) -> Any:
        try:
            return call()
        except errors.DomainError as error:
            return error

    threads = [eventlet.spawn(attempt, call) for call in calls]
    return [thread.wait() for thread in threads]


class TestAnswer:
    def test_makes_the_round_trip_through_json(self, running: Running) -> None:
        value = {"名称": "企业标准", "list": [1, 2.5, None, True], "nested": {"a": {}}}

        answer = running.first.echo(value=value)

        assert answer == {"value": value}

    def test_large_values_come_through(self, running: Running) -> None:
        text = "标" * 200_000

        answer = running.first.echo(value=text)

        assert answer == {"value": text}

    def test_many_callers_get_their_own_answers(self, running: Running) -> None:
        first = running.first

        answers = collect(*(lambda n=n: first.echo(value=n) for n in range(100)))

        assert answers == [{"value": n} for n in range(100)]

    def test_optional_arguments_may_be_left_out(self, running: Running) -> None:
        assert running.first.echo() == {"value": None}


class TestError:
    def test_code_params_and_fields_come_back(self, running: Running) -> None:
        with pytest.raises(errors.RemoteDomainError) as caught:
            running.first.refuse()

        assert caught.value.wire_code == "accounts.username_taken"
        assert caught.value.params == {"username": "li"}
        assert caught.value.fields == [errors.FieldError("/username", "accounts.taken", {})]

    def test_text_of_a_bug_stays_inside(self, running: Running) -> None:
        with pytest.raises(errors.InternalError) as caught:
            running.first.fail()

        assert len(caught.value.params["trace_id"]) == 32
        assert "hunter2" not in f"{caught.value!r} {caught.value} {caught.value.__dict__}"

    @pytest.mark.parametrize("kind", ["exit", "timeout"])
    def test_nothing_a_method_raises_ends_the_service(self, running: Running, kind: str) -> None:
        with pytest.raises(errors.InternalError):
            running.first.leave(kind=kind)

        assert running.first.echo(value=1) == {"value": 1}

    @pytest.mark.parametrize("kind", ["list", "object", "nan"])
    def test_an_answer_that_is_no_json_object_is_a_bug(self, running: Running, kind: str) -> None:
        with pytest.raises(errors.InternalError):
            running.first.odd_answer(kind=kind)

    def test_unknown_method(self, running: Running) -> None:
        with pytest.raises(errors.UnknownMethodError):
            running.first.nothing_like_this()

    def test_private_parts_are_no_methods(self, running: Running) -> None:
        with pytest.raises(errors.UnknownMethodError):
            running.first.call("database")

    @pytest.mark.parametrize("arguments", [{"valu": 1}, {"value": 1, "more": 2}])
    def test_arguments_that_do_not_fit(self, running: Running, arguments: dict[str, Any]) -> None:
        with pytest.raises(errors.InvalidArgumentsError):
            running.first.call("echo", arguments)

    def test_missing_argument(self, running: Running) -> None:
        with pytest.raises(errors.InvalidArgumentsError):
            running.first.leave()


class TestActor:
    def test_token_says_who_asks(self, running: Running) -> None:
        token = running.system.token("user:7", enterprise_id="e1", roles=["OWNER"])

        answer = running.first.call("whoami", actor_token=token)

        assert (answer["subject"], answer["enterprise_id"]) == ("user:7", "e1")

    def test_public_method_needs_no_token(self, running: Running) -> None:
        nobody = running.system.client(running.world.first.name, as_service=None)

        assert nobody.whoami()["subject"] is None

    def test_other_methods_do(self, running: Running) -> None:
        nobody = running.system.client(running.world.first.name, as_service=None)

        with pytest.raises(errors.UnauthenticatedError):
            nobody.private()

    def test_a_token_that_is_not_valid_is_refused_everywhere(self, running: Running) -> None:
        with pytest.raises(errors.UnauthenticatedError):
            running.first.call("whoami", actor_token=UNSIGNED)

    def test_a_service_cannot_speak_for_a_user(self, running: Running) -> None:
        forged = ActorSigner("standards").sign("user:7", roles=["OWNER"])

        with pytest.raises(errors.UnauthenticatedError):
            running.first.call("whoami", actor_token=forged)

    def test_role_is_checked(self, running: Running) -> None:
        viewer = running.system.token("user:7", roles=["VIEWER"])

        with pytest.raises(errors.ForbiddenError):
            running.first.call("for_owners", actor_token=viewer)

    def test_nested_call_asks_for_the_service_itself(self, running: Running) -> None:
        user = running.system.token("user:7", roles=["OWNER"])

        answer = running.first.call(
            "ask_second", {"method": "inner", "arguments": {}}, actor_token=user
        )

        assert answer["subject"] == f"service:{running.world.first.name}"
        assert answer["stack"] == 3

    def test_idempotency_key_arrives(self, running: Running) -> None:
        answer = running.first.call("whoami", idempotency_key="key-1")

        assert answer["idempotency_key"] == "key-1"


class TestDeadline:
    def test_is_raised_in_time(self, running: Running) -> None:
        begun = time.monotonic()

        with pytest.raises(errors.DeadlineError):
            running.first.call("sleep", {"seconds": 2}, timeout=0.3)

        assert 0.25 < time.monotonic() - begun < 1

    def test_nothing_is_left_of_a_call_that_timed_out(self, running: Running) -> None:
        with pytest.raises(errors.DeadlineError):
            running.first.call("sleep", {"seconds": 0.4}, timeout=0.1)
        eventlet.sleep(0.5)

        assert getattr(running.bus, "pending_calls", 0) == 0
        assert running.first.echo(value=2) == {"value": 2}

    def test_nested_call_gets_what_is_left(self, running: Running) -> None:
        begun = time.monotonic()
        arguments = {
            "method": "ask_first",
            "arguments": {"method": "sleep", "arguments": {"seconds": 3}},
        }

        with pytest.raises(errors.DomainError):
            running.first.call("ask_second", arguments, timeout=0.6)

        assert time.monotonic() - begun < 2.5

    def test_less_than_50_ms_are_not_even_sent(self, running: Running) -> None:
        with pytest.raises(errors.DeadlineError):
            running.first.call("echo", timeout=0.04)

        assert running.world.calls == []


class TestUnavailable:
    def test_unknown_service_fails_at_once(self, running: Running) -> None:
        begun = time.monotonic()

        with pytest.raises(errors.UnavailableError):
            running.system.client("nobody-at-all").echo()

        assert time.monotonic() - begun < 4

    def test_breaker_opens_after_five_failures(self, running: Running) -> None:
        client = running.system.client("nobody-at-all")
        collect(*[client.echo] * 5)
        begun = time.monotonic()

        with pytest.raises(errors.UnavailableError) as caught:
            client.echo()

        assert caught.value.retry_after >= 9
        assert time.monotonic() - begun < 1


class TestLoop:
    def test_a_chain_that_comes_back_is_refused(self, running: Running) -> None:
        arguments = {
            "method": "ask_first",
            "arguments": {"method": "echo", "arguments": {}},
        }

        with pytest.raises(errors.LoopError):
            running.first.call("ask_second", arguments)

    def test_twenty_at_once_do_not_stand_still(self, running: Running) -> None:
        first, begun = running.first, time.monotonic()
        arguments = {"method": "ask_first", "arguments": {"method": "echo", "arguments": {}}}

        answers = collect(*[lambda: first.call("ask_second", arguments)] * 20)

        assert {type(answer) for answer in answers} <= {errors.LoopError, errors.OverloadedError}
        assert time.monotonic() - begun < 4.5


class TestOverload:
    def test_calls_wait_for_a_worker_then_are_refused(self, running: Running) -> None:
        first = running.first

        answers = collect(
            *(
                lambda n=n: first.call("sleep", {"seconds": 0.6, "value": n}, timeout=1.0)
                for n in range(20)
            )
        )
        eventlet.sleep(0.7)

        answered = [answer for answer in answers if isinstance(answer, dict)]
        refused = [answer for answer in answers if isinstance(answer, errors.DomainError)]
        assert len(answered) == 6
        assert {type(error) for error in refused} <= {errors.OverloadedError, errors.DeadlineError}
        assert len(running.world.calls) <= 12

    def test_the_next_call_finds_a_worker(self, running: Running) -> None:
        first = running.first
        collect(*[lambda: first.call("sleep", {"seconds": 0.2}, timeout=0.3)] * 20)
        eventlet.sleep(0.5)

        assert running.first.echo(value=3) == {"value": 3}


class TestStop:
    @pytest.mark.proves("A10")
    def test_a_call_in_work_is_answered_once(
        self, world: World, transport: str, bus_url: str, tmp_path: Path
    ) -> None:
        bus_services.create_files(tmp_path, world.first)
        server: Bus = AmqpBus(bus_url) if transport == "amqp" else InprocBus()
        caller: Bus = AmqpBus(bus_url) if transport == "amqp" else server
        system = Embedded(
            world.first, data_dir=tmp_path, bus=server, migrations=False, validate_events=False
        )
        client = RpcProxy(caller, "test", world.first.name)

        with system:
            asked = eventlet.spawn(client.call, "sleep", {"seconds": 0.5, "value": 1})
            eventlet.sleep(0.2)
        answer = asked.wait()
        with pytest.raises((errors.UnavailableError, errors.DeadlineError)):
            client.call("echo", timeout=0.3)
        caller.stop()

        assert answer == {"value": 1}
        assert world.calls == [1]
