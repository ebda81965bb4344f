"""Inbox, notices, the FAQ, and the texts that staff edits."""

from datetime import date
from typing import Any

from marshmallow import ValidationError

from gateway.schemas import fields
from gateway.schemas.fields import Issue, Length, OneOf, Pattern, Range

KINDS = ("SMS", "INBOX")


class Day(Pattern):
    """Let a text be a day that there is: 2026-11-23."""

    def __init__(self) -> None:
        super().__init__(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

    def __call__(self, value: Any) -> Any:  # noqa: ANN401 - as marshmallow's own
        """Check one value."""
        try:
            date.fromisoformat(super().__call__(value))
        except (ValidationError, ValueError):
            raise ValidationError([Issue("gateway.field_day")]) from None
        return value


class PageQuery(fields.Schema):
    """Which page."""

    page = fields.Digits(load_default=1, validate=Range(1, 10_000))
    page_size = fields.Digits(load_default=15, validate=Range(1, 100))


class Paged(fields.Schema):
    """Where a page stands."""

    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


class Message(fields.Schema):
    """One message of the inbox."""

    message_id = fields.String(required=True)
    template = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    link = fields.String(required=True, metadata={"description": "平台内的页面，可为空"})
    is_for_enterprise = fields.Boolean(required=True)
    posted_at = fields.String(required=True)
    read_at = fields.String(required=True, allow_none=True)


class Messages(Paged):
    """One page of the inbox."""

    items = fields.List(fields.Nested(Message), required=True)
    unread = fields.Integer(required=True, metadata={"description": "全部未读消息数"})


class MessageRead(fields.Schema):
    """The message that was read."""

    message_id = fields.String(required=True)


class MessagesRead(fields.Schema):
    """How many were read at once."""

    count = fields.Integer(required=True)


class Notice(fields.Schema):
    """One notice as everybody sees it."""

    notice_id = fields.String(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    published_at = fields.String(required=True, allow_none=True)


class Notices(Paged):
    """One page of notices."""

    items = fields.List(fields.Nested(Notice), required=True)


class StaffNotice(Notice):
    """One notice as those see it who write them."""

    state = fields.String(required=True, validate=OneOf(("DRAFT", "PUBLISHED", "WITHDRAWN")))
    version = fields.Integer(required=True)
    author = fields.String(required=True)
    created_at = fields.String(required=True)
    withdrawn_at = fields.String(required=True, allow_none=True)


class StaffNotices(Paged):
    """One page of all notices."""

    items = fields.List(fields.Nested(StaffNotice), required=True)


class NoticeInput(fields.Schema):
    """What a notice says."""

    title = fields.String(required=True, validate=Length(1, 100))
    body = fields.String(required=True, validate=Length(1, 20_000))


class FaqQuery(fields.Schema):
    """What is searched for."""

    q = fields.String(
        load_default="", validate=Length(0, 200), metadata={"description": "空格分隔的词，全部命中"}
    )


class FaqEntry(fields.Schema):
    """One question with its answer."""

    number = fields.Integer(required=True)
    question = fields.String(required=True)
    answer = fields.String(required=True)
    version = fields.Integer(required=True)
    updated_at = fields.String(required=True)


class Faq(fields.Schema):
    """Questions with their answers."""

    items = fields.List(fields.Nested(FaqEntry), required=True)


class FaqInput(fields.Schema):
    """What an entry says."""

    question = fields.String(required=True, validate=Length(1, 200))
    answer = fields.String(required=True, validate=Length(1, 20_000))


class TextVersion(fields.Schema):
    """One version of a template."""

    kind = fields.String(required=True)
    name = fields.String(required=True)
    version = fields.Integer(required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    author = fields.String()
    updated_at = fields.String(required=True)


class Texts(fields.Schema):
    """Templates, or versions of one."""

    items = fields.List(fields.Nested(TextVersion), required=True)


class TemplateQuery(fields.Schema):
    """Which kind of template."""

    kind = fields.String(load_default="SMS", validate=OneOf(KINDS))


class TemplateInput(fields.Schema):
    """What a template says."""

    kind = fields.String(load_default="SMS", validate=OneOf(KINDS))
    title = fields.String(
        load_default="", validate=Length(0, 100), metadata={"description": "站内消息的标题"}
    )
    body = fields.String(
        required=True,
        validate=Length(1, 1_000),
        metadata={"description": "占位符写作 {code}，与原模板相同"},
    )


class PreviewInput(fields.Schema):
    """A template to look at before it is saved."""

    kind = fields.String(load_default="SMS", validate=OneOf(KINDS))
    body = fields.String(required=True, validate=Length(1, 1_000))


class Preview(fields.Schema):
    """A template with sample values."""

    text = fields.String(required=True)


class ReceiptsQuery(fields.Schema):
    """What clouds that do not sign put into the address instead."""

    token = fields.String(
        load_default="", validate=Length(0, 200), metadata={"description": "云服务商回执的令牌"}
    )


class ReceiptsTaken(fields.Schema):
    """What each provider reads as: taken, do not send it again."""

    code = fields.Integer(required=True)
    result = fields.Integer(required=True)
    msg = fields.String(required=True)
    errmsg = fields.String(required=True)


class SmsQuery(fields.Schema):
    """Which days, both included."""

    first = fields.String(
        required=True,
        validate=Day(),
        metadata={"description": "第一天（北京时间）", "example": "2026-11-01"},
    )
    last = fields.String(required=True, validate=Day(), metadata={"description": "最后一天"})


class DailyTotal(fields.Schema):
    """How many messages of a day came to one end."""

    day = fields.String(required=True)
    provider = fields.String(required=True)
    template = fields.String(required=True)
    outcome = fields.String(required=True, metadata={"description": "状态、失败原因或送达结果"})
    count = fields.Integer(required=True)


class Circuit(fields.Schema):
    """Where the global circuit stands."""

    is_open = fields.Boolean(required=True)
    this_hour = fields.Integer(required=True)
    threshold = fields.Integer(required=True, metadata={"description": "本小时上限"})
    recent = fields.Integer(required=True, metadata={"description": "最近七天的短信数"})
    closes_at = fields.String(required=True, allow_none=True)


class SmsTotals(fields.Schema):
    """Totals and the circuit."""

    items = fields.List(fields.Nested(DailyTotal), required=True)
    circuit = fields.Nested(Circuit, required=True)
