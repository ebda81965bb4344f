"""Requests that nobody sane would send: each is answered, or recorded without its body."""

import json
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import amqp
import eventlet
import pytest
from kombu.connection import Connection

from chassis.bus.amqp import AmqpBus
from chassis.deadletters import QueueDeadLetters
from chassis.testing import Embedded
from tests.fakes import bus_services
from tests.fakes.bus_services import World, new_world

pytestmark = pytest.mark.backends

PICKLE = "application/x-python-serialize"
GOOD = '{"args": [], "kwargs": {"value": 1}}'


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


class Stranger:
    """Send raw requests and wait for their answers."""

    def __init__(self, url: str, service: str) -> None:
        self._connection = Connection(url)
        self._channel = self._connection.default_channel
        self._service = service
        self._answers: list[tuple[str, dict[str, Any]]] = []
        self._queue = self._channel.queue_declare(exclusive=True, auto_delete=True).queue
        self._channel.queue_bind(self._queue, "nameko-rpc", routing_key=self._queue)

    def ask(
        self, body: str | bytes = GOOD, *, key: str = "echo", headers: Any = None, **properties: Any
    ) -> dict[str, Any] | None:
        """Send one request; return the error of its answer, or None when no answer came."""
        correlation_id = uuid.uuid4().hex
        defaults = {
            "content_type": "application/json",
            "content_encoding": "utf-8",
            "reply_to": self._queue,
            "correlation_id": correlation_id,
        }
        chosen = {
            name: value for name, value in {**defaults, **properties}.items() if value is not None
        }
        raw = body.encode() if isinstance(body, str) else body
        message = amqp.Message(raw, application_headers=headers or {}, **chosen)
        self._channel.basic_publish(message, "nameko-rpc", f"{self._service}.{key}")
        for _ in range(100):
            answer = self._channel.basic_get(self._queue, no_ack=True)
            if answer is not None:
                reply: dict[str, Any] = json.loads(answer.body)
                return reply["error"] or {"value": None}
            eventlet.sleep(0.02)
            if not properties.get("reply_to", True) or not properties.get("correlation_id", True):
                return None
        return None

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def stranger(world: World, rabbit_url: str) -> Iterator[Stranger]:
    """Return a client that knows the protocol and no manners."""
    stranger = Stranger(rabbit_url, world.first.name)
    yield stranger
    stranger.close()


def wait_for(condition: Callable[[], bool]) -> None:
    with eventlet.Timeout(5):
        while not condition():
            eventlet.sleep(0.05)


@pytest.mark.proves("A7", "F20")
class TestMalformed:
    @pytest.mark.parametrize(
        ("body", "headers", "properties"),
        [
            pytest.param("{", {}, {}, id="half"),
            pytest.param("[]", {}, {}, id="list"),
            pytest.param('{"args": 1, "kwargs": {}}', {}, {}, id="args"),
            pytest.param('{"args": []}', {}, {}, id="no-kwargs"),
            pytest.param('{"args": [], "kwargs": {"value": NaN}}', {}, {}, id="nan"),
            pytest.param("[" * 100_000, {}, {}, id="deep"),
            pytest.param(b"\xff\xfe", {}, {}, id="not-utf8"),
            pytest.param(GOOD, {}, {"content_type": "text/plain"}, id="text"),
            pytest.param(GOOD, {}, {"content_type": None}, id="no-type"),
            pytest.param(b"\x80\x04K\x01.", {}, {"content_type": PICKLE}, id="pickle"),
            pytest.param(GOOD, {}, {"content_type": "application/data"}, id="data"),
            pytest.param(GOOD, {}, {"content_encoding": "gzip"}, id="gzip"),
            pytest.param(GOOD, {"compression": "application/x-gzip"}, {}, id="compressed"),
            pytest.param(GOOD, {"nameko.call_id_stack": 5}, {}, id="stack"),
            pytest.param(GOOD, {"nameko.call_id_stack": [5]}, {}, id="stack-entry"),
            pytest.param(GOOD, {"nameko.budget_ms": "soon"}, {}, id="budget"),
            pytest.param(GOOD, {"nameko.actor": 7}, {}, id="actor"),
            pytest.param(b"x" * (1024 * 1024 + 1), {}, {}, id="large"),
        ],
    )
    def test_is_answered_with_an_error(
        self, stranger: Stranger, body: bytes | str, headers: Any, properties: Any
    ) -> None:
        error = stranger.ask(body, headers=headers, **properties)

        assert error is not None
        assert error["value"] in {"bus.invalid_arguments", "bus.unauthenticated"}
        assert stranger.ask() == {"value": None}

    @pytest.mark.parametrize("missing", ["reply_to", "correlation_id"])
    def test_is_recorded_when_nobody_can_be_answered(
        self, stranger: Stranger, world: World, rabbit_url: str, missing: str
    ) -> None:
        private = '{"args": [], "kwargs": {"value": "110101199003070000"}}'
        letters = QueueDeadLetters(rabbit_url)

        stranger.ask(private, **{missing: None})
        queue = f"rpc-{world.first.name}"
        wait_for(lambda: len(letters.list(queue)) == 1)

        letter = letters.list(queue)[0]
        facts = json.loads(letter.body)
        assert letter.reason == f"no {missing}"
        assert facts["size"] == len(private)
        assert len(facts["sha256"]) == 64
        assert "110101" not in letter.body
        assert world.calls == []
        assert stranger.ask() == {"value": None}

    @pytest.mark.parametrize("key", ["__init__", "nothing", "a.b", "\udcff", ""])
    def test_unknown_methods_are_refused(self, stranger: Stranger, key: str) -> None:
        error = stranger.ask(key=key)

        assert error is None or error["value"] == "bus.unknown_method"
        assert stranger.ask() == {"value": None}

    def test_text_that_is_not_utf8_harms_nobody(self, stranger: Stranger) -> None:
        stranger.ask(correlation_id="\udcff\udcfe")
        stranger.ask(content_type="\udcff")

        assert stranger.ask() == {"value": None}
