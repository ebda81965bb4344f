"""The inbox 消息, notices 公告 and the FAQ 常见问题, and what staff does with them."""

from typing import Any

from gateway.answers import Answer, Json
from gateway.routing import API, Auth, Exchange, Routes
from gateway.schemas import notify as schemas

routes = Routes("消息与帮助")
staff = Routes("运营")

_MESSAGE = "/messages/<uuid:message_id>"
_NOTICE = "/operator/notices/<uuid:notice_id>"
_FAQ = "/operator/faq/<int(min=1, max=9999):number>"
_TEMPLATE = "/operator/templates/<name>"
_STAFF: dict[str, Any] = {"auth": Auth.SESSION, "roles": frozenset({"OPERATOR"})}


@routes.get(
    "/messages",
    summary="站内消息，新的在前",
    query=schemas.PageQuery,
    answer=schemas.Messages,
    auth=Auth.SESSION,
)
def list_messages(exchange: Exchange) -> Answer:
    """Return a page of the inbox and how much of it is unread."""
    return Json(data=exchange.services.notify.list_messages(exchange.query))


@routes.post(
    _MESSAGE + "/read",
    summary="将一条消息标为已读",
    answer=schemas.MessageRead,
    auth=Auth.SESSION,
)
def read_message(exchange: Exchange) -> Answer:
    """Note that a message was read."""
    return Json(data=exchange.services.notify.read_message(exchange.path["message_id"]))


@routes.post(
    "/messages/read",
    summary="全部标为已读",
    answer=schemas.MessagesRead,
    auth=Auth.SESSION,
)
def read_all_messages(exchange: Exchange) -> Answer:
    """Note that everything was read."""
    return Json(data=exchange.services.notify.read_all_messages())


