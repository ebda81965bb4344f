"""No message can kill a service (A7), tire it out (A8), or be blamed for its crashes (A9)."""

import gzip
import json
import time
import uuid
from typing import Any

import amqp
import eventlet
import pytest
from kombu.connection import Connection

from chassis.deadletters import QueueDeadLetters
from tests.chaos.conftest import HANDLER_QUEUE, World
from tests.chaos.harness import running, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.backends]

JSON = "application/json"
RSS_LIMIT = 50 * 1024 * 1024


def envelope(number: int = 0, **changes: Any) -> str:
    base = {
        "specversion": "1.0",
        "id": uuid.uuid4().hex,
        "type": "cn.qibiao.thing.made.v1",
        "source": "/services/maker",
        "subject": "thing",
        "time": "2026-01-01T00:00:00Z",
        "sequence": 1,
        "data": {"number": number},
    }
    return json.dumps({**base, **changes})


def request(value: int = 1) -> str:
    return json.dumps({"args": [], "kwargs": {"value": value}})


BOMB = gzip.compress(b"0" * 200_000_000)

# What is sent, and whether it is an event or a call.
POISON: dict[str, tuple[str, bytes | str, dict[str, Any]]] = {
    "bad JSON": ("event", "{", {"content_type": JSON}),
    "pickle": ("event", b"\x80\x04K\x01.", {"content_type": "application/x-python-serialize"}),
    "text/plain": ("event", envelope(), {"content_type": "text/plain"}),
    "no content_type": ("event", envelope(), {}),
    "application/data": ("event", envelope(), {"content_type": "application/data"}),
    "5 MB body": ("event", "x" * 5_000_000, {"content_type": JSON}),
    "gzip bomb": (
        "event",
        BOMB,
        {
            "content_type": JSON,
            "content_encoding": "binary",
            "application_headers": {"compression": "application/x-gzip"},
        },
    ),
    "call_id_stack=5": (
        "call",
        request(),
        {"content_type": JSON, "application_headers": {"nameko.call_id_stack": 5}},
    ),
    "body list": ("call", "[1]", {"content_type": JSON}),
    "no reply_to": ("call", request(), {"content_type": JSON, "reply_to": None}),
    "no correlation_id": ("call", request(), {"content_type": JSON, "correlation_id": None}),
    "unknown method": ("call", request(), {"content_type": JSON, "key": "taker.nothing"}),
    "unknown event version": (
        "event",
        envelope(type="cn.qibiao.thing.made.v2"),
        {"content_type": JSON},
    ),
}


class Poisoner:
    """Publish whatever it is given, and read the answers that come."""

    def __init__(self, url: str) -> None:
        self._connection = Connection(url)
        self._channel = self._connection.default_channel
        self._queue = self._channel.queue_declare(exclusive=True, auto_delete=True).queue
        self._channel.queue_bind(self._queue, "nameko-rpc", routing_key=self._queue)

    def send(self, kind: str, body: bytes | str, properties: dict[str, Any]) -> None:
        raw = body.encode() if isinstance(body, str) else body
        chosen = dict(properties)
        key = chosen.pop("key", "taker.echo" if kind == "call" else "thing.made.v1")
        if kind == "call":
            chosen = {"reply_to": self._queue, "correlation_id": uuid.uuid4().hex, **chosen}
        chosen = {name: value for name, value in chosen.items() if value is not None}
        exchange = "nameko-rpc" if kind == "call" else "maker.events"
        self._channel.basic_publish(amqp.Message(raw, **chosen), exchange, key)

    def answers(self) -> list[dict[str, Any]]:
        found = []
        while (answer := self._channel.basic_get(self._queue, no_ack=True)) is not None:
            found.append(json.loads(answer.body))
        return found

    def close(self) -> None:
        self._connection.close()


