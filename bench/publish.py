"""Measure how soon a publication can be found and is seen by those who follow the feed.

The system runs as separate processes on RabbitMQ and PostgreSQL. Clerks submit drafts that were
saved before, so many a second; one consumer follows the feed of server-sent events. All moments are
read from one clock: PostgreSQL says when the publication was committed and when search committed
what it indexed, and the consumer notes when it has read the event.

``lag_vs_event_hop`` is the longer of the two ways (median, the worst of the rates that were
reached) against the way of a bare event in the same run: from one service's commit to the committed
effect in another (`bench.events`), on the same servers at the same time.
"""

import argparse
import contextlib
import json
import os
import statistics
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import requests
import sqlalchemy as sa

from bench import events, measure
from bench.system import CLERKS, System, accepted_uploads, started
from contracts.events import DECLARATION_VERSIONED
from tools.visitor import API, Visitor, wait_for

RATES: Final = (1, 10, 50)
HOP: Final = "hop"
HOPS: Final = 10
HOP_PAUSE: Final = 0.5
REACHED: Final = 0.9
PATIENCE: Final = 60.0
_PRODUCT: Final = {"name": "不锈钢真空保温杯", "model": "BW-500", "class_code": "21-002"}
_COMMITTED: Final = sa.text(
    "SELECT l.event_id, o.event_id AS told,"
    " extract(epoch FROM pg_xact_commit_timestamp(v.xmin)) AS at"
    " FROM versions v JOIN public_log l ON l.subject = v.declaration_id"
    " JOIN outbox o ON o.subject = v.declaration_id AND o.name = :name"
    " WHERE v.declaration_id = ANY(:ids)"
)
_INDEXED: Final = sa.text(
    "SELECT event_id, extract(epoch FROM pg_xact_commit_timestamp(xmin)) AS at"
    " FROM inbox WHERE event_id = ANY(:ids)"
)


class TimedSystem(System):
    """The system on a PostgreSQL that remembers when each transaction was committed."""

    def start_backing(self) -> None:
        """Start the servers."""
        super().start_backing()
        assert self.database is not None  # noqa: S101 - just started
        self.database.execute("ALTER SYSTEM SET track_commit_timestamp = on")
        self.database.stop()
        self.database.start()


class Follower:
    """Read the feed and note when each event was there (seconds since the epoch)."""

    def __init__(self, url: str) -> None:
        self.seen: dict[str, float] = {}
        self._url = f"{url}{API}/events"
        self._answer = requests.get(
            self._url,
            params={"after": self._newest()},
            headers={"Accept": "text/event-stream"},
            stream=True,
            timeout=60,
        )
        self._answer.raise_for_status()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _newest(self) -> int:
        position = 0
        while True:
            page = requests.get(self._url, params={"after": position, "limit": 500}, timeout=20)
            page.raise_for_status()
            found = page.json()
            if not found["items"]:
                return int(found["next_after"])
            position = found["next_after"]

    def _read(self) -> None:
        with contextlib.suppress(requests.RequestException, AttributeError):
            # Each piece as it was sent: looking for lines byte by byte takes milliseconds.
            for piece in self._answer.raw.read_chunked():
                now = time.time()
                for line in piece.splitlines():
                    if line.startswith(b"data:"):
                        self.seen[json.loads(line[5:])["id"]] = now

    def close(self) -> None:
        """End the connection."""
        self._answer.close()


@dataclass(frozen=True)
class Lags:
    """Hold the milliseconds of one rate, from the commit on."""

    wanted: float
    reached: float
    indexed: Sequence[float]
    seen: Sequence[float]

    def as_line(self) -> str:
        """Return a line of the report."""
        parts = [f"{self.wanted:>3.0f}/s wanted, {self.reached:5.1f}/s reached"]
        for name, values in (("searchable", self.indexed), ("seen", self.seen)):
            p99 = statistics.quantiles(values, n=100)[98]
            parts.append(f"{name} p50 {statistics.median(values):6.1f} ms  p99 {p99:6.1f} ms")
        return "   ".join(parts)


def save_drafts(system: System, number: int) -> list[dict[str, Any]]:
    """Save so many drafts that can be submitted."""
    uploads, tag = accepted_uploads(system.database_url, number), uuid.uuid4().hex[:8].upper()
    drafts: list[dict[str, Any]] = [{} for _ in range(number)]

    def save(clerk: Visitor, place: int) -> None:
        for here in range(place, number, CLERKS):
            body = f"BE{tag} {here:05}"
            drafts[here] = clerk.save_draft(
                {
                    "kind": "ENTERPRISE",
                    "number": {"body": body, "year": "2026"},
                    "title": f"不锈钢真空保温杯 {body}",
                    "disclosure_mode": "FULL_TEXT",
                    "upload_id": uploads[here],
                    "products": [_PRODUCT],
                }
            )

    system.under_load(0, save, CLERKS)
    return drafts


