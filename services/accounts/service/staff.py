"""Entry points: accounts of staff, for security administrators."""

from typing import Any, Final

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import staff_accounts
from services.accounts.usecases.staff_accounts import NewStaff

SECURITY: Final = ("SECURITY_ADMIN",)


class StaffEntries(AccountsBase):
    """工作人员账户."""

    @rpc(roles=SECURITY, idempotent=True)
    def list_staff(self) -> dict[str, Any]:
        """Return the accounts of staff."""
        return staff_accounts.list_staff(database=self.database)

    @rpc(roles=SECURITY, sensitive_arguments=("username",))
    def add_staff(
        self, *, username: str, name: str, roles: list[str], region: str | None = None
    ) -> dict[str, Any]:
        """Add an account of staff; its first password is told this once."""
        known = schemas.load(
            schemas.StaffInput, username=username, name=name, roles=roles, region=region
        )
        staff = NewStaff(**{**known, "roles": tuple(known["roles"])})
        password = staff_accounts.new_password()
        password_hash = self.hasher.hash(password)
        with self.database.transaction() as tx:
            added = staff_accounts.add_staff(tx=tx, staff=staff, password_hash=password_hash)
        return {**added, "password": password}

    @rpc(roles=SECURITY)
    def set_staff_roles(
        self, *, account_id: str, roles: list[str], region: str | None = None
    ) -> dict[str, Any]:
        """Give somebody of the staff other roles."""
        known = schemas.load(
            schemas.StaffRolesInput, account_id=account_id, roles=roles, region=region
        )
        with self.database.transaction() as tx:
            return staff_accounts.set_roles(
                tx=tx,
                by=self.own_account_id(),
                account_id=account_id,
                new_roles=tuple(known["roles"]),
                region=known["region"],
            )

    @rpc(roles=SECURITY)
    def end_staff(self, account_id: str) -> dict[str, Any]:
        """End an account of staff."""
        schemas.load(schemas.IdInput, id=account_id)
        with self.database.transaction() as tx:
            staff_accounts.end_staff(tx=tx, by=self.own_account_id(), account_id=account_id)
        return {}

    @rpc(roles=SECURITY)
    def reset_totp(self, account_id: str) -> dict[str, Any]:
        """Take somebody's second factor away; he enrols anew."""
        schemas.load(schemas.IdInput, id=account_id)
        with self.database.transaction() as tx:
            staff_accounts.reset_totp(tx=tx, by=self.own_account_id(), account_id=account_id)
        return {}
