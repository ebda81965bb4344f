"""The floor under any event: a confirmed publish to a quorum queue, and one commit on each side."""

import sys
import threading
import time
import uuid
from typing import Any

import amqp
import psycopg2

from bench import measure
from bench.peers.bare import connect

QUEUE = "bench-bare-events"
BODY = '{"session_hash":"' + "0" * 64 + '","reason":"LOGGED_OUT"}'


class Side:
    """One connection to the database and one to the broker."""

    def __init__(self, bus_url: str, database: str) -> None:
        self.database = psycopg2.connect(database.replace("postgresql+psycopg2", "postgresql"))
        with self.database, self.database.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS bench_changes (id text PRIMARY KEY)")
        self.connection = connect(bus_url, confirm_publish=True)
        self.channel = self.connection.channel()
        self.channel.queue_declare(
            QUEUE, durable=True, auto_delete=False, arguments={"x-queue-type": "quorum"}
        )
        self.seen: dict[str, int] = {}

    def insert(self, event_id: str) -> None:
        """Commit one row."""
        with self.database, self.database.cursor() as cursor:
            cursor.execute("INSERT INTO bench_changes VALUES (%s)", (event_id,))

    def produce(self, events: int, pause: float) -> dict[str, int]:
        """Commit and publish, one after the other; return when each commit was over."""
        committed = {}
        for _ in range(events):
            event_id = str(uuid.uuid4())
            self.insert(event_id)
            committed[event_id] = time.monotonic_ns()
            message = amqp.Message(
                BODY, message_id=event_id, content_type="application/json", delivery_mode=2
            )
            self.channel.basic_publish(message, routing_key=QUEUE)
            time.sleep(pause)
        return committed

    def consume(self) -> None:
        """Commit the effect of each message for ever."""
        self.channel.basic_qos(0, 50, False)  # noqa: FBT003 - the protocol's positional arguments
        self.channel.basic_consume(QUEUE, callback=self._handle)
        while True:
            self.connection.drain_events()

    def collect(self, events: int) -> dict[str, int]:
        """Wait for so many effects; return when each was committed."""
        deadline = time.monotonic() + 60
        while len(self.seen) < events:
            if time.monotonic() > deadline:
                raise TimeoutError("effects are missing")
            time.sleep(0.01)
        effects, self.seen = self.seen, {}
        return effects

    def _handle(self, message: amqp.Message) -> None:
        event_id = message.properties["message_id"]
        self.insert(event_id)
        self.seen[event_id] = time.monotonic_ns()
        self.channel.basic_ack(message.delivery_tag)


def main() -> None:
    """Run ``producer`` or ``consumer`` against the broker and database on the command line."""
    role, bus_url, database = sys.argv[1:4]
    side = Side(bus_url, database)
    if role == "consumer":
        threading.Thread(target=side.consume, daemon=True).start()

    def answer(command: dict[str, Any]) -> dict[str, Any]:
        return side.produce(**command) if role == "producer" else side.collect(**command)

    measure.serve_commands(answer, patched=False)


if __name__ == "__main__":
    main()
