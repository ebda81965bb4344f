"""Chinese texts for the error codes of ``notify``."""

from typing import Final

from gateway.texts.catalogue import Text

TEXTS: Final[dict[str, Text]] = {
    "notify.not_available": Text("页面不存在", "此功能只在开发环境中提供。"),
    "notify.not_found": Text("内容不存在", "没有这条内容，或者您不能查看它。"),
    "notify.notice_state": Text("不能进行此操作", "公告的当前状态不允许此操作，请刷新后再试。"),
    "notify.receipt_refused": Text("回执不被接受", "签名、令牌或内容不正确。"),
    "notify.template_invalid": Text(
        "模板不能使用", "模板必须包含与原模板相同的占位符，不能有多余的大括号，短信不超过 300 字。"
    ),
}
