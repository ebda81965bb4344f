"""The two commands of a new user: serve until told to stop, and walk the main journey."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.accounts import seeds
from tools import launch
from tools.backing import free_port
from tools.visitor import Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

DECLARED = 12
ROOT = Path(__file__).resolve().parents[2]


def start(
    folder: Path, module: str, *arguments: str, environment: Mapping[str, str] | None = None
) -> "subprocess.Popen[str]":
    """Start one of the commands with its data below ``folder``; its output goes to a file there."""
    with (folder / "output.txt").open("a", encoding="utf-8") as sink:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            text=True,
        )


def wait_for_end(process: "subprocess.Popen[str]", seconds: float) -> int:
    """Wait for the end of a command and return its exit code."""
    deadline = time.monotonic() + seconds
    while (code := process.poll()) is None:
        if time.monotonic() > deadline:
            process.kill()
            raise AssertionError(f"still running after {seconds} s")
        time.sleep(0.1)
    return code


def output(folder: Path) -> str:
    """Return what the commands printed so far."""
    return (folder / "output.txt").read_text(encoding="utf-8")


@contextmanager
def served(folder: Path, port: int) -> Iterator["subprocess.Popen[str]"]:
    """Run the system with its data below ``folder`` and wait until it says that it is ready."""
    process = start(folder, "tools.run", "--port", str(port))
    deadline = time.monotonic() + 90
    try:
        while launch.status(f"http://127.0.0.1:{port}/") != 200:
            assert process.poll() is None, output(folder)
            assert time.monotonic() < deadline, output(folder)
            time.sleep(0.1)
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            wait_for_end(process, 30)


class TestDemo:
    """``./run.sh --demo``."""

    @pytest.mark.proves("R-073", "R-098", "R-210", "R-211")
    def test_walks_the_whole_journey_and_stops_everything(self, tmp_path: Path) -> None:
        process = start(tmp_path, "tools.demo")

        code = wait_for_end(process, 180)

        text = output(tmp_path)
        assert code == 0, text
        assert "演示成功" in text
        link = re.search(r"http://127\.0\.0\.1:\d+", text)
        assert link
        assert launch.status(link[0]) == 0

    @pytest.mark.backends
    def test_walks_it_on_separate_processes(self, tmp_path: Path) -> None:
        process = start(tmp_path, "tools.demo", "--processes")

        code = wait_for_end(process, 280)

        assert code == 0, output(tmp_path)
        assert "演示成功" in output(tmp_path)

    def test_names_the_step_that_failed(self, tmp_path: Path) -> None:
        # This profile does not take the hyphens of the demo's password (手册 2.2).
        process = start(tmp_path, "tools.demo", environment={"ACCOUNTS_PASSWORD_PROFILE": "manual"})

        code = wait_for_end(process, 180)

        assert code == 1
        assert "第 2 步“填写用户信息”失败" in output(tmp_path)
        assert "/password" in output(tmp_path)


class TestRun:
    """``./run.sh``."""

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_stops_cleanly_and_keeps_its_data(self, tmp_path: Path, number: signal.Signals) -> None:
        port = free_port()
        title = "第二次启动后仍在的标准"
        with served(tmp_path, port) as process, Visitor(f"http://127.0.0.1:{port}") as clerk:
            clerk.log_in(seeds.demo_usernames()["FILER"], seeds.PASSWORD)
            draft = clerk.save_draft(
                {
                    "kind": "ENTERPRISE",
                    "number": {"body": "QBKEPT 001", "year": "2026"},
                    "title": title,
                    "disclosure_mode": "FULL_TEXT",
                }
            )
            process.send_signal(number)
            code = wait_for_end(process, 20)

        with served(tmp_path, port), Visitor(f"http://127.0.0.1:{port}") as clerk:
            clerk.log_in(seeds.demo_usernames()["FILER"], seeds.PASSWORD)
            kept = clerk.api("GET", f"/declarations/{draft['declaration_id']}")

        assert code == 0, output(tmp_path)
        assert kept["title"] == title

    def test_first_page_is_not_empty(self, tmp_path: Path) -> None:
        port = free_port()

        with served(tmp_path, port), Visitor(f"http://127.0.0.1:{port}") as anyone:
            found = wait_for(
                lambda: items if len(items := anyone.search("")["items"]) >= DECLARED else None,
                seconds=60,
                what="演示数据",
            )
            page = anyone.request("GET", "/").text

        assert len(found) >= DECLARED
        assert found[0]["title"] in page
        assert "企业登录入口" in page
