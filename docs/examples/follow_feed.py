"""Follow the register by its HTTP feed, and stop and start at any time.

    pip install requests
    python follow_feed.py https://qibiao.example register.db

The SQLite file holds what was made of the events and the position up to which that was done. Both
are written in one transaction, so nothing is lost and nothing counts twice, even if the program is
killed: it goes on where the file says. Replace `Store.digest` by what you want to do. A key of
scope `events:read` in the environment variable QIBIAO_KEY allows more requests.
"""

import argparse
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import requests

PAGE = 500
PAUSE = 5
TOO_OLD = 416
LATER = {429, 500, 502, 503, 504}
TABLES = """
CREATE TABLE IF NOT EXISTS place (
    one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER, stream_offset INTEGER
);
INSERT OR IGNORE INTO place VALUES (1, NULL, NULL);
CREATE TABLE IF NOT EXISTS journal (
    row INTEGER PRIMARY KEY, position INTEGER NOT NULL, event_id TEXT NOT NULL, type TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS declarations (
    id TEXT PRIMARY KEY, sequence INTEGER NOT NULL, last_event TEXT NOT NULL, data TEXT NOT NULL
);
"""


class GapError(Exception):
    """Events between the position of the store and the one at hand are missing."""


class TooOldError(Exception):
    """The feed no longer holds what comes next: begin again with a snapshot, at this address."""


class Store:
    """Keep effects and place together."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
        # A power cut may take the last transactions, but takes effects and place together.
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(TABLES)

    @property
    def position(self) -> int | None:
        """The position of the last event that was digested; None before the first."""
        return self._place()[0]

    @property
    def stream_offset(self) -> int | None:
        """The offset in the stream of the last message that was read; None without a stream."""
        return self._place()[1]

    def begin_at(self, position: int) -> None:
        """Say what the first event will follow, unless the store has digested some already."""
        self._connection.execute(
            "UPDATE place SET position = ? WHERE position IS NULL", (position,)
        )

    def forget_offset(self) -> None:
        """Say that the stream is another one than before."""
        self._connection.execute("UPDATE place SET stream_offset = NULL")

    def apply(self, events: Sequence[dict[str, Any]], *, stream_offset: int | None = None) -> int:
        """Digest events in the order of their positions, once each; return how many were new.

        Raises:
            GapError: some are missing before one of them; nothing was changed.
        """
        with self._transaction():
            position, last_offset = self._place()
            before = position
            fresh = 0
            for event in events:
                if position is not None and event["position"] <= position:
                    continue  # came twice
                if position is not None and event["position"] != position + 1:
                    raise GapError(f"{event['position']} after {position}")
                self.digest(event)
                position = event["position"]
                fresh += 1
            offset = last_offset if stream_offset is None else stream_offset
            if (position, offset) != (before, last_offset):
                self._connection.execute(
                    "UPDATE place SET position = ?, stream_offset = ?", (position, offset)
                )
        return fresh

    def digest(self, event: dict[str, Any]) -> None:
        """Do with one event what is to be done with it, inside the transaction."""
        self._connection.execute(
            "INSERT INTO journal (position, event_id, type) VALUES (?, ?, ?)",
            (event["position"], event["id"], event["type"]),
        )
        # Events of one declaration are counted by `sequence`: a higher one is newer.
        self._connection.execute(
            "INSERT INTO declarations VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
            " sequence = excluded.sequence, last_event = excluded.last_event, data = excluded.data"
            " WHERE excluded.sequence > declarations.sequence",
            (event["subject"], event["sequence"], event["type"], json.dumps(event["data"])),
        )

    def _place(self) -> tuple[int | None, int | None]:
        position, offset = self._connection.execute(
            "SELECT position, stream_offset FROM place"
        ).fetchone()
        return position, offset

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")


class Feed:
    """Read pages of the public log."""

    def __init__(self, site: str) -> None:
        self._url = f"{site.rstrip('/')}/api/v1/events"
        self._session = requests.Session()
        if key := os.environ.get("QIBIAO_KEY"):
            self._session.headers["Authorization"] = f"Bearer {key}"

    def page(self, after: int, limit: int = PAGE) -> list[dict[str, Any]]:
        """Return the events after a position, however long the site takes to be there again.

        Raises:
            TooOldError: the feed no longer has them; the text names the snapshots.
        """
        while True:
            later = ""
            try:
                answer = self._session.get(
                    self._url, params={"after": after, "limit": limit}, timeout=20
                )
                if answer.status_code == TOO_OLD:
                    raise TooOldError(answer.json()["snapshots"])
                if answer.ok:
                    return list(answer.json()["items"])
                if answer.status_code not in LATER:
                    raise SystemExit(f"refused: {answer.status_code} {answer.text}")
                later = answer.headers.get("Retry-After", "")
            except requests.RequestException as error:  # also what is not JSON
                print(f"no answer: {error}", file=sys.stderr)
            # A proxy in between may say nothing, or a date.
            time.sleep(int(later) if later.isdecimal() else PAUSE)


def follow(feed: Feed, store: Store, *, pause: float, is_once: bool) -> None:
    """Digest page after page; with `is_once` until there is nothing new, else for ever."""
    while True:
        events = feed.page(store.position or 0)
        store.apply(events)
        if not events:
            if is_once:
                return
            time.sleep(pause)


def main() -> int:
    """Run the command line; 3 when one has to begin again with a snapshot."""
    parser = argparse.ArgumentParser(description="Follow the register by its HTTP feed.")
    parser.add_argument("site", help="address of the site")
    parser.add_argument("store", help="SQLite file")
    parser.add_argument(
        "--after", type=int, default=0, help="position of the snapshot to begin with"
    )
    parser.add_argument("--pause", type=float, default=10, help="seconds between two looks")
    parser.add_argument("--once", action="store_true", help="end when there is nothing new")
    options = parser.parse_args()
    store = Store(options.store)
    store.begin_at(options.after)
    try:
        follow(Feed(options.site), store, pause=options.pause, is_once=options.once)
    except TooOldError as error:
        print(f"begin again with a snapshot: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
