"""The benchmarks that start servers of their own still run; their figures prove nothing here."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.backends, pytest.mark.timeout(600)]


@pytest.mark.parametrize(
    ("command", "figures"),
    [
        (
            ("bench.accounts", "--rows", "40", "--logins", "20", "--verifications", "20"),
            ("import_vs_copy", "verify_per_s", "logins_per_s", "argon2_cpu_share", "hub_lag_ms"),
        ),
        (
            ("bench.catalogue", "--rows", "400"),
            tuple(
                f"{engine}_{figure}"
                for engine in ("sqlite", "postgresql")
                for figure in ("import_rows_per_s", "digits_ms", "number_ms", "words_ms")
            ),
        ),
        (
            ("bench.lifecycle", "--declarations", "9000", "--seconds", "1"),
            ("list_vs_sql", "detail_vs_sql", "growth_10x", "submits_per_second"),
        ),
        (
            ("bench.publish", "--rates", "2", "--seconds", "5"),
            ("lag_vs_event_hop", "seen_p99_ms", "publishes_per_second"),
        ),
        (
            ("bench.merkle_log", "--rows", "1200"),
            (
                *(
                    f"{engine}_{figure}"
                    for engine in ("sqlite", "postgresql")
                    for figure in (
                        "entries",
                        "append_per_s",
                        "proof_p50_ms",
                        "proof_p99_ms",
                        "verify_s",
                    )
                ),
                "peak_mb",
            ),
        ),
    ],
    ids=["accounts", "catalogue", "lifecycle", "publish", "merkle_log"],
)
class TestBench:
    def test_ends_with_its_figures(
        self, command: tuple[str, ...], figures: tuple[str, ...]
    ) -> None:
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=False
        )

        if "is not installed" in done.stderr and not os.environ.get("QIBIAO_REQUIRE_BACKENDS"):
            pytest.skip("RabbitMQ or PostgreSQL is not installed")
        assert done.returncode == 0, done.stderr
        last = done.stdout.splitlines()[-1]
        assert re.findall(r"(\w+)=\d+(?:\.\d+)?(?: |$)", last) == list(figures)
