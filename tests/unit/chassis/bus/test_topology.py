"""Names and arguments of queues."""

import pytest

from chassis.bus import topology
from chassis.bus.api import SubscriptionKind
from chassis.bus.inproc import InprocBus
from chassis.bus.opening import open_bus
from tests.fakes.bus_services import new_world


class TestRung:
    @pytest.mark.parametrize(
        ("delay", "rung"),
        [
            (0, "retry.1s"),
            (1, "retry.1s"),
            (2, "retry.10s"),
            (10, "retry.10s"),
            (59, "retry.60s"),
            (600, "retry.10m"),
            (9999, "retry.10m"),
        ],
    )
    def test_is_the_shortest_that_is_long_enough(self, delay: float, rung: str) -> None:
        assert topology.rung_for(delay) == rung


class TestArguments:
    def test_handler_queues_survive_crashes_and_keep_what_dies(self) -> None:
        arguments = topology.handler_arguments()

        assert arguments["x-queue-type"] == "quorum"
        assert arguments["x-delivery-limit"] >= 20
        assert arguments["x-dead-letter-exchange"] == "dead.letters"
        assert arguments["x-dead-letter-strategy"] == "at-least-once"

    def test_rungs_send_home_through_the_default_exchange(self) -> None:
        arguments = topology.retry_arguments(60)

        assert arguments["x-message-ttl"] == 60_000
        assert arguments["x-dead-letter-exchange"] == ""

    def test_the_public_stream_keeps_a_month_in_small_segments(self) -> None:
        arguments = topology.stream_arguments()

        assert arguments["x-queue-type"] == "stream"
        assert arguments["x-max-age"] == "30D"
        # Whole segments are dropped: with the broker's 500 MB a month would be a year.
        assert arguments["x-stream-max-segment-size-bytes"] <= 100_000_000


class TestSubscriptionsOf:
    def test_finds_every_handler(self) -> None:
        world = new_world()

        found = {entry.method: entry.kind for entry in topology.subscriptions_of(world.second)}

        assert found == {
            "handle_thing_made": SubscriptionKind.EVENT,
            "handle_thing_made_too": SubscriptionKind.EVENT,
            "hear_thing_made": SubscriptionKind.BROADCAST,
            "do_it": SubscriptionKind.COMMAND,
        }


class TestOpenBus:
    def test_embedded_is_in_process(self) -> None:
        assert isinstance(open_bus("inprocess://"), InprocBus)

    def test_unknown_transport_is_refused(self) -> None:
        with pytest.raises(ValueError, match="BUS_URL"):
            open_bus("memory://")
