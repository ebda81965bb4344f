"""Steps bound by one-time tokens, and the password asked for again (promises F2, F25).

A token opens one step of one flow. Passing the step of the code gives a new token: nobody has the
token of a step whose predecessor he has not passed.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.orm import Session

from chassis import counters, crypto, ids
from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments, passwords
from services.accounts.models import FlowKind, ProofFlow, ProofStep
from services.accounts.usecases import limits
from services.accounts.usecases.limits import Limit
from services.accounts.usecases.one_time_codes import Codes, Purpose
from services.accounts.usecases.protection import Hasher

LIFE: Final = timedelta(minutes=30)
_PASSWORD_TRIES: Final = 5
_PASSWORD_WINDOW: Final = timedelta(minutes=15)


class FlowInvalidError(DomainError):
    """Refuse a step whose token is unknown, used or expired, or that comes before its turn."""

    code = "accounts.flow_invalid"


class PasswordWrongError(DomainError):
    """Refuse what was to be proved with the password."""

    code = "accounts.password_wrong"


def open_flow(
    tx: Transaction,
    *,
    kind: FlowKind,
    enterprise_id: str | None = None,
    account_id: str | None = None,
    phone_index: str | None = None,
) -> tuple[ProofFlow, dict[str, Any]]:
    """Begin a flow; return it and what its owner is told: the token of the next step."""
    token, now = crypto.new_token(), tx.now()
    flow = ProofFlow(
        id=ids.new_id(),
        kind=kind,
        token_hash=crypto.hash_token(token),
        step=ProofStep.BEGUN,
        enterprise_id=enterprise_id,
        account_id=account_id,
        phone_index=phone_index,
        created_at=now,
        expires_at=now + LIFE,
    )
    tx.session.add(flow)
    return flow, {"token": token, "expires_at": moments.to_text(flow.expires_at)}


def find_flow(  # noqa: PLR0913 - what the step needs
    session: Session,
    token: str,
    *,
    kind: FlowKind,
    step: ProofStep,
    now: datetime,
    account_id: str | None = None,
    locks: bool = False,
) -> ProofFlow:
    """Return the flow of a token; with ``account_id`` only that account's.

    Raises:
        FlowInvalidError: there is none, it has expired, or a step was left out or taken before.
    """
    flow = queries.find_proof_flow(session, crypto.hash_token(token), locks=locks)
    if flow is None or not flow.is_open(kind=kind, step=step, now=now):
        raise FlowInvalidError
    if account_id is not None and flow.account_id != account_id:
        raise FlowInvalidError
    return flow


def count_try(  # noqa: PLR0913 - what the step needs
    database: Database,
    codes: Codes,
    token: str,
    *,
    kind: FlowKind,
    step: ProofStep = ProofStep.BEGUN,
    account_id: str | None = None,
) -> None:
    """Count a try at the code of a flow.

    Raises:
        FlowInvalidError: there is no such flow.
        CodeWrongError: its code was tried too often.
    """
    now = database.clock.now()
    with database.read() as session:
        flow = find_flow(session, token, kind=kind, step=step, now=now, account_id=account_id)
    codes.count_try(database, flow.id)


def prove(  # noqa: PLR0913 - what the step needs
    tx: Transaction,
    codes: Codes,
    token: str,
    code: str,
    *,
    kind: FlowKind,
    purpose: Purpose,
    account_id: str | None = None,
) -> tuple[ProofFlow, dict[str, Any]]:
    """Check and use up the code of a flow; return it and the token of the next step.

    Raises:
        FlowInvalidError: there is no such flow.
        CodeWrongError: the code is not the one that was sent.
    """
    flow = find_flow(
        tx.session,
        token,
        kind=kind,
        step=ProofStep.BEGUN,
        now=tx.now(),
        account_id=account_id,
        locks=True,
    )
    codes.use(tx, purpose=purpose, flow_id=flow.id, phone_index=flow.phone_index or "", code=code)
    following = crypto.new_token()
    flow.prove(crypto.hash_token(following))
    return flow, {"token": following, "expires_at": moments.to_text(flow.expires_at)}


def check_password(*, database: Database, hasher: Hasher, account_id: str, password: str) -> None:
    """Ask for the password of somebody who is signed in, once more (F25).

    The try is counted before the password is looked at, and forgotten when it was right.

    Raises:
        PasswordWrongError: it is another, or the account is closed.
        TooManyAttemptsError: it was tried too often.
    """
    key = f"password:{account_id}"
    limits.count(database, [Limit(key, _PASSWORD_TRIES, _PASSWORD_WINDOW)])
    with database.read() as session:
        account = queries.get_account(session, account_id)
    password_hash = account.password_hash if account is not None and account.is_active else None
    if not hasher.verify(password_hash, passwords.normalize(password)):
        with database.transaction() as tx:
            tx.audit("account.password_refused", object_id=account_id)
        raise PasswordWrongError
    counters.forget(database, key)
