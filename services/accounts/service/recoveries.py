"""Entry points: recovery of password and user name (手册 7, 8)."""

from typing import Any

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import password_recovery, username_recovery


class RecoveryEntries(AccountsBase):
    """找回密码, 找回用户名."""

    @rpc(public=True, sensitive_arguments=("legal_representative_id_number", "captcha_answer"))
    def begin_password_recovery(self, **fields: str) -> dict[str, Any]:
        """Take the five fields of the enterprise (手册 7.1, first step)."""
        known = schemas.load(schemas.PasswordRecoveryInput, **fields)
        self.use_captcha(known)
        address = known.pop("client_address")
        return password_recovery.begin(
            database=self.database, ring=self.ring, fields=known, client_address=address
        )

    @rpc(public=True, sensitive_arguments=("token", "username", "captcha_answer"))
    def send_password_recovery_code(self, **fields: str) -> dict[str, Any]:
        """Have a code sent to the phone of registration (second step)."""
        known = schemas.load(schemas.RecoveryUserInput, **fields)
        self.use_captcha(known)
        return password_recovery.send_code(database=self.database, codes=self.codes, **known)

    @rpc(public=True, sensitive_arguments=("token", "code"))
    def verify_password_recovery(self, **fields: str) -> dict[str, Any]:
        """Check the code (second step)."""
        known = schemas.load(schemas.CodeGivenInput, **fields)
        return password_recovery.verify_code(database=self.database, codes=self.codes, **known)

    @rpc(public=True, sensitive_arguments=("token", "password", "password_confirmation"))
    def complete_password_recovery(self, **fields: str) -> dict[str, Any]:
        """Set the new password (third step)."""
        known = schemas.load(schemas.NewPasswordInput, **fields)
        return password_recovery.complete(
            database=self.database,
            ring=self.ring,
            sealer=self.seals,
            hasher=self.hasher,
            rules=self.password_rules,
            **known,
        )

    @rpc(public=True, sensitive_arguments=("phone", "captcha_answer"))
    def begin_username_recovery(self, **fields: str) -> dict[str, Any]:
        """Have a code sent to the phone of registration (手册 8.1)."""
        known = schemas.load(schemas.UsernameRecoveryInput, **fields)
        self.use_captcha(known)
        return username_recovery.begin(database=self.database, codes=self.codes, **known)

    @rpc(public=True, sensitive_arguments=("token", "code"))
    def verify_username_recovery(self, **fields: str) -> dict[str, Any]:
        """Check the code and show the user name, once."""
        known = schemas.load(schemas.CodeGivenInput, **fields)
        return username_recovery.verify_code(database=self.database, codes=self.codes, **known)
