"""Chinese texts for the error codes of ``standards``."""

from typing import Final

from gateway.texts.catalogue import Text

_FIELDS = "填写的内容有误，请按各字段的提示修改后重新提交。"

TEXTS: Final[dict[str, Text]] = {
    "standards.not_found": Text("记录不存在", "没有找到这条记录，可能已被删除，或不属于本企业。"),
    "standards.upload_not_found": Text("文件不存在", "没有找到这次上传的文件，请重新上传。"),
    "standards.already_exists": Text("该标准已存在", "该标准已存在"),
    "standards.published_not_savable": Text(
        "标准已公开", "已公开的标准不能再保存为未公开的标准，修改后只能提交。"
    ),
    "standards.published_not_deletable": Text("标准已公开", "只有未公开的标准才可以删除。"),
    "standards.already_published": Text("标准已公开", "这条标准已经公开，无需再次提交。"),
    "standards.upload_wrong_state": Text("上传已结束", "这次上传已经结束，请重新上传文件。"),
    "standards.upload_mismatch": Text(
        "文件不完整", "收到的文件与上传时不一致，可能在传输中损坏，请重新上传。"
    ),
    "standards.version_required": Text("缺少版本", "请先打开这条记录的最新内容，再进行修改。"),
    "standards.kind_not_offered": Text("暂不支持", "目前只能录入企业标准。"),
    "standards.mode_not_offered": Text("暂不支持", "目前只能选择公示标准文本。"),
    "standards.invalid": Text("填写内容有误", _FIELDS),
    "standards.not_publishable": Text("还不能提交", "还有内容没有填写完整，请按提示补充后再提交。"),
    "standards.upload_too_large": Text("文件过大", "文件超过了 {max_bytes} 字节的上限。"),
    "standards.position_too_old": Text(
        "位置过旧", "该位置之前的事件已不再保留，请从 {oldest} 之后开始读取。"
    ),
    "standards.required": Text("必填", "请填写此项。"),
    "standards.too_long": Text("过长", "最多填写 {limit} 个字符。"),
    "standards.number_malformed": Text(
        "标准编号有误", "请填写编号主体，只用字母、数字、汉字，中间可用“/”“-”“.”或空格分隔。"
    ),
    "standards.year_malformed": Text("年份有误", "请只输入年份四位数字，例如 2015。"),
    "standards.text_required": Text("缺少标准文本", "请上传 PDF 格式的标准文本。"),
    "standards.product_required": Text("缺少产品", "至少添加一条产品信息。"),
    "standards.too_many_products": Text("产品过多", "一条标准最多添加 {limit} 个产品。"),
    "standards.barcode_invalid": Text("条码有误", "产品条码的位数或校验位不正确，请核对。"),
    "standards.commitment_required": Text("未勾选企业承诺", "请阅读并勾选企业承诺后再提交。"),
    "standards.upload_not_ready": Text("文件检查中", "文件正在上传或检查，请稍候再保存。"),
    "standards.upload_unusable": Text(
        "文件不可用", "这个文件没有通过检查、已经过期或已被使用，请重新上传。"
    ),
}
