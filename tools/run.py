"""Serve the whole system with demo data until it is told to stop: ``./run.sh``."""

import argparse
import contextlib
import shutil
import signal
import sys
import time
from pathlib import Path
from typing import Final

from tools import backing, launch

PORT: Final = 8080
RESTART_PAUSE: Final = 1.0


def say(line: str) -> None:
    """Print one line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def welcome(stack: launch.Stack, seconds: float) -> str:
    """Return what a new user needs to know."""
    return "\n".join(
        (
            "",
            f"系统已就绪（{seconds:.1f} 秒）。The system is ready.",
            f"  公共服务平台        {stack.url}/",
            f"  企业登录            {stack.url}/login",
            f"  验证码与短信（开发） {stack.url}/dev/messages",
            f"  开放接口            {stack.url}/api/v1/openapi.json",
            "  演示账号            见 README.md（演示数据）",
            f"  数据和日志          {stack.folder}",
            "按 Ctrl-C 停止。Press Ctrl-C to stop.",
            "",
        )
    )


def watch(stack: launch.Stack) -> None:
    """Start again what ended by itself; never returns."""
    while True:
        time.sleep(0.2)
        for part in stack.parts.values():
            if not part.is_running:
                say(f"{part.name} 已退出，正在重新启动（日志 {part.log}）")
                time.sleep(RESTART_PAUSE)
                part.start()


class StopRequestedError(Exception):
    """Somebody pressed Ctrl-C or sent SIGTERM."""


def _stop(_number: int, _frame: object) -> None:
    raise StopRequestedError


def main() -> int:
    """Run the command line and return the exit code."""
    parser = argparse.ArgumentParser(prog="./run.sh", description=__doc__)
    parser.add_argument("--processes", action="store_true", help="a process per service")
    parser.add_argument("--reset", action="store_true", help="begin with empty databases")
    parser.add_argument("--port", type=int, default=PORT, help="of the web site (%(default)s)")
    options = parser.parse_args()
    folder = Path("var") / ("processes" if options.processes else "embedded")
    if options.reset:
        if options.processes:
            # Its data may lie outside of the folder, where its system user can reach them.
            backing.PostgresCluster(folder / "postgres").remove()
        shutil.rmtree(folder, ignore_errors=True)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    stack = launch.Stack(folder, processes=options.processes, port=options.port, say=say)
    begun = time.monotonic()
    try:
        stack.start()
        say(welcome(stack, time.monotonic() - begun))
        watch(stack)
    except StopRequestedError:
        say("\n正在停止…")
    except launch.LaunchError as error:
        say(f"启动失败：{error}")
        return 1
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        with contextlib.suppress(launch.LaunchError):
            stack.stop()
    say("已停止。")
    return 0


if __name__ == "__main__":
    sys.exit(main())
