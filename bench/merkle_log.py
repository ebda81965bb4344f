"""Measure the Merkle log: entering what was published before, and proving single entries.

Invented declarations are loaded into fresh databases on both engines and entered as the job does,
500 a transaction. A proof is asked for by record number as the page does, document included; the
figures are milliseconds of the whole question. At the end an outsider's check of all entries.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench import measure as output
from chassis import migrate
from chassis.clock import SystemClock
from chassis.uow import Database
from services.standards.adapters.log_keys import LogKeys
from services.standards.queries import log as queries
from services.standards.usecases import appending
from tools.backing import PostgresCluster
from tools.generate_declarations.histories import Plan
from tools.generate_declarations.loading import load_declarations

ROWS: Final = 100_000
PROOFS: Final = 300
UNTIL: Final = datetime(2026, 11, 1, tzinfo=UTC)
_MEGABYTE: Final = 1024


def measure(rows: int = ROWS) -> dict[str, float]:
    """Enter and prove on both engines; return entries a second and milliseconds."""
    figures: dict[str, float] = {}
    keys = LogKeys("k1", Ed25519PrivateKey.generate())
    with tempfile.TemporaryDirectory(prefix="qibiao-log-") as name:
        folder = Path(name)
        for engine, url in _databases(folder):
            load_declarations(url, Plan(declarations=rows, until=UNTIL))
            database = Database(url, service="standards", clock=SystemClock(None))
            with closing(database):
                found = _measure_one(database, keys, folder)
            figures |= {f"{engine}_{what}": value for what, value in found.items()}
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // _MEGABYTE
    return figures


def _measure_one(database: Database, keys: LogKeys, folder: Path) -> dict[str, float]:
    begun = time.perf_counter()
    has_more = True
    while has_more:
        with database.transaction() as tx:
            has_more = appending.append_published(tx=tx, signer=keys)
    seconds = time.perf_counter() - begun
    with database.read() as session:
        head = queries.get_head(session)
    proofs = _time_proofs(database, head["size"])
    return {
        "entries": head["size"],
        "append_per_s": round(head["size"] / seconds),
        "proof_p50_ms": round(statistics.median(proofs) * 1000, 1),
        "proof_p99_ms": round(statistics.quantiles(proofs, n=100)[98] * 1000, 1),
        "verify_s": _time_verifying(database, keys, head, folder),
    }


def _time_proofs(database: Database, size: int) -> list[float]:
    dice = random.Random(1)  # noqa: S311 - no secret
    wanted = [dice.randrange(size) for _ in range(PROOFS)]
    with database.read() as session:
        names = [
            next(iter(queries.list_entries(session, start=index, end=index + 1)["items"]))
            for index in wanted
        ]
    times = []
    for name in names:
        begun = time.perf_counter()
        with database.read() as session:
            queries.find_proof(
                session,
                record_number=name["record_number"],
                version=name["version"],
                has_document=True,
            )
        times.append(time.perf_counter() - begun)
    return times


def _time_verifying(database: Database, keys: LogKeys, head: dict[str, Any], folder: Path) -> float:
    """Write every document with its place, as a snapshot does, and check all in a new process."""
    (folder / "keys.txt").write_text(json.dumps(keys.public_view()), encoding="utf-8")
    (folder / "head.json").write_text(json.dumps(head), encoding="utf-8")
    records = folder / "records.jsonl"
    with database.read() as session, records.open("w", encoding="utf-8") as file:
        for start in range(0, head["size"], queries.MAX_ENTRIES):
            page = queries.list_entries(session, start=start, end=head["size"])["items"]
            wanted = [
                queries.EntryKey(
                    row["declaration_id"], row["version"], queries.EntryKind(row["kind"])
                )
                for row in page
            ]
            found = queries.read_documents(session, wanted)
            for row, key in zip(page, wanted, strict=True):
                line = {
                    "leaf_index": row["leaf_index"],
                    "kind": row["kind"],
                    "document": found[key][1],
                }
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
    begun = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "tools.verify", "--key", str(folder / "keys.txt"),
         "--head", str(folder / "head.json"), str(records)],
        check=True,
        stdout=subprocess.DEVNULL,
    )  # fmt: skip
    return round(time.perf_counter() - begun, 1)


def _databases(folder: Path) -> Iterator[tuple[str, str]]:
    path = folder / "standards.db"
    yield "sqlite", migrate.copy_sqlite(migrate.sqlite_template("standards"), path)
    cluster = PostgresCluster(folder / "postgres")
    cluster.start()
    try:
        url = cluster.create_database("standards")
        migrate.upgrade(url, "standards")
        yield "postgresql", url
    finally:
        cluster.remove()


def main() -> None:
    """Measure once and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.merkle_log", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="declarations (%(default)s)")
    figures = measure(parser.parse_args().rows)
    output.say(json.dumps(figures))
    output.say(" ".join(f"{name}={value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
