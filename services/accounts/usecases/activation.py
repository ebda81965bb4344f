"""Registration, step 3: 手机激活码, the terms, and the account itself (手册 2.1, 2.2)."""

from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from chassis import crypto, db, ids, networks
from chassis.context import Call
from chassis.errors import FieldError
from chassis.uow import Database, Transaction
from contracts.events import ENTERPRISE_REGISTERED
from services.accounts import events, queries
from services.accounts.domain import phones, usernames
from services.accounts.domain.roles import Role
from services.accounts.models import (
    Account,
    AccountRole,
    AccountState,
    Enterprise,
    FlowStep,
    RegistrationFlow,
)
from services.accounts.usecases import enterprises, protection
from services.accounts.usecases.limits import DAY, Limit
from services.accounts.usecases.one_time_codes import Codes, Purpose
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.registration import (
    EnterpriseRegisteredError,
    InvalidFieldsError,
    find_flow,
)

LOGIN_PAGE: Final = "/login"
SUCCESS: Final = "注册成功"

TAKEN: Final = {
    "uq_account_username_folded": FieldError("/username", "accounts.username_taken"),
    "uq_account_id_number_index": FieldError("/id_number", "accounts.id_number_taken"),
    "uq_account_phone_index": FieldError("/phone", "accounts.phone_taken"),
}
_ENTERPRISE_KEYS: Final = (
    "uq_enterprise_organization_id",
    "uq_enterprise_credit_code",
    "uq_enterprise_organization_code",
)


def send_code(
    *, database: Database, codes: Codes, token: str, phone: str, client_address: str
) -> dict[str, Any]:
    """Have a new code sent to the applicant's phone; older codes of this registration die.

    Raises:
        RegistrationInvalidError: the second step was not passed, or too long ago.
        InvalidFieldsError: the phone is none, or belongs to an account.
        CodeTooSoonError: the phone was sent one a moment ago.
        TooManyAttemptsError: the phone, the organisation or the network had too many.
    """
    mobile = read_phone(phone)
    index = codes.ring.blind_index(mobile, protection.PHONE)
    with database.read() as session:
        flow = find_flow(session, token, now=database.clock.now(), step=FlowStep.IDENTIFIED)
        if queries.has_phone(session, index):
            raise InvalidFieldsError(fields=[TAKEN["uq_account_phone_index"]])
    organization = f"code-organization:{flow.organization['id']}"
    first = codes.network_limits(networks.network_of(client_address))
    first.append(Limit(organization, codes.rules.per_organization_day, DAY))
    sends_left = codes.count_send(database, index, first=first)
    with database.transaction() as tx:
        codes.send(tx, purpose=Purpose.REGISTRATION, flow_id=flow.id, mobile=mobile)
        tx.audit("registration.code_sent", object_id=flow.id)
    return codes.answer(sends_left)


def read_phone(phone: str) -> str:
    """Return the digits of a mobile number.

    Raises:
        InvalidFieldsError: it is none.
    """
    mobile = phones.to_mobile(phone)
    if mobile is None:
        raise InvalidFieldsError(fields=[FieldError("/phone", "accounts.phone_malformed")])
    return mobile


def complete(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    call: Call,
    codes: Codes,
    terms_version: str,
    token: str,
    phone: str,
    code: str,
    has_accepted_terms: bool,
) -> dict[str, Any]:
    """Check the code and open enterprise and account, once however often the request arrives.

    The try is counted first: neither a refusal nor a hundred requests at once undo the count.

    Raises:
        RegistrationInvalidError: the earlier steps were not passed, or too long ago.
        InvalidFieldsError: the terms were not accepted, or something was taken meanwhile.
        EnterpriseRegisteredError: somebody else has registered the organisation meanwhile.
        CodeWrongError: the code is wrong, used, replaced, expired, or was tried too often.
    """
    if not has_accepted_terms:
        raise InvalidFieldsError(
            fields=[FieldError("/has_accepted_terms", "accounts.terms_not_accepted")]
        )
    mobile = read_phone(phone)
    with database.read() as session:
        flow = queries.find_flow(session, crypto.hash_token(token))
    codes.count_try(database, flow.id if flow is not None else None)
    return database.command(
        call,
        complete_registration,
        codes=codes,
        terms_version=terms_version,
        token=token,
        mobile=mobile,
        code=code.strip(),
    )


