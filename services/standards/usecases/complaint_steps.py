"""What staff does with complaints: take up, refuse, resolve; ask, with a reason, who it was.

Nothing that staff writes may say who has complained: it would be read by others.
"""

import json
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final

from chassis import errors, ids
from chassis.errors import FieldError
from chassis.uow import Database, Transaction
from contracts.events import SEND_SMS
from services.standards.domain import complaints, folding
from services.standards.domain.complaints import Finding
from services.standards.models.complaints import Complaint
from services.standards.queries import complaints as queries
from services.standards.usecases import protection
from services.standards.usecases.complaints import ComplaintInvalidError, length_fault
from services.standards.usecases.protection import Ring, Sealer

IDENTIFIES: Final = "standards.complaint_identifies"
NOTICE_LIFE: Final = timedelta(days=1)
# What of an outcome still fits into a text message; the whole is read with the query code.
_SMS_LENGTH: Final = 100


class ComplaintAnonymousError(errors.DomainError):
    """Say that nobody knows who has complained."""

    code = "standards.complaint_anonymous"


@dataclass(frozen=True)
class Reporter:
    """Say who has complained; empty where he has not said it."""

    name: str = ""
    phone: str = ""


def get_complaint(
    *, database: Database, ring: Ring, area: str, complaint_id: str
) -> dict[str, Any]:
    """Return a complaint with what was written and what was done; not who wrote it.

    Raises:
        ComplaintNotFoundError: there is none in the area.
    """
    with database.read() as session:
        complaint = queries.get_complaint(session, complaint_id=complaint_id, area=area)
        place = protection.place(protection.COMPLAINT_TEXT, complaint.id)
        return queries.whole_view(complaint, text=ring.decrypt(complaint.text_encrypted, place))


def show_reporter(
    *, tx: Transaction, ring: Ring, area: str, complaint_id: str, reason: str
) -> dict[str, Any]:
    """Return who has complained, and write down who asked and why.

    Raises:
        ComplaintNotFoundError: there is none in the area.
        ComplaintInvalidError: no reason is given.
        ComplaintAnonymousError: the reporter has not said who he is.
    """
    complaint = queries.get_complaint(tx.session, complaint_id=complaint_id, area=area)
    reporter = _open_reporter(ring, complaint)
    why = _read_words("/reason", reason, complaints.REASON_LENGTH, reporter)
    if not complaint.is_named:
        raise ComplaintAnonymousError
    _audit(tx, "complaint.reporter_shown", complaint, reason=why)
    return {"complaint_id": complaint.id, **asdict(reporter)}


def accept_complaint(  # noqa: PLR0913 - who, where, which, what
    *,
    tx: Transaction,
    ring: Ring,
    area: str,
    subject: str,
    complaint_id: str,
    note: str,
    expected_version: int,
) -> dict[str, Any]:
    """Take a complaint up.

    Raises:
        ComplaintNotFoundError: there is none in the area.
        StaleError: it was changed since the caller read it.
        ComplaintWrongStateError: it was decided before.
        ComplaintInvalidError: the note is too long, or says who has complained.
    """
    complaint = _take(tx, area, complaint_id, expected_version)
    reporter = _open_reporter(ring, complaint)
    complaint.accept(note=_read_note(note, reporter), by=subject, now=tx.now())
    return _finish(tx, "complaint.accepted", complaint)


def refuse_complaint(  # noqa: PLR0913 - who, where, which, what
    *,
    tx: Transaction,
    ring: Ring,
    sealer: Sealer,
    area: str,
    subject: str,
    complaint_id: str,
    outcome: str,
    note: str,
    expected_version: int,
) -> dict[str, Any]:
    """Refuse to take a complaint up, and tell the reporter why.

    Raises:
        ComplaintNotFoundError: there is none in the area.
        StaleError: it was changed since the caller read it.
        ComplaintWrongStateError: it was decided before.
        ComplaintInvalidError: no reason is given, or it says who has complained.
    """
    complaint = _take(tx, area, complaint_id, expected_version)
    reporter = _open_reporter(ring, complaint)
    told = _read_words("/outcome", outcome, complaints.NOTE_LENGTH, reporter)
    complaint.refuse(told, note=_read_note(note, reporter), by=subject, now=tx.now())
    _tell(tx, sealer, "COMPLAINT_REFUSED", complaint, reporter)
    return _finish(tx, "complaint.refused", complaint)


