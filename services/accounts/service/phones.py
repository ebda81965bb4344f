"""Entry points: the change of one's own phone (手册 6.1)."""

from typing import Any

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import phone_change


class PhoneEntries(AccountsBase):
    """修改手机号, in two verified steps."""

    @rpc(sensitive_arguments=("password", "captcha_answer"))
    def begin_phone_change(self, **fields: str) -> dict[str, Any]:
        """Check the password and have a code sent to the old phone."""
        known = schemas.load(schemas.PhoneChangeInput, **fields)
        self.use_captcha(known)
        return phone_change.begin(
            database=self.database,
            codes=self.codes,
            hasher=self.hasher,
            account_id=self.own_account_id(),
            **known,
        )

    @rpc(sensitive_arguments=("token", "code"))
    def verify_phone_change(self, **fields: str) -> dict[str, Any]:
        """Check the code that came to the old phone."""
        known = schemas.load(schemas.CodeGivenInput, **fields)
        return phone_change.verify_old(
            database=self.database, codes=self.codes, account_id=self.own_account_id(), **known
        )

    @rpc(sensitive_arguments=("token", "phone", "captcha_answer"))
    def send_new_phone_code(self, **fields: str) -> dict[str, Any]:
        """Have a code sent to the new phone."""
        known = schemas.load(schemas.NewPhoneInput, **fields)
        self.use_captcha(known)
        return phone_change.send_new(
            database=self.database, codes=self.codes, account_id=self.own_account_id(), **known
        )

    @rpc(sensitive_arguments=("token", "code", "session_token"))
    def complete_phone_change(self, **fields: str) -> dict[str, Any]:
        """Check the code that came to the new phone and change the number."""
        known = schemas.load(schemas.PhoneChangedInput, **fields)
        return phone_change.complete(
            database=self.database, codes=self.codes, account_id=self.own_account_id(), **known
        )