def publish_all(
    system: System,
    drafts: Sequence[dict[str, Any]],
    rate: float,
    peers: tuple[measure.Peer, measure.Peer],
) -> tuple[float, list[float]]:
    """Submit them at a steady rate; return how many a second it became, and bare events' ways."""
    begun = time.perf_counter()
    hops, is_over = list[float](), threading.Event()

    def submit(clerk: Visitor, place: int) -> None:
        for here in range(place, len(drafts), CLERKS):
            time.sleep(max(0.0, begun + here / rate - time.perf_counter()))
            clerk.publish(drafts[here])

    def hop() -> None:
        while not is_over.wait(HOP_PAUSE):
            hops.extend(events.one_round(*peers, HOPS))

    hopping = threading.Thread(target=hop)
    hopping.start()
    try:
        load = system.under_load(0, submit, CLERKS)
    finally:
        is_over.set()
        hopping.join()
    return len(drafts) / max(load.seconds, len(drafts) / rate), hops


def lags_of(system: System, follower: Follower, drafts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Wait until all were indexed and seen; return the milliseconds of each way.

    Raises:
        TimeoutError: one was not.
    """
    assert system.database is not None  # noqa: S101 - it runs
    ids = [draft["declaration_id"] for draft in drafts]
    standards, search = (
        sa.create_engine(system.database.url(name)) for name in ("standards", "search")
    )

    def committed() -> list[tuple[str, str, float]] | None:
        """Return the public event of each, the one that the index hears, and when it was."""
        wanted = {"ids": ids, "name": DECLARATION_VERSIONED.name}
        with standards.connect() as connection:
            rows = [
                (row.event_id, row.told, float(row.at))
                for row in connection.execute(_COMMITTED, wanted)
            ]
        is_seen = {public for public, _, _ in rows} <= follower.seen.keys()
        return rows if len(rows) == len(ids) and is_seen else None

    def indexed() -> dict[str, float] | None:
        with search.connect() as connection:
            rows = connection.execute(_INDEXED, {"ids": [told for _, told, _ in begun]})
            found = {row.event_id: float(row.at) for row in rows}
        return found if len(found) == len(begun) else None

    begun = wait_for(committed, seconds=PATIENCE, what="events in the feed")
    done = wait_for(indexed, seconds=PATIENCE, what="events in the index")
    standards.dispose()
    search.dispose()
    return {
        "indexed": [(done[told] - at) * 1000 for _, told, at in begun],
        "seen": [(follower.seen[public] - at) * 1000 for public, _, at in begun],
    }


@contextlib.contextmanager
def event_peers(system: System) -> Iterator[tuple[measure.Peer, measure.Peer]]:
    """Give the two sides of a bare event, on the servers of the system."""
    database, broker = system.database, system.broker
    assert database is not None and broker is not None  # noqa: S101, PT018 - they run
    # Apart from the system's own, for they bear the name of one of its services.
    broker.ctl("add_vhost", HOP)
    bus_url = broker.add_user(HOP, vhost=HOP, configure=".*", write=".*", read=".*")
    with contextlib.ExitStack() as stack:
        sides = [
            stack.enter_context(
                measure.Peer(
                    events.CONTENDERS["ours"],
                    (role, bus_url, database.create_database(f"{HOP}_{role}")),
                )
            )
            for role in ("consumer", "producer")
        ]
        yield sides[1], sides[0]


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.publish", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each rate, %(default)s")
    parser.add_argument("--rates", type=float, nargs="+", default=RATES, help="a second")
    arguments = parser.parse_args()
    measure.say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    hops: list[float] = []
    found: list[Lags] = []
    with started(TimedSystem) as system, event_peers(system) as peers:
        follower = Follower(system.url)
        events.one_round(*peers, 5 * HOPS)
        for rate in arguments.rates:
            drafts = save_drafts(system, max(10, round(rate * arguments.seconds)))
            reached, ways = publish_all(system, drafts, rate, peers)
            hops += ways
            found.append(Lags(rate, reached, **lags_of(system, follower, drafts)))
            measure.say(found[-1].as_line())
        follower.close()
    hop = statistics.median(hops)
    measure.say(f"event hop p50 {hop:.1f} ms of {len(hops)}, load {os.getloadavg()[0]:.1f}")
    kept = [lags for lags in found if lags.reached >= REACHED * lags.wanted] or found
    worst = max(max(statistics.median(lags.indexed), statistics.median(lags.seen)) for lags in kept)
    p99 = max(statistics.quantiles(lags.seen, n=100)[98] for lags in kept)
    rate = max(lags.reached for lags in found)
    measure.say(
        f"lag_vs_event_hop={worst / hop:.2f} seen_p99_ms={p99:.1f} publishes_per_second={rate:.1f}"
    )


if __name__ == "__main__":
    main()