@pytest.mark.proves("A7")
class TestPoison:
    def test_thirteen_kinds_among_two_hundred_good_messages(self, world: World) -> None:
        taker = world.service("taker")
        with running(taker):
            poisoner = Poisoner(world.broker.url)
            pid, memory = taker.pid, taker.rss
            poison = list(POISON.values())
            begun = time.monotonic()

            for number in range(200):
                poisoner.send("event", envelope(number), {"content_type": JSON})
                if number % 15 == 7 and poison:
                    poisoner.send(*poison.pop())
            wait_until(lambda: len(world.effects()) >= 200, 30)
            took = time.monotonic() - begun
            wait_until(lambda: len(world.letters()) >= 10, 10)
            eventlet.sleep(0.5)
            letters, answers = world.letters(), poisoner.answers()
            poisoner.close()

            assert not poison
            assert taker.pid == pid
            assert taker.is_running
            assert world.effects() == list(range(200))
            assert taker.rss - memory <= RSS_LIMIT
            assert all(letter.reason for letter in letters)
            assert all(answer["error"]["value"].startswith("bus.") for answer in answers)
            assert len(letters) + len(answers) == len(POISON)
            assert took < 15
            print(
                f"A7: 200 processed in {took:.1f} s, {len(letters)} dead letters, "
                f"{len(answers)} error replies, RSS +{(taker.rss - memory) / 1e6:.1f} MB"
            )

    def test_each_is_answered_or_recorded_with_a_reason(self, world: World) -> None:
        with running(world.service("taker")):
            poisoner = Poisoner(world.broker.url)
            seen: dict[str, str] = {}

            for count, (kind, poison) in enumerate(sorted(POISON.items()), 1):
                poisoner.send(*poison)
                answers: list[Any] = []
                letters = len([one for one in seen.values() if not one.startswith("bus.")])
                wait_until(
                    lambda found=answers, known=letters: (
                        found.extend(poisoner.answers()) or found or len(world.letters()) > known
                    )
                )
                error = answers[0]["error"]["value"] if answers else world.letters()[-1].reason
                seen[kind] = error
                poisoner.send("event", envelope(count), {"content_type": JSON})
                wait_until(lambda n=count: len(world.effects()) == n)
            poisoner.close()

        assert len(seen) == len(POISON)
        assert all(seen.values())


@pytest.mark.proves("A8")
class TestFailingMessage:
    def test_is_tried_five_times_then_parked_and_can_be_replayed(self, world: World) -> None:
        fixed = world.folder / "fixed"
        with running(
            world.service("maker"),
            world.service("taker", TAKER_FIXED=str(fixed), RETRY_SCALE="0.01"),
        ):
            world.client("maker").make(things=[{"number": 1, "fail": True}, {"number": 2}])
            wait_until(lambda: len(world.letters()) == 1, 30)
            eventlet.sleep(0.5)
            tries = world.tries()
            letter = world.letters()[0]

            fixed.touch()
            replayed = QueueDeadLetters(world.broker.url).replay(lambda one: one.id == letter.id)
            wait_until(lambda: world.effects() == [1, 2])

            assert tries == [1] * 5 + [2]
            assert "ValueError" in letter.reason
            assert letter.handler == HANDLER_QUEUE
            assert replayed == 1
            assert world.letters() == []

    def test_a_permanent_refusal_is_parked_at_once(self, world: World) -> None:
        with running(world.service("maker"), world.service("taker")):
            world.client("maker").make(things=[{"number": 1, "reject": True}])
            wait_until(lambda: len(world.letters()) == 1)

            assert world.tries() == [1]
            assert world.letters()[0].reason == "as asked"


@pytest.mark.proves("A9")
class TestCrashLoop:
    def test_does_not_dead_letter_innocent_messages(self, world: World) -> None:
        taker = world.service("taker")
        with running(world.service("maker"), taker):
            things = [{"number": number, "sleep": 1.5} for number in range(8)]
            world.client("maker").make(things=things)

            for crash in range(1, 6):
                wait_until(lambda n=crash: len(world.tries()) >= 8 * n, 20)
                taker.kill()
                taker.start()
            wait_until(lambda: len(world.effects()) >= 8, 30)
            eventlet.sleep(1)

            assert world.effects() == list(range(8))
            assert world.letters() == []
