"""找回密码 (手册 7): enterprise data, user name, code by SMS, new password.

Every answer is the same whether or not anything matches; a stranger is led along and gets nowhere
(promises F2). The code goes to the phone of the account, whatever the caller says (R-197).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from chassis import networks
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import codes as code_rules
from services.accounts.domain import facts, usernames
from services.accounts.events import Sealer
from services.accounts.models import Account, Enterprise, FlowKind, ProofStep, RegistrationFacts
from services.accounts.usecases import limits, new_passwords, protection, proving
from services.accounts.usecases.limits import HOUR, Limit
from services.accounts.usecases.one_time_codes import Codes, Purpose
from services.accounts.usecases.protection import Hasher, Ring
from services.accounts.usecases.proving import FlowInvalidError
from services.accounts.usecases.registration import PasswordRules
from services.accounts.usecases.signing_in import UsernameWrongError

MESSAGE: Final = (
    "若信息匹配，验证码已发送至注册时填写的手机号码。如未收到，请核对填写的信息，60 秒后重新获取。"
)
SUCCESS: Final = "密码修改成功，请使用新密码登录"
LOGIN_PAGE: Final = "/login"
KIND: Final = FlowKind.PASSWORD_RECOVERY
_PER_NETWORK: Final = 30
_SUBMISSIONS: Final = Limit("recovery-password", 10, timedelta(hours=1))


@dataclass(frozen=True)
class _Target:
    """Whom a code is for: nobody, when the user name is not one of the enterprise's."""

    account_id: str | None
    mobile: str
    phone_index: str


def count_network(database: Database, client_address: str) -> None:
    """Count one beginning of a recovery from a network.

    Raises:
        TooManyAttemptsError: there were too many.
    """
    network = networks.network_of(client_address)
    if network:
        limits.count(database, [Limit(f"recovery-network:{network}", _PER_NETWORK, HOUR)])


def begin(
    *, database: Database, ring: Ring, fields: Mapping[str, str], client_address: str
) -> dict[str, Any]:
    """Take the five fields of the enterprise; the answer does not tell whether they match.

    They match what the enterprise states now, or what it stated at registration (R-201).

    Raises:
        TooManyAttemptsError: the network has begun too many recoveries.
    """
    count_network(database, client_address)
    with database.read() as session:
        enterprise_id = _find_match(session, ring, fields)
    with database.transaction() as tx:
        flow, answer = proving.open_flow(tx, kind=KIND, enterprise_id=enterprise_id)
        tx.audit("password_recovery.begun", object_id=flow.id, enterprise_id=enterprise_id)
    return answer


def _find_match(session: Session, ring: Ring, fields: Mapping[str, str]) -> str | None:
    enterprise = queries.find_enterprise_by_code(session, code_rules.fold_code(fields["code"]))
    if enterprise is None:
        return None
    earlier = queries.get_registration_facts(session, enterprise.id)
    is_match = _is_match(ring, enterprise, enterprise.id, fields)
    if earlier is not None:
        is_match = _is_match(ring, earlier, enterprise.id, fields) or is_match
    return enterprise.id if is_match else None


def _is_match(
    ring: Ring,
    stated: Enterprise | RegistrationFacts,
    enterprise_id: str,
    fields: Mapping[str, str],
) -> bool:
    place = protection.place(protection.LEGAL_REPRESENTATIVE, enterprise_id)
    number = ring.decrypt(stated.legal_representative_id_number_encrypted, place)
    names = ("name", "legal_representative", "address")
    same = [
        facts.fold_fact(getattr(stated, name)) == facts.fold_fact(fields[name]) for name in names
    ]
    typed = fields["legal_representative_id_number"]
    return all([*same, facts.fold_number(number) == facts.fold_number(typed)])


