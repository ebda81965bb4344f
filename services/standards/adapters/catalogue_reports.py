"""What the reports of catalogue imports say of each fault."""

from collections.abc import Mapping
from typing import Final

from services.standards.domain.catalogue import MAX_TITLE_LENGTH
from services.standards.domain.catalogue_rows import Fault

REASONS: Final[Mapping[str, str]] = {
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
