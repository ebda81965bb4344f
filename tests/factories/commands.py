"""Run the project's commands as an outsider does: in a process of its own, with files only."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_verify(*arguments: object) -> tuple[int, str]:
    """Run ``tools.verify``; return its exit code and all that it said."""
    done = subprocess.run(
        [sys.executable, "-m", "tools.verify", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
