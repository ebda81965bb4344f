"""Verify an applicant against the organisation record: 基本信息验证 (手册 2.1, 2.2)."""

import logging
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from chassis import counters, crypto, metrics, networks
from chassis.errors import DomainError
from chassis.uow import Database
from services.registry import queries
from services.registry.domain import codes, hints, identity, matching, moments
from services.registry.domain.hints import Clue
from services.registry.domain.matching import Field, IdIndexes, Texts
from services.registry.models import Organization
from services.registry.usecases import protection
from services.registry.usecases.protection import Ring
from services.registry.usecases.sourcing import Sourcing, look_up

NOT_SYNCED: Final = "registry.not_synced"
DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)

_CODES: Final = {
    Field.NAME: "registry.name_mismatch",
    Field.LEGAL_REPRESENTATIVE: "registry.legal_representative_mismatch",
    Field.ID_NUMBER: "registry.id_number_mismatch",
    Field.ADDRESS: "registry.address_mismatch",
}
# The answers of the manual's chapter 9 that explain each refusal.
FAQ: Final = {
    "registry.address_mismatch": 1,
    "registry.name_mismatch": 2,
    "registry.id_number_mismatch": 4,
    "registry.information_mismatch": 4,
    "registry.legal_representative_mismatch": 5,
    "registry.code_mismatch": 6,
    "registry.region_not_open": 8,
    "registry.not_synced": 14,
}
_NO_SOURCE: Final = Sourcing()
_NAMED_MISSES: Final = 2

_log = logging.getLogger(__name__)


class TooManyAttemptsError(DomainError):
    """Refuse more guesses at the identity number of one organisation, or from one network."""

    code = "registry.too_many_attempts"


@dataclass(frozen=True)
class Limits:
    """Say how often may be tried (promise F6)."""

    verifications_per_network_hour: int = 20
    misses_per_network_day: int = 5
    misses_per_organization_day: int = 20


@dataclass(frozen=True)
class Submission:
    """Hold the five fields as the applicant typed them."""

    code: str
    name: str
    legal_representative: str
    id_number: str
    address: str

    @property
    def texts(self) -> Texts:
        """Return the fields that are compared as texts."""
        return Texts(
            name=self.name, legal_representative=self.legal_representative, address=self.address
        )


def verify_organization(  # noqa: PLR0913 - what a verification needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    limits: Limits,
    submission: Submission,
    client_address: str,
    sourcing: Sourcing = _NO_SOURCE,
) -> dict[str, Any]:
    """Return whether all five fields are those of the record, and what differs if not.

    Nothing that is stored is ever part of the answer to a mismatch. Guesses at the identity number
    are counted before they are looked at, and forgotten when the number was right.

    Raises:
        TooManyAttemptsError: the organisation or the applicant's network has used up its tries.
    """
    network = networks.network_of(client_address)
    _count_verification(database, network, limits)
    code = codes.fold_code(submission.code)
    if not codes.is_well_formed(code):
        return _refusal(Field.CODE, "registry.code_mismatch", hints.of_code(submission.code))
    if sourcing.source is not None and not _is_known(database, code):
        look_up(database=database, ring=ring, sourcing=sourcing, code=code)
    with database.read() as session:
        organization = queries.find_organization(session, code)
        refusal = _refuse_at_sight(session, organization)
        if organization is None or refusal is not None:
            return refusal or _refusal(Field.CODE, NOT_SYNCED)
        texts, id_indexes = organization.texts, organization.id_indexes
        former = queries.find_former_values(session, organization.id)
        known = describe(ring, organization)
    misses = _reserve_guess(database, known["id"], network, limits)
    errors = _text_errors(submission.texts, texts, former)
    if _is_same_number(ring, submission.id_number, id_indexes):
        _forget_misses(database, known["id"], network)
    else:
        errors.insert(min(2, _position(errors)), _id_number_error(misses, submission))
    _record(database, known["id"], network, errors)
    return {
        "is_match": not errors,
        "organization": None if errors else known,
        "errors": errors,
        "can_wait": False,
    }


def describe(ring: Ring, organization: Organization) -> dict[str, Any]:
    """Return what other services may know: never the identity number, the phone masked."""
    return {
        "id": organization.id,
        "credit_code": organization.credit_code,
        "organization_code": organization.organization_code,
        "name": organization.name,
        "legal_representative": organization.legal_representative,
        "address": organization.address,
        "region": organization.region,
        "postcode": organization.postcode,
        "legal_representative_email": organization.legal_representative_email,
        "phone_masked": _masked_phone(ring, organization),
        "status": organization.status,
        "last_synced_at": moments.to_text(organization.last_synced_at),
        "version": organization.version,
    }


def _is_known(database: Database, code: str) -> bool:
    with database.read() as session:
        return queries.find_organization(session, code) is not None


