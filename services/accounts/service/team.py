"""Entry points: the team of an enterprise."""

from typing import Any, Final

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import invitations, proving, teams
from services.accounts.usecases.invitations import Acceptance

OWNER: Final = ("OWNER",)
MEMBERS: Final = ("OWNER", "FILER", "VIEWER")


class TeamEntries(AccountsBase):
    """Members, invitations, handover."""

    @rpc(roles=MEMBERS, idempotent=True)
    def list_team(self) -> dict[str, Any]:
        """Return the members of the own enterprise."""
        return teams.list_team(
            database=self.database,
            ring=self.ring,
            enterprise_id=self.own_enterprise_id(),
            account_id=self.own_account_id(),
        )

    @rpc(roles=OWNER, sensitive_arguments=("phone",))
    def invite_member(self, **fields: str) -> dict[str, Any]:
        """Invite somebody into the team by SMS."""
        known = schemas.load(schemas.InviteInput, **fields)
        return invitations.invite(
            database=self.database,
            ring=self.ring,
            sealer=self.seals,
            enterprise_id=self.own_enterprise_id(),
            account_id=self.own_account_id(),
            site=self.settings.public_url,
            **known,
        )

    @rpc(roles=OWNER)
    def withdraw_invitation(self, invitation_id: str) -> dict[str, Any]:
        """Take an invitation back."""
        schemas.load(schemas.IdInput, id=invitation_id)
        with self.database.transaction() as tx:
            invitations.withdraw(
                tx=tx, enterprise_id=self.own_enterprise_id(), invitation_id=invitation_id
            )
        return {}

    @rpc(public=True, idempotent=True, sensitive_arguments=("token",))
    def get_invitation(self, token: str) -> dict[str, Any]:
        """Return who invites whom, to the one who has the link."""
        known = schemas.load(schemas.InvitationInput, token=token)
        return invitations.show(database=self.database, ring=self.ring, **known)

    @rpc(public=True, sensitive_arguments=("token", "captcha_answer"))
    def send_invitation_code(self, **fields: str) -> dict[str, Any]:
        """Have a code sent to the phone that was invited."""
        known = schemas.load(schemas.InvitationCodeInput, **fields)
        self.use_captcha(known)
        return invitations.send_code(database=self.database, codes=self.codes, **known)

    @rpc(
        public=True,
        sensitive_arguments=("token", "id_number", "password", "password_confirmation", "code"),
    )
    def accept_invitation(self, **fields: str | bool) -> dict[str, Any]:
        """Check the code and open the account of a new member."""
        known = schemas.load(schemas.AcceptanceInput, **fields)
        return invitations.accept(
            database=self.database,
            call=self.call,
            codes=self.codes,
            hasher=self.hasher,
            rules=self.password_rules,
            terms_version=self.terms.version,
            token=known.pop("token"),
            given=Acceptance(**known),
        )

    @rpc(roles=OWNER)
    def change_member_role(self, account_id: str, role: str) -> dict[str, Any]:
        """Give a member another role."""
        known = schemas.load(schemas.MemberRoleInput, account_id=account_id, role=role)
        with self.database.transaction() as tx:
            return teams.change_role(tx=tx, enterprise_id=self.own_enterprise_id(), **known)

    @rpc(roles=OWNER)
    def remove_member(self, account_id: str) -> dict[str, Any]:
        """Take a member out of the team."""
        schemas.load(schemas.IdInput, id=account_id)
        with self.database.transaction() as tx:
            teams.remove_member(
                tx=tx, enterprise_id=self.own_enterprise_id(), account_id=account_id
            )
        return {}

    @rpc(roles=OWNER, sensitive_arguments=("password",))
    def hand_over_team(self, account_id: str, password: str) -> dict[str, Any]:
        """Make another member the owner; the own password is asked again (F25)."""
        known = schemas.load(schemas.HandoverInput, account_id=account_id, password=password)
        owner_id = self.own_account_id()
        proving.check_password(
            database=self.database,
            hasher=self.hasher,
            account_id=owner_id,
            password=known["password"],
        )
        with self.database.transaction() as tx:
            return teams.hand_over(
                tx=tx,
                enterprise_id=self.own_enterprise_id(),
                owner_id=owner_id,
                account_id=account_id,
            )
