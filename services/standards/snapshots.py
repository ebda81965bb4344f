"""Make a snapshot of everything public now: ``python -m services.standards.snapshots``.

The service makes one every night; this is for before a move, or after an import. It can run beside
the service and waits for nobody: when a snapshot is being made already, it says so and ends.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from typing import Any

from chassis import ids
from chassis.blob_store import BlobStoreUnavailableError, UnsupportedStoreError
from chassis.blobs import open_store
from chassis.clock import SystemClock
from chassis.config import ConfigError
from chassis.errors import DatabaseUnavailableError
from chassis.uow import Database
from services.standards.adapters.snapshot_writing import SnapshotMaker
from services.standards.config import Settings
from services.standards.usecases.snapshots import SnapshotBusyError

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None, environ: Any = None) -> int:  # noqa: ANN401 - os.environ's type
    """Make a snapshot; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m services.standards.snapshots", description="立即制作公开数据快照"
    )
    parser.parse_args(arguments)
    try:
        settings = Settings.from_env(environ)
        database = Database(
            settings.database_url,
            service="standards",
            clock=SystemClock(settings.clock_offset_file),
        )
        with closing(database):
            made = SnapshotMaker(
                database,
                open_store(settings.storage_url),
                holder=ids.new_id(),
                keep=timedelta(days=settings.snapshot_days),
                on_progress=lambda count: _say(f"已写入 {count} 条"),
            ).make()
    except (ConfigError, UnsupportedStoreError) as error:
        sys.stderr.write(f"快照失败：{error}\n")
        return 1
    except SnapshotBusyError:
        sys.stderr.write("另一个进程正在制作快照，或刚刚失败，请稍后再试。\n")
        return 1
    except (DatabaseUnavailableError, BlobStoreUnavailableError) as error:
        sys.stderr.write(f"快照失败：数据库或存储暂时不可用（{error}）。可以再次运行。\n")
        return 1
    for facts in made:
        _say(
            f"{facts.snapshot_id}：位置 {facts.position}，{facts.declarations} 条，"
            f"{sum(file.bytes for file in facts.files)} 字节，校验和 {facts.checksum}"
        )
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
