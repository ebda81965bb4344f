"""What the reports of imports say of each fault."""

from collections.abc import Mapping
from typing import Final

from services.registry.domain.rows import Fault

REASONS: Final[Mapping[str, str]] = {
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
