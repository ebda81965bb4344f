"""A call is checked before it runs; what it may become is told in one place."""

import json
import uuid
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import errors, sealing
from chassis.actors import ActorSigner, ActorVerifier
from chassis.bus import wire
from chassis.bus.api import Request
from chassis.config import CommonSettings
from chassis.context import Call
from chassis.dispatch import Dispatcher, Method
from chassis.keyrings import seal_ring


class Sample:
    def open(self, a: int, b: int = 2, *, c: int = 3) -> dict[str, Any]:
        return {"a": a, "b": b, "c": c}

    def anything(self, **values: Any) -> dict[str, Any]:
        return values

    def closed(self) -> dict[str, Any]:
        return {}

    def fails(self) -> dict[str, Any]:
        raise ValueError("secret")

    def odd(self) -> Any:
        return [1]


@pytest.fixture
def dispatcher() -> Dispatcher:
    methods = [
        Method.of(Sample.open, is_public=True),
        Method.of(Sample.anything, is_public=True),
        Method.of(Sample.closed, roles=["OWNER"], scopes=["things:read"]),
        Method.of(Sample.fails, is_public=True),
        Method.of(Sample.odd, is_public=True),
    ]
    return Dispatcher("sample", methods, ActorVerifier())


def request(method: str = "open", kwargs: Any = None, args: Any = None, **headers: Any) -> Request:
    body = {"args": args or [], "kwargs": {"a": 1} if kwargs is None else kwargs}
    return Request(method, body, headers, uuid.uuid4().hex)


class TestArguments:
    def test_defaults_are_left_to_the_method(self, dispatcher: Dispatcher) -> None:
        assert dispatcher.prepare(request()).arguments == {"a": 1}

    def test_positions_become_names(self, dispatcher: Dispatcher) -> None:
        prepared = dispatcher.prepare(request(args=[1, 5], kwargs={"c": 7}))

        assert prepared.arguments == {"a": 1, "b": 5, "c": 7}

    @pytest.mark.parametrize(
        ("args", "kwargs"),
        [([], {}), ([1], {"a": 1}), ([1, 2, 3], {}), ([], {"a": 1, "z": 1})],
    )
    def test_wrong_ones_are_refused(
        self, dispatcher: Dispatcher, args: list[int], kwargs: dict[str, int]
    ) -> None:
        with pytest.raises(errors.InvalidArgumentsError):
            dispatcher.prepare(request(args=args, kwargs=kwargs))

    def test_a_method_may_take_any(self, dispatcher: Dispatcher) -> None:
        assert dispatcher.prepare(request("anything", {"x": 1})).arguments == {"x": 1}

    @pytest.mark.parametrize(
        "body",
        [None, 1, [], {}, {"args": []}, {"args": {}, "kwargs": {}}, {"args": [], "kwargs": []}],
    )
    def test_what_is_no_call_is_refused(self, dispatcher: Dispatcher, body: Any) -> None:
        with pytest.raises(errors.InvalidArgumentsError):
            dispatcher.prepare(Request("open", body, {}, "1"))


class TestHeaders:
    @pytest.mark.parametrize(
        "headers",
        [
            {"call_id_stack": 5},
            {"call_id_stack": [5]},
            {"call_id_stack": ["x" * 5000]},
            {"budget_ms": "5"},
            {"budget_ms": True},
            {"actor": 5},
            {"traceparent": []},
            {"idempotency_key": {}},
        ],
    )
    def test_malformed_ones_are_refused(
        self, dispatcher: Dispatcher, headers: dict[str, Any]
    ) -> None:
        with pytest.raises(errors.InvalidArgumentsError):
            dispatcher.prepare(request(**headers))

    def test_a_chain_that_comes_back_is_a_loop(self, dispatcher: Dispatcher) -> None:
        with pytest.raises(errors.LoopError):
            dispatcher.prepare(request(call_id_stack=["sample.open.1"]))

    def test_a_longer_name_is_another_service(self, dispatcher: Dispatcher) -> None:
        assert dispatcher.prepare(request(call_id_stack=["sampler.open.1"]))

    def test_a_deep_chain_is_refused(self, dispatcher: Dispatcher) -> None:
        with pytest.raises(errors.LoopError):
            dispatcher.prepare(request(call_id_stack=["a.x.1", "b.x.1", "c.x.1"]))

    def test_own_call_is_added_to_the_chain(self, dispatcher: Dispatcher) -> None:
        call = dispatcher.prepare(request(call_id_stack=["a.x.1"])).call

        assert call.stack == ("a.x.1", f"sample.open.{call.request_id}")

    def test_too_little_time_is_refused(self, dispatcher: Dispatcher) -> None:
        with pytest.raises(errors.DeadlineError):
            dispatcher.prepare(request(budget_ms=49))

    def test_trace_goes_on(self, dispatcher: Dispatcher) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"

        call = dispatcher.prepare(request(traceparent=f"00-{trace}-b7ad6b7169203331-01")).call

        assert call.trace_id == trace

    @given(
        st.dictionaries(
            st.sampled_from(
                ["call_id_stack", "budget_ms", "actor", "traceparent", "idempotency_key"]
            ),
            st.recursive(
                st.none() | st.booleans() | st.integers() | st.text(max_size=20),
                lambda inner: (
                    st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=5), inner, max_size=3)
                ),
                max_leaves=8,
            ),
        )
    )
    def test_nothing_but_an_anticipated_error_comes_of_it(self, headers: dict[str, Any]) -> None:
        dispatcher = Dispatcher("sample", [Method.of(Sample.open, is_public=True)], ActorVerifier())

        reply = json.loads(dispatcher.dispatch(Sample(), request(**headers)))

        error = reply["error"]
        assert error is None or error["value"] != "bus.internal"


