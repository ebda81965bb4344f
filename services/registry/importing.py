"""Import a file of the code database: ``python -m services.registry.importing FILE``.

The file is CSV with a header line, or XLSX. Rows that cannot be taken are written to a report with
their number, the field and the reason; all others go in. An import that was interrupted goes on
where it stopped when the same file is given again.

A file of kind ``full`` holds every organisation there is: those it does not have are marked as
deregistered, unless there are so many that the file must be incomplete.
"""

import argparse
import sys
import time
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any, Final

from chassis import fault_reports, keyrings, shield
from chassis.clock import SystemClock
from chassis.config import ConfigError
from chassis.errors import DatabaseUnavailableError
from chassis.fault_reports import FaultReport
from chassis.uow import Database
from chassis.workers import WorkerDiedError
from services.registry.adapters import files, preparers
from services.registry.adapters.files import UnreadableFileError
from services.registry.adapters.preparers import Preparers
from services.registry.adapters.reports import REASONS
from services.registry.config import Settings
from services.registry.usecases import importing, preparing, regions
from services.registry.usecases.importing import ImportKind, ImportProgress
from services.registry.usecases.preparing import ReadBatch
from services.registry.usecases.protection import Ring

__all__ = ["REASONS", "UnreadableFileError", "import_file", "main"]

PAUSE_SECONDS: Final = 0.01
MAX_MISSING_SHARE: Final = 0.05
RETIRED_DIVISIONS: Final = "retired-divisions"
_AGAIN: Final = "用同一文件再次运行，即从中断处继续。"


def import_file(  # noqa: PLR0913 - the options of an import, all by keyword
    *,
    database: Database,
    ring: Ring,
    path: Path,
    kind: ImportKind = ImportKind.DELTA,
    max_missing_share: float = MAX_MISSING_SHARE,
    report_path: Path | None = None,
    on_progress: Callable[[ImportProgress], None] = lambda _: None,
    batch_size: int = importing.MAX_BATCH,
    pause_seconds: float = PAUSE_SECONDS,
    helpers: Preparers | None = None,
) -> ImportProgress:
    """Import a file, batch by batch, and return what became of its rows.

    ``helpers`` prepare the rows in processes of their own.

    Raises:
        WorkerDiedError: one of the helpers ended; what was committed is kept.
        UnreadableFileError: the file is missing or lacks a column.
        ImportInterruptedError: another process imports the same file.
    """
    if not path.is_file():
        raise UnreadableFileError(f"找不到文件：{path}")
    with database.transaction() as tx:
        progress = importing.start_import(
            tx=tx, file_sha256=fault_reports.sha256_of(path), file_name=path.name, kind=kind
        )
    if progress.is_finished:
        return progress
    with ExitStack() as stack:
        report = stack.enter_context(
            closing(FaultReport(report_path, REASONS, keep_until=progress.position))
        )
        if helpers is None:
            found = _ahead(ring, path, after=progress.position, size=batch_size)
        else:
            found = helpers.batches(
                path, after=progress.position, size=batch_size, run_id=progress.run_id,
                # So no more rows are encrypted in vain than were of use.
                expects_new=lambda: progress.created >= progress.updated + progress.unchanged,
            )  # fmt: skip
        for batch in stack.enter_context(closing(found)):
            with database.transaction() as tx:
                progress, rejected = importing.import_batch(
                    tx=tx, ring=ring, run_id=progress.run_id, position=progress.position,
                    batch=batch,
                )  # fmt: skip
                # Before the commit: a crash leaves a row too many in the report, never one too few.
                report.write(rejected)
            on_progress(progress)
            time.sleep(pause_seconds)
    note = ""
    if kind is ImportKind.FULL:
        note = _deregister_missing(database, progress.run_id, max_missing_share)
    with database.transaction() as tx:
        return importing.finish_import(tx=tx, run_id=progress.run_id, note=note)


def _deregister_missing(database: Database, run_id: str, max_share: float) -> str:
    """Mark those that a full file does not have; return a note when it must be incomplete."""
    with database.transaction() as tx:
        missing, active = importing.measure_missing(tx=tx, run_id=run_id)
    if missing > max_share * active:
        return (
            f"文件中没有 {active} 个现存机构中的 {missing} 个，超过 {max_share:.0%}，"
            "文件可能不完整，没有标记任何机构为注销"
        )
    while True:
        with database.transaction() as tx:
            if not importing.deregister_missing(tx=tx, run_id=run_id):
                return ""


