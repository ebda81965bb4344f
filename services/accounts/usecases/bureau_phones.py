"""A bureau changes somebody's phone 手机号码变更: two people, a day, and a word to the old phone.

手册 8.2, FAQ 10; R-203; promise F25: the weak path around a phone, so it is slow and seen.
"""

from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from chassis import crypto, db, ids
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments, phones
from services.accounts.events import Sealer
from services.accounts.models import (
    Account,
    BureauPhoneChange,
    EndReason,
    PhoneChangeState,
)
from services.accounts.usecases import bureau, limits, notices, protection, sessions
from services.accounts.usecases.activation import TAKEN
from services.accounts.usecases.limits import DAY, Limit
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.registration import InvalidFieldsError

PER_CLERK_DAY: Final = 50
BATCH: Final = 50


class PhoneChangeNotFoundError(DomainError):
    """Say that there is no such change in the area, or of the own account."""

    code = "accounts.phone_change_not_found"


class PhoneChangeOpenError(DomainError):
    """Refuse a second change while one is under way."""

    code = "accounts.phone_change_open"


class SecondPersonRequiredError(DomainError):
    """Refuse to decide what one has proposed oneself."""

    code = "accounts.second_person_required"


def list_changes(*, database: Database, area: str) -> dict[str, Any]:
    """Return the newest changes of the area."""
    with database.read() as session:
        return {
            "items": [_show(each) for each in queries.list_area_phone_changes(session, area=area)]
        }


def list_own_changes(*, database: Database, account_id: str) -> dict[str, Any]:
    """Return the changes of the own phone that a bureau has begun."""
    with database.read() as session:
        found = queries.list_own_phone_changes(session, account_id)
        return {"items": [_show(each) for each in found]}


def propose(  # noqa: PLR0913 - what a change is, all by keyword
    *,
    database: Database,
    ring: Ring,
    area: str,
    by: str,
    account_id: str,
    phone: str,
    reason: str,
) -> dict[str, Any]:
    """Propose another phone for somebody of the area; nothing happens before a second person.

    Raises:
        AccountNotFoundError: nobody in the area has the id.
        InvalidFieldsError: the phone is none, the same, or somebody's; or the reason is missing.
        PhoneChangeOpenError: a change is under way.
        TooManyAttemptsError: the clerk has proposed too many today.
    """
    why = bureau.read_reason(reason)
    mobile = phones.to_mobile(phone)
    if mobile is None:
        raise InvalidFieldsError(fields=[FieldError("/phone", "accounts.phone_malformed")])
    limits.count(database, [Limit(f"bureau-phones:{by}", PER_CLERK_DAY, DAY)])
    index = ring.blind_index(mobile, protection.PHONE)
    with database.transaction() as tx:
        account = queries.lock_area_account(tx.session, account_id, area=area)
        if account is None:
            raise AccountNotFoundError
        _check_phone(tx, account, index)
        change_id = ids.new_id()
        change = BureauPhoneChange(
            id=change_id,
            account_id=account.id,
            phone_encrypted=ring.encrypt(mobile, protection.place(protection.PHONE, change_id)),
            phone_index=index,
            phone_masked=crypto.mask_phone(mobile),
            reason=why,
            state=PhoneChangeState.PENDING,
            made_by=by,
            made_at=tx.now(),
            account=account,
        )
        tx.session.add(change)
        _audit(tx, change, "proposed")
        return _show(change)


def _check_phone(tx: Transaction, account: Account, index: str) -> None:
    if account.phone_index == index:
        raise InvalidFieldsError(fields=[FieldError("/phone", "accounts.phone_unchanged")])
    if queries.has_phone(tx.session, index):
        raise InvalidFieldsError(fields=[TAKEN["uq_account_phone_index"]])
    if queries.has_open_phone_change(tx.session, account.id):
        raise PhoneChangeOpenError


def approve(  # noqa: PLR0913 - what a decision needs, all by keyword
    *, tx: Transaction, ring: Ring, sealer: Sealer, area: str, by: str, office: str, change_id: str
) -> dict[str, Any]:
    """Let a change take effect a day from now, and announce it to the old phone at once.

    Raises:
        PhoneChangeNotFoundError: there is none in the area.
        SecondPersonRequiredError: the one who asks has proposed it.
        PhoneChangeStateError: it was decided already.
    """
    change = _decide(tx, area, by, change_id)
    change.approve(by=by, now=tx.now())
    old = protection.open_phone(ring, change.account_id, change.account.phone_encrypted)
    if old and change.effective_at is not None:
        values = {
            "bureau": office,
            "phone_masked": change.phone_masked,
            "at": moments.to_beijing(change.effective_at),
        }
        notices.send_sms(tx, sealer, template="PHONE_CHANGE_ANNOUNCED", phone=old, values=values)
    _audit(tx, change, "approved")
    return _show(change)


