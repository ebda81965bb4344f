"""Measure the lists and pages of an enterprise that has declared beside 471 others, and submits.

The system runs as separate processes on RabbitMQ and PostgreSQL, with 100,000 invented declarations
(`tools.generate_declarations`) of 472 enterprises; the one that asks owns as many as any other.
Four readers ask at once through the gateway, and eight clerks submit: a service keeps five reading
connections, those of more at once are opened and closed for each request. CPU is that of every
process of the system: gateway, all services, RabbitMQ, PostgreSQL with its backends, with what they
do when nobody asks.

``list_vs_sql`` and ``detail_vs_sql`` are that CPU per request, against the CPU of one process and
its PostgreSQL backend that reads the same with SQLAlchemy Core and dumps the same bytes
(`bench.peers.lifecycle`). ``growth_10x`` is the CPU of the first ten rows of the list, against the
same in a database with a tenth of the declarations of as many enterprises, so that the one that
asks owns a tenth as well; the service is started on the one and the other in turn.
``submits_per_second`` is how often the clerks save a draft and submit it.
"""

import argparse
import os
import uuid
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import count
from typing import Any, Final

from bench import measure
from bench.system import CLERKS, System, accepted_uploads, started
from services.accounts import seeds
from tools.visitor import API, Visitor

READERS: Final = 4
ROUNDS: Final = 3
PEER: Final = "bench.peers.lifecycle"
PAGE_SIZE: Final = 15
GROWTH_ROWS: Final = 10
TENTH: Final = 10
_TABLE: Final = f"{API}/declarations?kind=ENTERPRISE&state=PUBLISHED"
_PRODUCT: Final = {"name": "不锈钢真空保温杯", "model": "BW-500", "class_code": "21-002"}


def fetch(clerk: Visitor, path: str) -> bytes:
    """Return the body of an answer.

    Raises:
        SystemExit: it is not a success.
    """
    answer = clerk.request("GET", path)
    if not answer.ok:
        raise SystemExit(f"{path}: {answer.status_code} {answer.text}")
    return answer.content


def get_each(paths: Sequence[str]) -> Callable[[Visitor, int], None]:
    """Return the work of fetching these pages, one after the other."""
    return lambda clerk, number: (fetch(clerk, paths[number % len(paths)]), None)[1]


def measure_growth(system: System, urls: Mapping[str, str], seconds: float, readers: int) -> float:
    """Return how many times the CPU of the first rows the larger database takes."""
    work = get_each([f"{_TABLE}&page=1&page_size={GROWTH_ROWS}"])

    def first_rows(name: str) -> Mapping[str, float]:
        system.use(urls[name])
        system.under_load(seconds / ROUNDS / 2, work, readers)
        load = system.under_load(seconds / ROUNDS, work, readers)
        measure.say(load.as_line(f"first rows, {name}"))
        return {"milliseconds": load.milliseconds}

    figures = measure.interleaved(ROUNDS, {name: partial(first_rows, name) for name in urls})
    system.use(urls["all"])
    return figures["all"]["milliseconds"] / figures["tenth"]["milliseconds"]


