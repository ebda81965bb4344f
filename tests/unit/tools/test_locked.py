"""tools.locked: what one service's image installs."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools import locked

ROOT = Path(__file__).resolve().parents[3]

PROJECT = """
[project]
dependencies = ["Web_Thing>=1", "core"]

[project.optional-dependencies]
notify = ["mailer"]
search = ["index[fast]"]
"""

LOCK = """\
core==1 \\
    --hash=sha256:aa
    # via -r base.in
deep==2 ; sys_platform == 'linux' \\
    --hash=sha256:bb \\
    --hash=sha256:cc
    # via under
index==3 \\
    --hash=sha256:dd
    # via -r base.in
mailer==4 \\
    --hash=sha256:ee
    # via -r base.in
under==5 \\
    --hash=sha256:ff
    # via
    #   mailer
    #   other
web-thing==6 \\
    --hash=sha256:00
    # via
    #   -r base.in
    #   core
"""


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "requirements" / "base.txt").write_text(LOCK)
    return tmp_path


class TestLocked:
    def test_takes_what_is_asked_for_and_what_that_needs(
        self, root: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        locked.main(["notify", str(root)])

        assert capsys.readouterr().out == (
            "core==1 \\\n    --hash=sha256:aa\n"
            "deep==2 ; sys_platform == 'linux' \\\n"
            "    --hash=sha256:bb \\\n    --hash=sha256:cc\n"
            "mailer==4 \\\n    --hash=sha256:ee\n"
            "under==5 \\\n    --hash=sha256:ff\n"
            "web-thing==6 \\\n    --hash=sha256:00\n"
        )

    def test_all_is_every_extra(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        locked.main(["all", str(root)])

        assert capsys.readouterr().out.count("==") == 6 + 1  # a marker has one too

    def test_an_unknown_service_fails(self, root: Path) -> None:
        with pytest.raises(KeyError, match="nobody"):
            locked.main(["nobody", str(root)])


class TestOurLock:
    @pytest.mark.parametrize(
        "service", ["accounts", "registry", "standards", "search", "notify", "gateway"]
    )
    def test_needs_nothing_but_the_standard_library(self, service: str) -> None:
        script = ROOT / "tools" / "locked.py"

        done = subprocess.run(
            [sys.executable, "-I", "-S", script, service],
            capture_output=True,
            text=True,
            check=True,
        )

        assert "nameko==2.14.1" in done.stdout
        assert done.stdout.count("--hash=") > 40

    def test_all_of_it_is_the_whole_lock(self) -> None:
        text = (ROOT / "requirements" / "base.txt").read_text(encoding="utf-8")
        entries = locked.read_lock(text)
        project = locked.tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))

        chosen = locked.select(entries, locked.wanted(project, "all"))

        assert chosen == sorted(entries)