def matches(ring: Ring, organization: Organization, submission: Submission) -> bool:
    """Tell whether all of name, representative, identity number and address are the record's."""
    if matching.compare_texts(submission.texts, organization.texts):
        return False
    return _is_same_number(ring, submission.id_number, organization.id_indexes)


def _masked_phone(ring: Ring, organization: Organization) -> str:
    if organization.phone_encrypted is None:
        return ""
    place = protection.place(protection.PHONE, organization.id)
    return crypto.mask_phone(ring.decrypt(organization.phone_encrypted, place))


def _refuse_at_sight(session: Session, organization: Organization | None) -> dict[str, Any] | None:
    if organization is None:
        return None
    if not queries.is_region_open(session, organization.region):
        return _refusal(Field.CODE, "registry.region_not_open")
    return None if organization.is_active else _refusal(Field.CODE, "registry.deregistered")


def _refusal(field: Field, code: str, clues: Sequence[Clue] = ()) -> dict[str, Any]:
    return {
        "is_match": False,
        "organization": None,
        "errors": [_error(field, code, clues)],
        "can_wait": code == NOT_SYNCED,
    }


def _error(field: str, code: str, clues: Sequence[Clue] = ()) -> dict[str, Any]:
    found = [{"code": f"registry.{clue.hint}", "params": dict(clue.params)} for clue in clues]
    return {
        "field": str(field),
        "code": code,
        "hint": found[0]["code"] if found else "",
        "hints": found,
        "faq": FAQ.get(code, 0),
    }


def _text_errors(
    typed: Texts, stored: Texts, former: Mapping[Field, Sequence[str]]
) -> list[dict[str, Any]]:
    return [
        _error(mismatch.field, _CODES[mismatch.field], mismatch.clues)
        for mismatch in matching.compare_texts(typed, stored, former)
    ]


def _position(errors: list[dict[str, Any]]) -> int:
    """Return where the identity number stands among the errors: after the name and the person."""
    return sum(error["field"] != Field.ADDRESS for error in errors)


def _id_number_error(misses: int, submission: Submission) -> dict[str, Any]:
    """Return the exact message for the first misses, then one that names no field (promise F6)."""
    if misses > _NAMED_MISSES:
        return _error("", "registry.information_mismatch")
    clues = hints.of_id_number(submission.id_number)
    return _error(Field.ID_NUMBER, _CODES[Field.ID_NUMBER], clues)


def _is_same_number(ring: Ring, typed: str, stored: IdIndexes) -> bool:
    number = identity.fold_id_number(typed)
    return matching.same_id_number(protection.id_indexes(ring, number), stored)


def _count_verification(database: Database, network: str, limits: Limits) -> None:
    if not network:
        return
    hit = counters.hit(database, f"verify:{network}", limits.verifications_per_network_hour, HOUR)
    if hit.is_over:
        metrics.count_limit(service="registry", limit="verifications")
        raise TooManyAttemptsError(retry_after=seconds(hit))


def seconds(hit: counters.Hit) -> int:
    """Return after how many whole seconds the window of a limit is over."""
    return math.ceil(hit.retry_after.total_seconds())


def _miss_keys(organization_id: str, network: str) -> tuple[str, str]:
    return f"verify-miss:{organization_id}", f"verify-miss:{organization_id}:{network}"


def _reserve_guess(database: Database, organization_id: str, network: str, limits: Limits) -> int:
    """Count one miss beforehand and return how many the organisation has had in a day.

    When the tries of the day are used up one more is let through each hour.
    """
    by_organization, by_network = _miss_keys(organization_id, network)
    total = counters.hit(database, by_organization, limits.misses_per_organization_day, DAY)
    local = counters.hit(database, by_network, limits.misses_per_network_day, DAY)
    if total.is_over or local.is_over:
        slow = counters.hit(database, f"verify-slow:{organization_id}:{network}", 1, HOUR)
        if slow.is_over:
            _log.warning(
                "verification limit reached",
                extra={"organization_id": organization_id, "network": network},
            )
            metrics.count_limit(service="registry", limit="id_number_misses")
            _record_refusal(database, organization_id, network)
            raise TooManyAttemptsError(retry_after=seconds(slow))
    return total.count


def _forget_misses(database: Database, organization_id: str, network: str) -> None:
    """Start anew: who states the right number need not guess."""
    for key in _miss_keys(organization_id, network):
        counters.forget(database, key)


def _record(
    database: Database, organization_id: str, network: str, errors: list[dict[str, Any]]
) -> None:
    details = {"network": network, "errors": ",".join(error["code"] for error in errors)}
    action = "organization.verification_failed" if errors else "organization.verified"
    with database.transaction() as tx:
        tx.audit(action, object_id=organization_id, details=details)


def _record_refusal(database: Database, organization_id: str, network: str) -> None:
    with database.transaction() as tx:
        tx.audit(
            "organization.verification_refused",
            object_id=organization_id,
            details={"network": network},
        )
