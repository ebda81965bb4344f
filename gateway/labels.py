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
MODES: Final = {"NONE": "执行已发布的标准", "FULL_TEXT": "标准文本", "INDICATORS": "技术指标"}
SUBJECTS: Final = {"PRODUCT": "产品", "SERVICE": "服务"}
DISCLOSURES: Final = {"TEXT": "标准文本", "INDICATORS": "技术指标", "NONE": "执行已发布的标准"}
DEVIATIONS: Final = {"FEWER": "少于", "LOWER": "低于", "FEWER_AND_LOWER": "少于并低于"}
WITHDRAWAL_REASONS: Final = {
    "REPLACED": "已被其他标准代替",
    "NOT_IN_USE": "不再执行该标准",
    "FILED_IN_ERROR": "填报有误",
    "PRODUCT_DISCONTINUED": "产品停产",
    "OTHER": "其他",
}

COMPLAINT_CATEGORIES: Final = {
    "NOT_AS_DECLARED": "产品与公开的标准不符",
    "BELOW_MANDATORY": "低于强制性标准",
    "WRONG_INFORMATION": "公开的信息有误",
    "INFRINGEMENT": "侵犯权益",
    "OTHER": "其他",
}
COMPLAINT_STATES: Final = {
    "RECEIVED": "已收到，等待受理",
    "ACCEPTED": "已受理，正在核查",
    "REFUSED": "不予受理",
    "RESOLVED": "已办结",
}
COMPLAINT_FINDINGS: Final = {
    "CONFIRMED": "属实",
    "PARTLY_CONFIRMED": "部分属实",
    "NOT_CONFIRMED": "不属实",
}

# What is to be known of a declaration beside its content (FAQ 16, 31, 36).
MARK_NAMES: Final = {
    "ENTERPRISE_DEREGISTERED": "企业已注销",
    "ENTERPRISE_CHANGED": "企业信息有变更",
    "IN_USE_CONFIRMED": "确认继续使用",
    "REVIEW_UNANSWERED": "未确认是否继续使用",
    "STANDARD_SUPERSEDED": "所执行的标准已被代替",
    "STANDARD_WITHDRAWN": "所执行的标准已废止",
    "CITED_STANDARD_OVER": "所引用的标准已被代替或废止",
}
MARKS: Final = {
    "ENTERPRISE_DEREGISTERED": "组织机构代码库显示，该企业已于 {since} 注销或不再登记。",
    "ENTERPRISE_CHANGED": (
        "公开后企业信息有变更（{changed}），企业于 {since} 更新。本页仍为公开时的信息。"
    ),
    "IN_USE_CONFIRMED": "企业已于 {since} 确认继续使用本标准。",
    "REVIEW_UNANSWERED": "本标准已于 {due_at} 到两年提醒期，企业多次提醒后尚未确认是否继续使用。",
    "STANDARD_SUPERSEDED": "所执行的标准 {number} 已被{replaced_by}代替。",
    "STANDARD_WITHDRAWN": "所执行的标准 {number} 已经废止。",
    "CITED_STANDARD_OVER": "所引用的标准已被代替或废止：{standards}。",
}
ENTERPRISE_FIELDS: Final = {
    "name": "企业名称",
    "credit_code": "统一社会信用代码",
    "organization_code": "组织机构代码",
    "legal_representative": "法定代表人",
    "address": "注册地址",
    "postcode": "邮政编码",
    "region": "行政区划",
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
