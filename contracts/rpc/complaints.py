"""What ``standards`` answers about complaints; times are ISO 8601 in UTC with a ``Z``."""

from typing import Literal, TypedDict

ComplaintCategory = Literal[
    "NOT_AS_DECLARED", "BELOW_MANDATORY", "WRONG_INFORMATION", "INFRINGEMENT", "OTHER"
]
ComplaintState = Literal["RECEIVED", "ACCEPTED", "REFUSED", "RESOLVED"]
ComplaintAction = Literal["ACCEPT", "REFUSE", "RESOLVE", "NOTE"]
Finding = Literal["CONFIRMED", "PARTLY_CONFIRMED", "NOT_CONFIRMED"]


class ComplaintFiled(TypedDict):
    """``file_complaint``: the code is shown this once."""

    complaint_number: str
    query_code: str
    state: ComplaintState
    received_at: str


class ComplaintStanding(TypedDict):
    """``get_complaint_state``: what the holder of the code sees."""

    complaint_number: str
    record_number: str
    category: ComplaintCategory
    state: ComplaintState
    finding: Finding | None
    outcome: str
    received_at: str
    accepted_at: str | None
    closed_at: str | None


class Complaint(ComplaintStanding):
    """``accept_complaint``, ``refuse_complaint``, ``resolve_complaint``, ``add_complaint_note``."""

    complaint_id: str
    area: str
    is_named: bool
    allowed_actions: list[ComplaintAction]
    version: int


class ComplaintRow(Complaint):
    """One row of ``list_complaints``: and what it is about."""

    number: str
    title: str


class ComplaintPage(TypedDict):
    """``list_complaints``."""

    items: list[ComplaintRow]
    total: int
    page: int
    page_size: int


class ComplaintStep(TypedDict):
    """One thing that staff did."""

    action: ComplaintAction
    note: str
    taken_by: str
    taken_at: str


class WholeComplaint(Complaint):
    """``get_complaint``: what was written and what was done; not who has complained."""

    text: str
    steps: list[ComplaintStep]


class ComplaintReporter(TypedDict):
    """``show_complaint_reporter``."""

    complaint_id: str
    name: str
    phone: str


class ComplaintFinding(TypedDict):
    """All that an enterprise sees of one complaint."""

    category: ComplaintCategory
    finding: Finding
    resolved_on: str


class ComplaintFindingPage(TypedDict):
    """``list_complaint_findings``."""

    items: list[ComplaintFinding]
    total: int
    page: int
    page_size: int