def send_code(
    *, database: Database, codes: Codes, token: str, username: str, client_address: str
) -> dict[str, Any]:
    """Have a code sent to the phone of a user of the enterprise, if there is one.

    Raises:
        UsernameWrongError: it cannot be a user name: 应输入注册时的用户名 (FAQ 11, R-199).
        FlowInvalidError: the first step was not passed, or too long ago.
        CodeTooSoonError, TooManyAttemptsError: this recovery or the network had too many codes.
    """
    username = username.strip()
    if not usernames.is_username(username):
        raise UsernameWrongError
    folded = usernames.fold_username(username)
    now = database.clock.now()
    with database.read() as session:
        flow = proving.find_flow(session, token, kind=KIND, step=ProofStep.BEGUN, now=now)
        account = queries.find_account(session, folded)
    network = networks.network_of(client_address)
    sends_left = codes.count_send(
        database, f"recovery:{flow.id}", first=codes.network_limits(network)
    )
    target = _target(codes.ring, account, flow.enterprise_id, folded)
    may_send = codes.may_send(database, target.phone_index)
    with database.transaction() as tx:
        flow = proving.find_flow(
            tx.session, token, kind=KIND, step=ProofStep.BEGUN, now=tx.now(), locks=True
        )
        flow.account_id, flow.phone_index = target.account_id, target.phone_index
        if target.account_id is not None and may_send:
            codes.send(tx, purpose=Purpose.PASSWORD_RECOVERY, flow_id=flow.id, mobile=target.mobile)
        else:
            codes.pretend(tx, purpose=Purpose.PASSWORD_RECOVERY, flow_id=flow.id)
        tx.audit(
            "password_recovery.code_requested",
            object_id=target.account_id or "",
            enterprise_id=flow.enterprise_id,
        )
    return {**codes.answer(sends_left), "message": MESSAGE}


def _target(ring: Ring, account: Account | None, enterprise_id: str | None, folded: str) -> _Target:
    """Return whom to send a code; counters of nobody's phone are kept under a name of their own."""
    nobody = _Target(None, "", ring.blind_index(folded, "accounts.nobody"))
    if account is None or not account.is_active:
        return nobody
    mobile = protection.open_phone(ring, account.id, account.phone_encrypted)
    is_own = enterprise_id is not None and account.enterprise_id == enterprise_id
    return _Target(account.id, mobile, account.phone_index or "") if mobile and is_own else nobody


def verify_code(*, database: Database, codes: Codes, token: str, code: str) -> dict[str, Any]:
    """Check the code and return the token that opens the last step.

    Raises:
        FlowInvalidError: an earlier step was not passed, or too long ago.
        CodeWrongError: the code is wrong, used, replaced, expired, or was tried too often.
    """
    proving.count_try(database, codes, token, kind=KIND)
    with database.transaction() as tx:
        flow, answer = proving.prove(
            tx, codes, token, code, kind=KIND, purpose=Purpose.PASSWORD_RECOVERY
        )
        tx.audit(
            "password_recovery.proven",
            object_id=flow.account_id or "",
            enterprise_id=flow.enterprise_id,
        )
    return answer


def complete(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    sealer: Sealer,
    hasher: Hasher,
    rules: PasswordRules,
    token: str,
    password: str,
    password_confirmation: str,
) -> dict[str, Any]:
    """Set the new password: all sessions end, a lock is lifted, nobody is signed in by it.

    Raises:
        FlowInvalidError: the code was not entered, or the password was set already.
        InvalidFieldsError: the password is not what passwords must be.
        TooManyAttemptsError: it was tried too often.
    """
    now = database.clock.now()
    with database.read() as session:
        flow = proving.find_flow(session, token, kind=KIND, step=ProofStep.PROVEN, now=now)
    key = f"{_SUBMISSIONS.key}:{flow.id}"
    limits.count(database, [Limit(key, _SUBMISSIONS.count, _SUBMISSIONS.window)])
    account = new_passwords.open_account(database, flow.account_id or "")
    if account is None:
        raise FlowInvalidError
    normalized = new_passwords.check_new_password(
        ring=ring,
        rules=rules,
        account=account,
        password=password,
        confirmation=password_confirmation,
    )
    password_hash = hasher.hash(normalized)
    with database.transaction() as tx:
        _set(tx, ring, sealer, token, password_hash)
    new_passwords.unlock_login(database, account.username_folded)
    return {"message": SUCCESS, "redirect": LOGIN_PAGE}


def _set(tx: Transaction, ring: Ring, sealer: Sealer, token: str, password_hash: str) -> None:
    flow = proving.find_flow(
        tx.session, token, kind=KIND, step=ProofStep.PROVEN, now=tx.now(), locks=True
    )
    account = queries.lock_account(tx.session, flow.account_id or "")
    # The phone that got the code must still be the account's: it may have been changed meanwhile.
    if not account.is_active or account.phone_index != flow.phone_index:
        raise FlowInvalidError
    new_passwords.set_password(
        tx=tx, ring=ring, sealer=sealer, account=account, password_hash=password_hash
    )
    tx.session.delete(flow)
    tx.audit(
        "account.password_recovered", object_id=account.id, enterprise_id=account.enterprise_id
    )