class Comparison:
    """Read lists and pages through the system and past it, in turn."""

    def __init__(self, system: System, peer: measure.Peer, *, seconds: float, readers: int) -> None:
        self._system = system
        self._peer = peer
        self._seconds = seconds
        self._readers = readers
        self._backend = int(peer.ask(act="backend", wanted=[0])["texts"][0])
        self._pages, self._ids = self._look_around()

    def run(self) -> dict[str, float]:
        """Return how many times the CPU of the bare reading the system takes."""
        pages = [f"{_TABLE}&page={page}" for page in self._pages]
        details = [f"{API}/declarations/{found}" for found in self._ids]
        measure.say(f"{len(self._ids)} declarations on {len(pages)} pages of the one that asks")
        self._check("page", self._pages, pages)
        self._check("declaration", self._ids, details)
        return {
            "list_vs_sql": self._compare("list", "page", self._pages, pages),
            "detail_vs_sql": self._compare("detail", "declaration", self._ids, details),
        }

    def _look_around(self) -> tuple[list[int], list[str]]:
        clerk, found = self._system.clerks[0], []
        for page in count(1):
            items = clerk.api("GET", f"{_TABLE.removeprefix(API)}&page={page}")["items"]
            found += [item["declaration_id"] for item in items]
            if len(items) < PAGE_SIZE:
                break
        # Pages that are full, where there is one.
        return list(range(1, max(1, len(found) // PAGE_SIZE) + 1)), found

    def _check(self, act: str, wanted: Sequence[Any], paths: Sequence[str]) -> None:
        """Make sure that both say the same, byte for byte.

        Raises:
            SystemExit: they do not.
        """
        texts = self._peer.ask(act=act, wanted=list(wanted))["texts"]
        for path, text in zip(paths, texts, strict=True):
            if (answer := fetch(self._system.clerks[0], path)) != text.encode():
                raise SystemExit(f"{path}: {answer.decode()}\nis not\n{text}")

    def _compare(self, name: str, act: str, wanted: Sequence[Any], paths: Sequence[str]) -> float:
        work, seconds = get_each(paths), self._seconds / ROUNDS
        self._system.under_load(seconds / 2, work, self._readers)
        self._read(act, wanted, seconds / 2)

        def asked() -> Mapping[str, float]:
            load = self._system.under_load(seconds, work, self._readers)
            measure.say(load.as_line(name))
            return {"milliseconds": load.milliseconds}

        figures = measure.interleaved(
            ROUNDS, {"system": asked, "sql": lambda: self._read(act, wanted, seconds)}
        )
        sql = figures["sql"]
        measure.say(
            f"{name + ' with Core':<18} {sql['milliseconds']:.2f} ms of CPU each: "
            f"reader {sql['reader']:.2f}  its backend {sql['backend']:.2f}"
        )
        return figures["system"]["milliseconds"] / sql["milliseconds"]

    def _read(self, act: str, wanted: Sequence[Any], seconds: float) -> Mapping[str, float]:
        pids = {"reader": self._peer.pid, "backend": self._backend}
        before = {name: measure.cpu_seconds(pid) for name, pid in pids.items()}
        reads = self._peer.ask(act=act, wanted=list(wanted), seconds=seconds)["count"]
        spent = {
            name: (measure.cpu_seconds(pid) - before[name]) / reads * 1000
            for name, pid in pids.items()
        }
        return {**spent, "milliseconds": sum(spent.values())}


def measure_submits(system: System, seconds: float) -> float:
    """Let every clerk save drafts and submit them; return submits per second."""
    uploads = accepted_uploads(system.database_url, 100 + round(seconds * 200))
    tag = uuid.uuid4().hex[:8].upper()

    def submit(clerk: Visitor, number: int) -> None:
        body = f"BE{tag} {number:05}"
        draft = clerk.save_draft(
            {
                "kind": "ENTERPRISE",
                "number": {"body": body, "year": "2026"},
                "title": f"不锈钢真空保温杯 {body}",
                "disclosure_mode": "FULL_TEXT",
                "upload_id": uploads[number],
                "products": [_PRODUCT],
            }
        )
        clerk.publish(draft)

    load = system.under_load(seconds, submit, CLERKS)
    measure.say(load.as_line("save and submit"))
    return load.requests / load.seconds


def main() -> None:
    """Measure and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.lifecycle", description=__doc__)
    parser.add_argument("--declarations", type=int, default=100_000, help="%(default)s")
    parser.add_argument("--seconds", type=float, default=9.0, help="of each kind of request")
    parser.add_argument("--readers", type=int, default=READERS, help="at once, %(default)s")
    arguments = parser.parse_args()
    seconds, readers = arguments.seconds, min(arguments.readers, CLERKS)
    measure.say(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, {readers} readers at once")
    with started(System) as system:
        urls = {"tenth": system.add_database("tenth"), "all": system.database_url}
        system.fill(urls["tenth"], arguments.declarations // TENTH)
        system.fill(urls["all"], arguments.declarations)
        growth = measure_growth(system, urls, seconds, readers)
        enterprise = seeds.demo_enterprises()[0]["enterprise_id"]
        with measure.Peer(PEER, (system.database_url, enterprise)) as peer:
            ratios = Comparison(system, peer, seconds=seconds, readers=readers).run()
        figures = {
            **ratios,
            "growth_10x": growth,
            "submits_per_second": measure_submits(system, seconds),
        }
        measure.say(f"load {os.getloadavg()[0]:.1f}")
    measure.say(" ".join(f"{name}={value:.2f}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
