"""The question of every two years: does a standard go on being used (手册 FAQ 36)."""

from gateway.schemas import fields
from gateway.schemas.fields import OneOf, Range

ANSWERS = ("CONTINUE",)


class ReviewsQuery(fields.Schema):
    """Which page."""

    page = fields.Digits(load_default=1, validate=Range(1, 1_000))
    page_size = fields.Digits(load_default=15, validate=Range(1, 100))


class DueReview(fields.Schema):
    """One declaration to answer about."""

    declaration_id = fields.String(required=True)
    record_number = fields.String(required=True)
    kind = fields.String(required=True)
    number = fields.String(required=True)
    title = fields.String(required=True)
    published_at = fields.String(required=True)
    due_at = fields.String(required=True, metadata={"description": "到期时间"})
    asked_at = fields.String(allow_none=True, metadata={"description": "最近一次提醒"})
    times_asked = fields.Integer(required=True, metadata={"description": "已提醒次数"})
    confirmed_at = fields.String(allow_none=True, metadata={"description": "上次确认时间"})
    is_overdue = fields.Boolean(required=True, metadata={"description": "已公示为未确认"})
    answers = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "CONTINUE 继续使用；WITHDRAW 废止（用废止接口）"},
    )


class DueReviews(fields.Schema):
    """A page of them, the oldest first."""

    items = fields.List(fields.Nested(DueReview), required=True)
    total = fields.Integer(required=True)
    page = fields.Integer(required=True)
    page_size = fields.Integer(required=True)


class ReviewInput(fields.Schema):
    """The answer."""

    answer = fields.String(
        required=True, validate=OneOf(ANSWERS), metadata={"description": "CONTINUE 继续使用"}
    )


class AnsweredReview(fields.Schema):
    """What the answer has led to."""

    declaration_id = fields.String(required=True)
    record_number = fields.String(required=True)
    answer = fields.String(required=True)
    confirmed_at = fields.String(required=True, metadata={"description": "公示的确认时间"})
    next_due_at = fields.String(required=True, metadata={"description": "下次提醒时间"})
