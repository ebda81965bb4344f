"""Bodies and answers of webhooks."""

from typing import Any, Final

from contracts.events import EVENTS
from gateway.schemas import fields
from gateway.schemas.declarations import KINDS
from gateway.schemas.fields import Length, OneOf, Pattern, Range

TYPES: Final = tuple(event.type for event in EVENTS.values() if event.is_public)
STATES: Final = ("PENDING", "ACTIVE", "PARKED", "DISABLED")
_MAX_VALUES: Final = 50
_MAX_POSITION: Final = 2**62


def _values(description: str, validator: Any) -> Any:  # noqa: ANN401 - a field
    return fields.List(
        fields.String(validate=validator),
        load_default=list,
        validate=Length(max=_MAX_VALUES),
        metadata={"description": description},
    )


class WebhookFilters(fields.Schema):
    """What is wanted: an empty list wants all, two lists both count."""

    types = _values("事件类型", OneOf(TYPES))
    kinds = _values("标准类别", OneOf(KINDS))
    regions = _values("行政区划代码的前 2、4 或 6 位", Pattern(r"([0-9]{2}){1,3}"))
    enterprises = _values(
        "统一社会信用代码（18 位）或组织机构代码（9 位）", Pattern(r"([0-9A-Z]{9}){1,2}")
    )
    classes = _values("产品分类代码或其开头", Pattern(r"[0-9A-Za-z-]{1,20}"))


class WebhookInput(fields.Schema):
    """A new subscription."""

    name = fields.String(required=True, validate=Length(1, 100))
    url = fields.String(
        required=True,
        validate=Length(1, 1_000),
        metadata={"description": "接收地址：公网 https", "example": "https://example.cn/qibiao"},
    )
    filters = fields.Nested(WebhookFilters, load_default=dict)
    parallel = fields.Integer(
        load_default=1,
        validate=Range(1, 8),
        metadata={"description": "同时推送的记录数；同一记录的事件总是按顺序"},
    )
    after = fields.Integer(
        load_default=None,
        allow_none=True,
        validate=Range(0, _MAX_POSITION),
        metadata={"description": "从公开日志的这个位置之后开始；不填为当前末尾"},
    )


class WebhookChanges(fields.Schema):
    """What is changed; the rest stays."""

    name = fields.String(validate=Length(1, 100))
    url = fields.String(validate=Length(1, 1_000))
    filters = fields.Nested(WebhookFilters)
    parallel = fields.Integer(validate=Range(1, 8))


class ReplayInput(fields.Schema):
    """Where to begin again."""

    after = fields.Integer(required=True, validate=Range(0, _MAX_POSITION))


class Webhook(fields.Schema):
    """A subscription, without its secret."""

    webhook_id = fields.String(required=True)
    name = fields.String(required=True)
    url = fields.String(required=True)
    filters = fields.Nested(WebhookFilters, required=True)
    parallel = fields.Integer(required=True)
    state = fields.String(required=True, validate=OneOf(STATES))
    reason = fields.String(
        required=True, allow_none=True, metadata={"description": "停在此处的原因"}
    )
    version = fields.Integer(required=True)
    position = fields.Integer(
        required=True, metadata={"description": "公开日志中已处理到的位置（含积压的）"}
    )
    held_records = fields.Integer(required=True, metadata={"description": "等待重试的记录数"})
    held_events = fields.Integer(required=True, metadata={"description": "等待重试的事件数"})
    attempts = fields.Integer(required=True, metadata={"description": "整体失败的次数"})
    next_try_at = fields.String(required=True, allow_none=True)
    failing_since = fields.String(required=True, allow_none=True)
    last_delivered_at = fields.String(required=True, allow_none=True)
    old_secret_until = fields.String(
        required=True, allow_none=True, metadata={"description": "旧密钥同时签名到此时"}
    )
    created_at = fields.String(required=True)


class WebhookMade(Webhook):
    """A subscription with its secret, this once."""

    secret = fields.String(required=True, metadata={"description": "whsec_ 开头，只显示一次"})


class Webhooks(fields.Schema):
    """All subscriptions."""

    items = fields.List(fields.Nested(Webhook), required=True)


class WebhookTest(fields.Schema):
    """The test event that will be sent."""

    event_id = fields.String(required=True)


class AttemptsQuery(fields.Schema):
    """Which part of the log."""

    before = fields.String(
        load_default="",
        validate=Length(max=100),
        metadata={"description": "上一页的 next_before"},
    )
    limit = fields.Digits(load_default=50, validate=Range(1, 200))


class WebhookAttempt(fields.Schema):
    """One POST."""

    attempt_id = fields.String(required=True)
    event_id = fields.String(required=True)
    event_type = fields.String(required=True)
    subject = fields.String(required=True)
    position = fields.Integer(required=True, allow_none=True)
    attempt = fields.Integer(required=True, metadata={"description": "第几次"})
    outcome = fields.String(required=True, validate=OneOf(("DELIVERED", "FAILED")))
    reason = fields.String(required=True, allow_none=True)
    status = fields.Integer(required=True, allow_none=True)
    milliseconds = fields.Integer(required=True)
    answer = fields.String(
        required=True, metadata={"description": "失败时接收方答复的开头，最多 1 KB"}
    )
    at = fields.String(required=True)


class WebhookAttempts(fields.Schema):
    """A page of the log, the newest first."""

    items = fields.List(fields.Nested(WebhookAttempt), required=True)
    next_before = fields.String(required=True, allow_none=True)