def complete_registration(  # noqa: PLR0913 - what the step needs, all by keyword
    *, tx: Transaction, codes: Codes, terms_version: str, token: str, mobile: str, code: str
) -> dict[str, Any]:
    """Open enterprise and account in one transaction; the registration is deleted (R-056)."""
    flow = find_flow(tx.session, token, now=tx.now(), step=FlowStep.IDENTIFIED, locks=True)
    ring = codes.ring
    codes.use(
        tx,
        purpose=Purpose.REGISTRATION,
        flow_id=flow.id,
        phone_index=ring.blind_index(mobile, protection.PHONE),
        code=code,
    )
    enterprise = _new_enterprise(tx, ring, flow)
    account = _new_account(tx, ring, flow, enterprise, mobile, terms_version)
    _insert(tx, enterprise, account)
    tx.session.delete(flow)
    tx.emit(
        ENTERPRISE_REGISTERED,
        subject=enterprise.id,
        sequence=1,
        data=events.enterprise_registered(enterprise),
    )
    tx.audit("enterprise.registered", object_id=enterprise.id, enterprise_id=enterprise.id)
    return {"username": account.username, "message": SUCCESS, "redirect": LOGIN_PAGE}


def _new_enterprise(tx: Transaction, ring: Ring, flow: RegistrationFlow) -> Enterprise:
    place = protection.place(protection.LEGAL_REPRESENTATIVE, flow.id)
    return enterprises.new_enterprise(
        ring=ring,
        enterprise_id=ids.new_id(),
        organization=flow.organization,
        id_number=ring.decrypt(flow.legal_representative_id_number_encrypted, place),
        bureau_code=flow.bureau_code,
        now=tx.now(),
    )


def _new_account(  # noqa: PLR0913, PLR0917 - one per source of an account
    tx: Transaction,
    ring: Ring,
    flow: RegistrationFlow,
    enterprise: Enterprise,
    mobile: str,
    terms_version: str,
) -> Account:
    account_id, now = ids.new_id(), tx.now()
    username = flow.username or ""
    return Account(
        id=account_id,
        enterprise_id=enterprise.id,
        username=username,
        username_folded=usernames.fold_username(username),
        name=flow.name or "",
        id_number_encrypted=protection.move(
            ring,
            flow.id_number_encrypted or "",
            purpose=protection.ID_NUMBER,
            source=flow.id,
            target=account_id,
        ),
        id_number_index=flow.id_number_index,
        phone_encrypted=ring.encrypt(mobile, protection.place(protection.PHONE, account_id)),
        phone_index=ring.blind_index(mobile, protection.PHONE),
        password_hash=flow.password_hash or "",
        password_changed_at=now,
        state=AccountState.ACTIVE,
        terms_version=terms_version,
        terms_accepted_at=now,
        created_at=now,
        roles=[AccountRole(role_code=Role.OWNER)],
    )


def _insert(tx: Transaction, enterprise: Enterprise, account: Account) -> None:
    """Insert both, and let the database decide what is unique."""
    tx.session.add(enterprise)
    tx.session.add(account)
    try:
        # Now, not at the end of the transaction: only here it is known what was taken.
        tx.session.flush()
    except IntegrityError as error:
        for name, field in TAKEN.items():
            if db.unique_violation(error, name):
                raise InvalidFieldsError(fields=[field]) from error
        if any(db.unique_violation(error, name) for name in _ENTERPRISE_KEYS):
            raise EnterpriseRegisteredError from error
        raise
