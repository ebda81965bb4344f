"""用户管理 (手册 6.1): 基本信息, 修改密码, and the own numbers in full."""

from typing import Any, Final

from sqlalchemy.exc import IntegrityError

from chassis import db
from chassis.errors import FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import identity
from services.accounts.events import Sealer
from services.accounts.models import Account
from services.accounts.usecases import new_passwords, protection, proving, sessions
from services.accounts.usecases.activation import TAKEN
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.protection import Hasher, Ring
from services.accounts.usecases.registration import (
    NAME_LENGTH,
    InvalidFieldsError,
    PasswordRules,
)

SAVED: Final = "保存成功"
PASSWORD_CHANGED: Final = "密码修改成功"  # noqa: S105 - what is shown
_ID_TAKEN: Final = TAKEN["uq_account_id_number_index"]


def change_profile(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    hasher: Hasher,
    account_id: str,
    name: str | None,
    id_number: str | None,
    password: str,
) -> dict[str, Any]:
    """Change name and ID number; the user name is fixed (用户名不可修改, R-192).

    Another ID number needs the password again: it says who the account belongs to.

    Raises:
        InvalidFieldsError: a value cannot be taken, or the number is somebody else's.
        PasswordWrongError: the password is not the account's.
        TooManyAttemptsError: it was tried too often.
    """
    number = identity.to_long_form(id_number) if id_number is not None else None
    errors = []
    if name is not None and not 0 < len(name.strip()) <= NAME_LENGTH:
        errors.append(FieldError("/name", "accounts.name_malformed"))
    if id_number is not None and number is None:
        errors.append(FieldError("/id_number", "accounts.id_number_malformed"))
    if errors:
        raise InvalidFieldsError(fields=errors)
    if number is not None:
        proving.check_password(
            database=database, hasher=hasher, account_id=account_id, password=password
        )
    with database.transaction() as tx:
        account = queries.lock_account(tx.session, account_id)
        changed = _change(tx, ring, account, name=name, number=number)
        if changed:
            tx.audit(
                "account.profile_changed",
                object_id=account.id,
                enterprise_id=account.enterprise_id,
                details={"changed": ",".join(changed)},
            )
    return {"message": SAVED, "changed": changed}


def _change(
    tx: Transaction, ring: Ring, account: Account, *, name: str | None, number: str | None
) -> list[str]:
    changed = []
    if name is not None and name.strip() != account.name:
        account.name = name.strip()
        changed.append("name")
    if number is None:
        return changed
    index = ring.blind_index(number, protection.ID_NUMBER)
    if index == account.id_number_index:
        return changed
    account.change_id_number(
        ring.encrypt(number, protection.place(protection.ID_NUMBER, account.id)), index
    )
    try:
        # Now, not at the end of the transaction: only here it is known what was taken.
        tx.session.flush()
    except IntegrityError as error:
        if db.unique_violation(error, "uq_account_id_number_index"):
            raise InvalidFieldsError(fields=[_ID_TAKEN]) from error
        raise
    return [*changed, "id_number"]


def show_personal_data(
    *, database: Database, ring: Ring, hasher: Hasher, account_id: str, password: str
) -> dict[str, Any]:
    """Return the own numbers in full, to nobody but who knows the password; audited (F16).

    Raises:
        PasswordWrongError: it is not the password.
        TooManyAttemptsError: it was tried too often.
        AccountNotFoundError: there is no such account.
    """
    proving.check_password(
        database=database, hasher=hasher, account_id=account_id, password=password
    )
    with database.transaction() as tx:
        account = queries.get_account(tx.session, account_id)
        if account is None:
            raise AccountNotFoundError
        tx.audit(
            "account.personal_data_shown",
            object_id=account.id,
            enterprise_id=account.enterprise_id,
        )
        return {
            "name": account.name,
            "id_number": protection.open_id_number(ring, account.id, account.id_number_encrypted),
            "phone": protection.open_phone(ring, account.id, account.phone_encrypted),
        }


def change_password(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    sealer: Sealer,
    hasher: Hasher,
    rules: PasswordRules,
    account_id: str,
    session_token: str,
    old_password: str,
    password: str,
    password_confirmation: str,
) -> dict[str, Any]:
    """修改密码: 原密码, 密码, 确认密码 (R-193); all other sessions end.

    Raises:
        PasswordWrongError: the old one is not the password.
        InvalidFieldsError: the new one is not what passwords must be.
        TooManyAttemptsError: it was tried too often.
    """
    proving.check_password(
        database=database, hasher=hasher, account_id=account_id, password=old_password
    )
    account = new_passwords.open_account(database, account_id)
    if account is None:
        raise AccountNotFoundError
    normalized = new_passwords.check_new_password(
        ring=ring,
        rules=rules,
        account=account,
        password=password,
        confirmation=password_confirmation,
    )
    if password == old_password:
        raise InvalidFieldsError(fields=[FieldError("/password", "accounts.password_unchanged")])
    password_hash = hasher.hash(normalized)
    with database.transaction() as tx:
        locked = queries.lock_account(tx.session, account_id)
        if locked.password_hash != account.password_hash:
            raise proving.PasswordWrongError
        new_passwords.set_password(
            tx=tx,
            ring=ring,
            sealer=sealer,
            account=locked,
            password_hash=password_hash,
            except_session_id=sessions.own_session_id(tx.session, account_id, session_token),
        )
        tx.audit(
            "account.password_changed", object_id=locked.id, enterprise_id=locked.enterprise_id
        )
    return {"message": PASSWORD_CHANGED}
