"""Call ``accounts`` for staff, bureaus, teams and machine keys."""

from collections.abc import Mapping
from typing import Any

from gateway.remote import Client, Reply


class Staff(Client):
    """Call ``accounts`` for those who work for the platform or a bureau."""

    def verify_totp(self, fields: Mapping[str, Any]) -> Reply:
        """Open the session of a login whose password was right."""
        return self._tell("verify_totp", **fields)

    def replace_initial_password(self, fields: Mapping[str, Any]) -> Reply:
        """Replace a password that somebody else made."""
        return self._tell("replace_initial_password", **fields)

    def peek_totp(self, username: str) -> Reply:
        """Return the next code of an account, in development."""
        return self._ask("peek_totp", username=username)

    def list_staff(self) -> Reply:
        """Return the accounts of staff."""
        return self._ask("list_staff")

    def add_staff(self, fields: Mapping[str, Any]) -> Reply:
        """Add an account of staff."""
        return self._tell("add_staff", **fields)

    def set_staff_roles(self, fields: Mapping[str, Any]) -> Reply:
        """Give somebody of the staff other roles."""
        return self._tell("set_staff_roles", **fields)

    def end_staff(self, account_id: str) -> Reply:
        """End an account of staff."""
        return self._tell("end_staff", account_id=account_id)

    def reset_totp(self, account_id: str) -> Reply:
        """Take somebody's second factor away."""
        return self._tell("reset_totp", account_id=account_id)


class Team(Client):
    """Call ``accounts`` for the team of an enterprise."""

    def list_team(self) -> Reply:
        """Return the members of the actor's enterprise."""
        return self._ask("list_team")

    def invite_member(self, fields: Mapping[str, Any]) -> Reply:
        """Invite somebody by SMS."""
        return self._tell("invite_member", **fields)

    def withdraw_invitation(self, invitation_id: str) -> Reply:
        """Take an invitation back."""
        return self._tell("withdraw_invitation", invitation_id=invitation_id)

    def change_member_role(self, account_id: str, role: str) -> Reply:
        """Give a member another role."""
        return self._tell("change_member_role", account_id=account_id, role=role)

    def remove_member(self, account_id: str) -> Reply:
        """Take a member out of the team."""
        return self._tell("remove_member", account_id=account_id)

    def hand_over_team(self, fields: Mapping[str, Any]) -> Reply:
        """Make another member the owner."""
        return self._tell("hand_over_team", **fields)

    def export_enterprise(self, fields: Mapping[str, Any]) -> Reply:
        """Return what is stored for the actor's enterprise."""
        return self._tell("export_enterprise", **fields)

    def get_invitation(self, token: str) -> Reply:
        """Return what an invitation's link shows."""
        return self._ask("get_invitation", token=token)

    def send_invitation_code(self, fields: Mapping[str, Any]) -> Reply:
        """Have a code sent to the phone that was invited."""
        return self._tell("send_invitation_code", **fields)

    def accept_invitation(self, fields: Mapping[str, Any]) -> Reply:
        """Open the account of a new member."""
        return self._tell("accept_invitation", **fields)


class MachineKeys(Client):
    """Call ``accounts`` for keys of machines."""

    def list_machine_keys(self) -> Reply:
        """Return the keys of the actor's enterprise."""
        return self._ask("list_machine_keys")

    def make_machine_key(self, fields: Mapping[str, Any]) -> Reply:
        """Make a key."""
        return self._tell("make_machine_key", **fields)

    def rotate_machine_key(self, key_id: str) -> Reply:
        """Replace a key."""
        return self._tell("rotate_machine_key", key_id=key_id)

    def end_machine_key(self, key_id: str) -> Reply:
        """End a key."""
        return self._tell("end_machine_key", key_id=key_id)

    def set_key_quota(self, key_id: str, fields: Mapping[str, Any]) -> Reply:
        """Give a key a quota of its own, or none."""
        return self._tell("set_key_quota", key_id=key_id, **fields)

    def get_key_token(self, machine_key: str) -> Reply:
        """Return who a key stands for; each call counts."""
        return self._tell("get_key_token", machine_key=machine_key)

    def check_key(self, machine_key: str) -> Reply:
        """Return until when a key opens what; the call does not count."""
        return self._ask("check_key", machine_key=machine_key)


class Bureau(Client):
    """Call ``accounts`` for bureaus, and for those whose phone a bureau changes."""

    def list_area_enterprises(self, text: str, page: int) -> Reply:
        """Return a page of the enterprises of the actor's area."""
        return self._ask("list_area_enterprises", text=text, page=page)

    def list_area_accounts(self, text: str, page: int) -> Reply:
        """Return a page of the accounts of the actor's area."""
        return self._ask("list_area_accounts", text=text, page=page)

    def freeze_enterprise(self, enterprise_id: str, reason: str) -> Reply:
        """Freeze an enterprise."""
        return self._tell("freeze_enterprise", enterprise_id=enterprise_id, reason=reason)

    def unfreeze_enterprise(self, enterprise_id: str, reason: str) -> Reply:
        """Let an enterprise act again."""
        return self._tell("unfreeze_enterprise", enterprise_id=enterprise_id, reason=reason)

    def list_phone_changes(self) -> Reply:
        """Return the newest changes of phones of the actor's area."""
        return self._ask("list_phone_changes")

    def propose_phone_change(self, fields: Mapping[str, Any]) -> Reply:
        """Propose another phone for somebody."""
        return self._tell("propose_phone_change", **fields)

    def approve_phone_change(self, change_id: str) -> Reply:
        """Let a change take effect."""
        return self._tell("approve_phone_change", change_id=change_id)

    def reject_phone_change(self, change_id: str, reason: str) -> Reply:
        """Refuse a change."""
        return self._tell("reject_phone_change", change_id=change_id, reason=reason)

    def list_own_phone_changes(self) -> Reply:
        """Return the changes of the actor's phone that a bureau has begun."""
        return self._ask("list_own_phone_changes")

    def object_to_phone_change(self, change_id: str) -> Reply:
        """Stop a change of the actor's phone."""
        return self._tell("object_to_phone_change", change_id=change_id)
