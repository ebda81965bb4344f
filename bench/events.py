"""Measure how long an event takes: from one service's commit to the committed effect in another.

Both contenders run as two processes on one RabbitMQ and one PostgreSQL. Ours: the commit wakes the
relay, which publishes with confirms; the consumer commits effect and inbox row. Bare: a confirmed
publish to a quorum queue, consumed by a process that commits one row. ``event_vs_bare`` is the
ratio of the medians over all events of the interleaved rounds.
"""

import argparse
import contextlib
import statistics
import tempfile
from pathlib import Path
from typing import Final

from bench import measure
from tools import backing

CONTENDERS: Final = {"ours": "bench.peers.events_ours", "bare": "bench.peers.events_bare"}
PAUSE: Final = 0.005


def one_round(producer: measure.Peer, consumer: measure.Peer, events: int) -> list[float]:
    """Send so many events and return the milliseconds each took."""
    committed = producer.ask(events=events, pause=PAUSE)
    effects = consumer.ask(events=events)
    return [(effects[key] - begun) / 1e6 for key, begun in committed.items()]


def main() -> None:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.events", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    parser.add_argument("--events", type=int, default=400, help="events of one round")
    arguments = parser.parse_args()
    taken: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qibiao-bench-")))
        node = stack.enter_context(backing.RabbitNode(folder / "rabbit"))
        cluster = stack.enter_context(backing.PostgresCluster(folder / "postgres"))
        stack.callback(cluster.remove)
        peers = {}
        for name, module in CONTENDERS.items():
            sides = []
            for role in ("consumer", "producer"):
                database = cluster.create_database(f"{name}_{role}")
                peer = measure.Peer(module, (role, node.url, database))
                sides.append(stack.enter_context(peer))
            peers[name] = (sides[1], sides[0])
            one_round(*peers[name], 50)
        for number in range(arguments.rounds):
            order = list(peers) if number % 2 == 0 else list(reversed(peers))
            for name in order:
                taken[name] += one_round(*peers[name], arguments.events)
    medians = {name: statistics.median(values) for name, values in taken.items()}
    for name, values in taken.items():
        p99 = statistics.quantiles(values, n=100)[98]
        measure.say(
            f"{name:<5} {len(values)} events   p50 {medians[name]:6.2f} ms   p99 {p99:6.2f} ms"
        )
    p99_ours = statistics.quantiles(taken["ours"], n=100)[98]
    measure.say(
        f"event_vs_bare={medians['ours'] / medians['bare']:.2f} "
        f"event_p50_ms={medians['ours']:.2f} event_p99_ms={p99_ours:.2f}"
    )


if __name__ == "__main__":
    main()
