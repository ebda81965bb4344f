"""Reports of imports: which row was not taken, which field, and why."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from services.registry.domain.rows import Fault
from services.registry.usecases.preparing import RejectedRow

HEADER: Final = ("行号", "字段", "原因")

REASONS: Final[dict[Fault, str]] = {
    Fault.COLUMN_COUNT: "列数与表头不一致",
    Fault.MOJIBAKE: "含有无法识别的字符，可能是编码错误",
    Fault.MISSING: "必填项为空",
    Fault.TOO_LONG: "内容过长",
    Fault.BAD_CODE: "代码格式或校验位错误",
    Fault.CODE_CONFLICT: "与组织机构代码不一致，或与已有记录的统一社会信用代码不同",
    Fault.UNKNOWN_PROVINCE: "省份无法识别，该行的列可能错位",
    Fault.BAD_REGION: "缺少有效的行政区划代码",
    Fault.BAD_ID_NUMBER: "证件号格式或校验位错误",
    Fault.BAD_ID_TYPE: "证件类型无法识别",
    Fault.REPEATED_CODE: "同一文件中该代码已出现过，本行未采用",
}


class Report:
    """Write the rows that were not taken to a CSV file; an interrupted one is continued."""

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

    def write(self, rejected: Sequence[RejectedRow]) -> None:
        """Add rows to the report."""
        if self._file is None:
            return
        for row in rejected:
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
