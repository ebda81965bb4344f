"""Bare py-amqp with direct reply-to on green threads: the floor under any RPC on this broker."""

import json
import sys
import time
import warnings
from urllib.parse import unquote, urlsplit

warnings.filterwarnings("ignore", message=r"\s*Eventlet is deprecated")

import eventlet  # noqa: E402

if __name__ == "__main__":
    eventlet.monkey_patch()

from typing import Any  # noqa: E402

import amqp  # noqa: E402
from eventlet.event import Event  # noqa: E402

from bench import measure  # noqa: E402

QUEUE = "bench-bare-echo"
DIRECT_REPLY = "amq.rabbitmq.reply-to"


def connect(url: str, *, confirm_publish: bool = False) -> amqp.Connection:
    """Open one connection; with ``confirm_publish`` each publish waits for the broker's confirm."""
    parts = urlsplit(url)
    connection = amqp.Connection(
        host=f"{parts.hostname}:{parts.port}",
        userid=parts.username or "guest",
        password=parts.password or "guest",
        virtual_host=unquote(parts.path[1:]) or "/",
        confirm_publish=confirm_publish,
    )
    connection.connect()
    return connection


def drain(connection: amqp.Connection) -> None:
    """Read frames for ever."""
    while True:
        connection.drain_events()


def serve(url: str) -> None:
    """Answer each request with its own payload."""
    connection = connect(url)
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=False, auto_delete=True)
    channel.basic_qos(0, 50, False)  # noqa: FBT003 - the protocol's positional arguments

    def handle(message: amqp.Message) -> None:
        request = json.loads(message.body)
        reply = json.dumps({"result": request["kwargs"]["payload"], "error": None})
        properties = message.properties
        channel.basic_publish(
            amqp.Message(
                reply,
                content_type="application/json",
                correlation_id=properties["correlation_id"],
            ),
            routing_key=properties["reply_to"],
        )
        channel.basic_ack(message.delivery_tag)

    channel.basic_consume(QUEUE, callback=handle)
    eventlet.spawn(drain, connection)
    measure.serve_commands(lambda command: command)


class Caller:
    """Call and wait, each caller in its own green thread."""

    def __init__(self, url: str) -> None:
        self._pending: dict[str, Event] = {}
        self._number = 0
        connection = connect(url)
        self._channel = connection.channel()
        self._channel.basic_consume(DIRECT_REPLY, no_ack=True, callback=self._on_reply)
        eventlet.spawn(drain, connection)

    def call(self, payload: dict[str, Any]) -> object:
        """Send one request and return the result."""
        self._number += 1
        key = str(self._number)
        event = self._pending[key] = Event()
        self._channel.basic_publish(
            amqp.Message(
                json.dumps({"args": [], "kwargs": {"payload": payload}}),
                content_type="application/json",
                correlation_id=key,
                reply_to=DIRECT_REPLY,
            ),
            routing_key=QUEUE,
        )
        return event.wait()

    def _on_reply(self, message: amqp.Message) -> None:
        reply = json.loads(message.body)
        self._pending.pop(message.properties["correlation_id"]).send(reply["result"])


def drive(url: str) -> None:
    """Run the calls that are asked for on standard input."""
    caller = Caller(url)

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        callers, calls, payload = command["callers"], command["calls"], command["payload"]

        def work(_: int) -> None:
            for _number in range(calls // callers):
                caller.call(payload)

        begun = time.perf_counter()
        for _ in eventlet.GreenPool(callers).imap(work, range(callers)):
            pass
        return {"seconds": time.perf_counter() - begun}

    measure.serve_commands(answer)


if __name__ == "__main__":
    (serve if sys.argv[1] == "server" else drive)(sys.argv[2])
