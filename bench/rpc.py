"""Compare our RPC with stock Nameko and with bare py-amqp on one RabbitMQ.

Both ends of each contender are services in processes of their own; the bodies are the same JSON.
CPU time is read for the caller, the server and the broker. ``rpc_vs_stock`` is calls per total CPU
second against stock Nameko 2.14.1; ``rpc_vs_floor`` is the CPU of caller and server per call
against bare py-amqp. Both at 16 callers, medians of interleaved rounds.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench import measure
from tools import backing

PAYLOAD: Final[dict[str, Any]] = {
    "declaration_id": "0193a7f0-5c1e-7d64-9c1b-0a2f4d6e8b10",
    "title": "不锈钢保温杯",
    "products": [{"name": "真空保温杯", "model": f"BW-{number}"} for number in range(5)],
}
RATIO_CALLERS: Final = 16
CONTENDERS: Final = {
    "ours": "bench.peers.ours",
    "stock": "bench.peers.stock",
    "bare": "bench.peers.bare",
}


def one_run(
    caller: measure.Peer, server: measure.Peer, broker_pid: int, callers: int, calls: int
) -> dict[str, float]:
    """Make ``calls`` calls and return calls per second and microseconds of CPU per call."""
    pids = {"caller": caller.pid, "server": server.pid, "broker": broker_pid}
    before = {name: measure.cpu_seconds(pid) for name, pid in pids.items()}
    seconds = caller.ask(callers=callers, calls=calls, payload=PAYLOAD)["seconds"]
    time.sleep(0.05)  # the broker's last acknowledgements belong to this run
    spent = {
        name: (measure.cpu_seconds(pid) - before[name]) / calls * 1e6 for name, pid in pids.items()
    }
    return {"calls_per_second": calls / seconds, **spent}


def report(callers: int, figures: Mapping[str, Mapping[str, float]]) -> None:
    """Print the medians of one number of callers."""
    for name, row in figures.items():
        measure.say(
            f"callers={callers:<3} {name:<6} {row['calls_per_second']:7.0f} calls/s   "
            f"CPU per call, µs: caller {row['caller']:5.0f}  server {row['server']:5.0f}  "
            f"broker {row['broker']:5.0f}"
        )


def ratios(figures: Mapping[str, Mapping[str, float]]) -> dict[str, float]:
    """Return the two ratios that are kept."""

    def total(row: Mapping[str, float]) -> float:
        return row["caller"] + row["server"] + row["broker"]

    def ends(row: Mapping[str, float]) -> float:
        return row["caller"] + row["server"]

    return {
        "rpc_vs_stock": total(figures["stock"]) / total(figures["ours"]),
        "rpc_vs_floor": ends(figures["ours"]) / ends(figures["bare"]),
    }


def main() -> None:
    """Run the rounds and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.rpc", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds")
    parser.add_argument("--calls", type=int, default=1600, help="calls of one run")
    arguments = parser.parse_args()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qibiao-bench-")))
        node = backing.RabbitNode(folder / "rabbit")
        node.start()
        stack.callback(node.stop)
        pairs = {
            name: [
                stack.enter_context(measure.Peer(module, (role, node.url)))
                for role in ("server", "caller")
            ]
            for name, module in CONTENDERS.items()
        }
        for server, caller in pairs.values():
            one_run(caller, server, node.pid or 0, RATIO_CALLERS, 320)
        kept: dict[str, float] = {}
        for callers in (1, 16, 64):
            calls = arguments.calls if callers > 1 else 640
            figures = measure.interleaved(
                arguments.rounds,
                {
                    name: partial(one_run, caller, server, node.pid or 0, callers, calls)
                    for name, (server, caller) in pairs.items()
                },
            )
            report(callers, figures)
            if callers == RATIO_CALLERS:
                kept = ratios(figures)
    measure.say(" ".join(f"{key}={value:.2f}" for key, value in kept.items()))


if __name__ == "__main__":
    main()
