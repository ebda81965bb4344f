"""Call ``accounts`` about an account's own life: recovery, user management, sessions."""

from collections.abc import Mapping
from typing import Any

from gateway.remote import Client, Reply


class People(Client):
    """The part of ``accounts`` that concerns the one who asks."""

    def get_profile(self) -> Reply:
        """Return the own account and enterprise."""
        return self._ask("get_profile")

    def refresh_enterprise(self) -> Reply:
        """Take over what the code database states now (更新)."""
        return self._tell("refresh_enterprise")

    def begin_password_recovery(self, fields: Mapping[str, Any]) -> Reply:
        """Take what an enterprise stated at registration (手册 7.1)."""
        return self._tell("begin_password_recovery", **fields)

    def send_password_recovery_code(self, fields: Mapping[str, Any]) -> Reply:
        """Have a code sent to the phone of registration."""
        return self._tell("send_password_recovery_code", **fields)

    def verify_password_recovery(self, fields: Mapping[str, Any]) -> Reply:
        """Check the code of a recovery."""
        return self._tell("verify_password_recovery", **fields)

    def complete_password_recovery(self, fields: Mapping[str, Any]) -> Reply:
        """Set the new password."""
        return self._tell("complete_password_recovery", **fields)

    def begin_username_recovery(self, fields: Mapping[str, Any]) -> Reply:
        """Have a code sent to the phone of registration (手册 8.1)."""
        return self._tell("begin_username_recovery", **fields)

    def verify_username_recovery(self, fields: Mapping[str, Any]) -> Reply:
        """Check the code and return the user name."""
        return self._tell("verify_username_recovery", **fields)

    def change_profile(self, fields: Mapping[str, Any]) -> Reply:
        """Change name and ID number (手册 6.1)."""
        return self._tell("change_profile", **fields)

    def show_personal_data(self, fields: Mapping[str, Any]) -> Reply:
        """Return the own numbers in full."""
        return self._tell("show_personal_data", **fields)

    def change_password(self, fields: Mapping[str, Any]) -> Reply:
        """Change the password."""
        return self._tell("change_password", **fields)

    def close_own_account(self, fields: Mapping[str, Any]) -> Reply:
        """Close the actor's account."""
        return self._tell("close_own_account", **fields)

    def begin_phone_change(self, fields: Mapping[str, Any]) -> Reply:
        """Have a code sent to the old phone."""
        return self._tell("begin_phone_change", **fields)

    def verify_phone_change(self, fields: Mapping[str, Any]) -> Reply:
        """Check the code that came to the old phone."""
        return self._tell("verify_phone_change", **fields)

    def send_new_phone_code(self, fields: Mapping[str, Any]) -> Reply:
        """Have a code sent to the new phone."""
        return self._tell("send_new_phone_code", **fields)

    def complete_phone_change(self, fields: Mapping[str, Any]) -> Reply:
        """Check the code that came to the new phone."""
        return self._tell("complete_phone_change", **fields)

    def list_sessions(self, session_token: str) -> Reply:
        """Return the own open sessions."""
        return self._ask("list_sessions", session_token=session_token)

    def end_session(self, session_id: str) -> Reply:
        """End one of the own sessions."""
        return self._tell("end_session", session_id=session_id)

    def end_other_sessions(self, session_token: str) -> Reply:
        """End all own sessions but one."""
        return self._tell("end_other_sessions", session_token=session_token)

    def accept_terms(self, fields: Mapping[str, Any]) -> Reply:
        """Note that the terms in force were accepted."""
        return self._tell("accept_terms", **fields)
