"""Import what other standards demand: ``python -m services.standards.catalogue_indicators FILE``.

The file is CSV in UTF-8 with a header line; a row is one indicator of one standard. What the file
says of a standard takes the place of what was known of it, standards that it does not name stay as
they are. Rows that cannot be taken are written to a report; all others go in.
"""

import argparse
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from chassis.clock import SystemClock
from chassis.config import ConfigError
from chassis.errors import DatabaseUnavailableError
from chassis.uow import Database
from services.standards.adapters import indicator_files
from services.standards.adapters.indicator_files import UnreadableFileError
from services.standards.config import Settings
from services.standards.domain import catalogue_indicators as rows
from services.standards.domain.catalogue_indicators import RowFault
from services.standards.usecases import catalogue_indicators

# Standards of one transaction: short enough for others that write meanwhile.
_BATCH: Final = 5


@dataclass(frozen=True)
class Outcome:
    """Say what became of a file."""

    standards: int
    indicators: int
    faults: list[RowFault]


def import_file(database: Database, path: Path, *, report_path: Path | None = None) -> Outcome:
    """Import a file, some standards at a time, and return what became of it.

    Raises:
        UnreadableFileError: the file is missing or lacks a column.
    """
    standards, faults = rows.read_rows(list(indicator_files.read_rows(path)))
    total = 0
    for start in range(0, len(standards), _BATCH):
        with database.transaction() as tx:
            total += catalogue_indicators.replace_indicators(
                tx=tx, standards=standards[start : start + _BATCH]
            )
    if faults and report_path is not None:
        indicator_files.write_report(report_path, faults)
    return Outcome(len(standards), total, faults)


def main(arguments: Sequence[str] | None = None, environ: Any = None) -> int:  # noqa: ANN401 - os.environ's type
    """Run the import from the command line; return 0, or 1 with the reason on standard error."""
    parser = argparse.ArgumentParser(
        prog="python -m services.standards.catalogue_indicators",
        description="导入其他标准的技术指标，供合规自检比对",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="CSV（UTF-8），每行一条指标")
    parser.add_argument(
        "--error-report", type=Path, metavar="FILE", help="退回的行写入此文件（行号、字段、原因）"
    )
    options = parser.parse_args(arguments)
    report_path = options.error_report or options.file.with_suffix(".errors.csv")
    try:
        settings = Settings.from_env(environ)
        clock = SystemClock(settings.clock_offset_file)
        database = Database(settings.database_url, service="standards", clock=clock)
        with closing(database):
            outcome = import_file(database, options.file, report_path=report_path)
    except (ConfigError, UnreadableFileError) as error:
        return _fail(str(error))
    except DatabaseUnavailableError:
        return _fail("数据库暂时不可用。稍后用同一文件再次运行即可。")
    rejected = len({fault.row for fault in outcome.faults})
    sys.stdout.write(
        f"导入完成：{outcome.standards} 项标准，{outcome.indicators} 条指标，退回 {rejected} 行\n"
    )
    if rejected:
        sys.stdout.write(f"退回的行见 {report_path}\n")
    return 0


def _fail(reason: str) -> int:
    sys.stderr.write(f"导入失败：{reason}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
