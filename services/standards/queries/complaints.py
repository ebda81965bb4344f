"""Complaints, as each may see them: the reporter, the bureau, and - hardly - the enterprise."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from services.standards.domain import complaints, documents
from services.standards.domain.complaints import ComplaintState
from services.standards.models import Declaration, Version
from services.standards.models.complaints import Complaint, ComplaintStep
from services.standards.queries import own


class ComplaintNotFoundError(errors.DomainError):
    """Say that there is no such complaint, that it is another area's, or that the code is wrong."""

    code = "standards.complaint_not_found"


def find_published(session: Session, record_number: str) -> Declaration | None:
    """Return what was published under a record number, withdrawn since or not."""
    return session.scalars(
        sa.select(Declaration).where(
            Declaration.record_number == record_number, Declaration.published_version > 0
        )
    ).one_or_none()


def find_subject(session: Session, record_number: str) -> dict[str, str] | None:
    """Return whose publication it is, and the region that was published with it."""
    row = session.execute(
        sa.select(Declaration.enterprise_id, Version.document)
        .join(
            Version,
            sa.and_(
                Version.declaration_id == Declaration.id,
                Version.number == Declaration.published_version,
            ),
        )
        .where(Declaration.record_number == record_number)
    ).one_or_none()
    if row is None:
        return None
    region = documents.read(row.document)["enterprise"]["region"]
    return {"enterprise_id": row.enterprise_id, "region": str(region)}


def find_by_number(session: Session, number: str) -> Complaint | None:
    """Return the complaint with a number."""
    return session.scalars(sa.select(Complaint).where(Complaint.number == number)).one_or_none()


def get_complaint(
    session: Session, *, complaint_id: str, area: str, is_locked: bool = False
) -> Complaint:
    """Return a complaint of an area, locked when it is about to change; "" is every area.

    Raises:
        ComplaintNotFoundError: there is none in the area.
    """
    statement = sa.select(Complaint).where(Complaint.id == complaint_id, _in_area(area))
    if is_locked:
        statement = statement.with_for_update(of=Complaint)
    complaint = session.scalars(statement).one_or_none()
    if complaint is None:
        raise ComplaintNotFoundError
    return complaint


def list_complaints(  # noqa: PLR0913 - one per box of the search
    session: Session,
    *,
    area: str,
    state: ComplaintState | None,
    record_number: str,
    page: int,
    page_size: int,
) -> dict[str, Any]:
    """Return a page of the complaints of an area, the newest first; "" is every area."""
    conditions = [_in_area(area)]
    if state is not None:
        conditions.append(Complaint.state == state.value)
    if record_number:
        conditions.append(Complaint.record_number == record_number)
    total = session.scalar(sa.select(sa.func.count()).select_from(Complaint).where(*conditions))
    rows = session.execute(
        sa.select(Complaint, Declaration.number_text, Declaration.title)
        .join(Declaration, Declaration.id == Complaint.declaration_id)
        .where(*conditions)
        .order_by(Complaint.received_at.desc(), Complaint.id.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    items = [
        {**staff_view(complaint), "number": number, "title": title}
        for complaint, number, title in rows
    ]
    return {"items": items, "total": total or 0, "page": page, "page_size": page_size}


def list_findings(
    session: Session, *, declaration_id: str, enterprise_id: str, page: int, page_size: int
) -> dict[str, Any]:
    """Return what its enterprise sees of the complaints about a declaration.

    That is category, finding and day of those that were resolved: no number, no time of the
    complaint, nothing that anybody has written.

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
    """
    own.find_own(session, declaration_id=declaration_id, enterprise_id=enterprise_id)
    conditions = (
        Complaint.declaration_id == declaration_id,
        Complaint.state == ComplaintState.RESOLVED.value,
    )
    total = session.scalar(sa.select(sa.func.count()).select_from(Complaint).where(*conditions))
    rows = session.execute(
        sa.select(Complaint.category, Complaint.finding, Complaint.closed_at)
        .where(*conditions)
        .order_by(Complaint.closed_at.desc(), Complaint.id.desc())
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    items = [
        {
            "category": row.category,
            "finding": row.finding,
            "resolved_on": complaints.date_of(row.closed_at),
        }
        for row in rows
    ]
    return {"items": items, "total": total or 0, "page": page, "page_size": page_size}


def reporter_view(complaint: Complaint) -> dict[str, Any]:
    """Return what the holder of the query code sees; not what he wrote, nor who he is."""
    return {
        "complaint_number": complaint.number,
        "record_number": complaint.record_number,
        "category": complaint.category,
        "state": complaint.state,
        "finding": complaint.finding,
        "outcome": complaint.outcome,
        "received_at": outbox.format_time(complaint.received_at),
        "accepted_at": own.wire_time(complaint.accepted_at),
        "closed_at": own.wire_time(complaint.closed_at),
    }


def staff_view(complaint: Complaint) -> dict[str, Any]:
    """Return what staff sees of a complaint in a list, and after each step."""
    state = ComplaintState(complaint.state)
    return {
        "complaint_id": complaint.id,
        **reporter_view(complaint),
        "area": complaint.area,
        "is_named": complaint.is_named,
        "allowed_actions": [action.value for action in complaints.allowed_actions(state)],
        "version": complaint.version,
    }


def whole_view(complaint: Complaint, *, text: str) -> dict[str, Any]:
    """Return everything but the reporter."""
    return {
        **staff_view(complaint),
        "text": text,
        "steps": [_step_view(step) for step in complaint.steps],
    }


def _step_view(step: ComplaintStep) -> dict[str, Any]:
    return {
        "action": step.action,
        "note": step.note,
        "taken_by": step.taken_by,
        "taken_at": outbox.format_time(step.taken_at),
    }


def _in_area(area: str) -> sa.ColumnElement[bool]:
    return Complaint.area.startswith(area, autoescape=True)
