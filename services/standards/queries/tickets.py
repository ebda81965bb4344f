"""Reports of missing standards, as who asked and who decides see them (手册 FAQ 18)."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from chassis import errors, outbox
from services.standards.domain.catalogue import TicketState
from services.standards.models.catalogue import MissingStandardTicket


class TicketNotFoundError(errors.DomainError):
    """Say that there is no such report."""

    code = "standards.ticket_not_found"


def lock_ticket(session: Session, ticket_id: str) -> MissingStandardTicket:
    """Return a report, locked because it is about to be decided.

    Raises:
        TicketNotFoundError: there is none.
    """
    ticket = session.scalars(
        sa.select(MissingStandardTicket)
        .where(MissingStandardTicket.id == ticket_id)
        .with_for_update()
    ).one_or_none()
    if ticket is None:
        raise TicketNotFoundError
    return ticket


def lock_same(session: Session, number_keys: Sequence[str]) -> Sequence[MissingStandardTicket]:
    """Return every open report of one of these numbers, locked."""
    return session.scalars(
        sa.select(MissingStandardTicket)
        .where(
            MissingStandardTicket.number_key.in_(number_keys),
            MissingStandardTicket.state == TicketState.OPEN.value,
        )
        .order_by(MissingStandardTicket.id)
        .with_for_update()
    ).all()


def find_open(
    session: Session, *, enterprise_id: str, number_key: str
) -> MissingStandardTicket | None:
    """Return the open report that an enterprise has made of a number."""
    return session.scalars(
        sa.select(MissingStandardTicket).where(
            MissingStandardTicket.enterprise_id == enterprise_id,
            MissingStandardTicket.number_key == number_key,
            MissingStandardTicket.state == TicketState.OPEN.value,
        )
    ).one_or_none()


def list_missing_standards(
    session: Session, *, enterprise_id: str, page: int, page_size: int
) -> dict[str, Any]:
    """Return a page of an enterprise's own reports, the newest first."""
    condition = MissingStandardTicket.enterprise_id == enterprise_id
    order = (MissingStandardTicket.asked_at.desc(), MissingStandardTicket.id.desc())
    return _page(session, condition, order, page, page_size)


def list_open_tickets(session: Session, *, page: int, page_size: int) -> dict[str, Any]:
    """Return a page of the reports that nobody has decided about, the oldest first."""
    condition = MissingStandardTicket.state == TicketState.OPEN.value
    order = (MissingStandardTicket.asked_at.asc(), MissingStandardTicket.id.asc())
    return _page(session, condition, order, page, page_size, shows_enterprise=True)


def _page(  # noqa: PLR0913 - the parts of one statement
    session: Session,
    condition: sa.ColumnElement[bool],
    order: Sequence[sa.UnaryExpression[Any]],
    page: int,
    page_size: int,
    *,
    shows_enterprise: bool = False,
) -> dict[str, Any]:
    total = session.scalar(
        sa.select(sa.func.count()).select_from(MissingStandardTicket).where(condition)
    )
    tickets = session.scalars(
        sa.select(MissingStandardTicket)
        .where(condition)
        .order_by(*order)
        .limit(page_size)
        .offset((page - 1) * page_size)
    )
    items = [
        {**ticket_view(ticket), "enterprise_id": ticket.enterprise_id}
        if shows_enterprise
        else ticket_view(ticket)
        for ticket in tickets
    ]
    return {"items": items, "total": total or 0, "page": page, "page_size": page_size}


def ticket_view(ticket: MissingStandardTicket) -> dict[str, Any]:
    """Return what who asked sees of a report; who decided is not said."""
    resolved = ticket.resolved_at
    return {
        "ticket_id": ticket.id,
        "kind": ticket.kind,
        "number": ticket.number_text,
        "title": ticket.title,
        "note": ticket.note,
        "state": ticket.state,
        "resolution_note": ticket.resolution_note,
        "catalogue_id": ticket.catalogue_id,
        "asked_at": outbox.format_time(ticket.asked_at),
        "resolved_at": None if resolved is None else outbox.format_time(resolved),
    }
