"""Wait for a record that has not come yet: 不能注册，数据未同步 (手册 FAQ 14).

An applicant leaves the five fields and a phone, encrypted. When the record comes, by an import or
from the live source, it is compared with what was left; if it is the same, an SMS with a link lets
the registration go on. Only who holds one of the tokens learns anything.
"""

import json
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from chassis import counters, crypto, ids, metrics, networks
from chassis.counters import Hit
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from contracts.events import SEND_SMS
from services.registry import events, queries
from services.registry.domain import codes, moments
from services.registry.events import Sealer
from services.registry.models import Organization, WaitingApplicant, WaitingState
from services.registry.usecases import protection, verification
from services.registry.usecases.protection import Ring
from services.registry.usecases.verification import Submission, TooManyAttemptsError

BATCH: Final = 100
DEFERRAL: Final = timedelta(minutes=1)
NOTICE_LIFE: Final = timedelta(hours=24)
_DAY: Final = timedelta(days=1)
_HOUR: Final = timedelta(hours=1)
_ASKED_PER_HOUR: Final = 60


class CodeMalformedError(DomainError):
    """Refuse to wait for a code that no organisation can have."""

    code = "registry.code_mismatch"


class AlreadySyncedError(DomainError):
    """Refuse to wait for a record that is there: it can be verified now."""

    code = "registry.already_synced"


class WaitingInvalidError(DomainError):
    """Refuse a token that is unknown or expired, or whose applicant no longer matches."""

    code = "registry.waiting_invalid"


@dataclass(frozen=True)
class WaitingRules:
    """Say how long is waited and how often somebody may begin to."""

    life: timedelta = timedelta(days=60)
    resume_life: timedelta = timedelta(days=7)
    per_phone_day: int = 3
    per_organization_day: int = 20
    per_organization_network_day: int = 5
    per_network_hour: int = 20
    public_url: str = "http://localhost:8000"


def wait_for_sync(  # noqa: PLR0913 - what the list needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    rules: WaitingRules,
    submission: Submission,
    phone: str,
    client_address: str,
) -> dict[str, Any]:
    """Put an applicant on the list; return a token that tells how it stands, and until when.

    Raises:
        CodeMalformedError: nobody can have the code.
        AlreadySyncedError: the record is there already.
        TooManyAttemptsError: phone, organisation or network have begun too often.
    """
    code = codes.fold_code(submission.code)
    if not codes.is_well_formed(code):
        raise CodeMalformedError
    is_credit_code = len(code) == codes.CREDIT_CODE_LENGTH
    organization_code = codes.organization_code_of(code) if is_credit_code else code
    phone_index = ring.blind_index(phone, protection.PHONE)
    _count(database, rules, organization_code, phone_index, networks.network_of(client_address))
    with database.read() as session:
        if queries.find_organization(session, code) is not None:
            raise AlreadySyncedError
    token = crypto.new_token()
    with database.transaction() as tx:
        applicant = _new_applicant(tx, ring, rules, organization_code, submission, phone)
        applicant.token_hash = crypto.hash_token(token)
        tx.session.add(applicant)
        tx.audit("waiting.begun", object_id=applicant.id)
        return {"token": token, "expires_at": moments.to_text(applicant.expires_at)}


def _new_applicant(  # noqa: PLR0913, PLR0917 - one per source of a row
    tx: Transaction,
    ring: Ring,
    rules: WaitingRules,
    organization_code: str,
    submission: Submission,
    phone: str,
) -> WaitingApplicant:
    applicant_id, now = ids.new_id(), tx.now()
    fields = json.dumps(asdict(submission), ensure_ascii=False)
    return WaitingApplicant(
        id=applicant_id,
        organization_code=organization_code,
        fields_encrypted=ring.encrypt(
            fields, protection.place(protection.WAITING_FIELDS, applicant_id)
        ),
        phone_encrypted=ring.encrypt(
            phone, protection.place(protection.WAITING_PHONE, applicant_id)
        ),
        state=WaitingState.WAITING,
        created_at=now,
        expires_at=now + rules.life,
    )


def _count(
    database: Database, rules: WaitingRules, organization_code: str, phone_index: str, network: str
) -> None:
    wanted = [
        (f"waiting-phone:{phone_index}", rules.per_phone_day, _DAY),
        (f"waiting:{organization_code}", rules.per_organization_day, _DAY),
    ]
    if network:
        limit = rules.per_organization_network_day
        wanted.insert(0, (f"waiting:{organization_code}:{network}", limit, _DAY))
        wanted.insert(0, (f"waiting-network:{network}", rules.per_network_hour, _HOUR))
    for key, limit, window in wanted:
        _refuse_over(counters.hit(database, key, limit, window))


def _refuse_over(hit: Hit) -> None:
    if hit.is_over:
        metrics.count_limit(service="registry", limit="waiting")
        raise TooManyAttemptsError(retry_after=verification.seconds(hit))


