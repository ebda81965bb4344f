"""Measure the import of organisation records against COPY of the same finished rows.

A file of invented organisations is imported by the command line into a fresh PostgreSQL database:
read, checked, encrypted, indexed and stored, a batch a transaction. Then the finished rows are
copied out and back into an identical table with the same indexes. ``import_vs_copy`` is the time
of COPY divided by that of the import; ``import_rss_mb`` the most memory the import ever had.
"""

import argparse
import csv
import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

import psycopg2
import sqlalchemy as sa

from bench import measure as output
from chassis import migrate
from services.registry.domain import codes
from tools.backing import PostgresCluster

ROWS: Final = 200_000
ROOT: Final = Path(__file__).resolve().parents[1]
COLUMNS: Final = (
    "name", "credit_code", "org_code", "legal_rep", "legal_representative_id_number",
    "registered_address", "reg_admin_code", "postcode", "legal_representative_email", "phone",
    "status",
)  # fmt: skip
_WEIGHTS: Final = tuple(pow(2, 17 - place, 11) for place in range(17))
_TOWNS: Final = ("索镇街道", "少海街道", "起凤镇", "田庄镇", "荆家镇", "马桥镇", "新城镇")


def write_file(path: Path, rows: int) -> None:
    """Write a file of the code database with so many invented organisations."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows(_organization(number) for number in range(rows))


def _organization(number: int) -> tuple[str, ...]:
    body = f"{number:08}"
    code = body + codes.organization_check_digit(body)
    credit_code = "91370321" + code
    chance = int(hashlib.md5(body.encode(), usedforsecurity=False).hexdigest(), 16)
    born = f"19{60 + chance % 40}0{1 + chance % 9}1{chance % 9}"
    person = f"99{chance % 10_000:04}{born}{number % 1000:03}"
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, person, strict=True))
    return (
        f"桓台示范第{number}号机电设备(集团)有限公司",
        credit_code + codes.credit_check_character(credit_code),
        code,
        "张王李赵"[number % 4] + "示范",
        person + "10X98765432"[total % 11],
        f"山东省淄博市桓台县{_TOWNS[chance % 7]}示范路{number % 2000}号{chance % 30}号楼",
        "370321",
        "256400",
        f"contact{number}@example.com",
        f"199{number:08}",
        "ACTIVE",
    )


def measure(rows: int = ROWS) -> dict[str, Any]:
    """Import and copy so many rows; return seconds, rows a second, memory and the comparison."""
    with tempfile.TemporaryDirectory(prefix="qibiao-import-") as name:
        folder = Path(name)
        path = folder / "organizations.csv"
        write_file(path, rows)
        cluster = PostgresCluster(folder / "postgres")
        cluster.start()
        try:
            url = cluster.create_database("registry")
            migrate.upgrade(url, "registry")
            import_seconds, memory = _import(path, url)
            copy_seconds = _copy(url, folder / "rows.copy", rows)
        finally:
            cluster.remove()
    return {
        "rows": rows,
        "import_seconds": round(import_seconds, 2),
        "import_rows_per_second": round(rows / import_seconds),
        "copy_seconds": round(copy_seconds, 2),
        "copy_rows_per_second": round(rows / copy_seconds),
        "import_rss_mb": round(memory / 1_000_000),
        "import_vs_copy": round(copy_seconds / import_seconds, 3),
    }


def _import(path: Path, url: str) -> tuple[float, int]:
    """Run the command line; return its seconds and the most bytes of memory it had."""
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "services.registry.importing", str(path)],
        cwd=ROOT,
        env={**os.environ, "REGISTRY_DATABASE_URL": url},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise SystemExit(done.stderr)
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024


def _copy(url: str, path: Path, rows: int) -> float:
    """Copy the finished rows out and into an identical table; return the seconds of the latter."""
    dsn = sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = psycopg2.connect(dsn)
    try:
        with connection, connection.cursor() as cursor:
            with path.open("wb") as file:
                cursor.copy_expert("COPY organization TO STDOUT", file)
            cursor.execute("CREATE TABLE organization_copy (LIKE organization INCLUDING ALL)")
        begun = time.perf_counter()
        with connection, connection.cursor() as cursor, path.open("rb") as file:
            cursor.copy_expert("COPY organization_copy FROM STDIN", file)
        seconds = time.perf_counter() - begun
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM organization_copy")
            if cursor.fetchone() != (rows,):
                raise SystemExit("not every row was imported")
    finally:
        connection.close()
    return seconds


def main() -> None:
    """Measure once and print the figures."""
    parser = argparse.ArgumentParser(prog="python -m bench.registry_import", description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS, help="rows of the file (%(default)s)")
    figures = measure(parser.parse_args().rows)
    output.say(json.dumps(figures))
    output.say(
        f"import_vs_copy={figures['import_vs_copy']} import_rss_mb={figures['import_rss_mb']}"
    )


if __name__ == "__main__":
    main()
