"""The deterministic simulator: every fault at once, many times over, each time the same again."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SEEDS = 200
NOTICED_WITHIN = 50
MISTAKES = ("no inbox check", "cursor", "ack on error", "mark before sending", "no idempotency")
COMMANDS = ("save", "change", "publish", "delete", "register", "import")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def simulate(
    report: Path, *options: str, hash_seed: str = "random"
) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    """Run the simulator as `make sim` does; return the process and what it reported."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.simulation", "--report", report, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.exists(), done.stdout[-2000:] + done.stderr[-2000:]
    return done, json.loads(report.read_text(encoding="utf-8"))


@pytest.mark.proves("D")
class TestSimulation:
    """Any order of drops, repeats, delays, crashes and clock jumps keeps every invariant."""

    @pytest.mark.proves("A13", "A14", "C2")
    def test_holds_over_many_seeds(self, tmp_path: Path) -> None:
        done, report = simulate(tmp_path / "report.json", "--seeds", str(SEEDS))

        # Each fault happened: the simulator itself fails when one never did.
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert len(report["seeds"]) == SEEDS
        assert all(report["outcomes"][f"{kind} accepted"] > SEEDS / 2 for kind in COMMANDS)
        faults = sum(report["faults"].values())
        print(done.stdout[-4000:])
        print(
            f"figure D: {SEEDS} seeds, {sum(report['operations'].values())} operations,"
            f" {faults} faults, {report['cpu_seconds'] / SEEDS:.2f} s of CPU each"
        )

    def test_replays_a_seed_exactly(self, tmp_path: Path) -> None:
        _, first = simulate(tmp_path / "1.json", "--seeds", "3", "--from", "40", hash_seed="1")

        _, again = simulate(tmp_path / "2.json", "--seeds", "1", "--from", "42", hash_seed="2")

        assert again["seeds"]["42"]["hash"] == first["seeds"]["42"]["hash"]
        assert len({seed["hash"] for seed in first["seeds"].values()}) == len(first["seeds"])

    @pytest.mark.parametrize("mistake", MISTAKES)
    def test_notices_a_mistake(self, mistake: str, tmp_path: Path) -> None:
        done, report = simulate(
            tmp_path / "report.json",
            "--mutation", mistake, "--seeds", str(NOTICED_WITHIN), "--stop", "--processes", "1",
        )  # fmt: skip

        problems = [text for seed in report["seeds"].values() for text in seed["problems"]]
        print(f"{mistake}: noticed with seed {len(report['seeds'])}: {problems[:3]}")
        assert done.returncode == 1
        assert problems
