"""Report a standard that the catalogue lacks, and decide about the report (手册 FAQ 18)."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from chassis import db, errors, ids
from chassis.errors import FieldError
from chassis.uow import Transaction
from contracts.events import POST_MESSAGE
from services.standards.domain import catalogue_rows, folding, number_forms
from services.standards.domain.catalogue import (
    CATALOGUE_KINDS,
    MAX_TITLE_LENGTH,
    CatalogueRecord,
    TicketState,
)
from services.standards.domain.catalogue_rows import Fault
from services.standards.domain.faults import REQUIRED, TOO_LONG
from services.standards.domain.kinds import StandardKind
from services.standards.domain.number_forms import ParsedNumber
from services.standards.models.catalogue import CatalogueStandard, MissingStandardTicket
from services.standards.queries import catalogue as catalogue_queries
from services.standards.queries import tickets as queries
from services.standards.usecases import cataloguing

if TYPE_CHECKING:
    import sqlalchemy as sa

ADDED: Final = "MISSING_STANDARD_ADDED"
REFUSED: Final = "MISSING_STANDARD_REFUSED"
NUMBER_UNREADABLE: Final = "standards.catalogue_number_malformed"
KIND_MISMATCH: Final = "standards.catalogue_kind_mismatch"
DATE_MALFORMED: Final = "standards.date_malformed"
CHARACTER_UNREADABLE: Final = "standards.character_unreadable"
_TICKETS: Final = cast("sa.Table", MissingStandardTicket.__table__)
MAX_NOTE_LENGTH: Final = 200
# A value of a message holds no more.
_MAX_VALUE_LENGTH: Final = 200
# The words of an entry, as requests name them, and as files of the catalogue do.
_ENTRY_FIELDS: Final[Mapping[str, str]] = {
    "number": "std_no",
    "title": "name_zh",
    "kind": "kind",
    "state": "status",
    "replaced_by": "replaced_by",
    "issued_on": "issue_date",
    "effective_on": "implement_date",
    "withdrawn_on": "abolish_date",
    "ics": "ics",
    "ccs": "ccs",
    "issued_by": "issued_by",
}
_CODES: Final[Mapping[Fault, str]] = {
    Fault.MOJIBAKE: CHARACTER_UNREADABLE,
    Fault.MISSING: REQUIRED,
    Fault.TOO_LONG: TOO_LONG,
    Fault.BAD_NUMBER: NUMBER_UNREADABLE,
    Fault.NO_YEAR: NUMBER_UNREADABLE,
    Fault.KIND_MISMATCH: KIND_MISMATCH,
    Fault.BAD_DATE: DATE_MALFORMED,
    Fault.REPLACEMENT_IGNORED: NUMBER_UNREADABLE,
}


class ReportInvalidError(errors.DomainError):
    """Refuse what was typed; the fields name everything that is wrong."""

    code = "standards.invalid"


class InCatalogueError(errors.DomainError):
    """Say that the standard is not missing."""

    code = "standards.in_catalogue"


class AlreadyReportedError(errors.DomainError):
    """Say that the enterprise has reported this standard before and waits for the answer."""

    code = "standards.already_reported"


def report_missing_standard(  # noqa: PLR0913 - one per box
    *,
    tx: Transaction,
    enterprise_id: str,
    subject: str,
    kind: str,
    number: str,
    title: str,
    note: str,
) -> dict[str, Any]:
    """Note that a standard is missing; staff adds it or says why not.

    Raises:
        ReportInvalidError: number, title or note are wrong.
        InCatalogueError: the catalogue has it.
        AlreadyReportedError: the enterprise has an open report of it.
    """
    parsed, title, note = _read_report(StandardKind(kind), number, title, note)
    entry = catalogue_queries.find_edition(tx.session, parsed)
    if entry is not None:
        raise InCatalogueError(number=entry.number_text, catalogue_id=entry.id)
    now = tx.now()
    ticket = MissingStandardTicket(
        id=ids.new_id(), enterprise_id=enterprise_id, asked_by=subject, asked_at=now,
        kind=parsed.kind.value, number_text=parsed.text, number_key=parsed.key, title=title,
        note=note, state=TicketState.OPEN.value, resolution_note="", version=1,
    )  # fmt: skip
    _insert(tx, ticket)
    tx.audit(
        "missing_standard.reported",
        object_id=ticket.id,
        details={"number": parsed.text},
        enterprise_id=enterprise_id,
    )
    return queries.ticket_view(ticket)


def _insert(tx: Transaction, ticket: MissingStandardTicket) -> None:
    """Insert the report, unless another one of the same enterprise is open."""
    values = {column.name: getattr(ticket, column.name) for column in _TICKETS.columns}
    inserted = tx.session.execute(
        db.insert_into(_TICKETS, tx.dialect).values(values).on_conflict_do_nothing()
    )
    if db.affected(inserted):
        return
    other = queries.find_open(
        tx.session, enterprise_id=ticket.enterprise_id, number_key=ticket.number_key
    )
    raise AlreadyReportedError(ticket_id="" if other is None else other.id)


def _read_report(
    kind: StandardKind, number: str, title: str, note: str
) -> tuple[ParsedNumber, str, str]:
    title, note = folding.clean_text(title), folding.clean_text(note)
    faults: list[FieldError] = []
    parsed = None
    try:
        parsed = _read_number(kind, number)
    except ReportInvalidError as error:
        faults += error.fields
    for pointer, text, limit in (
        ("/title", title, MAX_TITLE_LENGTH),
        ("/note", note, MAX_NOTE_LENGTH),
    ):
        if len(text) > limit:
            faults.append(FieldError(pointer, TOO_LONG, {"limit": str(limit)}))
    if not title:
        faults.append(FieldError("/title", REQUIRED))
    if faults or parsed is None:
        raise ReportInvalidError(fields=faults)
    return parsed, title, note


def _read_number(kind: StandardKind, number: str) -> ParsedNumber:
    """Read what was noted of a number; its year may be unknown."""
    query = number_forms.read_query(number, kind)
    if query is not None and query.number is not None:
        return query.number
    other = number_forms.read_query(number)
    known = None if other is None else other.number
    if known is not None and known.kind in CATALOGUE_KINDS:
        raise ReportInvalidError(fields=[FieldError("/kind", KIND_MISMATCH)])
    code = NUMBER_UNREADABLE if folding.clean_text(number) else REQUIRED
    raise ReportInvalidError(fields=[FieldError("/number", code)])


def resolve_ticket(
    *, tx: Transaction, subject: str, ticket_id: str, entry: Mapping[str, str] | None, note: str
) -> dict[str, Any]:
    """Decide about a report: add the entry to the catalogue, or refuse to, and tell who asked.

    Raises:
        TicketNotFoundError: there is no such report.
        TicketClosedError: somebody has decided before.
        ReportInvalidError: the entry is wrong, or no reason is given.
    """
    ticket = queries.lock_ticket(tx.session, ticket_id)
    note = folding.clean_text(note)
    if entry is None:
        _refuse(tx, ticket, subject, note)
    else:
        _add(tx, ticket, subject, note, _read_entry(entry))
    tx.audit(
        "missing_standard.resolved",
        object_id=ticket.id,
        details={"state": ticket.state, "number": ticket.number_text},
        enterprise_id=ticket.enterprise_id,
    )
    return queries.ticket_view(ticket)


def _add(
    tx: Transaction,
    ticket: MissingStandardTicket,
    subject: str,
    note: str,
    record: CatalogueRecord,
) -> None:
    """Put the standard into the catalogue, unless an import has; answer all who asked for it."""
    now = tx.now()
    standard = cataloguing.ensure_entry(tx=tx, record=record)
    ticket.add(standard.id, note=note, by=subject, now=now)
    _tell_added(tx, ticket, standard)
    tx.session.flush()  # this report is open no more
    # Others may have reported it too, or without knowing its year.
    keys = [standard.number_key, standard.number_stem]
    for same in queries.lock_same(tx.session, keys):
        same.add(standard.id, note=note, by=subject, now=now)
        _tell_added(tx, same, standard)


def _refuse(tx: Transaction, ticket: MissingStandardTicket, subject: str, note: str) -> None:
    """Leave the standard out, and say why."""
    if not note:
        raise ReportInvalidError(fields=[FieldError("/note", REQUIRED)])
    ticket.refuse(note=note, by=subject, now=tx.now())
    values = {"number": ticket.number_text, "reason": note[:_MAX_VALUE_LENGTH]}
    _tell(tx, ticket, REFUSED, values)


def _read_entry(entry: Mapping[str, str]) -> CatalogueRecord:
    """Read the entry by the rules of a file's row, but let nothing pass that is only a note."""
    values = {_ENTRY_FIELDS[name]: value for name, value in entry.items()}
    read = catalogue_rows.read_row(values)
    if read.faults or read.record is None:
        names = {column: name for name, column in _ENTRY_FIELDS.items()}
        raise ReportInvalidError(
            fields=[
                FieldError(
                    f"/entry/{names.get(fault.field, '')}".rstrip("/"),
                    _CODES[fault.fault],
                    {"limit": str(MAX_TITLE_LENGTH)} if fault.fault is Fault.TOO_LONG else {},
                )
                for fault in read.faults
            ]
        )
    return read.record


def _tell_added(
    tx: Transaction, ticket: MissingStandardTicket, standard: CatalogueStandard
) -> None:
    title = standard.title[:_MAX_VALUE_LENGTH]
    _tell(tx, ticket, ADDED, {"number": standard.number_text, "title": title})


def _tell(
    tx: Transaction, ticket: MissingStandardTicket, template: str, values: Mapping[str, str]
) -> None:
    """Put a message into the inbox of who asked."""
    request_id = ids.new_id()
    data = {
        "recipient": ticket.asked_by,
        "template": template,
        "values": dict(values),
        "link": "",
        "request_id": request_id,
    }
    tx.send(POST_MESSAGE, data, request_id=request_id)
