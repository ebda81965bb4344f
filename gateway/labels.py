"""What the codes of the API are called on screens."""

from typing import Final

KINDS: Final = {
    "NATIONAL": "国家标准",
    "INDUSTRY": "行业标准",
    "LOCAL": "地方标准",
    "ENTERPRISE": "企业标准",
    "GROUP": "团体标准",
}
STATES: Final = {"PUBLISHED": "现行", "WITHDRAWN": "废止", "DRAFT": "未公开"}
WITHDRAWAL_REASONS: Final = {
    "REPLACED": "已被其他标准代替",
    "NOT_IN_USE": "不再执行该标准",
    "FILED_IN_ERROR": "填报有误",
    "PRODUCT_DISCONTINUED": "产品停产",
    "OTHER": "其他",
}

# Why the inspection of a text refused it.
_ACTIVE: Final = "文件含有{what}，请去除后重新导出 PDF 再上传。"
_BROKEN: Final = "文件已损坏或不完整，请重新导出 PDF 再上传。"
_HEAVY: Final = "文件过于复杂，请重新导出 PDF 或减少内容后再上传。"
UPLOAD_REASONS: Final = {
    "not_pdf": "文件不是 PDF，请上传 PDF 文件。",
    "empty": "文件是空的，请重新选择文件。",
    "no_pages": "文件中没有页面，请重新导出 PDF 再上传。",
    "damaged": _BROKEN,
    "truncated": _BROKEN,
    "trailing_data": _BROKEN,
    "polyglot_header": _BROKEN,
    "polyglot_archive": _BROKEN,
    "encrypted": "文件设有密码或权限限制，请去除后再上传。",
    "too_large": "文件过大，请压缩图片后重新导出 PDF 再上传。",
    "too_many_pages": "文件页数过多，请只保留标准文本。",
    "too_many_objects": _HEAVY,
    "too_complex": _HEAVY,
    "has_javascript": _ACTIVE.format(what="脚本"),
    "has_attachments": _ACTIVE.format(what="附件"),
    "has_external_action": _ACTIVE.format(what="指向外部的操作"),
    "has_launch_action": _ACTIVE.format(what="启动程序的操作"),
    "has_xfa": _ACTIVE.format(what="动态表单"),
    "rich_media": _ACTIVE.format(what="多媒体内容"),
    "inspection_failed": "文件检查未能完成，请重新导出 PDF 再上传。",
}
UPLOAD_REFUSED: Final = "文件未通过检查，请重新导出 PDF 再上传。"