def resolve_complaint(  # noqa: PLR0913 - who, where, which, what
    *,
    tx: Transaction,
    ring: Ring,
    sealer: Sealer,
    area: str,
    subject: str,
    complaint_id: str,
    finding: str,
    outcome: str,
    note: str,
    expected_version: int,
) -> dict[str, Any]:
    """End the inquiry into a complaint, and tell the reporter what came of it.

    Raises:
        ComplaintNotFoundError: there is none in the area.
        StaleError: it was changed since the caller read it.
        ComplaintWrongStateError: it was not taken up, or is closed.
        ComplaintInvalidError: no outcome is given, or it says who has complained.
    """
    complaint = _take(tx, area, complaint_id, expected_version)
    reporter = _open_reporter(ring, complaint)
    told = _read_words("/outcome", outcome, complaints.NOTE_LENGTH, reporter)
    complaint.resolve(
        Finding(finding), told, note=_read_note(note, reporter), by=subject, now=tx.now()
    )
    _tell(tx, sealer, "COMPLAINT_RESOLVED", complaint, reporter)
    return _finish(tx, "complaint.resolved", complaint)


def add_note(  # noqa: PLR0913 - who, where, which, what
    *,
    tx: Transaction,
    ring: Ring,
    area: str,
    subject: str,
    complaint_id: str,
    note: str,
    expected_version: int,
) -> dict[str, Any]:
    """Write something down for colleagues; nobody else sees it.

    Raises:
        ComplaintNotFoundError: there is none in the area.
        StaleError: it was changed since the caller read it.
        ComplaintInvalidError: the note is empty or too long, or says who has complained.
    """
    complaint = _take(tx, area, complaint_id, expected_version)
    reporter = _open_reporter(ring, complaint)
    complaint.add_note(_read_note(note, reporter, is_required=True), by=subject, now=tx.now())
    return _finish(tx, "complaint.noted", complaint)


def _take(tx: Transaction, area: str, complaint_id: str, expected_version: int) -> Complaint:
    complaint = queries.get_complaint(
        tx.session, complaint_id=complaint_id, area=area, is_locked=True
    )
    complaint.check_version(expected_version)
    return complaint


def _finish(tx: Transaction, action: str, complaint: Complaint) -> dict[str, Any]:
    tx.session.flush()  # the caller is told the new version
    _audit(tx, action, complaint, state=complaint.state)
    return queries.staff_view(complaint)


def _audit(tx: Transaction, action: str, complaint: Complaint, **details: str) -> None:
    """Write down a step; without the enterprise, which reads the rows that name it."""
    tx.audit(action, object_id=complaint.id, details={"number": complaint.number, **details})


def _tell(
    tx: Transaction, sealer: Sealer, template: str, complaint: Complaint, reporter: Reporter
) -> None:
    """Send the outcome to a reporter who has left a phone."""
    if not reporter.phone:
        return
    request_id = ids.new_id()
    values = {"complaint_number": complaint.number, "outcome": _shorten(complaint.outcome)}
    data = {
        "template": template,
        "purpose": template,
        "phone_sealed": sealer.seal(reporter.phone, to="notify"),
        "values_sealed": sealer.seal(json.dumps(values, ensure_ascii=False), to="notify"),
        "request_id": request_id,
    }
    tx.send(SEND_SMS, data, expires_in=NOTICE_LIFE, request_id=request_id)


def _shorten(text: str) -> str:
    line = folding.clean_text(text)
    return line if len(line) <= _SMS_LENGTH else line[: _SMS_LENGTH - 1] + "…"


def _read_note(text: str, reporter: Reporter, *, is_required: bool = False) -> str:
    if not is_required and not complaints.clean_story(text):
        return ""
    return _read_words("/note", text, complaints.NOTE_LENGTH, reporter)


def _read_words(pointer: str, text: str, length: range, reporter: Reporter) -> str:
    """Return words that others will read: long enough, and silent about who has complained."""
    words = complaints.clean_story(text)
    if len(words) not in length:
        raise ComplaintInvalidError(fields=[length_fault(pointer, length)])
    if complaints.identifies(words, name=reporter.name, phone=reporter.phone):
        raise ComplaintInvalidError(fields=[FieldError(pointer, IDENTIFIES)])
    return words


def _open_reporter(ring: Ring, complaint: Complaint) -> Reporter:
    name, phone = complaint.reporter_name_encrypted, complaint.phone_encrypted
    if name is None or phone is None:
        return Reporter()
    return Reporter(
        name=ring.decrypt(name, protection.place(protection.REPORTER_NAME, complaint.id)),
        phone=ring.decrypt(phone, protection.place(protection.REPORTER_PHONE, complaint.id)),
    )
