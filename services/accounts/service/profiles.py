"""Entry points: the own account and enterprise (手册 6)."""

from datetime import datetime
from typing import Any

from chassis.handlers import Delivery, on_event
from chassis.rpc import rpc
from contracts.events import ORGANIZATION_UPDATED
from services.accounts import schemas
from services.accounts.service.base import SERVICES, AccountsBase
from services.accounts.usecases import own_data, profiles, refreshing


class ProfileEntries(AccountsBase):
    """用户管理: 企业信息, 基本信息, 修改密码."""

    @rpc(idempotent=True)
    def get_profile(self) -> dict[str, Any]:
        """Return the own account and enterprise, personal numbers masked (手册 6.1)."""
        return profiles.get_profile(
            database=self.database, ring=self.ring, account_id=self.own_account_id()
        )

    @rpc(sensitive_arguments=("id_number", "password"))
    def change_profile(self, **fields: str) -> dict[str, Any]:
        """Change name and ID number (基本信息)."""
        known = schemas.load(schemas.ProfileInput, **fields)
        return own_data.change_profile(
            database=self.database,
            ring=self.ring,
            hasher=self.hasher,
            account_id=self.own_account_id(),
            **known,
        )

    @rpc(sensitive_arguments=("password",))
    def show_personal_data(self, **fields: str) -> dict[str, Any]:
        """Return the own numbers in full, for the password."""
        known = schemas.load(schemas.OwnPasswordInput, **fields)
        return own_data.show_personal_data(
            database=self.database,
            ring=self.ring,
            hasher=self.hasher,
            account_id=self.own_account_id(),
            **known,
        )

    @rpc(sensitive_arguments=("session_token", "old_password", "password", "password_confirmation"))
    def change_password(self, **fields: str) -> dict[str, Any]:
        """修改密码; the session that asks goes on."""
        known = schemas.load(schemas.PasswordChangeInput, **fields)
        return own_data.change_password(
            database=self.database,
            ring=self.ring,
            sealer=self.seals,
            hasher=self.hasher,
            rules=self.password_rules,
            account_id=self.own_account_id(),
            **known,
        )

    @rpc(roles=("OWNER", "FILER"))
    def refresh_enterprise(self) -> dict[str, Any]:
        """更新: take over what the code database states now."""
        return refreshing.refresh_enterprise(
            database=self.database,
            ring=self.ring,
            opener=self.openers,
            registry=self.registry,
            enterprise_id=self.own_enterprise_id(),
        )

    @rpc(roles=SERVICES, idempotent=True)
    def get_enterprise(self, enterprise_id: str) -> dict[str, Any]:
        """Return what a publication keeps of its enterprise."""
        schemas.load(schemas.IdInput, id=enterprise_id)
        return profiles.get_enterprise(database=self.database, enterprise_id=enterprise_id)

    @rpc(roles=SERVICES, idempotent=True)
    def get_enterprise_area(self, enterprise_id: str) -> dict[str, Any]:
        """Return whose area an enterprise lies in."""
        schemas.load(schemas.IdInput, id=enterprise_id)
        return profiles.get_area(database=self.database, enterprise_id=enterprise_id)

    @rpc(roles=SERVICES, idempotent=True)
    def get_public_profile(self, enterprise_id: str) -> dict[str, Any]:
        """Return what the public may know of an enterprise, to compare publications with."""
        schemas.load(schemas.IdInput, id=enterprise_id)
        return profiles.get_public_profile(database=self.database, enterprise_id=enterprise_id)

    @on_event(ORGANIZATION_UPDATED)
    def handle_organization_updated(self, delivery: Delivery) -> None:
        """Note that the code database states something new of an enterprise."""
        event = delivery.event
        with self.database.transaction(delivery) as tx:
            profiles.note_change(
                tx=tx,
                organization_id=str(event.data["organization_id"]),
                sequence=event.sequence,
                at=datetime.fromisoformat(str(event.data["synced_at"])),
            )
