"""Entry points: take the own data along, and leave (PIPL 45, 47)."""

from typing import Any

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.service.team import MEMBERS, OWNER
from services.accounts.usecases import exporting, leaving


class ExportEntries(AccountsBase):
    """Export of an enterprise, closing of the own account."""

    @rpc(roles=OWNER, sensitive_arguments=("password",))
    def export_enterprise(self, **fields: str) -> dict[str, Any]:
        """Return what is stored for the own enterprise, for the password."""
        known = schemas.load(schemas.OwnPasswordInput, **fields)
        return exporting.export_enterprise(
            database=self.database,
            ring=self.ring,
            hasher=self.hasher,
            enterprise_id=self.own_enterprise_id(),
            account_id=self.own_account_id(),
            **known,
        )

    @rpc(roles=MEMBERS, sensitive_arguments=("password",))
    def close_own_account(self, **fields: str) -> dict[str, Any]:
        """Close the own account, for the password."""
        known = schemas.load(schemas.OwnPasswordInput, **fields)
        leaving.close_own_account(
            database=self.database,
            hasher=self.hasher,
            enterprise_id=self.own_enterprise_id(),
            account_id=self.own_account_id(),
            **known,
        )
        return {}
