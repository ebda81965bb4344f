"""Measure the catalogue of standards: importing it, and searching it by number and by words.

A file of invented entries of all four kinds is imported into fresh databases on both engines, then
asked as the dialog of an entry page asks. The figures are milliseconds of the whole query: reading
the text, counting every kind, one page of rows.
"""

import argparse
import csv
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from bench import measure as output
from chassis import migrate
from chassis.clock import VirtualClock
from chassis.uow import Database
from services.standards.catalogue import import_file
from services.standards.domain.kinds import StandardKind
from services.standards.queries.catalogue import search_catalogue
from tools.backing import PostgresCluster

ROWS: Final = 100_000
ROUNDS: Final = 40
NOW: Final = datetime(2026, 11, 1, tzinfo=UTC)
KINDS: Final = (StandardKind.NATIONAL, StandardKind.INDUSTRY)
_PREFIXES: Final = ("GB/T", "GB", "JB/T", "HG/T", "YY/T", "QB/T", "DB11/T", "DB37/T", "T/ZZB")
_SUBJECTS: Final = ("不锈钢", "塑料", "医用", "纺织品", "钢结构", "食品接触用", "电气", "橡胶")
_THINGS: Final = ("保温杯", "容器", "口罩", "阀门", "管件", "涂料", "座椅", "电缆", "面料", "滤芯")
_ENDS: Final = ("", " 技术规范", " 试验方法", " 通则", " 第2部分：检验规则")


def write_file(path: Path, rows: int) -> list[str]:
    """Write a list of so many invented standards; return some of their numbers."""
    dice = random.Random(1)  # noqa: S311 - no secret
    numbers: dict[str, None] = {}
    while len(numbers) < rows:
        serial, year = dice.randint(1, 60_000), dice.randint(1990, 2025)
        numbers[f"{dice.choice(_PREFIXES)} {serial}-{year}"] = None
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("std_no", "name_zh", "status", "issue_date", "implement_date"))
        for place, number in enumerate(numbers):
            title = f"{_SUBJECTS[place % 8]}{_THINGS[place // 8 % 10]}{_ENDS[place // 80 % 5]}"
            state = "废止" if place % 5 == 0 else "现行"
            writer.writerow((number, title, state, f"{number[-4:]}-05-01", f"{number[-4:]}-11-01"))
    return list(numbers)[:: max(1, rows // ROUNDS)][:ROUNDS]


def measure(rows: int = ROWS) -> dict[str, float]:
    """Import and search on both engines; return rows a second and medians in milliseconds."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="qibiao-catalogue-") as name:
        folder = Path(name)
        path = folder / "catalogue.csv"
        numbers = write_file(path, rows)
        for engine, url in _databases(folder):
            database = Database(url, service="standards", clock=VirtualClock(NOW))
            with closing(database):
                begun = time.perf_counter()
                import_file(database=database, path=path, pause_seconds=0)
                figures[f"{engine}_import_rows_per_s"] = round(rows / (time.perf_counter() - begun))
                for what, texts in _questions(numbers).items():
                    figures[f"{engine}_{what}_ms"] = _median(database, texts)
    return figures


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


def _questions(numbers: Sequence[str]) -> dict[str, list[str]]:
    return {
        "digits": [number.split(" ")[1].partition("-")[0] for number in numbers],
        "number": [number.replace(" ", "").replace("/", "").lower() for number in numbers],
        "words": [f"{subject} {thing}" for subject in _SUBJECTS for thing in _THINGS[:5]],
    }


def _median(database: Database, texts: Sequence[str]) -> float:
    times = []
    for text in texts:
        for kind in KINDS:
            begun = time.perf_counter()
            with database.read() as session:
                search_catalogue(session, kind=kind, text=text, page=1, page_size=15, now=NOW)
            times.append(time.perf_counter() - begun)
    return round(statistics.median(times) * 1000, 1)


def main() -> None:
    """Measure once and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.catalogue", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="entries (%(default)s)")
    figures = measure(parser.parse_args().rows)
    output.say(json.dumps(figures))
    output.say(" ".join(f"{name}={value}" for name, value in figures.items()))


if __name__ == "__main__":
    main()
