"""The shell scripts: what they say before anything is installed."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = sorted(
    [
        *ROOT.glob("*.sh"),
        *ROOT.glob("tools/*.sh"),
        *ROOT.glob("deploy/**/*.sh"),
        ROOT / ".ci" / "run",
    ]
)
PROGRAMS = (
    "bash",
    "cat",
    "dirname",
    "flock",
    "grep",
    "mkdir",
    "mv",
    "rm",
    "sed",
    "sha256sum",
    "tail",
)


def run(*command: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]  # options of run itself
        command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, **options
    )


class TestScripts:
    @pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
    def test_can_be_run_and_parsed(self, script: Path) -> None:
        assert script.stat().st_mode & 0o111
        assert run("bash", "-n", script).stderr == ""

    @pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
    def test_stops_at_its_first_fault_or_says_why_not(self, script: Path) -> None:
        text = script.read_text(encoding="utf-8")

        assert "set -euo pipefail" in text or "set -uo pipefail" in text


class TestRun:
    def test_help_needs_no_set_up(self, tmp_path: Path) -> None:
        shutil.copy(ROOT / "run.sh", tmp_path)

        done = run(tmp_path / "run.sh", "--help")

        assert done.returncode == 0
        for option in ("--reset", "--processes", "--demo", "--port"):
            assert option in done.stdout

    @pytest.mark.parametrize("wrong", [["--what"], ["--port"], ["--port", "many"]])
    def test_refuses_what_it_does_not_know(self, tmp_path: Path, wrong: list[str]) -> None:
        shutil.copy(ROOT / "run.sh", tmp_path)

        done = run(tmp_path / "run.sh", *wrong)

        assert done.returncode == 2
        assert "Usage" in done.stderr


class TestSetup:
    @pytest.fixture
    def bare(self, tmp_path: Path) -> Path:
        """Return a folder with the script and a machine that has next to nothing."""
        (tmp_path / "tools").mkdir()
        (tmp_path / "requirements").mkdir()
        text = (ROOT / "tools" / "setup.sh").read_text(encoding="utf-8")
        script = tmp_path / "tools" / "setup.sh"
        script.write_text(text.replace("/usr/bin/python3", "/nonexistent/python3"))
        script.chmod(0o755)
        (tmp_path / "requirements" / "dev.txt").write_text("")
        (tmp_path / "pyproject.toml").write_text("")
        programs = tmp_path / "bin"
        programs.mkdir()
        for name in PROGRAMS:
            found = shutil.which(name)
            assert found is not None, name
            (programs / name).symlink_to(found)
        self.program(programs / "id", "echo 1000")
        return tmp_path

    def program(self, path: Path, text: str) -> None:
        path.write_text(f"#!/bin/bash\n{text}\n")
        path.chmod(0o755)

    def call(self, bare: Path) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(bare / "bin"), "LANG": os.environ.get("LANG", "C.UTF-8")}
        return run(bare / "bin" / "bash", bare / "tools" / "setup.sh", env=environment)

    def test_without_python_says_so(self, bare: Path) -> None:
        done = self.call(bare)

        assert done.returncode == 1
        assert "需要 Python 3.11" in done.stderr
        assert "apt install python3 python3-venv" in done.stderr

    def test_an_old_python_is_none(self, bare: Path) -> None:
        self.program(bare / "bin" / "python3", "exit 1")

        assert "需要 Python 3.11" in self.call(bare).stderr

    def test_without_venv_says_what_to_install(self, bare: Path) -> None:
        without_venv = (
            'case "$*" in *ensurepip*) exit 1;; *sys.executable*) echo python3;; esac; exit 0'
        )
        self.program(bare / "bin" / "python3", without_venv)

        done = self.call(bare)

        assert done.returncode == 1
        assert "缺少 Python 的 venv 模块" in done.stderr
        assert "apt install python3-venv" in done.stderr

    def test_a_failing_step_shows_the_end_of_its_log(self, bare: Path) -> None:
        failing = (
            'case "$*" in *sys.executable*) echo python3;; '
            '*"-m venv"*) echo broken; exit 1;; esac; exit 0'
        )
        self.program(bare / "bin" / "python3", failing)

        done = self.call(bare)

        assert done.returncode == 1
        assert "broken" in done.stderr
        assert "var/log/setup.log" in done.stderr
