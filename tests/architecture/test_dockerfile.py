"""The Dockerfile follows the rules of hadolint and our own."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def stage(name: str) -> str:
    match = re.search(rf"^FROM \S+ AS {name}$(.*?)(?=^FROM |\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert match is not None, name
    return match[1]


class TestDockerfile:
    def test_hadolint_finds_nothing(self) -> None:
        hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
        assert hadolint is not None

        done = subprocess.run(
            [hadolint, "--no-color", ROOT / "Dockerfile"],
            capture_output=True,
            text=True,
            check=False,
        )

        assert (done.returncode, done.stdout) == (0, "")

    def test_images_have_a_version(self) -> None:
        arguments = dict(re.findall(r"^ARG (\w+)=(\S+)$", TEXT, re.MULTILINE))
        own = set(re.findall(r"^FROM \S+ AS (\S+)$", TEXT, re.MULTILINE))
        for image in re.findall(r"^FROM (\S+)", TEXT, re.MULTILINE):
            if image in own:
                continue
            name = re.sub(r"\$\{(\w+)\}", lambda match: arguments[match[1]], image)
            assert re.search(r":\d+\.?\d*-", name), name

    def test_runs_as_nobody_special(self) -> None:
        assert "USER 10001:10001" in stage("runtime")
        for name in ("gateway", "service"):
            assert "USER" not in stage(name)

    def test_asks_the_ops_port_whether_it_lives(self) -> None:
        health = re.search(r"HEALTHCHECK[^\n]*\n\s*CMD (.*)", stage("runtime"))

        assert health is not None
        assert "/livez" in health[1]
        assert "OPS_PORT" in health[1]

    def test_the_process_gets_its_signals(self) -> None:
        command = re.search(r"^CMD (.*)$", stage("runtime"), re.MULTILINE)

        assert command is not None
        assert command[1].startswith('["')
        assert "exec python -m chassis.runner" in command[1]

    def test_installs_locked_versions_only(self) -> None:
        for line in re.findall(r"pip install.*", TEXT):
            assert "--require-hashes" in line
            assert "--no-cache-dir" in line

    def test_the_last_stage_is_a_service(self) -> None:
        assert TEXT.rstrip().endswith("FROM runtime AS service")

    def test_secrets_and_rubbish_stay_outside(self) -> None:
        ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()

        assert {".git", ".env", ".venv", "var", "tests", "**/node_modules"} <= set(ignored)
