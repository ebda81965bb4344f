"""Chinese texts for what a check before a submission finds, and how each is mended."""

from typing import Final

from gateway.texts.catalogue import Text

TEXTS: Final[dict[str, Text]] = {
    "standards.check_number_regional": Text(
        "编号不符合当地规则", "标准编号不符合企业所在地的编号规则：{hint}"
    ),
    "standards.check_year_in_future": Text("年份晚于今年", "标准编号中的年份 {year} 还没有到。"),
    "standards.check_title_generic": Text(
        "标准名称过于笼统", "标准名称没有说明是什么产品或服务的标准。"
    ),
    "standards.check_title_without_product": Text(
        "标准名称与产品不一致", "标准名称中没有出现执行该标准的产品的名称。"
    ),
    "standards.check_test_method_missing": Text(
        "缺少测试方法", "《企业标准化促进办法》第十二条要求企业标准明确试验、检验或者评价方法。"
    ),
    "standards.check_class_unknown": Text(
        "产品分类不在现行分类表中", "现行的产品分类表中没有 {class_code}。"
    ),
    "standards.check_text_unreadable": Text(
        "标准文本不能检索",
        "标准文本是扫描件，或其文字无法识别，不能自动核对其中的编号、名称和引用标准。",
    ),
    "standards.check_text_without_number": Text(
        "标准文本中没有标准编号", "标准文本中没有找到标准编号 {number}。"
    ),
    "standards.check_text_without_title": Text(
        "标准文本中没有标准名称", "标准文本中没有找到标准名称“{title}”。"
    ),
    "standards.check_standard_replaced": Text(
        "标准已被代替", "{number}《{title}》已不再有效，由 {replaced_by} 代替。"
    ),
    "standards.check_standard_withdrawn": Text("标准已废止", "{number}《{title}》已经废止。"),
    "standards.check_standard_upcoming": Text(
        "标准尚未实施", "{number}《{title}》尚未实施，实施日期：{effective_on}。"
    ),
    "standards.check_recommended_unreadable": Text(
        "无法识别推荐性标准", "从“{number}”中没有读出标准编号，不能自动比对指标。"
    ),
    "standards.check_below_mandatory": Text(
        "低于强制性标准",
        "“{name}”（{own}）低于强制性国家标准 {number} 的要求（{reference}）。《标准化法》"
        "第二十一条规定，企业标准的技术要求不得低于强制性国家标准的相关技术要求。",
    ),
    "standards.check_lower_unstated": Text(
        "低于推荐性标准而未明示",
        "“{name}”（{own}）低于推荐性标准 {number} 的要求（{reference}）。《企业标准化促进办法》"
        "第十四条规定，公开的指标低于推荐性标准的，应当明示。",
    ),
    "standards.check_fewer_unstated": Text(
        "少于推荐性标准而未明示",
        "与推荐性标准 {number} 相比缺少 {count} 项指标：{names}。《企业标准化促进办法》"
        "第十四条规定，公开的指标项目少于推荐性标准的，应当明示。",
    ),
    "standards.check_fewer_than_cited": Text(
        "可能少于推荐性标准", "与所引用的 {number} 相比没有以下 {count} 项指标：{names}。"
    ),
    "standards.check_partly_lower": Text(
        "部分条件下低于标准",
        "“{name}”（{own}）符合 {number} 的一部分限值，低于另一部分（{reference}）。",
    ),
    "standards.check_incomparable": Text(
        "不能自动比对", "“{name}”（{own}）与 {number} 的要求（{reference}）不能自动比较高低。"
    ),
}

_AS_TOLD: Final = "请按提示补充或改正后重新自检。"
_STATE: Final = (
    "请提高指标，或在“明示”中选择“{choice}推荐性标准”，填写推荐性标准编号 {{number}} 和明示内容。"
)

ADVICE: Final[dict[str, str]] = {
    "standards.required": "请填写此项。",
    "standards.text_required": "请上传 PDF 格式的标准文本，或改为填报技术指标。",
    "standards.indicator_required": "请至少填写一条技术指标，或改为上传标准文本。",
    "standards.product_required": "请点击“增加产品”，至少添加一条产品信息。",
    "standards.commitment_required": "请阅读并勾选企业承诺。",
    "standards.barcode_invalid": "请按包装上的条码重新填写；没有条码的，请留空。",
    "standards.check_number_regional": "请按当地标准化主管部门的规则修改编号。",
    "standards.check_year_in_future": "请核对年份；应为标准发布的年份。",
    "standards.check_title_generic": "请写明产品或服务的名称，例如“不锈钢真空保温杯”。",
    "standards.check_title_without_product": "请核对标准名称和产品名称；确实无误的，可以不改。",
    "standards.check_test_method_missing": "请填写测试方法；已有标准的，优先选择已有标准。",
    "standards.check_class_unknown": "请重新选择产品分类；没有合适的，选择最为贴近的即可。",
    "standards.check_text_unreadable": "可以提交；建议上传由文字处理软件直接导出的 PDF，便于检索。",
    "standards.check_text_without_number": "请核对上传的文件是否为这项标准，以及编号是否填写正确。",
    "standards.check_text_without_title": "请核对上传的文件是否为这项标准，以及名称是否填写正确。",
    "standards.check_standard_replaced": "请改用 {replaced_by} 并核对要求；旧版仍适用的可以不改。",
    "standards.check_standard_withdrawn": "请改用现行有效的标准；确需引用旧版本的，可以不改。",
    "standards.check_standard_upcoming": "请确认是否按该标准生产；适用现行版本的，请改用现行版本。",
    "standards.check_recommended_unreadable": "请填写完整的标准编号，例如 GB/T 29606-2013。",
    "standards.check_below_mandatory": "请把指标提高到 {number} 的要求；否则产品不得生产、销售。",
    "standards.check_lower_unstated": _STATE.format(choice="低于"),
    "standards.check_fewer_unstated": _STATE.format(choice="少于").replace("提高", "补充"),
    "standards.check_fewer_than_cited": "该标准适用于本产品的，请补充指标，或明示少于 {number}。",
    "standards.check_partly_lower": "请核对适用的条件（等级、类别）；确实低于的，请明示。",
    "standards.check_incomparable": "请自行核对单位和写法；低于推荐性标准的，请明示。",
}


def advice_of(code: str) -> str:
    """Return how what a check found is mended."""
    return ADVICE.get(code, _AS_TOLD)