def get_waiting(*, database: Database, token: str, client_address: str) -> dict[str, Any]:
    """Return how an applicant's case stands.

    Raises:
        WaitingInvalidError: there is no such token, or it has expired.
        TooManyAttemptsError: the network asks too often.
    """
    _count_question(database, client_address)
    with database.read() as session:
        applicant = queries.find_waiting(session, crypto.hash_token(token))
    if applicant is None or applicant.expires_at <= database.clock.now():
        raise WaitingInvalidError
    return {
        "state": applicant.state,
        "checked_at": None
        if applicant.checked_at is None
        else moments.to_text(applicant.checked_at),
        "expires_at": moments.to_text(applicant.expires_at),
    }


def _count_question(database: Database, client_address: str) -> None:
    if network := networks.network_of(client_address):
        _refuse_over(counters.hit(database, f"waiting-asked:{network}", _ASKED_PER_HOUR, _HOUR))


def check_waiting(*, tx: Transaction, ring: Ring, sealer: Sealer, rules: WaitingRules) -> int:
    """Compare a batch of applicants whose record is new with it; return how many that were."""
    pairs = queries.find_checkable(tx.session, deferred_before=tx.now() - DEFERRAL, limit=BATCH)
    for applicant, organization in pairs:
        _check(tx, ring, sealer, rules, applicant, organization)
    return len(pairs)


def _check(  # noqa: PLR0913, PLR0917 - one per thing it needs
    tx: Transaction,
    ring: Ring,
    sealer: Sealer,
    rules: WaitingRules,
    applicant: WaitingApplicant,
    organization: Organization,
) -> None:
    before, now = applicant.state, tx.now()
    if not verification.matches(ring, organization, read_submission(ring, applicant)):
        applicant.miss(now, version=organization.version)
    elif not _is_admitted(tx, organization):
        applicant.defer(now)
    else:
        token = crypto.new_token()
        until = now + rules.resume_life
        applicant.match(now, resume_token_hash=crypto.hash_token(token), until=until)
        phone = ring.decrypt(
            applicant.phone_encrypted, protection.place(protection.WAITING_PHONE, applicant.id)
        )
        request_id = ids.new_id()
        data = events.waiting_ready(
            sealer, phone=phone, organization=organization.name,
            url=f"{rules.public_url}/app/register?resume={token}", request_id=request_id,
        )  # fmt: skip
        tx.send(SEND_SMS, data, expires_in=NOTICE_LIFE, request_id=request_id)
    if applicant.state != before:
        tx.audit("waiting.decided", object_id=applicant.id, details={"state": applicant.state})


def _is_admitted(tx: Transaction, organization: Organization) -> bool:
    is_open = queries.is_region_open(tx.session, organization.region)
    return is_open and organization.is_active and organization.registered_at is None


def read_submission(ring: Ring, applicant: WaitingApplicant) -> Submission:
    """Return the five fields that an applicant left."""
    place = protection.place(protection.WAITING_FIELDS, applicant.id)
    return Submission(**json.loads(ring.decrypt(applicant.fields_encrypted, place)))


def resume(
    *, database: Database, ring: Ring, sealer: Sealer, token: str, client_address: str
) -> dict[str, Any]:
    """Return the organisation that the holder of a link may register, compared once more.

    The identity number comes sealed for ``accounts``. The link works until it expires or the
    organisation is registered.

    Raises:
        WaitingInvalidError: the link is unknown or expired, or the record has changed since.
        TooManyAttemptsError: the network asks too often.
    """
    _count_question(database, client_address)
    with database.read() as session:
        applicant = queries.find_resumable(session, crypto.hash_token(token))
        if applicant is None or applicant.expires_at <= database.clock.now():
            raise WaitingInvalidError
        organization = queries.find_organization(session, applicant.organization_code)
        submission = read_submission(ring, applicant)
        if organization is None or not verification.matches(ring, organization, submission):
            raise WaitingInvalidError
        if not (queries.is_region_open(session, organization.region) and organization.is_active):
            raise WaitingInvalidError
        known = verification.describe(ring, organization)
    _audit_resumption(database, applicant.id)
    number = sealer.seal(submission.id_number, to="accounts")
    return {"organization": known, "id_number_sealed": number}


def _audit_resumption(database: Database, applicant_id: str) -> None:
    with database.transaction() as tx:
        tx.audit("waiting.resumed", object_id=applicant_id)


def forget(*, tx: Transaction, organization_code: str) -> None:
    """Forget who waited for an organisation: it has registered."""
    tx.session.execute(
        sa.delete(WaitingApplicant).where(WaitingApplicant.organization_code == organization_code)
    )


def purge(*, tx: Transaction, now: datetime) -> int:
    """Delete a batch of applicants whose time is over; return how many."""
    old = sa.select(WaitingApplicant.id).where(WaitingApplicant.expires_at <= now).limit(BATCH)
    gone = tx.session.scalars(
        sa.delete(WaitingApplicant)
        .where(WaitingApplicant.id.in_(old))
        .returning(WaitingApplicant.id)
    )
    return len(gone.all())
