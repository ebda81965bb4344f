"""Somebody closes his own account (PIPL 47); a team is never left without its owner."""

from chassis.errors import DomainError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain.roles import Role
from services.accounts.models import InvitationState
from services.accounts.usecases import machine_keys, notices, proving, teams
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.protection import Hasher


class HandoverRequiredError(DomainError):
    """Refuse the leave of an owner whose enterprise has other members."""

    code = "accounts.handover_required"


def close_own_account(
    *, database: Database, hasher: Hasher, enterprise_id: str, account_id: str, password: str
) -> None:
    """Close the account of the one who asks, for his password; all his sessions end.

    What the account holds is erased later by a job (`services.accounts.usecases.closing`).
    With the last account of an enterprise its machine keys and open invitations end as well;
    what it has published stays.

    Raises:
        PasswordWrongError: it is not the password.
        TooManyAttemptsError: it was tried too often.
        HandoverRequiredError: he is the owner, and others are left.
        AccountNotFoundError: the account was closed meanwhile.
    """
    proving.check_password(
        database=database, hasher=hasher, account_id=account_id, password=password
    )
    with database.transaction() as tx:
        leave(tx=tx, enterprise_id=enterprise_id, account_id=account_id)


def leave(*, tx: Transaction, enterprise_id: str, account_id: str) -> None:
    """Close the account of a member who has proved who he is.

    Raises:
        HandoverRequiredError: he is the owner, and others are left.
        AccountNotFoundError: the account was closed meanwhile.
    """
    # In this order, as joining does: who accepts an invitation now is seen as a member below.
    invitations = queries.lock_invitations(tx.session, enterprise_id)
    members = queries.list_members(tx.session, enterprise_id, locks=True)
    account = next((member for member in members if member.id == account_id), None)
    if account is None:
        raise AccountNotFoundError
    if len(members) > 1:
        if Role.OWNER in account.role_codes:
            raise HandoverRequiredError
        notices.post_to_enterprise(
            tx, enterprise_id=enterprise_id, template="TEAM_LEFT", values={"name": account.name}
        )
    else:
        for invitation in invitations:
            invitation.state = InvitationState.WITHDRAWN
        machine_keys.end_all_keys(tx=tx, enterprise_id=enterprise_id)
    teams.close(tx, account)
