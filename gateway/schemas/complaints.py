"""Complaints 投诉举报 about what was published."""

from typing import Final

from gateway.schemas import fields
from gateway.schemas.catalogue import Paged, PageQuery
from gateway.schemas.fields import Length, OneOf

CATEGORIES: Final = (
    "NOT_AS_DECLARED",
    "BELOW_MANDATORY",
    "WRONG_INFORMATION",
    "INFRINGEMENT",
    "OTHER",
)
STATES: Final = ("RECEIVED", "ACCEPTED", "REFUSED", "RESOLVED")
FINDINGS: Final = ("CONFIRMED", "PARTLY_CONFIRMED", "NOT_CONFIRMED")

_SHORT = Length(1, 100)
_WORDS = Length(0, 1_000)
_CATEGORY: Final = {
    "description": "NOT_AS_DECLARED 产品与公开的标准不符；BELOW_MANDATORY 低于强制性标准；"
    "WRONG_INFORMATION 公开的信息有误；INFRINGEMENT 侵犯权益；OTHER 其他"
}
_STATE: Final = {
    "description": "RECEIVED 已收到；ACCEPTED 已受理；REFUSED 不予受理；RESOLVED 已办结"
}
_FINDING: Final = {"description": "CONFIRMED 属实；PARTLY_CONFIRMED 部分属实；NOT_CONFIRMED 不属实"}


class ComplaintInput(fields.Schema):
    """A complaint; whoever leaves name and phone is told the outcome by SMS."""

    record_number = fields.String(
        required=True, validate=_SHORT, metadata={"description": "记录号"}
    )
    category = fields.String(required=True, validate=OneOf(CATEGORIES), metadata=_CATEGORY)
    text = fields.String(
        required=True, validate=Length(10, 2_000), metadata={"description": "投诉举报的内容"}
    )
    name = fields.String(
        load_default="",
        validate=Length(0, 100),
        metadata={"description": "姓名；不填为匿名，填写时须同时填写手机号码"},
    )
    phone = fields.String(
        load_default="",
        validate=Length(0, 40),
        metadata={"description": "手机号码，接收处理结果；不填为匿名"},
    )
    captcha_id = fields.String(required=True, validate=_SHORT)
    captcha_answer = fields.String(required=True, validate=_SHORT)


class ComplaintFiled(fields.Schema):
    """The number of a complaint and the code that goes with it."""

    complaint_number = fields.String(required=True)
    query_code = fields.String(
        required=True, metadata={"description": "查询码，只显示这一次，请妥善保存"}
    )
    state = fields.String(required=True, metadata=_STATE)
    received_at = fields.String(required=True)


class ComplaintQuestion(fields.Schema):
    """Number and code; in the body, for addresses are written to logs."""

    complaint_number = fields.String(required=True, validate=_SHORT)
    query_code = fields.String(required=True, validate=_SHORT)


class ComplaintStanding(fields.Schema):
    """How a complaint stands."""

    complaint_number = fields.String(required=True)
    record_number = fields.String(required=True)
    category = fields.String(required=True, metadata=_CATEGORY)
    state = fields.String(required=True, metadata=_STATE)
    finding = fields.String(required=True, allow_none=True, metadata=_FINDING)
    outcome = fields.String(
        required=True, metadata={"description": "处理结果或不予受理的原因；未处理时为空"}
    )
    received_at = fields.String(required=True)
    accepted_at = fields.String(required=True, allow_none=True)
    closed_at = fields.String(required=True, allow_none=True)


class ComplaintsQuery(PageQuery):
    """Which complaints of the own area."""

    state = fields.String(validate=OneOf(STATES), metadata=_STATE)
    record_number = fields.String(load_default="", validate=Length(0, 100))


class Complaint(ComplaintStanding):
    """A complaint as staff sees it, without what was written and who wrote it."""

    complaint_id = fields.String(required=True)
    area = fields.String(required=True, metadata={"description": "负责部门的行政区划代码"})
    is_named = fields.Boolean(required=True, metadata={"description": "是否留有姓名和手机号码"})
    allowed_actions = fields.List(fields.String(), required=True)
    version = fields.Integer(required=True)


class ComplaintRow(Complaint):
    """A complaint and what it is about."""

    number = fields.String(required=True, metadata={"description": "标准编号"})
    title = fields.String(required=True, metadata={"description": "标准名称"})


class Complaints(Paged):
    """A page of complaints."""

    items = fields.List(fields.Nested(ComplaintRow), required=True)


class ComplaintStep(fields.Schema):
    """One thing that staff did; the note is for colleagues."""

    action = fields.String(required=True)
    note = fields.String(required=True)
    taken_by = fields.String(required=True)
    taken_at = fields.String(required=True)


class WholeComplaint(Complaint):
    """A complaint with what was written; who wrote it is asked for apart."""

    text = fields.String(required=True)
    steps = fields.List(fields.Nested(ComplaintStep), required=True)


class ComplaintNoteInput(fields.Schema):
    """A note for colleagues."""

    note = fields.String(required=True, validate=_WORDS)


class ComplaintAcceptance(fields.Schema):
    """Take a complaint up."""

    note = fields.String(load_default="", validate=_WORDS, metadata={"description": "内部备注"})


class ComplaintRefusal(ComplaintAcceptance):
    """Why a complaint is not taken up."""

    outcome = fields.String(
        required=True, validate=_WORDS, metadata={"description": "告知投诉举报人的原因"}
    )


class ComplaintResolution(ComplaintAcceptance):
    """What was found; the enterprise sees the finding only."""

    finding = fields.String(required=True, validate=OneOf(FINDINGS), metadata=_FINDING)
    outcome = fields.String(
        required=True, validate=_WORDS, metadata={"description": "告知投诉举报人的处理结果"}
    )


class ReporterQuestion(fields.Schema):
    """Why somebody must know who has complained."""

    reason = fields.String(
        required=True, validate=_WORDS, metadata={"description": "查看原因，记入审计日志"}
    )


class ComplaintReporter(fields.Schema):
    """Who has complained."""

    complaint_id = fields.String(required=True)
    name = fields.String(required=True)
    phone = fields.String(required=True)


class ComplaintFinding(fields.Schema):
    """All that an enterprise sees of one complaint, once it is resolved."""

    category = fields.String(required=True, metadata=_CATEGORY)
    finding = fields.String(required=True, metadata=_FINDING)
    resolved_on = fields.String(required=True, metadata={"description": "办结日期（北京时间）"})


class ComplaintFindings(Paged):
    """A page of findings."""

    items = fields.List(fields.Nested(ComplaintFinding), required=True)