def reject(*, tx: Transaction, area: str, by: str, change_id: str, reason: str) -> dict[str, Any]:
    """Refuse a change.

    Raises:
        PhoneChangeNotFoundError, SecondPersonRequiredError, PhoneChangeStateError: as `approve`.
        InvalidFieldsError: the reason is missing or too long.
    """
    why = bureau.read_reason(reason)
    change = _decide(tx, area, by, change_id)
    change.reject(by=by, note=why, now=tx.now())
    _audit(tx, change, "rejected")
    return _show(change)


def _decide(tx: Transaction, area: str, by: str, change_id: str) -> BureauPhoneChange:
    change = queries.lock_phone_change(tx.session, change_id)
    if (
        change is None
        or queries.lock_area_account(tx.session, change.account_id, area=area) is None
    ):
        raise PhoneChangeNotFoundError
    if change.made_by == by:
        raise SecondPersonRequiredError
    return change


def object_to(*, tx: Transaction, account_id: str, change_id: str) -> None:
    """Stop a change of the own phone.

    Raises:
        PhoneChangeNotFoundError: it is not the own one.
        PhoneChangeStateError: it has taken effect or ended already.
    """
    change = queries.lock_phone_change(tx.session, change_id)
    if change is None or change.account_id != account_id:
        raise PhoneChangeNotFoundError
    change.object_to(now=tx.now())
    _audit(tx, change, "objected")


def apply_due(*, database: Database, ring: Ring, sealer: Sealer) -> int:
    """Let the changes take effect whose day has come; return how many there were."""
    with database.read() as session:
        due = queries.list_due_phone_changes(session, now=database.clock.now(), limit=BATCH)
    for change_id in due:
        try:
            with database.transaction() as tx:
                _apply(tx, ring, sealer, change_id)
        except IntegrityError as error:
            if not db.unique_violation(error, "uq_account_phone_index"):
                raise
            with database.transaction() as tx:
                _finish(tx, change_id, is_done=False)
    return len(due)


def _apply(tx: Transaction, ring: Ring, sealer: Sealer, change_id: str) -> None:
    change = queries.lock_phone_change(tx.session, change_id)
    if change is None or change.state != PhoneChangeState.APPROVED:
        return  # objected to meanwhile, or done by a run before
    account = queries.lock_account(tx.session, change.account_id)
    if not account.is_active:
        _finish(tx, change_id, is_done=False)  # closed meanwhile: nothing is written into it again
        return
    old = protection.open_phone(ring, account.id, account.phone_encrypted)
    mobile = ring.decrypt(
        change.phone_encrypted or "", protection.place(protection.PHONE, change.id)
    )
    account.phone_encrypted = ring.encrypt(mobile, protection.place(protection.PHONE, account.id))
    account.phone_index = change.phone_index
    # Now, not at the end of the transaction: only here it is known whether it was taken.
    tx.session.flush()
    sessions.end_sessions(tx=tx, account_id=account.id, reason=EndReason.PHONE_CHANGED)
    if old:
        values = {"phone_masked": change.phone_masked, "at": moments.to_beijing(tx.now())}
        notices.send_sms(tx, sealer, template="PHONE_CHANGED", phone=old, values=values)
    notices.post_message(tx, account_id=account.id, template="PHONE_CHANGED")
    _finish(tx, change_id, is_done=True)


def _finish(tx: Transaction, change_id: str, *, is_done: bool) -> None:
    change = queries.lock_phone_change(tx.session, change_id)
    if change is not None and change.state == PhoneChangeState.APPROVED:
        change.finish(is_done=is_done, now=tx.now())
        _audit(tx, change, "done" if is_done else "failed")


def _audit(tx: Transaction, change: BureauPhoneChange, what: str) -> None:
    tx.audit(
        f"bureau.phone_change_{what}",
        object_id=change.account_id,
        enterprise_id=change.account.enterprise_id,
        details={"change_id": change.id},
    )


def _show(change: BureauPhoneChange) -> dict[str, Any]:
    enterprise = change.account.enterprise
    return {
        "change_id": change.id,
        "account_id": change.account_id,
        "username": change.account.username,
        "enterprise_name": enterprise.name if enterprise is not None else "",
        "phone_masked": change.phone_masked,
        "reason": change.reason,
        "state": change.state,
        "made_by": change.made_by,
        "made_at": moments.to_text(change.made_at),
        "decided_by": change.decided_by,
        "decision_note": change.decision_note,
        "effective_at": moments.to_text(change.effective_at) if change.effective_at else None,
    }
