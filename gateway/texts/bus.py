"""Chinese texts for the failures of the plumbing that every service shares."""

from typing import Final

from gateway.texts.catalogue import Text

_BUSY = "系统繁忙，请在 {retry_after} 秒后重试。已经提交成功的内容不会丢失。"
_BROKEN = "系统出现异常，工作人员已能看到这次记录。请稍后再试；联系我们时请提供问题编号。"

TEXTS: Final[dict[str, Text]] = {
    "bus.unavailable": Text("服务暂时不可用", _BUSY),
    "bus.deadline": Text("服务暂时不可用", _BUSY),
    "bus.overloaded": Text("服务繁忙", _BUSY),
    "bus.database_unavailable": Text("服务暂时不可用", _BUSY),
    "bus.storage_unavailable": Text("文件存储暂时不可用", _BUSY),
    "bus.loop": Text("系统内部错误", _BROKEN),
    "bus.internal": Text("系统内部错误", _BROKEN),
    "bus.unknown_method": Text("系统内部错误", _BROKEN),
    "bus.invalid_arguments": Text("请求内容有误", "请求内容不符合接口约定，请检查后重新提交。"),
    "bus.unauthenticated": Text("请先登录", "您尚未登录，或登录已失效，请重新登录。"),
    "bus.forbidden": Text("没有权限", "您的账户没有进行此操作的权限。"),
    "bus.stale": Text("内容已被修改", "您看到的内容已被他人修改，请刷新后重新操作。"),
    "bus.idempotency_mismatch": Text(
        "重复的请求编号", "同一个 Idempotency-Key 已用于内容不同的请求，请更换编号后重新提交。"
    ),
    "bus.rate_limited": Text("操作过于频繁", "操作过于频繁，请在 {retry_after} 秒后重试。"),
}
