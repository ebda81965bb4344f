"""An enterprise takes its own data along: profile, accounts, sessions, keys, invitations."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar

from chassis import crypto
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import moments
from services.accounts.models import Account, Invitation, LoginSession
from services.accounts.usecases import limits, machine_keys, profiles, protection, proving
from services.accounts.usecases.limits import DAY, Limit
from services.accounts.usecases.profiles import EnterpriseNotFoundError
from services.accounts.usecases.protection import Hasher, Ring

# Rows of each part: one answer stays well below what fits into one message of the bus (1 MiB).
MOST_ROWS: Final = 500
PER_DAY: Final = 20

Row = TypeVar("Row")


def export_enterprise(  # noqa: PLR0913 - what the export needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    hasher: Hasher,
    enterprise_id: str,
    account_id: str,
    password: str,
) -> dict[str, Any]:
    """Return what is stored for an enterprise, for the password of its owner; audited.

    Only the owner's own numbers are in full, everybody else's masked. No token, hash or key is
    in it. Each part holds its newest ``MOST_ROWS`` rows; ``capped`` names those that had more.

    Raises:
        PasswordWrongError: it is not the password.
        TooManyAttemptsError: it was tried, or exported, too often.
        EnterpriseNotFoundError: there is no such enterprise.
    """
    proving.check_password(
        database=database, hasher=hasher, account_id=account_id, password=password
    )
    limits.count(database, [Limit(f"export:{enterprise_id}", PER_DAY, DAY)])
    with database.transaction() as tx:
        return _collect(tx, ring, enterprise_id, account_id)


def _collect(tx: Transaction, ring: Ring, enterprise_id: str, account_id: str) -> dict[str, Any]:
    session, now, capped = tx.session, tx.now(), []
    enterprise = queries.get_enterprise(session, enterprise_id)
    if enterprise is None:
        raise EnterpriseNotFoundError

    def part(
        name: str, rows: Sequence[Row], describe: Callable[[Row], dict[str, Any]]
    ) -> list[dict[str, Any]]:
        if len(rows) > MOST_ROWS:
            capped.append(name)
        return [describe(row) for row in rows[:MOST_ROWS]]

    wanted = MOST_ROWS + 1
    exported = {
        "exported_at": moments.to_text(now),
        "enterprise": profiles.describe_enterprise(ring, enterprise),
        "accounts": part(
            "accounts",
            queries.list_all_accounts(session, enterprise_id, wanted),
            lambda account: _account(ring, account, is_self=account.id == account_id),
        ),
        "sessions": part(
            "sessions", queries.list_all_sessions(session, enterprise_id, wanted), _session
        ),
        "machine_keys": part(
            "machine_keys",
            queries.list_keys(session, enterprise_id),
            lambda key: machine_keys.describe_key(key, now),
        ),
        "invitations": part(
            "invitations",
            queries.list_all_invitations(session, enterprise_id, wanted),
            lambda invitation: _invitation(ring, invitation),
        ),
        "capped": capped,
    }
    tx.audit("enterprise.exported", object_id=enterprise_id, enterprise_id=enterprise_id)
    return exported


def _account(ring: Ring, account: Account, *, is_self: bool) -> dict[str, Any]:
    if is_self:
        id_number = protection.open_id_number(ring, account.id, account.id_number_encrypted)
        phone = protection.open_phone(ring, account.id, account.phone_encrypted)
    else:
        masked = profiles.mask_numbers(ring, account)
        id_number, phone = masked["id_number_masked"], masked["phone_masked"]
    return {
        "account_id": account.id,
        "username": account.username,
        "name": account.name,
        "roles": sorted(account.role_codes),
        "state": account.state,
        "id_number": id_number,
        "phone": phone,
        "created_at": moments.to_text(account.created_at),
        "password_changed_at": moments.to_text(account.password_changed_at),
        "terms_version": account.terms_version,
        "terms_accepted_at": _moment(account.terms_accepted_at),
        "is_self": is_self,
    }


def _session(session: LoginSession) -> dict[str, Any]:
    return {
        "session_id": session.id,
        "account_id": session.account_id,
        "created_at": moments.to_text(session.created_at),
        "last_seen_at": moments.to_text(session.last_seen_at),
        "expires_at": moments.to_text(session.expires_at),
        "ended_at": _moment(session.ended_at),
        "end_reason": session.end_reason,
        "network": session.network,
        "user_agent": session.user_agent,
    }


def _invitation(ring: Ring, invitation: Invitation) -> dict[str, Any]:
    place = protection.place(protection.PHONE, invitation.id)
    return {
        "invitation_id": invitation.id,
        "name": invitation.name,
        "role": invitation.role,
        "state": invitation.state,
        "phone_masked": crypto.mask_phone(ring.decrypt(invitation.phone_encrypted, place)),
        "created_by": invitation.created_by,
        "created_at": moments.to_text(invitation.created_at),
        "expires_at": moments.to_text(invitation.expires_at),
    }


def _moment(moment: datetime | None) -> str | None:
    return moments.to_text(moment) if moment is not None else None
