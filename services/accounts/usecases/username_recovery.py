"""找回用户名 (手册 8): code of the enterprise and phone, code by SMS, the user name, once."""

from typing import Any, Final

from chassis import networks
from chassis.uow import Database
from services.accounts import queries
from services.accounts.domain import codes as code_rules
from services.accounts.models import FlowKind
from services.accounts.usecases import protection, proving
from services.accounts.usecases.activation import read_phone
from services.accounts.usecases.one_time_codes import Codes, Purpose
from services.accounts.usecases.password_recovery import MESSAGE, count_network
from services.accounts.usecases.proving import FlowInvalidError

KIND: Final = FlowKind.USERNAME_RECOVERY


def begin(
    *, database: Database, codes: Codes, code: str, phone: str, client_address: str
) -> dict[str, Any]:
    """Have a code sent to the phone if it is one of the enterprise's users'; never tell whether.

    Raises:
        InvalidFieldsError: the phone is none.
        CodeTooSoonError, TooManyAttemptsError: there were too many for this phone or network;
            counted is what was typed, known or not.
    """
    mobile = read_phone(phone)
    index = codes.ring.blind_index(mobile, protection.PHONE)
    count_network(database, client_address)
    network = networks.network_of(client_address)
    sends_left = codes.count_send(
        database, f"username-recovery:{index}", first=codes.network_limits(network)
    )
    with database.read() as session:
        enterprise = queries.find_enterprise_by_code(session, code_rules.fold_code(code))
        account = queries.find_account_by_phone(session, index)
    enterprise_id = enterprise.id if enterprise is not None else None
    is_known = (
        account is not None
        and account.is_active
        and enterprise_id is not None
        and account.enterprise_id == enterprise_id
    )
    account_id = account.id if account is not None and is_known else None
    may_send = codes.may_send(database, index)
    with database.transaction() as tx:
        flow, answer = proving.open_flow(
            tx,
            kind=KIND,
            enterprise_id=enterprise_id if is_known else None,
            account_id=account_id,
            phone_index=index,
        )
        if is_known and may_send:
            codes.send(tx, purpose=Purpose.USERNAME_RECOVERY, flow_id=flow.id, mobile=mobile)
        else:
            codes.pretend(tx, purpose=Purpose.USERNAME_RECOVERY, flow_id=flow.id)
        tx.audit("username_recovery.begun", object_id=account_id or "", enterprise_id=enterprise_id)
    return {**answer, **codes.answer(sends_left), "message": MESSAGE}


def verify_code(*, database: Database, codes: Codes, token: str, code: str) -> dict[str, Any]:
    """Check the code and return the user name; the same steps show it no second time.

    Raises:
        FlowInvalidError: the first step was not passed, too long ago, or led here before.
        CodeWrongError: the code is wrong, used, expired, or was tried too often.
    """
    proving.count_try(database, codes, token, kind=KIND)
    with database.transaction() as tx:
        flow, _ = proving.prove(
            tx, codes, token, code, kind=KIND, purpose=Purpose.USERNAME_RECOVERY
        )
        account = queries.get_account(tx.session, flow.account_id or "")
        if account is None or not account.is_active or account.phone_index != flow.phone_index:
            raise FlowInvalidError
        tx.session.delete(flow)
        tx.audit(
            "account.username_shown", object_id=account.id, enterprise_id=account.enterprise_id
        )
        return {"username": account.username}
