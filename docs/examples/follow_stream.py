"""Follow the register by its RabbitMQ stream, and stop and start at any time.

    pip install amqp requests
    export QIBIAO_BUS="amqps://<user>:<password>@<host>:5671/"
    python follow_stream.py https://qibiao.example register.db

Plain AMQP 0-9-1. The stream tells at once; what it does not hold any more, or not yet, is read from
the HTTP feed (follow_feed.py, which has to lie beside this file). The SQLite file holds what was
made of the events, the position up to which that was done, and the offset of the last message.

The offset says where to read on in this one stream. It is not the position: a message that was sent
twice has two offsets and one position, and a stream that is made anew counts its offsets from 0.
"""

import argparse
import json
import os
import signal
import ssl
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from itertools import cycle
from types import FrameType
from typing import Any
from urllib.parse import unquote, urlsplit

import amqp
from follow_feed import Feed, GapError, Store, TooOldError

STREAM = "public.events"
HEARTBEAT = 30
PREFETCH = 200
PAUSE = 1.0

Start = str | int | datetime


class AnotherStreamError(Exception):
    """The stream is not the one whose offset was stored."""


class StreamFollower:
    """Digest what the stream tells, and what it left out."""

    def __init__(self, store: Store, feed: Feed, start: Start, patience: float) -> None:
        self._store = store
        self._feed = feed
        self._start = start
        self._patience = patience
        self._heard_at = 0.0
        self.is_stopping = False
        if start == "first":
            store.begin_at(0)

    def follow(self, addresses: list[str]) -> None:
        """Read from one of the brokers, from another when it goes away, until stopped."""
        for address in cycle(addresses):
            try:
                with connect(address) as connection:
                    self._read(connection)
            except amqp.AccessRefused:
                raise
            except (OSError, amqp.AMQPError, AnotherStreamError) as error:
                print(f"{type(error).__name__}: {error}", file=sys.stderr)
            if self.is_stopping:
                return
            time.sleep(PAUSE)

    def _read(self, connection: amqp.Connection) -> None:
        channel = connection.channel()
        # Both are needed: a stream is read with a limit of unacknowledged messages, and from where.
        channel.basic_qos(prefetch_size=0, prefetch_count=PREFETCH, a_global=False)
        channel.basic_consume(
            STREAM,
            callback=lambda message: self._take(channel, message),
            arguments={"x-stream-offset": self._next()},
        )
        self._heard_at = time.monotonic()
        while not self.is_stopping:
            with suppress(TimeoutError):
                connection.drain_events(timeout=1)
            connection.heartbeat_tick()
            if time.monotonic() - self._heard_at > self._patience:
                self._doubt()

    def _next(self) -> Start:
        last = self._store.stream_offset
        return self._start if last is None else last + 1

    def _doubt(self) -> None:
        """Ask the feed whether nothing happened, or the stream only says nothing.

        The broker is silent when it is asked for an offset that the stream has not come to, as
        after the stream was made anew.

        Raises:
            AnotherStreamError: the feed knows more.
        """
        self._heard_at = time.monotonic()
        if self._store.position is not None and self._store.apply(
            self._feed.page(self._store.position)
        ):
            self._store.forget_offset()
            self._start = "first"
            raise AnotherStreamError("the stream says nothing of what the feed has")

    def _take(self, channel: amqp.Channel, message: amqp.Message) -> None:
        self._heard_at = time.monotonic()
        event = json.loads(message.body)
        offset = message.headers["x-stream-offset"]
        try:
            self._store.apply([event], stream_offset=offset)
        except GapError:
            for events in self._missing(event["position"]):
                self._store.apply(events)
            self._store.apply([event], stream_offset=offset)
        channel.basic_ack(message.delivery_tag)

    def _missing(self, position: int) -> Iterator[list[dict[str, Any]]]:
        """Yield pages of what lies between the store and a position, from the feed."""
        while (after := self._store.position or 0) < position - 1:
            page = self._feed.page(after)
            if not page:
                raise GapError(f"the feed has nothing after {after}, the stream has {position}")
            yield [event for event in page if event["position"] < position]


def connect(address: str) -> amqp.Connection:
    """Return a connection; with amqps:// the broker has to prove who it is."""
    parts = urlsplit(address)
    is_secure = parts.scheme == "amqps"
    proof = {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": parts.hostname}
    return amqp.Connection(
        host=f"{parts.hostname}:{parts.port or (5671 if is_secure else 5672)}",
        userid=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        virtual_host=unquote(parts.path[1:]) or "/",
        ssl=proof if is_secure else False,
        heartbeat=HEARTBEAT,
        connect_timeout=10,
    )


def parse_start(text: str) -> Start:
    """Read where to begin: a word of the broker's, an offset, or a moment."""
    if text in {"first", "last", "next"}:
        return text
    return int(text) if text.isdigit() else datetime.fromisoformat(text)


def main() -> int:
    """Run the command line; 3 when one has to begin again with a snapshot."""
    parser = argparse.ArgumentParser(description="Follow the register by its RabbitMQ stream.")
    parser.add_argument("site", help="address of the site, for what the stream does not hold")
    parser.add_argument("store", help="SQLite file")
    parser.add_argument(
        "--start",
        type=parse_start,
        default="first",
        help="where to begin with an empty store: first (all there is), last, next, an offset, or a"
        " moment such as 2026-03-02T09:30:00+08:00; a moment may begin a little earlier",
    )
    parser.add_argument(
        "--patience", type=float, default=60, help="seconds of silence before the feed is asked"
    )
    options = parser.parse_args()
    follower = StreamFollower(
        Store(options.store), Feed(options.site), options.start, options.patience
    )

    def stop(_number: int, _frame: FrameType | None) -> None:
        follower.is_stopping = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    try:
        follower.follow(os.environ["QIBIAO_BUS"].split(";"))
    except TooOldError as error:
        print(f"begin again with a snapshot: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
