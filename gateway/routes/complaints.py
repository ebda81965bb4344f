"""Complaints 投诉举报: anyone files one, the bureau handles it, the enterprise sees findings."""

from typing import Any, Final

from gateway.answers import Answer, Json
from gateway.roles import READERS
from gateway.routing import Auth, Exchange, Routes
from gateway.schemas import complaints as schemas
from gateway.schemas.catalogue import PageQuery

routes = Routes("投诉举报")
staff = Routes("监管部门")

HANDLERS: Final = frozenset({"BUREAU", "OPERATOR"})
# Operators keep the platform running; who has complained is no business of theirs.
CONFIDANTS: Final = frozenset({"BUREAU"})
_ONE: Final = "/bureau/complaints/<uuid:complaint_id>"
_STAFF: Final[dict[str, Any]] = {"auth": Auth.SESSION, "roles": HANDLERS}


@routes.post(
    "/public/complaints",
    summary="投诉举报一条公开的标准（可匿名）",
    body=schemas.ComplaintInput,
    answer=schemas.ComplaintFiled,
    status=201,
    auth=Auth.PUBLIC,
)
def file_complaint(exchange: Exchange) -> Answer:
    """Take a complaint; number and query code are in the answer."""
    return Json(data=exchange.services.standards.file_complaint(exchange.body, exchange.address))


@routes.post(
    "/public/complaints/state",
    summary="凭编号和查询码查询投诉举报的处理情况",
    body=schemas.ComplaintQuestion,
    answer=schemas.ComplaintStanding,
    auth=Auth.PUBLIC,
)
def get_complaint_state(exchange: Exchange) -> Answer:
    """Return how a complaint stands, to whoever knows its code."""
    standards = exchange.services.standards
    return Json(data=standards.get_complaint_state(exchange.body, exchange.address))


@routes.get(
    "/declarations/<uuid:declaration_id>/complaints",
    summary="本企业标准的投诉举报结论（仅已办结的）",
    query=PageQuery,
    answer=schemas.ComplaintFindings,
    roles=READERS,
    auth=Auth.SESSION,
)
def list_complaint_findings(exchange: Exchange) -> Answer:
    """Return category, finding and day of what was resolved: nothing of who has complained."""
    declaration_id = exchange.path["declaration_id"]
    standards = exchange.services.standards
    return Json(data=standards.list_complaint_findings(declaration_id, exchange.query))


@staff.get(
    "/bureau/complaints",
    summary="辖区的投诉举报，新的在前",
    query=schemas.ComplaintsQuery,
    answer=schemas.Complaints,
    **_STAFF,
)
def list_complaints(exchange: Exchange) -> Answer:
    """Return a page of the complaints about enterprises of the own area."""
    return Json(data=exchange.services.standards.list_complaints(exchange.query))


@staff.get(_ONE, summary="一件投诉举报", answer=schemas.WholeComplaint, **_STAFF)
def get_complaint(exchange: Exchange) -> Answer:
    """Return what was written and what was done; not who has complained."""
    complaint = exchange.services.standards.get_complaint(exchange.path["complaint_id"])
    return _versioned(complaint)


@staff.post(
    _ONE + "/reporter",
    summary="查看投诉举报人（说明原因，记入审计日志）",
    body=schemas.ReporterQuestion,
    answer=schemas.ComplaintReporter,
    roles=CONFIDANTS,
    auth=Auth.SESSION,
)
def show_complaint_reporter(exchange: Exchange) -> Answer:
    """Return name and phone of the reporter."""
    complaint_id, reason = exchange.path["complaint_id"], str(exchange.body["reason"])
    return Json(data=exchange.services.standards.show_complaint_reporter(complaint_id, reason))


@staff.post(
    _ONE + "/acceptance",
    summary="受理投诉举报",
    body=schemas.ComplaintAcceptance,
    answer=schemas.Complaint,
    needs_if_match=True,
    **_STAFF,
)
def accept_complaint(exchange: Exchange) -> Answer:
    """Take a complaint up."""
    return _step(exchange, "accept_complaint")


@staff.post(
    _ONE + "/refusal",
    summary="不予受理投诉举报",
    body=schemas.ComplaintRefusal,
    answer=schemas.Complaint,
    needs_if_match=True,
    **_STAFF,
)
def refuse_complaint(exchange: Exchange) -> Answer:
    """Refuse to take a complaint up; the reporter is told why."""
    return _step(exchange, "refuse_complaint")


@staff.post(
    _ONE + "/resolution",
    summary="办结投诉举报",
    body=schemas.ComplaintResolution,
    answer=schemas.Complaint,
    needs_if_match=True,
    **_STAFF,
)
def resolve_complaint(exchange: Exchange) -> Answer:
    """End the inquiry; the reporter is told the outcome, the enterprise sees the finding."""
    return _step(exchange, "resolve_complaint")


@staff.post(
    _ONE + "/notes",
    summary="添加内部备注",
    body=schemas.ComplaintNoteInput,
    answer=schemas.Complaint,
    needs_if_match=True,
    **_STAFF,
)
def add_complaint_note(exchange: Exchange) -> Answer:
    """Write something down for colleagues."""
    return _step(exchange, "add_complaint_note")


def _step(exchange: Exchange, method: str) -> Answer:
    complaint = exchange.services.standards.step_complaint(
        method, exchange.path["complaint_id"], exchange.body, exchange.expected_version
    )
    return _versioned(complaint)


def _versioned(complaint: dict[str, Any]) -> Answer:
    return Json(data=complaint, etag=str(complaint["version"]))
