"""Complaints about publications: anyone files one, the bureau decides (Standardization Law, 35).

Who complains is told to nobody but the bureau in charge, on request and with a reason that is
written down. No event, no audit row and no answer to the enterprise holds a word of him.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa

from chassis import counters, crypto, errors, ids, metrics, networks, outbox
from chassis.errors import FieldError, RateLimitedError
from chassis.uow import Database, Transaction
from services.standards.domain import complaints, folding
from services.standards.domain.complaints import ComplaintCategory, ComplaintState
from services.standards.domain.faults import REQUIRED
from services.standards.models.complaints import Complaint
from services.standards.queries import complaints as queries
from services.standards.queries.complaints import ComplaintNotFoundError
from services.standards.usecases import protection
from services.standards.usecases.protection import Ring

RECORD_UNKNOWN: Final = "standards.complaint_record_unknown"
LENGTH_WRONG: Final = "standards.complaint_length"
PHONE_MALFORMED: Final = "standards.complaint_phone_malformed"
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)
_COUNT: Final = sa.text(
    "INSERT INTO complaint_counters (day, last) VALUES (:day, 1) "
    "ON CONFLICT (day) DO UPDATE SET last = complaint_counters.last + 1 RETURNING last"
)


class ComplaintInvalidError(errors.DomainError):
    """Refuse what was typed; the fields name everything that is wrong."""

    code = "standards.complaint_invalid"


@dataclass(frozen=True)
class ComplaintLimits:
    """Say how often may be complained, and asked how a complaint stands."""

    per_network_hour: int = 10
    per_record_network_day: int = 3
    per_record_day: int = 50
    questions_per_network_hour: int = 60
    questions_per_complaint_network_hour: int = 10
    questions_per_complaint_day: int = 200


@dataclass(frozen=True)
class Filing:
    """Hold a complaint as it was typed; without name and phone it is anonymous."""

    record_number: str
    category: ComplaintCategory
    text: str
    name: str
    phone: str


def read_filing(*, record_number: str, category: str, text: str, name: str, phone: str) -> Filing:
    """Return a complaint in clean form.

    Raises:
        ComplaintInvalidError: text, name or phone are wrong, or one of the last two is missing.
    """
    story, name = complaints.clean_story(text), folding.clean_text(name)
    faults: list[FieldError] = []
    if len(story) not in complaints.TEXT_LENGTH:
        faults.append(length_fault("/text", complaints.TEXT_LENGTH))
    if name and len(name) not in complaints.NAME_LENGTH:
        faults.append(length_fault("/name", complaints.NAME_LENGTH))
    mobile = complaints.to_mobile(phone) if phone.strip() else ""
    if mobile is None:
        faults.append(FieldError("/phone", PHONE_MALFORMED))
    elif bool(mobile) is not bool(name):
        faults.append(FieldError("/phone" if name else "/name", REQUIRED))
    if faults:
        raise ComplaintInvalidError(fields=faults)
    return Filing(
        record_number=folding.fold_width(record_number).upper(),
        category=ComplaintCategory(category),
        text=story,
        name=name,
        phone=mobile or "",
    )


def count_visit(*, database: Database, limits: ComplaintLimits, client_address: str) -> None:
    """Count a complaint from a network, before its captcha is looked at.

    Raises:
        RateLimitedError: the network has complained too often.
    """
    if network := networks.network_of(client_address):
        _count(database, f"complaints:{network}", limits.per_network_hour, _HOUR)


def find_subject(
    *, database: Database, limits: ComplaintLimits, filing: Filing, client_address: str
) -> dict[str, str]:
    """Return whose publication is complained about, once the captcha was right.

    Raises:
        ComplaintInvalidError: nothing was published under the number.
        RateLimitedError: there were too many complaints about it.
    """
    number = filing.record_number
    with database.read() as session:
        subject = queries.find_subject(session, number)
    if subject is None:
        raise ComplaintInvalidError(fields=[FieldError("/record_number", RECORD_UNKNOWN)])
    if network := networks.network_of(client_address):
        key = f"complaints:{number}:{network}"
        _count(database, key, limits.per_record_network_day, _DAY)
    _count(database, f"complaints-record:{number}", limits.per_record_day, _DAY)
    return subject


def file_complaint(*, tx: Transaction, ring: Ring, filing: Filing, area: str) -> dict[str, Any]:
    """Take a complaint; the query code in the answer is shown this once.

    Raises:
        ComplaintInvalidError: nothing was published under the number.
    """
    # Whoever complains is not written down, not even when he is signed in: the rows of the audit
    # log that name an enterprise are shown to it.
    tx.call = None
    declaration = queries.find_published(tx.session, filing.record_number)
    if declaration is None:
        raise ComplaintInvalidError(fields=[FieldError("/record_number", RECORD_UNKNOWN)])
    complaint_id, code, now = ids.new_id(), complaints.new_code(), tx.now()
    day = complaints.day_of(now)
    count = tx.session.execute(_COUNT, {"day": day}).scalar_one()
    number = complaints.compose_number(day, count)
    complaint = Complaint(
        id=complaint_id,
        number=number,
        declaration_id=declaration.id,
        record_number=filing.record_number,
        area=area,
        category=filing.category.value,
        state=ComplaintState.RECEIVED.value,
        text_encrypted=_lock(ring, filing.text, protection.COMPLAINT_TEXT, complaint_id),
        code_hash=protection.code_hash(ring, number, complaints.fold_code(code)),
        received_at=now,
        outcome="",
        step_count=0,
        version=1,
    )
    if filing.phone:
        complaint.reporter_name_encrypted = _lock(
            ring, filing.name, protection.REPORTER_NAME, complaint_id
        )
        complaint.phone_encrypted = _lock(
            ring, filing.phone, protection.REPORTER_PHONE, complaint_id
        )
    tx.session.add(complaint)
    tx.audit("complaint.received", object_id=complaint_id, details={"number": number})
    return {
        "complaint_number": number,
        "query_code": code,
        "state": complaint.state,
        "received_at": outbox.format_time(now),
    }


def get_state(  # noqa: PLR0913 - what a question needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    limits: ComplaintLimits,
    number: str,
    code: str,
    client_address: str,
) -> dict[str, Any]:
    """Return how a complaint stands, to whoever knows its code.

    Raises:
        ComplaintNotFoundError: there is no such number, or the code is another one.
        RateLimitedError: network or number were asked too often.
    """
    known = complaints.fold_number(number)
    network = networks.network_of(client_address)
    if network:
        limit = limits.questions_per_network_hour
        _count(database, f"complaint-questions:{network}", limit, _HOUR)
    if known is None:
        raise ComplaintNotFoundError
    limit = limits.questions_per_complaint_network_hour
    _count(database, f"complaint-questions:{known}:{network}", limit, _HOUR)
    _count(database, f"complaint-questions:{known}", limits.questions_per_complaint_day, _DAY)
    given = protection.code_hash(ring, known, complaints.fold_code(code))
    with database.read() as session:
        complaint = queries.find_by_number(session, known)
        stored = "" if complaint is None else complaint.code_hash
        if not crypto.is_same(given, stored) or complaint is None:
            raise ComplaintNotFoundError
        return queries.reporter_view(complaint)


def list_findings(
    *, database: Database, enterprise_id: str, declaration_id: str, page: int, page_size: int
) -> dict[str, Any]:
    """Return what its enterprise may know of the complaints about a declaration.

    Raises:
        NotFoundError: there is no such declaration, or it is someone else's.
    """
    with database.read() as session:
        return queries.list_findings(
            session,
            declaration_id=declaration_id,
            enterprise_id=enterprise_id,
            page=page,
            page_size=page_size,
        )


def length_fault(pointer: str, length: range) -> FieldError:
    """Return what is said of a text that is too short or too long."""
    limits = {"minimum": str(length.start), "maximum": str(length.stop - 1)}
    return FieldError(pointer, LENGTH_WRONG, limits)


def _lock(ring: Ring, value: str, purpose: str, complaint_id: str) -> str:
    return ring.encrypt(value, protection.place(purpose, complaint_id))


def _count(database: Database, key: str, limit: int, window: timedelta) -> None:
    hit = counters.hit(database, key, limit, window)
    if hit.is_over:
        metrics.count_limit(service="standards", limit="complaints")
        raise RateLimitedError(hit.retry_after.total_seconds())
