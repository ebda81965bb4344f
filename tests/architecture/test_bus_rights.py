"""The rights that deploy/rabbitmq gives are enough for each service, and no more."""

import re
from collections.abc import Iterator
from pathlib import Path

import amqp
import pytest
from amqp.exceptions import AccessRefused
from kombu.connection import Connection

from tools.backing import RabbitNode

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("accounts", "registry", "standards", "search", "notify")


def read_rights() -> dict[str, dict[str, str]]:
    """Return user → the three rights, as start.sh reads them."""
    rights: dict[str, dict[str, str]] = {}
    block: dict[str, str] = {}
    for line in (ROOT / "deploy/rabbitmq/rights").read_text(encoding="utf-8").splitlines():
        if not (match := re.fullmatch(r"([a-z]+)\s*=\s*(.*)", line)):
            continue
        block[match[1]] = match[2]
        if match[1] == "read":
            users = block.pop("users").split()
            rights |= {
                user: {right: text.replace("{}", user) for right, text in block.items()}
                for user in users
            }
            block = {}
    return rights


class TestRights:
    def test_every_user_has_all_three(self) -> None:
        rights = read_rights()

        assert set(rights) == {*SERVICES, "gateway", "operator"}
        assert all(set(own) == {"configure", "write", "read"} for own in rights.values())

    @pytest.mark.parametrize("name", SERVICES)
    def test_a_name_is_matched_whole(self, name: str) -> None:
        own = read_rights()[name]

        assert re.search(own["read"], f"rpc-{name}")
        assert not re.search(own["read"], f"rpc-{name}x")
        assert not re.search(own["write"], f"x{name}.events")
        for other in set(SERVICES) - {name}:
            assert not re.search(own["read"], f"rpc-{other}")
            assert not re.search(own["read"], f"evt-{name}-x.v1--{other}.handle_x")
            assert not re.search(own["write"], f"{other}.events")


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitNode]:
    node = RabbitNode(tmp_path_factory.mktemp("rabbit"))
    try:
        node.start()
        with Connection(node.url) as connection:
            channel = connection.default_channel
            for name in ("accounts.events", "standards.events", "nameko-rpc", "dead.letters"):
                channel.exchange_declare(name, "topic", durable=True, auto_delete=False)
            for queue in ("rpc-accounts", "rpc-notify", "cmd-notify-send_sms.v1"):
                channel.queue_declare(queue, durable=True, auto_delete=False)
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="module")
def notify(node: RabbitNode) -> str:
    return node.add_user("notify", **read_rights()["notify"])


@pytest.fixture(scope="module")
def gateway(node: RabbitNode) -> str:
    return node.add_user("gateway", **read_rights()["gateway"])


@pytest.fixture
def channel(notify: str) -> Iterator[amqp.Channel]:
    with Connection(notify) as connection:
        yield connection.default_channel


@pytest.mark.backends
@pytest.mark.proves("F20")
class TestOnTheBroker:
    def test_a_service_works(self, channel: amqp.Channel) -> None:
        for queue in ("rpc-notify", "cmd-notify-send_sms.v1"):
            channel.queue_declare(queue, passive=True)
            channel.basic_consume(queue, callback=lambda _: None)
        channel.confirm_select()
        for exchange, key in (
            ("nameko-rpc", "accounts.x"),
            ("dead.letters", "x"),
            ("", "rpc-accounts"),
        ):
            channel.basic_publish_confirm(amqp.Message("{}"), exchange, key)

    def test_a_service_asks_by_direct_reply(self, channel: amqp.Channel) -> None:
        channel.basic_consume("amq.rabbitmq.reply-to", no_ack=True, callback=lambda _: None)
        message = amqp.Message("{}", reply_to="amq.rabbitmq.reply-to")
        channel.basic_publish(message, "nameko-rpc", "accounts.x")
        channel.queue_declare("rpc-notify", passive=True)

    def test_the_gateway_hears_broadcasts(self, gateway: str) -> None:
        with Connection(gateway) as connection:
            channel = connection.default_channel
            queue = "evt-accounts-session.ended.v1--gateway.forget-1"
            channel.queue_declare(queue, exclusive=True, auto_delete=True)
            channel.queue_bind(queue, "accounts.events", "session.ended.v1")
            channel.basic_consume(queue, callback=lambda _: None)

    @pytest.mark.parametrize("queue", ["rpc-accounts", "rpc-notify"])
    def test_a_service_declares_nothing_durable(self, channel: amqp.Channel, queue: str) -> None:
        with pytest.raises(AccessRefused):
            channel.queue_declare(queue, durable=True, auto_delete=False)

    def test_a_service_reads_no_other_s_queue(self, channel: amqp.Channel) -> None:
        with pytest.raises(AccessRefused):
            channel.basic_consume("rpc-accounts", callback=lambda _: None)

    def test_a_service_announces_nothing_for_another(self, notify: str) -> None:
        with Connection(notify) as connection:
            channel = connection.default_channel
            channel.confirm_select()
            with pytest.raises(AccessRefused):
                channel.basic_publish_confirm(amqp.Message("{}"), "standards.events", "x.v1")

    def test_a_service_empties_and_deletes_no_other_s_queue(self, notify: str) -> None:
        for attempt in ("queue_purge", "queue_delete"):
            with Connection(notify) as connection, pytest.raises(AccessRefused):
                getattr(connection.default_channel, attempt)("rpc-accounts")
