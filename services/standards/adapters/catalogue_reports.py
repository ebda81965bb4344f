"""Reports of catalogue imports: which row was not taken, which field, and why."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from services.standards.domain.catalogue import MAX_TITLE_LENGTH
from services.standards.domain.catalogue_rows import Fault
from services.standards.usecases.cataloguing import ReportedRow

HEADER: Final = ("行号", "字段", "原因")

REASONS: Final[dict[Fault, str]] = {
    Fault.COLUMN_COUNT: "列数与表头不一致",
    Fault.MOJIBAKE: "含有无法识别的字符，可能是编码错误",
    Fault.MISSING: "必填项为空",
    Fault.TOO_LONG: f"内容过长（标准名称最多 {MAX_TITLE_LENGTH} 个字符）",
    Fault.BAD_NUMBER: "无法识别的标准编号",
    Fault.NO_YEAR: "标准编号缺少年份",
    Fault.UNKNOWN_KIND: "无法识别的标准类别",
    Fault.KIND_MISMATCH: "标准类别与编号不符，或不是目录中的类别",
    Fault.UNKNOWN_STATE: "无法识别的标准状态",
    Fault.BAD_DATE: "日期格式错误，应为 2014-05-01 的形式",
    Fault.REPEATED_NUMBER: "同一文件中该标准编号已出现过，本行未采用",
    Fault.REPLACEMENT_IGNORED: "无法识别的代替标准编号，已忽略此项，本行其余内容已采用",
}


class Report:
    """Write what is wrong with rows to a CSV file; an interrupted one is continued."""

    def __init__(self, path: Path | None, *, keep_until: int) -> None:
        if path is None:
            self._file = None
            return
        kept = self._kept_lines(path, keep_until)
        path.parent.mkdir(parents=True, exist_ok=True)
        # With a byte order mark, else spreadsheets take the Chinese for another encoding.
        self._file = path.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerows([HEADER, *kept])

    @staticmethod
    def _kept_lines(path: Path, keep_until: int) -> list[list[str]]:
        if keep_until == 0 or not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(csv.reader(file))[1:]
        return [line for line in lines if int(line[0]) <= keep_until]

    def write(self, reported: Sequence[ReportedRow]) -> None:
        """Add rows to the report."""
        if self._file is None:
            return
        for row in reported:
            for fault in row.faults:
                self._writer.writerow((row.number, fault.field, REASONS[fault.fault]))
        self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()


def to_csv(faults: Iterable[tuple[int, str, str]]) -> str:
    """Return a report of stored faults: row, field and name of the fault each."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    writer.writerows((row, field, REASONS[Fault(fault)]) for row, field, fault in faults)
    return "\ufeff" + text.getvalue()
