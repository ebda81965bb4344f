"""A lost reply is an error, not a hang; a dead service costs milliseconds (B1, B2)."""

import time
from typing import Any

import eventlet
import pytest

from chassis import errors
from chassis.bus.amqp import AmqpBus
from chassis.rpc import RpcProxy
from tests.chaos.conftest import World
from tests.chaos.harness import TcpProxy, running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.backends]


def timed(call: Any) -> tuple[Any, float]:
    begun = time.monotonic()
    try:
        result = call()
    except errors.DomainError as error:
        result = error
    return result, time.monotonic() - begun


@pytest.mark.proves("B2")
class TestLostReply:
    def test_dropped_reply_is_an_error_in_time(self, world: World) -> None:
        with running(world.service("taker", FAULT="rpc.drop_reply:drop:1")):
            bus = AmqpBus(world.broker.url)
            client = RpcProxy(bus, "test", "taker", timeout=2)

            outcomes = [eventlet.spawn(timed, client.echo) for _ in range(100)]
            results = [outcome.wait() for outcome in outcomes]
            pending = bus.pending_calls
            bus.stop()

        assert all(isinstance(result, errors.DeadlineError) for result, _ in results)
        assert max(took for _, took in results) <= 2.5
        assert pending == 0

    def test_lost_connection_fails_every_call_at_once(self, world: World) -> None:
        with running(world.service("taker")), TcpProxy(world.broker.port) as proxy:
            address = world.broker.url.replace(f":{world.broker.port}/", f":{proxy.port}/")
            bus = AmqpBus(address)
            client = RpcProxy(bus, "test", "taker", timeout=5)
            assert client.echo(value=1) == {"value": 1}

            asked = [eventlet.spawn(timed, lambda: client.sleep(seconds=4)) for _ in range(4)]
            wait_until(lambda: len(world.tries()) == 4)
            cut_at = time.monotonic()
            proxy.cut()
            results = [thread.wait() for thread in asked]
            failed_after = time.monotonic() - cut_at
            again, took = timed(lambda: client.echo(value=2))
            pending = bus.pending_calls
            bus.stop()

        assert all(isinstance(result, errors.UnavailableError) for result, _ in results)
        assert failed_after < 3
        assert again == {"value": 2}
        assert took < 9
        assert pending == 0

    def test_half_open_connection_is_an_error_in_time(self, world: World) -> None:
        with running(world.service("taker")), TcpProxy(world.broker.port) as proxy:
            address = world.broker.url.replace(f":{world.broker.port}/", f":{proxy.port}/")
            bus = AmqpBus(address)
            client = RpcProxy(bus, "test", "taker", timeout=1)
            assert client.echo(value=1) == {"value": 1}

            proxy.stall()
            slow = [timed(client.echo) for _ in range(5)]
            _, fast = timed(client.echo)
            proxy.resume()
            pending = bus.pending_calls
            bus.stop()

        assert all(isinstance(result, errors.DeadlineError) for result, _ in slow)
        assert max(took for _, took in slow) <= 1.5
        assert fast <= 0.05
        assert pending == 0


@pytest.mark.proves("B1")
class TestDeadService:
    def test_costs_five_seconds_then_milliseconds(self, world: World) -> None:
        taker = world.service("taker")
        with running(taker):
            client = world.client("taker")
            assert client.echo(value=0) == {"value": 0}
            taker.kill()

            asked = []
            for _ in range(70):
                asked.append(eventlet.spawn(timed, lambda: client.sleep(seconds=0, number=7)))
                eventlet.sleep(0.1)
            outcomes = [thread.wait() for thread in asked]
            taker.start()
            taker.wait_ready()
            closed_after = wait_until(
                lambda: timed(lambda: client.echo(value=1))[0] == {"value": 1}, 15
            )
            ghosts = world.tries()

        first, rest = outcomes[:50], outcomes[55:]
        assert max(took for _, took in outcomes) <= 5.5
        assert all(isinstance(result, errors.RetryableError) for result, _ in outcomes)
        assert max(took for _, took in rest) <= 0.05
        assert closed_after <= 10
        assert ghosts == []
        print(
            f"B1: first answers {max(took for _, took in first):.1f} s, then "
            f"{max(took for _, took in rest) * 1000:.1f} ms, closed after {closed_after:.1f} s"
        )
