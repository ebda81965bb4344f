"""Chinese texts for the error codes of ``notify``."""

from typing import Final

from gateway.texts.catalogue import Text

TEXTS: Final[dict[str, Text]] = {
    "notify.not_available": Text("页面不存在", "此功能只在开发环境中提供。"),
    "notify.not_found": Text("内容不存在", "没有这条内容，或者您不能查看它。"),
    "notify.notice_state": Text("不能进行此操作", "公告的当前状态不允许此操作，请刷新后再试。"),
    "notify.receipt_refused": Text("回执不被接受", "签名、令牌或内容不正确。"),
    "notify.webhook_limit": Text("推送已达上限", "最多可以有 {limit} 个推送，请先删除不用的。"),
    "notify.webhook_position": Text(
        "位置无效", "只能从已经到达的位置重放，当前位置为 {position}。"
    ),
    "notify.webhook_state": Text("不能进行此操作", "推送的当前状态不允许此操作，请刷新后再试。"),
    "notify.webhook_url": Text(
        "接收地址不可用",
        "接收地址必须以 https:// 开头，使用公网域名或公网地址，端口为 443 或大于 1023。",
    ),
    "notify.template_invalid": Text(
        "模板不能使用", "模板必须包含与原模板相同的占位符，不能有多余的大括号，短信不超过 300 字。"
    ),
}