class TestSealedArguments:
    def test_reach_the_method_in_clear(self) -> None:
        ring = seal_ring(CommonSettings())
        dispatcher = Dispatcher(
            "sample", [Method.of(Sample.anything, is_public=True)], ActorVerifier(), ring
        )
        sent = sealing.seal_arguments({"password": "密码", "x": 1}, ring, to="sample")

        prepared = dispatcher.prepare(request("anything", sent))

        assert prepared.arguments == {"password": "密码", "x": 1}

    @pytest.mark.parametrize("to", ["other", "sample"])
    def test_of_somebody_else_or_altered_are_refused(self, to: str) -> None:
        ring = seal_ring(CommonSettings())
        dispatcher = Dispatcher(
            "sample", [Method.of(Sample.anything, is_public=True)], ActorVerifier(), ring
        )
        sent = sealing.seal_arguments({"password": "canary"}, ring, to=to)
        if to == "sample":
            sent["password"]["sealed"] = sent["password"]["sealed"][:-4] + "AAAA"

        with pytest.raises(errors.InvalidArgumentsError) as refused:
            dispatcher.prepare(request("anything", sent))

        assert "canary" not in repr(refused.value)


class TestActor:
    def test_closed_method_wants_one(self, dispatcher: Dispatcher) -> None:
        with pytest.raises(errors.UnauthenticatedError):
            dispatcher.prepare(request("closed", {}))

    def test_role_is_wanted(self, dispatcher: Dispatcher) -> None:
        token = ActorSigner("accounts").sign("user:1", roles=["VIEWER"])

        with pytest.raises(errors.ForbiddenError):
            dispatcher.prepare(request("closed", {}, actor=token))

    def test_role_is_enough(self, dispatcher: Dispatcher) -> None:
        token = ActorSigner("accounts").sign("user:1", roles=["OWNER"])

        assert dispatcher.prepare(request("closed", {}, actor=token)).call.actor is not None


class TestDispatch:
    def test_answers(self, dispatcher: Dispatcher) -> None:
        reply = json.loads(dispatcher.dispatch(Sample(), request()))

        assert reply == {"result": {"a": 1, "b": 2, "c": 3}, "error": None}

    def test_runs_inside_what_is_around_it(self, dispatcher: Dispatcher) -> None:
        seen: list[Call] = []

        def around(call: Call, run: Any) -> Any:
            seen.append(call)
            return run()

        dispatcher.dispatch(Sample(), request(idempotency_key="k"), around)

        assert seen[0].idempotency_key == "k"

    @pytest.mark.parametrize("method", ["fails", "odd"])
    def test_a_bug_is_internal(self, dispatcher: Dispatcher, method: str) -> None:
        text = dispatcher.dispatch(Sample(), request(method, {}))

        assert isinstance(wire.read_error(json.loads(text)["error"]), errors.InternalError)
        assert "secret" not in text

    def test_unknown_method(self, dispatcher: Dispatcher) -> None:
        text = dispatcher.dispatch(Sample(), request("nothing", {}))

        error = json.loads(text)["error"]
        assert error["exc_path"] == "nameko.exceptions.MethodNotFound"
        assert isinstance(wire.read_error(error), errors.UnknownMethodError)


class TestReadError:
    @pytest.mark.parametrize(
        "details", [None, 5, [], {}, {"exc_args": []}, {"exc_args": ["text"]}, {"exc_args": 5}]
    )
    def test_what_is_not_ours_is_internal(self, details: Any) -> None:
        assert isinstance(wire.read_error(details), errors.InternalError)


class TestMachineKeys:
    """A key has no roles: it opens what is public, and what names one of its scopes."""

    def key(self, *scopes: str, roles: tuple[str, ...] = ()) -> str:
        return ActorSigner("accounts").sign("key:k-1", scopes=scopes, roles=roles)

    @pytest.mark.parametrize("method", ["open", "closed"])
    def test_open_what_names_their_scope(self, dispatcher: Dispatcher, method: str) -> None:
        kwargs = {"a": 1} if method == "open" else {}

        assert dispatcher.prepare(request(method, kwargs, actor=self.key("things:read")))

    def test_open_nothing_else(self, dispatcher: Dispatcher) -> None:
        with pytest.raises(errors.ForbiddenError):
            dispatcher.prepare(request("closed", {}, actor=self.key("others:read")))

    def test_are_no_people_whatever_roles_they_state(self, dispatcher: Dispatcher) -> None:
        with pytest.raises(errors.ForbiddenError):
            dispatcher.prepare(request("closed", {}, actor=self.key(roles=("OWNER",))))

    def test_need_a_scope_where_people_need_no_role(self) -> None:
        dispatcher = Dispatcher("sample", [Method.of(Sample.closed)], ActorVerifier())

        with pytest.raises(errors.ForbiddenError):
            dispatcher.prepare(request("closed", {}, actor=self.key("things:read")))