def _ahead(ring: Ring, path: Path, *, after: int, size: int) -> Generator[ReadBatch, None, None]:
    """Read each batch while the one before it is being written, where there are threads."""
    found = (
        preparing.read_batch(ring, batch) for batch in files.batches(path, after=after, size=size)
    )
    if shield.is_green():
        yield from found
        return
    with ThreadPoolExecutor(max_workers=1) as reader:
        pending = reader.submit(next, found, None)
        while (batch := pending.result()) is not None:
            pending = reader.submit(next, found, None)
            yield batch


def import_retired_divisions(database: Database, path: Path) -> int:
    """Replace the retired divisions by those of a CSV file; return how many there are.

    Raises:
        UnreadableFileError: the file is missing or lacks a column.
    """
    rows = files.read_columns(path, ("code", "last_name", "first_revision", "last_revision"))
    with database.transaction() as tx:
        return regions.load_retired_divisions(
            tx=tx, rows=[(code, name, first, last) for code, name, first, last in rows]
        )


def describe(progress: ImportProgress) -> str:
    """Return one line about an import for the person who watches it."""
    return (
        f"已处理到第 {progress.position} 行：新增 {progress.created}，更新 {progress.updated}，"
        f"未变 {progress.unchanged}，退回 {progress.rejected}，注销 {progress.deregistered}"
    )


def main(arguments: Sequence[str] | None = None, environ: Any = None) -> int:  # noqa: ANN401 - os.environ's type
    """Run the import from the command line; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m services.registry.importing", description="导入组织机构代码库文件"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV（UTF-8）或 XLSX 文件")
    parser.add_argument(
        "--error-report", type=Path, metavar="FILE", help="退回的行写入此文件（行号、字段、原因）"
    )
    parser.add_argument(
        "--kind", choices=["full", "delta", RETIRED_DIVISIONS], default="delta",
        help="full：文件包含全部机构，其中没有的标记为注销；delta：只包含变化（默认）；"
        "retired-divisions：已撤销的行政区划代码（code, last_name, first_revision, last_revision）",
    )  # fmt: skip
    parser.add_argument(
        "--max-missing", type=float, default=MAX_MISSING_SHARE, metavar="SHARE",
        help="full 时缺少的机构超过此比例即不标记注销（默认 %(default)s）",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    report_path = options.error_report or options.file.with_suffix(".errors.csv")
    try:
        settings = Settings.from_env(environ)
        database = Database(
            settings.database_url,
            service="registry",
            clock=SystemClock(settings.clock_offset_file),
        )
        with closing(database):
            if options.kind == RETIRED_DIVISIONS:
                _say(f"已撤销的行政区划：{import_retired_divisions(database, options.file)} 个")
                return 0
            ring = keyrings.data_ring(settings)
            # Nothing has connected to the database yet: the helpers must not share a connection.
            with preparers.begin(ring, options.file, database) as helpers:
                progress = import_file(
                    database=database,
                    ring=ring,
                    path=options.file,
                    kind=ImportKind(options.kind.upper()),
                    max_missing_share=options.max_missing,
                    report_path=report_path,
                    on_progress=lambda state: _say(describe(state)),
                    helpers=helpers,
                )
    except (ConfigError, UnreadableFileError, importing.ImportInterruptedError) as error:
        sys.stderr.write(f"导入失败：{error}\n")
        return 1
    except DatabaseUnavailableError:
        sys.stderr.write(f"导入中断：数据库暂时不可用。{_AGAIN}\n")
        return 1
    except WorkerDiedError as error:
        code = error.exit_code
        sys.stderr.write(f"导入中断：读取文件的进程意外结束（退出码 {code}）。{_AGAIN}\n")
        return 1
    _say("导入完成。" + describe(progress))
    if progress.rejected:
        _say(f"退回的行见 {report_path}")
    if progress.note:
        _say(f"注意：{progress.note}")
    return 0


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
