"""Entry points: the steps of a login after the right password, for staff."""

from typing import Any

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.adapters.pictures import illustrate
from services.accounts.service.base import AccountsBase
from services.accounts.service.captchas import NotInProductionError
from services.accounts.usecases import second_factors


class SecondFactorEntries(AccountsBase):
    """Codes of authenticator apps, and passwords that must be replaced."""

    @rpc(public=True, sensitive_arguments=("login_token", "code"))
    def verify_totp(self, **fields: str) -> dict[str, Any]:
        """Open the session of a login whose password was right."""
        known = schemas.load(schemas.TotpInput, **fields)
        return second_factors.verify_code(
            database=self.database, ring=self.ring, rules=self.login_rules, **known
        )

    @rpc(public=True, sensitive_arguments=("login_token", "password", "password_confirmation"))
    def replace_initial_password(self, **fields: str) -> dict[str, Any]:
        """Replace a password that somebody else made, and name the next step."""
        known = schemas.load(schemas.InitialPasswordInput, **fields)
        answer = second_factors.replace_initial_password(
            database=self.database,
            ring=self.ring,
            hasher=self.hasher,
            rules=self.password_rules,
            **known,
        )
        return illustrate(answer)

    @rpc(public=True, sensitive_arguments=("username",))
    def peek_totp(self, username: str) -> dict[str, Any]:
        """Return the next code of an account; not in production."""
        if self.settings.is_production:
            raise NotInProductionError
        known = schemas.load(schemas.UsernameInput, username=username)
        return second_factors.peek_code(database=self.database, ring=self.ring, **known)
