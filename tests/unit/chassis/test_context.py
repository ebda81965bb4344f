"""The current call belongs to one green thread."""

import eventlet

from chassis import ids
from chassis.context import Actor, Call, current_call, serving


class TestCall:
    def test_fills_in_what_was_not_given(self) -> None:
        call = Call()

        assert ids.is_id(call.request_id)
        assert ids.trace_id_of(call.traceparent) == call.trace_id

    def test_keeps_a_given_traceparent(self) -> None:
        trace_id, traceparent = ids.continue_trace(None)

        assert Call(trace_id=trace_id, traceparent=traceparent).traceparent == traceparent


class TestServing:
    def test_ends_with_the_block(self) -> None:
        outer, inner = Call(), Call()

        with serving(outer):
            with serving(inner):
                within = current_call.get()
            after = current_call.get()

        assert (within, after, current_call.get()) == (inner, outer, None)

    def test_is_not_seen_by_other_green_threads(self) -> None:
        with serving(Call()):
            seen = eventlet.spawn(current_call.get).wait()

        assert seen is None


class TestActor:
    def test_knows_services(self) -> None:
        assert Actor("service:notify").is_service
        assert not Actor("user:1").is_service
