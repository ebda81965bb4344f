"""Rebuild the index: ``python -m services.search.rebuilding [--status]``.

The service does the work while it goes on answering; this begins it and tells how far it is. It can
be ended at any time, the rebuild goes on; begun again it tells on.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from typing import Any, Final

from chassis.clock import SystemClock
from chassis.config import ConfigError
from chassis.errors import DatabaseUnavailableError
from chassis.uow import Database
from services.search.config import Settings
from services.search.queries.rebuilds import RebuildState, find_newest
from services.search.usecases.rebuilding import begin_rebuild

__all__ = ["main"]

POLL_SECONDS: Final = 1.0
# So long without any progress: no search process works on it.
PATIENCE_SECONDS: Final = 120.0
_STEPS: Final = {"COPYING": "写入", "CHECKING": "核对", "DONE": "完成", "FAILED": "失败"}


def main(arguments: Sequence[str] | None = None, environ: Any = None) -> int:  # noqa: ANN401 - os.environ's type
    """Begin a rebuild unless one is on, and watch it; return 0 once it is done, 1 otherwise."""
    parser = argparse.ArgumentParser(
        prog="python -m services.search.rebuilding", description="重建公开检索库，检索不中断"
    )
    parser.add_argument("--status", action="store_true", help="只显示最近一次重建的进度")
    options = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(environ)
        database = Database(
            settings.database_url,
            service="search",
            clock=SystemClock(settings.clock_offset_file),
        )
        with closing(database):
            if options.status:
                return _show(database)
            with database.transaction() as tx:
                is_new = begin_rebuild(tx=tx)
            _say("已开始重建。" if is_new else "重建正在进行。")
            return _watch(database)
    except ConfigError as error:
        sys.stderr.write(f"重建失败：{error}\n")
    except DatabaseUnavailableError as error:
        sys.stderr.write(f"数据库暂时不可用（{error}）。可以再次运行，已开始的重建会继续。\n")
    return 1


def _show(database: Database) -> int:
    newest = _newest(database)
    _say("从未重建。" if newest is None else describe(newest))
    return 0 if newest is None or not newest.has_failed else 1


def _watch(database: Database) -> int:
    last, moved = "", time.monotonic()
    while True:
        state = _newest(database)
        if state is None:
            return 1
        line = describe(state)
        if line != last:
            last, moved = line, time.monotonic()
            _say(line)
        if state.ended_at is not None:
            return int(state.has_failed)
        if time.monotonic() - moved > PATIENCE_SECONDS:
            sys.stderr.write("没有进展：search 或 standards 服务没有运行？启动后会自动继续。\n")
            return 1
        time.sleep(POLL_SECONDS)


def _newest(database: Database) -> RebuildState | None:
    with database.read() as session:
        return find_newest(session)


def describe(state: RebuildState) -> str:
    """Return one line about a rebuild for the person who watches it."""
    line = (
        f"{_STEPS[state.step]}：第 {state.generation} 代，已写入 {state.documents} 条，"
        f"已核对 {state.checked} 条，修正 {state.repaired} 条"
    )
    if state.reason:
        return f"{line}，原因：{state.reason}"
    return f"{line}，校验和 {state.checksum}" if state.ended_at is not None else line


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
