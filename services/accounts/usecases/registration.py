"""Registration, steps 1 and 2: 基本信息验证 and 用户信息 (手册 2.1, 2.2).

A token binds the steps of one applicant. Nothing is reserved on the way: an abandoned registration
leaves no trace but a row that is deleted when it expires.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from sqlalchemy.orm import Session

from chassis import crypto, ids
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import codes, identity, moments, passwords, usernames
from services.accounts.domain.passwords import PasswordProfile
from services.accounts.models import FlowStep, RegistrationFlow
from services.accounts.usecases import limits, protection
from services.accounts.usecases.limits import HOUR, Limit
from services.accounts.usecases.protection import Hasher, Ring

_SUBMISSIONS_PER_HOUR: Final = 20
NAME_LENGTH: Final = 60


class VerificationFailedError(DomainError):
    """Say which of the five fields are not those of the code database (FAQ 1-6, 8, 14)."""

    code = "accounts.verification_failed"


class EnterpriseRegisteredError(DomainError):
    """Refuse a second registration: 注册成功的企业则无需再次注册."""

    code = "accounts.enterprise_registered"


class RegistrationInvalidError(DomainError):
    """Refuse a step whose token is unknown or expired, or that comes before its turn."""

    code = "accounts.registration_invalid"


class InvalidFieldsError(DomainError):
    """Say which fields of a step cannot be taken."""

    code = "accounts.invalid_fields"


class Registry(Protocol):
    """What this service asks ``registry``."""

    def verify(self, **fields: str) -> dict[str, Any]:
        """Compare five fields with the organisation record."""


@dataclass(frozen=True)
class PasswordRules:
    """Say what passwords must be."""

    profile: PasswordProfile
    common: Collection[str]


@dataclass(frozen=True)
class User:
    """Hold the second step as the applicant typed it."""

    username: str
    name: str
    id_number: str
    password: str
    password_confirmation: str
    bureau_code: str


def refuse_registered(*, database: Database, code: str) -> None:
    """Refuse an organisation that has registered, before anything of its record is compared.

    That it has registered is public: its declarations name it. What is not compared cannot be
    guessed.

    Raises:
        EnterpriseRegisteredError: it has an account already.
    """
    folded = codes.fold_code(code)
    with database.read() as session:
        if queries.has_enterprise(session, folded):
            raise EnterpriseRegisteredError


def verify_organization(
    *, registry: Registry, fields: Mapping[str, str], help_url: str
) -> dict[str, Any]:
    """Return the organisation whose record has the five fields.

    Raises:
        VerificationFailedError: it names each field that differs, with the manual's words.
    """
    verdict = registry.verify(**fields)
    if not verdict["is_match"]:
        offer = {"can_wait": "true"} if verdict.get("can_wait") else {}
        differences = _field_errors(verdict["errors"])
        raise VerificationFailedError(fields=differences, help_url=help_url, **offer)
    organization: dict[str, Any] = verdict["organization"]
    return organization


def _field_errors(errors: list[dict[str, Any]]) -> list[FieldError]:
    """Return the errors of a verification; hints stand behind the error they explain."""
    found: list[FieldError] = []
    for error in errors:
        pointer = f"/{error['field']}" if error["field"] else ""
        faq = {"faq": str(error["faq"])} if error.get("faq") else {}
        found.append(FieldError(pointer, error["code"], faq))
        found += [
            FieldError(pointer, hint["code"], {**hint["params"], "explains": error["code"]})
            for hint in error.get("hints", ())
        ]
    return found


def open_flow(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    tx: Transaction,
    ring: Ring,
    organization: Mapping[str, Any],
    region_name: str,
    id_number: str,
    life: timedelta,
) -> dict[str, Any]:
    """Begin the registration of a verified organisation and return the token of the next step.

    Raises:
        EnterpriseRegisteredError: the organisation has an account already.
    """
    if queries.find_enterprise(tx.session, organization["id"]) is not None:
        raise EnterpriseRegisteredError
    token, flow_id, now = crypto.new_token(), ids.new_id(), tx.now()
    number = identity.fold_id_number(id_number)
    flow = RegistrationFlow(
        id=flow_id,
        token_hash=crypto.hash_token(token),
        step=FlowStep.VERIFIED,
        organization=dict(organization),
        legal_representative_id_number_encrypted=ring.encrypt(
            number, protection.place(protection.LEGAL_REPRESENTATIVE, flow_id)
        ),
        legal_representative_id_number_index=ring.blind_index(
            number, protection.LEGAL_REPRESENTATIVE
        ),
        created_at=now,
        expires_at=now + life,
    )
    tx.session.add(flow)
    tx.audit("registration.verified", object_id=organization["id"])
    shown = ("name", "credit_code", "organization_code", "region")
    return {
        "token": token,
        "enterprise": {
            **{name: organization[name] for name in shown},
            "region_name": region_name,
        },
        "expires_at": moments.to_text(flow.expires_at),
    }


def find_flow(
    session: Session, token: str, *, now: datetime, step: FlowStep | None, locks: bool = False
) -> RegistrationFlow:
    """Return the registration of a token that has passed ``step``.

    Raises:
        RegistrationInvalidError: there is none, it has expired, or a step was left out.
    """
    flow = queries.find_flow(session, crypto.hash_token(token), locks=locks)
    if flow is None or flow.expires_at <= now or (step is not None and flow.step != step):
        raise RegistrationInvalidError
    return flow


def submit_user(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    hasher: Hasher,
    rules: PasswordRules,
    token: str,
    user: User,
    is_bureau_known: bool,
    is_bureau_required: bool,
) -> dict[str, Any]:
    """Take the user's data and return the token of the next step.

    The password is hashed before the transaction begins, and only when all else is in order.

    Raises:
        RegistrationInvalidError: the first step was not passed, or too long ago.
        InvalidFieldsError: a field cannot be taken, or is taken by somebody else.
        TooManyAttemptsError: this registration has tried too often.
    """
    with database.read() as session:
        flow = find_flow(session, token, now=database.clock.now(), step=None)
    limits.count(database, [Limit(f"registration:{flow.id}", _SUBMISSIONS_PER_HOUR, HOUR)])
    number = identity.to_long_form(user.id_number)
    errors = _shape_errors(user, number)
    errors += _password_errors(user, flow, rules)
    errors += _bureau_errors(user, is_known=is_bureau_known, is_required=is_bureau_required)
    with database.read() as session:
        errors += _taken_errors(session, ring, user, number)
    if errors or number is None:
        raise InvalidFieldsError(fields=errors)
    password_hash = hasher.hash(passwords.normalize(user.password))
    with database.transaction() as tx:
        flow = find_flow(tx.session, token, now=tx.now(), step=None, locks=True)
        flow.step = FlowStep.IDENTIFIED
        flow.username = user.username
        flow.name = user.name.strip()
        flow.id_number_encrypted = ring.encrypt(
            number, protection.place(protection.ID_NUMBER, flow.id)
        )
        flow.id_number_index = ring.blind_index(number, protection.ID_NUMBER)
        flow.bureau_code = user.bureau_code or None
        flow.password_hash = password_hash
        return {"token": token, "expires_at": moments.to_text(flow.expires_at)}


def _shape_errors(user: User, number: str | None) -> list[FieldError]:
    errors = []
    if not usernames.is_username(user.username):
        errors.append(FieldError("/username", "accounts.username_malformed"))
    if not 0 < len(user.name.strip()) <= NAME_LENGTH:
        errors.append(FieldError("/name", "accounts.name_malformed"))
    if number is None:
        errors.append(FieldError("/id_number", "accounts.id_number_malformed"))
    return errors


def _password_errors(user: User, flow: RegistrationFlow, rules: PasswordRules) -> list[FieldError]:
    organization = flow.organization
    context = [user.username, user.name, user.id_number, organization["organization_code"]]
    context += [organization["credit_code"] or "", organization["name"]]
    return password_errors(user.password, user.password_confirmation, rules=rules, context=context)


def password_errors(
    password: str, confirmation: str, *, rules: PasswordRules, context: Iterable[str]
) -> list[FieldError]:
    """Return what is wrong with a new password; ``context`` are words it must not hold."""
    errors = []
    fault = passwords.find_fault(
        passwords.normalize(password),
        profile=rules.profile,
        common=rules.common,
        context=context,
    )
    if fault is not None:
        errors.append(FieldError("/password", f"accounts.{fault}"))
    if password != confirmation:
        errors.append(FieldError("/password_confirmation", "accounts.password_mismatch"))
    return errors


def _bureau_errors(user: User, *, is_known: bool, is_required: bool) -> list[FieldError]:
    if not user.bureau_code:
        return [FieldError("/bureau_code", "accounts.bureau_required")] if is_required else []
    return [] if is_known else [FieldError("/bureau_code", "accounts.bureau_unknown")]


def _taken_errors(session: Session, ring: Ring, user: User, number: str | None) -> list[FieldError]:
    errors = []
    if queries.has_username(session, usernames.fold_username(user.username)):
        errors.append(FieldError("/username", "accounts.username_taken"))
    if number is not None and queries.has_id_number(
        session, ring.blind_index(number, protection.ID_NUMBER)
    ):
        errors.append(FieldError("/id_number", "accounts.id_number_taken"))
    return errors
