"""Import a file of the catalogue 目录: ``python -m services.standards.catalogue FILE``.

The file is CSV with a header line, or XLSX. Rows that cannot be taken are written to a report with
their number, the field and the reason; all others go in. An import that was interrupted goes on
where it stopped when the same file is given again.

A file of kind ``full`` holds every standard of the kinds it has: what it does not have is
withdrawn, unless there is so much of it that the file must be incomplete.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from chassis import fault_reports
from chassis.clock import SystemClock
from chassis.config import ConfigError
from chassis.errors import DatabaseUnavailableError
from chassis.fault_reports import FaultReport
from chassis.uow import Database
from services.standards.adapters import catalogue_files
from services.standards.adapters.catalogue_files import UnreadableFileError
from services.standards.adapters.catalogue_reports import REASONS
from services.standards.config import Settings
from services.standards.usecases import cataloguing
from services.standards.usecases.cataloguing import ImportKind, ImportProgress

__all__ = ["REASONS", "UnreadableFileError", "import_file", "main"]

PAUSE_SECONDS: Final = 0.01
MAX_MISSING_SHARE: Final = 0.05


def import_file(  # noqa: PLR0913 - the options of an import, all by keyword
    *,
    database: Database,
    path: Path,
    kind: ImportKind = ImportKind.DELTA,
    max_missing_share: float = MAX_MISSING_SHARE,
    report_path: Path | None = None,
    on_progress: Callable[[ImportProgress], None] = lambda _: None,
    batch_size: int = cataloguing.MAX_BATCH,
    pause_seconds: float = PAUSE_SECONDS,
) -> ImportProgress:
    """Import a file, batch by batch, and return what became of its rows.

    Whose state or replacement it changed is told by ``queries.catalogue_imports.changed_entries``.

    Raises:
        UnreadableFileError: the file is missing or lacks a column.
        ImportInterruptedError: another process imports the same file.
    """
    if not path.is_file():
        raise UnreadableFileError(f"找不到文件：{path}")
    with database.transaction() as tx:
        progress = cataloguing.start_import(
            tx=tx, file_sha256=fault_reports.sha256_of(path), file_name=path.name, kind=kind
        )
    if progress.is_finished:
        return progress
    with closing(FaultReport(report_path, REASONS, keep_until=progress.position)) as report:
        for batch in catalogue_files.batches(path, after=progress.position, size=batch_size):
            with database.transaction() as tx:
                outcome = cataloguing.import_batch(
                    tx=tx, import_id=progress.import_id, position=progress.position, batch=batch
                )
                # Before the commit: a crash leaves a row too many in the report, never one too few.
                report.write(outcome.reported)
            progress = outcome.progress
            on_progress(progress)
            time.sleep(pause_seconds)
    note = ""
    if kind is ImportKind.FULL:
        note = _withdraw_missing(database, progress.import_id, max_missing_share)
    with database.transaction() as tx:
        return cataloguing.finish_import(tx=tx, import_id=progress.import_id, note=note)


def _withdraw_missing(database: Database, import_id: str, max_share: float) -> str:
    """Withdraw what a full file does not have; return a note when it must be incomplete."""
    with database.transaction() as tx:
        missing, in_force = cataloguing.measure_missing(tx=tx, import_id=import_id)
    if missing > max_share * in_force:
        return (
            f"文件中没有 {in_force} 项有效标准中的 {missing} 项，超过 {max_share:.0%}，"
            "文件可能不完整，没有将任何标准标记为废止"
        )
    while True:
        with database.transaction() as tx:
            if not cataloguing.withdraw_missing(tx=tx, import_id=import_id):
                return ""


def describe(progress: ImportProgress) -> str:
    """Return one line about an import for the person who watches it."""
    return (
        f"已处理到第 {progress.position} 行：新增 {progress.created}，更新 {progress.updated}，"
        f"未变 {progress.unchanged}，退回 {progress.rejected}，废止 {progress.withdrawn}"
    )


def main(arguments: Sequence[str] | None = None, environ: Any = None) -> int:  # noqa: ANN401 - os.environ's type
    """Run the import from the command line; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m services.standards.catalogue", description="导入标准目录文件"
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV（UTF-8）或 XLSX 文件")
    parser.add_argument(
        "--kind", choices=["full", "delta"], default="delta",
        help="full：文件包含其所列类别的全部标准，其中没有的标记为废止；delta：只包含变化（默认）",
    )  # fmt: skip
    parser.add_argument(
        "--error-report", type=Path, metavar="FILE", help="退回的行写入此文件（行号、字段、原因）"
    )
    parser.add_argument(
        "--max-missing", type=float, default=MAX_MISSING_SHARE, metavar="SHARE",
        help="full 时缺少的标准超过此比例即不标记废止（默认 %(default)s）",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    report_path = options.error_report or options.file.with_suffix(".errors.csv")
    try:
        settings = Settings.from_env(environ)
        database = Database(
            settings.database_url,
            service="standards",
            clock=SystemClock(settings.clock_offset_file),
        )
        with closing(database):
            progress = import_file(
                database=database,
                path=options.file,
                kind=ImportKind(options.kind.upper()),
                max_missing_share=options.max_missing,
                report_path=report_path,
                on_progress=lambda state: _say(describe(state)),
            )
    except (ConfigError, UnreadableFileError, cataloguing.ImportInterruptedError) as error:
        sys.stderr.write(f"导入失败：{error}\n")
        return 1
    except DatabaseUnavailableError:
        sys.stderr.write("导入中断：数据库暂时不可用。用同一文件再次运行，即从中断处继续。\n")
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
