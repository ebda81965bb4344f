"""Other departments call our services with Nameko as it comes: version 2.14.1, nothing of ours."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nameko.exceptions import (
    IncorrectSignature,
    MethodNotFound,
    RemoteError,
    RpcTimeout,
    UnknownService,
)
from nameko.standalone.rpc import ClusterRpcProxy

from chassis.bus.amqp import AmqpBus
from chassis.testing import Embedded
from tests.fakes import bus_services
from tests.fakes.bus_services import World, new_world

pytestmark = pytest.mark.backends


@pytest.fixture
def world(rabbit_url: str, tmp_path: Path) -> Iterator[World]:
    """Start a service of ours on a real broker."""
    world = new_world()
    bus_services.create_files(tmp_path, world.first)
    with Embedded(
        world.first,
        data_dir=tmp_path,
        bus=AmqpBus(rabbit_url),
        migrations=False,
        validate_events=False,
    ):
        yield world


@pytest.fixture
def proxy(world: World, rabbit_url: str) -> Iterator[Any]:
    """Return a stock proxy of that service."""
    with ClusterRpcProxy({"AMQP_URI": rabbit_url}, timeout=5) as cluster:
        yield getattr(cluster, world.first.name)


class TestClusterRpcProxy:
    def test_gets_an_answer(self, proxy: Any) -> None:
        assert proxy.echo(value={"名称": [1, None]}) == {"value": {"名称": [1, None]}}

    def test_may_give_arguments_by_position(self, proxy: Any) -> None:
        assert proxy.echo(7) == {"value": 7}

    def test_asks_without_waiting(self, proxy: Any, world: World) -> None:
        reply = proxy.echo.call_async(value=1)

        assert reply.result() == {"value": 1}
        assert world.calls == [1]

    def test_sees_the_code_of_a_refusal(self, proxy: Any) -> None:
        with pytest.raises(RemoteError) as caught:
            proxy.refuse()

        assert caught.value.value == "accounts.username_taken"

    def test_sees_nothing_of_a_bug(self, proxy: Any) -> None:
        with pytest.raises(RemoteError) as caught:
            proxy.fail()

        assert caught.value.value == "bus.internal"
        assert "hunter2" not in str(caught.value)

    def test_unknown_method(self, proxy: Any) -> None:
        with pytest.raises(MethodNotFound):
            proxy.nothing_like_this()

    def test_wrong_arguments(self, proxy: Any) -> None:
        with pytest.raises(IncorrectSignature):
            proxy.echo(colour="red")

    def test_unknown_service(self, rabbit_url: str) -> None:
        with (
            ClusterRpcProxy({"AMQP_URI": rabbit_url}, timeout=5) as cluster,
            pytest.raises(UnknownService),
        ):
            cluster.nobody.echo()

    def test_token_goes_in_the_context(self, world: World, rabbit_url: str) -> None:
        token = Embedded(data_dir=Path()).token("user:9", roles=["OWNER"])

        with ClusterRpcProxy(
            {"AMQP_URI": rabbit_url}, context_data={"actor": token}, timeout=5
        ) as cluster:
            answer = getattr(cluster, world.first.name).whoami()

        assert answer["subject"] == "user:9"

    def test_without_token_private_methods_are_closed(self, proxy: Any) -> None:
        with pytest.raises(RemoteError) as caught:
            proxy.private()

        assert caught.value.value == "bus.unauthenticated"

    def test_its_own_timeout_leaves_the_service_well(self, world: World, rabbit_url: str) -> None:
        with ClusterRpcProxy({"AMQP_URI": rabbit_url}, timeout=0.3) as cluster:
            with pytest.raises(RpcTimeout):
                getattr(cluster, world.first.name).sleep(seconds=1)
            time.sleep(1)

        with ClusterRpcProxy({"AMQP_URI": rabbit_url}, timeout=5) as cluster:
            assert getattr(cluster, world.first.name).echo(value=2) == {"value": 2}
