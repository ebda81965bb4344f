"""修改手机号 (手册 6.1, R-194): the password, a code to the old phone, a code to the new one."""

from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from chassis import crypto, db, networks
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments
from services.accounts.models import Account, EndReason, FlowKind, ProofStep
from services.accounts.usecases import notices, protection, proving, sessions
from services.accounts.usecases.activation import TAKEN, read_phone
from services.accounts.usecases.one_time_codes import Codes, Purpose
from services.accounts.usecases.protection import Hasher
from services.accounts.usecases.registration import InvalidFieldsError

SUCCESS: Final = "手机号修改成功"
KIND: Final = FlowKind.PHONE_CHANGE
_PHONE_TAKEN: Final = TAKEN["uq_account_phone_index"]


class PhoneMissingError(DomainError):
    """Say that the account has no phone to send a code to."""

    code = "accounts.phone_missing"


def begin(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    codes: Codes,
    hasher: Hasher,
    account_id: str,
    password: str,
    client_address: str,
) -> dict[str, Any]:
    """Check the password and have a code sent to the old phone.

    Raises:
        PasswordWrongError: it is not the password.
        PhoneMissingError: there is no old phone.
        CodeTooSoonError, TooManyAttemptsError: there were too many tries or codes.
    """
    proving.check_password(
        database=database, hasher=hasher, account_id=account_id, password=password
    )
    with database.read() as session:
        account = queries.get_account(session, account_id)
    if account is None or account.phone_index is None:
        raise PhoneMissingError
    mobile = protection.open_phone(codes.ring, account.id, account.phone_encrypted)
    first = codes.network_limits(networks.network_of(client_address))
    sends_left = codes.count_send(database, account.phone_index, first=first)
    with database.transaction() as tx:
        flow, answer = proving.open_flow(
            tx,
            kind=KIND,
            enterprise_id=account.enterprise_id,
            account_id=account.id,
            phone_index=account.phone_index,
        )
        codes.send(tx, purpose=Purpose.PHONE_CHANGE, flow_id=flow.id, mobile=mobile)
        _audit(tx, "account.phone_change_begun", account)
    return {**answer, **codes.answer(sends_left), "phone_masked": crypto.mask_phone(mobile)}


def verify_old(
    *, database: Database, codes: Codes, account_id: str, token: str, code: str
) -> dict[str, Any]:
    """Check the code that came to the old phone; return the token of the next step.

    Raises:
        FlowInvalidError: the first step was not passed, or too long ago.
        CodeWrongError: the code is wrong, used, replaced, expired, or was tried too often.
    """
    proving.count_try(database, codes, token, kind=KIND, account_id=account_id)
    with database.transaction() as tx:
        _, answer = proving.prove(
            tx,
            codes,
            token,
            code,
            kind=KIND,
            purpose=Purpose.PHONE_CHANGE,
            account_id=account_id,
        )
    return answer


def send_new(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    codes: Codes,
    account_id: str,
    token: str,
    phone: str,
    client_address: str,
) -> dict[str, Any]:
    """Have a code sent to the new phone.

    Raises:
        InvalidFieldsError: it is none, or belongs to an account.
        FlowInvalidError: the code of the old phone was not entered, or too long ago.
        CodeTooSoonError, TooManyAttemptsError: there were too many codes.
    """
    mobile = read_phone(phone)
    index = codes.ring.blind_index(mobile, protection.PHONE)
    now = database.clock.now()
    with database.read() as session:
        proving.find_flow(
            session, token, kind=KIND, step=ProofStep.PROVEN, now=now, account_id=account_id
        )
        if queries.has_phone(session, index):
            raise InvalidFieldsError(fields=[_PHONE_TAKEN])
    first = codes.network_limits(networks.network_of(client_address))
    sends_left = codes.count_send(database, index, first=first)
    with database.transaction() as tx:
        flow = proving.find_flow(
            tx.session,
            token,
            kind=KIND,
            step=ProofStep.PROVEN,
            now=tx.now(),
            account_id=account_id,
            locks=True,
        )
        flow.phone_index = index
        flow.phone_encrypted = codes.ring.encrypt(
            mobile, protection.place(protection.PHONE, flow.id)
        )
        codes.send(tx, purpose=Purpose.NEW_PHONE, flow_id=flow.id, mobile=mobile)
    return codes.answer(sends_left)


def complete(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    codes: Codes,
    account_id: str,
    session_token: str,
    token: str,
    code: str,
) -> dict[str, Any]:
    """Check the code that came to the new phone and change the number.

    All other sessions end; the old phone is told.

    Raises:
        FlowInvalidError: an earlier step was not passed, or the number was changed already.
        CodeWrongError: the code is wrong, used, replaced, expired, or was tried too often.
        InvalidFieldsError: somebody else has taken the number meanwhile.
    """
    proving.count_try(
        database, codes, token, kind=KIND, step=ProofStep.PROVEN, account_id=account_id
    )
    with database.transaction() as tx:
        return _change(tx, codes, account_id, session_token, token, code)


def _change(  # noqa: PLR0913, PLR0917 - one per part of the step
    tx: Transaction, codes: Codes, account_id: str, session_token: str, token: str, code: str
) -> dict[str, Any]:
    flow = proving.find_flow(
        tx.session,
        token,
        kind=KIND,
        step=ProofStep.PROVEN,
        now=tx.now(),
        account_id=account_id,
        locks=True,
    )
    if flow.phone_encrypted is None or flow.phone_index is None:
        raise proving.FlowInvalidError
    ring = codes.ring
    codes.use(
        tx, purpose=Purpose.NEW_PHONE, flow_id=flow.id, phone_index=flow.phone_index, code=code
    )
    account = queries.lock_account(tx.session, account_id)
    old = protection.open_phone(ring, account.id, account.phone_encrypted)
    new = ring.decrypt(flow.phone_encrypted, protection.place(protection.PHONE, flow.id))
    account.change_phone(
        ring.encrypt(new, protection.place(protection.PHONE, account.id)), flow.phone_index
    )
    tx.session.delete(flow)
    try:
        # Now, not at the end of the transaction: only here it is known what was taken.
        tx.session.flush()
    except IntegrityError as error:
        if db.unique_violation(error, "uq_account_phone_index"):
            raise InvalidFieldsError(
                fields=[FieldError("/phone", "accounts.phone_taken")]
            ) from error
        raise
    masked = crypto.mask_phone(new)
    _tell(tx, codes, account, old, masked)
    sessions.end_sessions(
        tx=tx,
        account_id=account.id,
        reason=EndReason.PHONE_CHANGED,
        except_id=sessions.own_session_id(tx.session, account.id, session_token),
    )
    _audit(tx, "account.phone_changed", account)
    return {"message": SUCCESS, "phone_masked": masked}


def _tell(tx: Transaction, codes: Codes, account: Account, old: str, masked: str) -> None:
    if old:
        values = {"phone_masked": masked, "at": moments.to_beijing(tx.now())}
        notices.send_sms(tx, codes.sealer, template="PHONE_CHANGED", phone=old, values=values)
    notices.post_message(tx, account_id=account.id, template="PHONE_CHANGED")


def _audit(tx: Transaction, action: str, account: Account) -> None:
    tx.audit(action, object_id=account.id, enterprise_id=account.enterprise_id)
