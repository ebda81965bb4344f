"""Chinese texts for what the gateway itself refuses."""

from typing import Final

from gateway.texts.catalogue import Text

_RETRY = "系统繁忙，请在 {retry_after} 秒后重试。"
_FIELDS = "提交的内容有误，请按各字段的提示修改后重新提交。"

TEXTS: Final[dict[str, Text]] = {
    "gateway.malformed_request": Text("请求格式有误", "无法识别这次请求，请刷新页面后重试。"),
    "gateway.host_not_allowed": Text("访问地址有误", "请通过平台公布的网址访问。"),
    "gateway.head_too_large": Text(
        "请求头过大", "请求的地址或请求头过长，请清除浏览器 Cookie 后重试。"
    ),
    "gateway.body_too_large": Text("内容过大", "提交的内容超过了 {max_size} 的上限。"),
    "gateway.body_incomplete": Text("内容不完整", "没有收到完整的内容，请检查网络后重新提交。"),
    "gateway.body_too_slow": Text("上传过慢", "长时间没有收到足够的内容，请检查网络后重新提交。"),
    "gateway.too_many_connections": Text("服务繁忙", _RETRY),
    "gateway.overloaded": Text("服务繁忙", _RETRY),
    "gateway.stopping": Text("服务正在维护", _RETRY),
    "gateway.rate_limited": Text("访问过于频繁", "访问过于频繁，请在 {retry_after} 秒后重试。"),
    "gateway.feed_rate": Text(
        "读取过于频繁",
        "不带接口密钥每分钟最多读取公开事件 {limit} 次，请在 {retry_after} 秒后重试，"
        "或使用接口密钥读取。",
    ),
    "gateway.too_many_streams": Text(
        "打开的事件流过多",
        "同时最多打开 {limit} 个事件流，请关闭不用的，或在 {retry_after} 秒后重试。",
    ),
    "gateway.not_found": Text("页面不存在", "您访问的内容不存在或已被移走，请检查网址是否正确。"),
    "gateway.barcode_malformed": Text(
        "条码有误", "条码应为 8、12、13 或 14 位数字，印在包装的条形码下方，请核对后重新输入。"
    ),
    "gateway.barcode_check_digit": Text(
        "条码有误",
        "条码 {barcode} 的最后一位校验码不对，可能输错了某一位数字，请对照包装核对后重新输入。",
    ),
    "gateway.organization_code_malformed": Text(
        "机构代码有误",
        "企业页面的网址以 9 位组织机构代码或 18 位统一社会信用代码结尾，请检查网址是否完整。",
    ),
    "gateway.nothing_published": Text(
        "没有公开的标准",
        "没有找到此机构公开的标准，请检查机构代码是否正确。企业提交公开后，这里会立即列出。",
    ),
    "gateway.not_published": Text("尚未公开", "提交公开以后才有公开凭证，请先提交。"),
    "gateway.receipt_too_soon": Text(
        "正在存证", "刚刚公开的内容正在写入存证日志，请在 {retry_after} 秒后重试。"
    ),
    "gateway.day_malformed": Text(
        "日期有误", "日期请写成 2026-03-01 的样子，并且不晚于今天，请返回后重新选择。"
    ),
    "gateway.method_not_allowed": Text("不支持的操作", "此地址不支持这种请求方法。"),
    "gateway.unsupported_media_type": Text("不支持的内容类型", "请求内容的类型应为 {expected}。"),
    "gateway.not_a_pdf": Text("文件类型有误", "标准文本只接受 PDF 文件。"),
    "gateway.cross_site_request": Text("请求被拒绝", "请求来自其他网站，为保护您的账户已被拒绝。"),
    "gateway.csrf_token_invalid": Text(
        "页面已失效", "页面的安全令牌缺失或已失效，请刷新页面后重试。"
    ),
    "gateway.login_required": Text("请先登录", "请登录后再进行此操作。"),
    "gateway.session_expired": Text(
        "登录已失效", "您长时间未操作或已在别处退出，请重新登录。已保存的内容不会丢失。"
    ),
    "gateway.key_malformed": Text(
        "接口密钥无效", "请求头 Authorization 应为 Bearer 加一个空格和接口密钥。"
    ),
    "gateway.two_credentials": Text("凭证冲突", "登录会话和接口密钥不能同时使用，请只带其中一种。"),
    "gateway.scope_missing": Text("接口密钥权限不足", "该接口密钥没有访问此接口的权限 {scope}。"),
    "gateway.forbidden": Text("没有权限", "您的账户没有进行此操作的权限。"),
    "gateway.idempotency_key_required": Text(
        "缺少请求编号", "请在请求头 Idempotency-Key 中给出本次提交的唯一编号。"
    ),
    "gateway.idempotency_key_malformed": Text(
        "请求编号有误", "Idempotency-Key 应为 8 至 128 位的字母、数字、“-”、“_”、“.”或“:”。"
    ),
    "gateway.if_match_required": Text("缺少版本信息", "请在请求头 If-Match 中给出所见内容的版本。"),
    "gateway.if_match_malformed": Text("版本信息有误", 'If-Match 应为一个 ETag，例如 "3"。'),
    "gateway.range_not_satisfiable": Text("范围有误", "请求的文件范围超出了文件大小。"),
    "gateway.text_unavailable": Text(
        "标准文本暂时不可用", "标准文本暂时无法读取，请在 {retry_after} 秒后重试。"
    ),
    "gateway.malformed_json": Text("请求内容有误", "请求内容不是有效的 JSON 对象。"),
    "gateway.unknown_fields": Text("请求内容有误", "请求中含有接口没有约定的字段。"),
    "gateway.invalid_fields": Text("填写的内容有误", _FIELDS),
    "gateway.malformed_form": Text("表单有误", "无法识别提交的表单，请返回页面重新填写。"),
    "gateway.field_day": Text("日期有误", "请按 2026-03-01 的形式填写存在的日期。"),
    "gateway.field_days_reversed": Text("日期有误", "结束日期不能早于开始日期。"),
    "gateway.field_barcode": Text("条码有误", "请填写条码下方的数字，7 至 14 位。"),
    "gateway.field_unknown": Text("未知字段", "接口没有约定这个字段。"),
    "gateway.field_required": Text("必填项", "此项为必填项。"),
    "gateway.field_null": Text("必填项", "此项不能为空。"),
    "gateway.field_type": Text("类型有误", "此项的数据类型有误。"),
    "gateway.field_format": Text("格式有误", "此项的格式有误。"),
    "gateway.field_control_character": Text("含有无效字符", "此项含有不能使用的控制字符。"),
    "gateway.field_length": Text("长度有误", "此项的长度应为 {minimum} 至 {maximum}。"),
    "gateway.field_range": Text("数值有误", "此项的数值应在 {minimum} 至 {maximum} 之间。"),
    "gateway.field_choice": Text("取值有误", "此项应为以下值之一：{choices}。"),
}