@routes.get(
    "/notices",
    summary="公告列表",
    query=schemas.PageQuery,
    answer=schemas.Notices,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def list_notices(exchange: Exchange) -> Answer:
    """Return a page of the public notices."""
    return Json(data=exchange.services.notify.list_notices(exchange.query))


@routes.get(
    "/notices/<uuid:notice_id>",
    summary="一条公告",
    answer=schemas.Notice,
    survives_outage=True,
    max_age=30,
    auth=Auth.PUBLIC,
)
def get_notice(exchange: Exchange) -> Answer:
    """Return a public notice."""
    return Json(data=exchange.services.notify.get_notice(exchange.path["notice_id"]))


@routes.get(
    "/faq",
    summary="常见问题，可按词查询",
    query=schemas.FaqQuery,
    answer=schemas.Faq,
    survives_outage=True,
    max_age=300,
    auth=Auth.PUBLIC,
)
def search_faq(exchange: Exchange) -> Answer:
    """Return the entries of the FAQ that hold every word."""
    return Json(data=exchange.services.notify.search_faq(exchange.query["q"]))


@routes.get(
    "/faq/<int(min=1, max=9999):number>",
    summary="一个常见问题",
    answer=schemas.FaqEntry,
    survives_outage=True,
    max_age=300,
    auth=Auth.PUBLIC,
)
def get_faq_entry(exchange: Exchange) -> Answer:
    """Return one entry of the FAQ."""
    return Json(data=exchange.services.notify.get_faq_entry(int(exchange.path["number"])))


@routes.post(
    "/sms/receipts/<provider>",
    summary="短信服务商的送达回执（签名或令牌校验）",
    query=schemas.ReceiptsQuery,
    answer=schemas.ReceiptsTaken,
    takes_raw=True,
    auth=Auth.PUBLIC,
)
def receive_receipts(exchange: Exchange) -> Answer:
    """Take what a provider posts back; the service checks that it is from there."""
    headers = exchange.headers
    exchange.services.notify.receive_receipts(
        provider=exchange.path["provider"],
        posted_body=exchange.raw.decode("utf-8", errors="replace"),
        token=exchange.query["token"],
        timestamp=headers.get("X-Qibiao-Timestamp", ""),
        signature=headers.get("X-Qibiao-Signature", ""),
    )
    return Json(data={"code": 0, "result": 0, "msg": "OK", "errmsg": "OK"})


@staff.get(
    "/operator/sms",
    summary="短信每日统计与熔断状态",
    query=schemas.SmsQuery,
    answer=schemas.SmsTotals,
    **_STAFF,
)
def get_sms_totals(exchange: Exchange) -> Answer:
    """Return totals per day, provider, template and end, and where the circuit stands."""
    return Json(data=exchange.services.notify.get_sms_totals(exchange.query))


@staff.get(
    "/operator/notices",
    summary="全部公告",
    query=schemas.PageQuery,
    answer=schemas.StaffNotices,
    **_STAFF,
)
def list_all_notices(exchange: Exchange) -> Answer:
    """Return a page of all notices."""
    return Json(data=exchange.services.notify.list_all_notices(exchange.query))


@staff.post(
    "/operator/notices",
    summary="起草公告",
    body=schemas.NoticeInput,
    answer=schemas.StaffNotice,
    status=201,
    needs_idempotency_key=True,
    **_STAFF,
)
def write_notice(exchange: Exchange) -> Answer:
    """Begin a notice; nobody sees it yet."""
    notice = exchange.services.notify.write_notice(exchange.body)
    location = f"{API}/operator/notices/{notice['notice_id']}"
    return Json(data=notice, etag=str(notice["version"]), location=location)


@staff.put(
    _NOTICE,
    summary="修改公告",
    body=schemas.NoticeInput,
    answer=schemas.StaffNotice,
    needs_if_match=True,
    **_STAFF,
)
def edit_notice(exchange: Exchange) -> Answer:
    """Change what a notice says."""
    return _versioned(
        exchange.services.notify.edit_notice(
            exchange.path["notice_id"], exchange.body, exchange.expected_version
        )
    )


@staff.post(
    _NOTICE + "/publication",
    summary="发布公告",
    answer=schemas.StaffNotice,
    needs_if_match=True,
    **_STAFF,
)
def publish_notice(exchange: Exchange) -> Answer:
    """Show a notice to everybody."""
    return _versioned(
        exchange.services.notify.publish_notice(
            exchange.path["notice_id"], exchange.expected_version
        )
    )


@staff.post(
    _NOTICE + "/withdrawal",
    summary="撤下公告",
    answer=schemas.StaffNotice,
    needs_if_match=True,
    **_STAFF,
)
def withdraw_notice(exchange: Exchange) -> Answer:
    """Show a notice no more."""
    return _versioned(
        exchange.services.notify.withdraw_notice(
            exchange.path["notice_id"], exchange.expected_version
        )
    )


@staff.put(
    _FAQ,
    summary="修改或新增常见问题（If-Match 为当前版本，新增为 0）",
    body=schemas.FaqInput,
    answer=schemas.FaqEntry,
    needs_if_match=True,
    **_STAFF,
)
def save_faq_entry(exchange: Exchange) -> Answer:
    """Put a new version of an FAQ entry into use."""
    return _versioned(
        exchange.services.notify.save_faq_entry(
            int(exchange.path["number"]), exchange.body, exchange.expected_version
        )
    )


@staff.get(_FAQ + "/versions", summary="常见问题的历次版本", answer=schemas.Texts, **_STAFF)
def list_faq_versions(exchange: Exchange) -> Answer:
    """Return all versions of an FAQ entry."""
    return Json(data=exchange.services.notify.list_text_versions("FAQ", exchange.path["number"]))


@staff.get("/operator/templates", summary="短信与消息模板", answer=schemas.Texts, **_STAFF)
def list_templates(exchange: Exchange) -> Answer:
    """Return the templates in use."""
    return Json(data=exchange.services.notify.list_templates())


@staff.get(
    _TEMPLATE,
    summary="模板的历次版本，新的在前",
    query=schemas.TemplateQuery,
    answer=schemas.Texts,
    **_STAFF,
)
def list_template_versions(exchange: Exchange) -> Answer:
    """Return all versions of a template."""
    return Json(
        data=exchange.services.notify.list_text_versions(
            exchange.query["kind"], exchange.path["name"]
        )
    )


@staff.post(
    _TEMPLATE + "/preview",
    summary="预览模板",
    body=schemas.PreviewInput,
    answer=schemas.Preview,
    **_STAFF,
)
def preview_template(exchange: Exchange) -> Answer:
    """Return a template with sample values, without saving it."""
    return Json(
        data=exchange.services.notify.preview_template(exchange.path["name"], exchange.body)
    )


@staff.put(
    _TEMPLATE,
    summary="启用模板的新版本",
    body=schemas.TemplateInput,
    answer=schemas.TextVersion,
    needs_if_match=True,
    **_STAFF,
)
def save_template(exchange: Exchange) -> Answer:
    """Put a new version of a template into use."""
    return _versioned(
        exchange.services.notify.save_template(
            exchange.path["name"], exchange.body, exchange.expected_version
        )
    )


def _versioned(data: dict[str, Any]) -> Answer:
    return Json(data=data, etag=str(data["version"]))
