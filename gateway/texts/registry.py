"""Chinese texts for the error codes of ``registry``.

The first block holds the manual's own words, byte for byte (手册 FAQ 1, 2, 4, 5, 6, 8, 14).
"""

from typing import Final

from gateway.texts.catalogue import Text

_WAIT = "如信息近期变更过，请等待数据同步（一般为 7-15 个工作日）。"
_ADDRESS = "请与代码证上的注册地址完全一致"

TEXTS: Final[dict[str, Text]] = {
    "registry.code_mismatch": Text("组织机构代码与系统不一致", "组织机构代码与系统不一致"),
    "registry.name_mismatch": Text("机构名称输入项与系统不一致", "机构名称输入项与系统不一致"),
    "registry.legal_representative_mismatch": Text("法人和系统不一致", "法人和系统不一致"),
    "registry.id_number_mismatch": Text("法人证件号与系统不一致", "法人证件号与系统不一致"),
    "registry.address_mismatch": Text("地址输入项与系统不一致", "地址输入项与系统不一致"),
    "registry.address_province_missing": Text(
        "注册地址可能缺少省份", f"{_ADDRESS}：您输入的地址开头没有省份，请检查是否缺少了省份信息。"
    ),
    "registry.address_province_extra": Text(
        "注册地址可能多了省份", f"{_ADDRESS}：系统中的地址开头没有省份，请去掉省份后重试。"
    ),
    "registry.hint_city_missing": Text(
        "注册地址可能缺少市",
        f"{_ADDRESS}：您输入的地址中省份之后没有市（州、盟），请检查是否缺少。",
    ),
    "registry.hint_county_missing": Text(
        "注册地址可能缺少县（区）", f"{_ADDRESS}：您输入的地址中没有县（区、市），请检查是否缺少。"
    ),
    "registry.hint_former_value": Text(
        "填写的是变更前的内容",
        "您填写的是该机构变更前的信息，组织机构代码库已经更新，请填写变更后的内容。",
    ),
    "registry.hint_full_width_bracket": Text(
        "含有全角括号", "第 {place} 个字符是全角括号，请在英文输入下输入括号。"
    ),
    "registry.hint_full_width_character": Text(
        "含有全角字符", "第 {place} 个字符是全角的，字母、数字和符号请在英文输入下输入。"
    ),
    "registry.hint_space": Text("含有空格", "第 {place} 个字符是空格，请去掉空格。"),
    "registry.hint_number_sign": Text("含有“#”", "第 {place} 个字符是“#”号，请删除“#”号。"),
    "registry.hint_letter_o": Text(
        "字母 O 与数字 0", "第 {place} 个字符是字母 O，请检查是否应为数字 0。"
    ),
    "registry.hint_wait_for_sync": Text("请等待数据同步", f"请对照代码证核对。{_WAIT}"),
    "registry.hint_code_length": Text(
        "代码位数有误",
        "您输入了 {length} 位。统一社会信用代码为 18 位；组织机构代码为 9 位，不含横杠“-”。",
    ),
    "registry.hint_code_lookalike": Text(
        "代码中有形近的字母",
        "第 {place} 位是容易与数字混淆的字母（如字母 O 与数字 0、字母 I 与数字 1），请检查。",
    ),
    "registry.hint_code_check_character": Text(
        "代码校验位不符", "代码的校验位不符，请检查是否有输错或颠倒的字符。"
    ),
    "registry.hint_id_length": Text(
        "证件号位数有误", "您输入了 {length} 位数字。身份证号应为 18 位或 15 位。"
    ),
    "registry.hint_id_check_character": Text(
        "身份证号校验位不符", "您输入的身份证号校验位不符，请检查是否有输错的数字。"
    ),
    "registry.hint_id_short_form": Text(
        "请核对 15 位身份证号",
        "15 位身份证号是把 18 位身份证号中年份的前两位（如 1970 中的 19）和最后一位去掉。",
    ),
    "registry.hint_id_document": Text(
        "请核对法人的证件",
        "应填写办理代码证时填写的法人的证件号：大陆居民为身份证号，港澳台同胞为通行证号，"
        "外国人为护照号。",
    ),
    "registry.not_synced": Text("不能注册，数据未同步", "不能注册，数据未同步"),
    "registry.region_not_open": Text("非试点区域不能注册", "非试点区域不能注册"),
    "registry.information_mismatch": Text(
        "信息不一致", f"填写的信息与系统不一致，请对照代码证逐项核对。{_WAIT}"
    ),
    "registry.deregistered": Text("该机构已注销", "该机构在组织机构代码库中已注销，不能注册。"),
    "registry.too_many_attempts": Text(
        "验证次数过多",
        "该机构的验证次数过多，请在 {retry_after} 秒后重试，或联系当地市场监督管理局。",
    ),
    "registry.already_synced": Text(
        "数据已同步", "该机构的数据已经同步，无需等待，请重新进行基本信息验证。"
    ),
    "registry.waiting_invalid": Text(
        "链接已失效", "该链接不存在、已过期或已使用，请从基本信息验证重新开始。"
    ),
    "registry.organization_not_found": Text("机构不存在", "没有找到该机构。"),
    "registry.division_not_found": Text("行政区划不存在", "没有找到该行政区划。"),
    "registry.import_not_found": Text("导入记录不存在", "没有找到该次导入。"),
    "registry.division_invalid": Text("行政区划代码有误", "行政区划代码应为六位数字。"),
}
