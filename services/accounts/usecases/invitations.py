"""Invitations into the team of an enterprise: a link by SMS, a code, and an account."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from chassis import crypto, db, ids, networks
from chassis.context import Call
from chassis.errors import DomainError, FieldError
from chassis.uow import Database, Transaction
from services.accounts import queries
from services.accounts.domain import identity, moments, passwords, phones, usernames
from services.accounts.domain.roles import Role
from services.accounts.events import Sealer
from services.accounts.models import (
    Account,
    AccountRole,
    AccountState,
    Invitation,
    InvitationState,
)
from services.accounts.usecases import limits, notices, protection, teams
from services.accounts.usecases.activation import TAKEN
from services.accounts.usecases.limits import DAY, HOUR, Limit
from services.accounts.usecases.one_time_codes import Codes, Purpose
from services.accounts.usecases.protection import Hasher, Ring
from services.accounts.usecases.registration import (
    NAME_LENGTH,
    InvalidFieldsError,
    PasswordRules,
    password_errors,
)

LIFE: Final = timedelta(days=7)
PER_ENTERPRISE_DAY: Final = 20
PER_PHONE_DAY: Final = 3
_ACCEPTANCES_PER_HOUR: Final = 20
JOINED: Final = "加入成功"
LOGIN_PAGE: Final = "/login"


class InvitationInvalidError(DomainError):
    """Say that there is no such invitation, or none any more."""

    code = "accounts.invitation_invalid"


@dataclass(frozen=True)
class Acceptance:
    """Hold what somebody who accepts has typed."""

    username: str
    id_number: str
    password: str
    password_confirmation: str
    code: str
    has_accepted_terms: bool


def invite(  # noqa: PLR0913 - what an invitation is, all by keyword
    *,
    database: Database,
    ring: Ring,
    sealer: Sealer,
    enterprise_id: str,
    account_id: str,
    site: str,
    name: str,
    phone: str,
    role: str,
) -> dict[str, Any]:
    """Invite somebody by SMS; an older invitation of the same phone dies.

    Raises:
        InvalidFieldsError: name or phone cannot be taken, or the phone has an account.
        TooManyAttemptsError: the enterprise or the phone had too many today.
        TeamFullError: the team has as many members and open invitations as it may have.
    """
    mobile = phones.to_mobile(phone)
    if not 0 < len(name.strip()) <= NAME_LENGTH:
        raise InvalidFieldsError(fields=[FieldError("/name", "accounts.name_malformed")])
    if mobile is None:
        raise InvalidFieldsError(fields=[FieldError("/phone", "accounts.phone_malformed")])
    index = ring.blind_index(mobile, protection.PHONE)
    limits.count(
        database,
        [
            Limit(f"invitations:{enterprise_id}", PER_ENTERPRISE_DAY, DAY),
            Limit(f"invitation-phone:{index}", PER_PHONE_DAY, DAY),
        ],
    )
    with database.transaction() as tx:
        enterprise = queries.lock_enterprise(tx.session, enterprise_id)
        if queries.has_phone(tx.session, index):
            raise InvalidFieldsError(fields=[TAKEN["uq_account_phone_index"]])
        _make_room(tx.session, tx, enterprise_id, index)
        token, invitation_id, now = crypto.new_token(), ids.new_id(), tx.now()
        invitation = Invitation(
            id=invitation_id,
            token_hash=crypto.hash_token(token),
            enterprise_id=enterprise_id,
            name=name.strip(),
            phone_encrypted=ring.encrypt(mobile, protection.place(protection.PHONE, invitation_id)),
            phone_index=index,
            role=Role(role),
            state=InvitationState.OPEN,
            created_by=account_id,
            created_at=now,
            expires_at=now + LIFE,
        )
        tx.session.add(invitation)
        shown = {
            "enterprise": enterprise.name,
            "url": f"{site.rstrip('/')}/app/invitations/{token}",
        }
        notices.send_sms(tx, sealer, template="INVITATION", phone=mobile, values=shown)
        tx.audit("team.invited", object_id=invitation_id, enterprise_id=enterprise_id)
        return {
            "invitation_id": invitation_id,
            "expires_at": moments.to_text(invitation.expires_at),
        }


def _make_room(session: Session, tx: Transaction, enterprise_id: str, phone_index: str) -> None:
    invitations = queries.list_open_invitations(session, enterprise_id, now=tx.now())
    for older in invitations:
        if older.phone_index == phone_index:
            older.state = InvitationState.WITHDRAWN
    waiting = sum(each.state == InvitationState.OPEN for each in invitations)
    if len(queries.list_members(session, enterprise_id)) + waiting >= teams.LIMIT:
        raise teams.TeamFullError(limit=teams.LIMIT)


def withdraw(*, tx: Transaction, enterprise_id: str, invitation_id: str) -> None:
    """Take an invitation back.

    Raises:
        InvitationInvalidError: the enterprise has no such invitation, or it has ended already.
    """
    invitation = queries.find_own_invitation(tx.session, invitation_id, enterprise_id)
    if invitation is None or not invitation.is_open(tx.now()):
        raise InvitationInvalidError
    invitation.state = InvitationState.WITHDRAWN
    tx.audit("team.invitation_withdrawn", object_id=invitation.id, enterprise_id=enterprise_id)


def show(*, database: Database, ring: Ring, token: str) -> dict[str, Any]:
    """Return who invites whom as what, to the one who has the link.

    Raises:
        InvitationInvalidError: there is no such invitation, or none any more.
    """
    invitation = _read(database, token)
    return {
        "enterprise_name": invitation.enterprise.name,
        "name": invitation.name,
        "role": invitation.role,
        "phone_masked": crypto.mask_phone(_phone(ring, invitation)),
        "expires_at": moments.to_text(invitation.expires_at),
    }


def send_code(
    *, database: Database, codes: Codes, token: str, client_address: str
) -> dict[str, Any]:
    """Have a code sent to the phone that was invited; the captcha was used up before.

    Raises:
        InvitationInvalidError: there is no such invitation, or none any more.
        CodeTooSoonError, TooManyAttemptsError: the phone or the network had too many.
    """
    invitation = _read(database, token)
    network = networks.network_of(client_address)
    left = codes.count_send(database, invitation.phone_index, first=codes.network_limits(network))
    with database.transaction() as tx:
        mobile = _phone(codes.ring, invitation)
        codes.send(tx, purpose=Purpose.INVITATION, flow_id=invitation.id, mobile=mobile)
        tx.audit("team.code_sent", object_id=invitation.id, enterprise_id=invitation.enterprise_id)
    return codes.answer(left)


def accept(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    call: Call,
    codes: Codes,
    hasher: Hasher,
    rules: PasswordRules,
    terms_version: str,
    token: str,
    given: Acceptance,
) -> dict[str, Any]:
    """Check the code and open the account of a new member, once however often it is asked.

    Raises:
        InvitationInvalidError: there is no such invitation, or none any more.
        InvalidFieldsError: a field cannot be taken, or is taken by somebody else.
        CodeWrongError: the code is wrong, used, expired, or was tried too often.
        TooManyAttemptsError: it was tried too often.
    """
    with database.read() as session:
        invitation = queries.find_invitation(session, crypto.hash_token(token))
    if invitation is None:
        raise InvitationInvalidError
    limits.count(database, [Limit(f"acceptance:{invitation.id}", _ACCEPTANCES_PER_HOUR, HOUR)])
    number = identity.to_long_form(given.id_number)
    errors = _errors(given, number, rules, invitation)
    if errors or number is None:
        raise InvalidFieldsError(fields=errors)
    codes.count_try(database, invitation.id)
    return database.command(
        call,
        accept_invitation,
        codes=codes,
        token=token,
        username=given.username,
        number=number,
        code=given.code.strip(),
        # Made anew for each try, so no part of what makes two requests equal.
        password=_Hashed(hasher.hash(passwords.normalize(given.password)), terms_version),
    )


class _Hashed:
    """Hold what an account begins with beside what its owner typed."""

    def __init__(self, password_hash: str, terms_version: str) -> None:
        self.password_hash = password_hash
        self.terms_version = terms_version


def accept_invitation(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    tx: Transaction,
    codes: Codes,
    token: str,
    username: str,
    number: str,
    code: str,
    password: _Hashed,
) -> dict[str, Any]:
    """Open the account in one transaction; the invitation is used up."""
    ring = codes.ring
    invitation = queries.find_invitation(tx.session, crypto.hash_token(token), locks=True)
    if invitation is None or not invitation.is_open(tx.now()):
        raise InvitationInvalidError
    codes.use(
        tx,
        purpose=Purpose.INVITATION,
        flow_id=invitation.id,
        phone_index=invitation.phone_index,
        code=code,
    )
    account = _new_member(tx, ring, invitation, username, number, password)
    _insert(tx, account)
    invitation.state = InvitationState.ACCEPTED
    tx.audit("team.joined", object_id=account.id, enterprise_id=invitation.enterprise_id)
    notices.post_to_enterprise(
        tx,
        enterprise_id=invitation.enterprise_id,
        template="TEAM_JOINED",
        values={"name": invitation.name, "role": teams.NAMES[Role(invitation.role)]},
    )
    return {"username": username, "message": JOINED, "redirect": LOGIN_PAGE}


def _errors(
    given: Acceptance, number: str | None, rules: PasswordRules, invitation: Invitation
) -> list[FieldError]:
    errors = []
    if not given.has_accepted_terms:
        errors.append(FieldError("/has_accepted_terms", "accounts.terms_not_accepted"))
    if not usernames.is_username(given.username):
        errors.append(FieldError("/username", "accounts.username_malformed"))
    if number is None:
        errors.append(FieldError("/id_number", "accounts.id_number_malformed"))
    enterprise = invitation.enterprise
    context = [given.username, given.id_number, enterprise.name, enterprise.organization_code]
    context.append(enterprise.credit_code or "")
    return errors + password_errors(
        given.password, given.password_confirmation, rules=rules, context=context
    )


def _read(database: Database, token: str) -> Invitation:
    with database.read() as session:
        invitation = queries.find_invitation(session, crypto.hash_token(token))
    if invitation is None or not invitation.is_open(database.clock.now()):
        raise InvitationInvalidError
    return invitation


def _phone(ring: Ring, invitation: Invitation) -> str:
    place = protection.place(protection.PHONE, invitation.id)
    return ring.decrypt(invitation.phone_encrypted, place)


def _new_member(  # noqa: PLR0913, PLR0917 - one per source of an account
    tx: Transaction,
    ring: Ring,
    invitation: Invitation,
    username: str,
    number: str,
    password: _Hashed,
) -> Account:
    account_id, now = ids.new_id(), tx.now()
    id_place = protection.place(protection.ID_NUMBER, account_id)
    return Account(
        id=account_id,
        enterprise_id=invitation.enterprise_id,
        username=username,
        username_folded=usernames.fold_username(username),
        name=invitation.name,
        id_number_encrypted=ring.encrypt(number, id_place),
        id_number_index=ring.blind_index(number, protection.ID_NUMBER),
        phone_encrypted=protection.move(
            ring,
            invitation.phone_encrypted,
            purpose=protection.PHONE,
            source=invitation.id,
            target=account_id,
        ),
        phone_index=invitation.phone_index,
        password_hash=password.password_hash,
        password_changed_at=now,
        state=AccountState.ACTIVE,
        terms_version=password.terms_version,
        terms_accepted_at=now,
        created_at=now,
        roles=[AccountRole(role_code=invitation.role)],
    )


def _insert(tx: Transaction, account: Account) -> None:
    tx.session.add(account)
    try:
        # Now, not at the end of the transaction: only here it is known what was taken.
        tx.session.flush()
    except IntegrityError as error:
        for name, field in TAKEN.items():
            if db.unique_violation(error, name):
                raise InvalidFieldsError(fields=[field]) from error
        raise
