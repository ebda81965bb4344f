"""Measure ``registry`` and ``accounts``: the import, verifications, logins, and the hub meanwhile.

The import is that of `bench.registry_import`, on PostgreSQL, against COPY. The calls go over a real
RabbitMQ to services in processes of their own, each with its database on one PostgreSQL; a third
process makes them, 20 at once, each with its own person or organisation. Captchas are solved
beforehand. ``argon2_cpu_share`` is the part of the CPU time of ``accounts`` that argon2 takes while
all log in; ``hub_lag_ms`` the median of how late its hub then comes to what is due.
"""

import argparse
import contextlib
import os
import statistics
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench import measure, registry_import
from chassis import migrate, process
from chassis.bus import topology
from tools import backing

CALLERS: Final = 20
SERVICES: Final = ("accounts", "registry")
PEER: Final = "bench.peers.accounts"


def one_run(caller: measure.Peer, server: measure.Peer, act: str, calls: int) -> dict[str, Any]:
    """Let 20 callers make so many calls; return calls per second and what the server noted."""
    server.ask(watch=True)
    before = measure.cpu_seconds(server.pid)
    seconds = caller.ask(act=act, callers=CALLERS, calls=calls)["seconds"]
    spent = measure.cpu_seconds(server.pid) - before
    noted = server.ask(watch=False)
    return {"per_second": calls / seconds, "cpu_seconds": spent, "calls": calls, **noted}


def measure_calls(logins: int, verifications: int) -> dict[str, float]:
    """Start servers and services, make the calls, and return the figures."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="qibiao-bench-")))
        records = folder / "organizations.csv"
        registry_import.write_file(records, CALLERS)
        node = stack.enter_context(backing.RabbitNode(folder / "rabbit"))
        cluster = stack.enter_context(backing.PostgresCluster(folder / "postgres"))
        stack.callback(cluster.remove)
        urls = {name: cluster.create_database(name) for name in SERVICES}
        for name, url in urls.items():
            migrate.upgrade(url, name)
        # Logins send messages: notify's queues have to be there, not notify.
        topology.declare(node.url, [process.load(name) for name in (*SERVICES, "notify")])
        environment = {
            "BUS_URL": node.url,
            "DATA_DIR": str(folder),
            **{f"{name.upper()}_DATABASE_URL": url for name, url in urls.items()},
        }
        accounts, registry, caller = (
            stack.enter_context(measure.Peer(PEER, (role, str(CALLERS), str(records)), environment))
            for role in (*SERVICES, "caller")
        )
        caller.ask(act="prepare", calls=logins + CALLERS)
        one_run(caller, accounts, "log_in", CALLERS)
        one_run(caller, registry, "verify", CALLERS)
        report("log in", entered := one_run(caller, accounts, "log_in", logins))
        report("verify", verified := one_run(caller, registry, "verify", verifications))
    return {
        "verify_per_s": round(verified["per_second"]),
        "logins_per_s": round(entered["per_second"], 1),
        "argon2_cpu_share": round(entered["hash_seconds"] / entered["cpu_seconds"], 2),
        "hub_lag_ms": round(statistics.median(entered["lags"]), 1),
    }


def report(name: str, run: Mapping[str, Any]) -> None:
    """Print what one run showed."""
    lags = run["lags"]
    total, hashed = (run[name] / run["calls"] * 1000 for name in ("cpu_seconds", "hash_seconds"))
    measure.say(
        f"{name:<7} {run['per_second']:5.1f}/s  CPU a call {total:5.1f} ms, argon2 {hashed:5.1f} ms"
        f"   hub late p50 {statistics.median(lags):5.1f} ms, "
        f"p99 {statistics.quantiles(lags, n=100)[98]:5.1f} ms"
    )


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.accounts", description=__doc__)
    parser.add_argument("--rows", type=int, default=registry_import.ROWS, help="rows to import")
    parser.add_argument("--logins", type=int, default=200, help="logins, a multiple of 20")
    parser.add_argument("--verifications", type=int, default=400, help="a multiple of 20")
    arguments = parser.parse_args()
    measure.say(f"{os.cpu_count()} cores, {CALLERS} callers at once")
    imported = registry_import.measure(arguments.rows)
    measure.say(
        f"import  {imported['import_rows_per_second']} rows/s   "
        f"COPY {imported['copy_rows_per_second']} rows/s   {imported['import_rss_mb']} MB at most"
    )
    figures = {
        "import_vs_copy": imported["import_vs_copy"],
        **measure_calls(arguments.logins, arguments.verifications),
    }
    measure.say(" ".join(f"{name}={value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
