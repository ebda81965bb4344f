"""Entry points: the work of bureaus in their own area (手册 8.2)."""

from typing import Any, Final

from chassis.errors import ForbiddenError
from chassis.rpc import rpc
from chassis.timers import every
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import bureau, bureau_phones

BUREAU: Final = ("BUREAU",)
FREEZERS: Final = ("BUREAU", "SECURITY_ADMIN")
APPLY_SECONDS: Final = 5


class BureauEntries(AccountsBase):
    """Look up, freeze, and change phones with a second person."""

    @rpc(roles=FREEZERS, idempotent=True)
    def list_area_enterprises(self, *, text: str = "", page: int = 1) -> dict[str, Any]:
        """Return a page of the enterprises of the own area."""
        known = schemas.load(schemas.AreaQuery, text=text, page=page)
        return bureau.list_enterprises(database=self.database, area=self._area(), **known)

    @rpc(roles=BUREAU, idempotent=True)
    def list_area_accounts(self, *, text: str = "", page: int = 1) -> dict[str, Any]:
        """Return a page of the accounts of the own area, masked."""
        known = schemas.load(schemas.AreaQuery, text=text, page=page)
        return bureau.list_accounts(
            database=self.database,
            ring=self.ring,
            area=self._area(),
            by=self.own_account_id(),
            **known,
        )

    @rpc(roles=FREEZERS)
    def freeze_enterprise(self, enterprise_id: str, reason: str) -> dict[str, Any]:
        """Freeze an enterprise of the own area."""
        known = schemas.load(schemas.ReasonInput, id=enterprise_id, reason=reason)
        with self.database.transaction() as tx:
            return bureau.freeze(
                tx=tx,
                area=self._area(),
                by=self.own_account_id(),
                enterprise_id=enterprise_id,
                reason=known["reason"],
            )

    @rpc(roles=FREEZERS)
    def unfreeze_enterprise(self, enterprise_id: str, reason: str) -> dict[str, Any]:
        """Let an enterprise of the own area act again."""
        known = schemas.load(schemas.ReasonInput, id=enterprise_id, reason=reason)
        with self.database.transaction() as tx:
            return bureau.unfreeze(
                tx=tx,
                area=self._area(),
                enterprise_id=enterprise_id,
                reason=known["reason"],
            )

    @rpc(roles=BUREAU, idempotent=True)
    def list_phone_changes(self) -> dict[str, Any]:
        """Return the newest changes of phones of the own area."""
        return bureau_phones.list_changes(database=self.database, area=self._area())

    @rpc(roles=BUREAU, sensitive_arguments=("phone",))
    def propose_phone_change(self, account_id: str, phone: str, reason: str) -> dict[str, Any]:
        """Propose another phone for somebody of the own area (R-203)."""
        known = schemas.load(
            schemas.ProposalInput, account_id=account_id, phone=phone, reason=reason
        )
        return bureau_phones.propose(
            database=self.database,
            ring=self.ring,
            area=self._area(),
            by=self.own_account_id(),
            **known,
        )

    @rpc(roles=BUREAU)
    def approve_phone_change(self, change_id: str) -> dict[str, Any]:
        """Let a change that somebody else has proposed take effect a day from now."""
        schemas.load(schemas.IdInput, id=change_id)
        actor = self.call.actor
        office = self.region_name(((actor.region if actor else "") or "").ljust(6, "0"))
        with self.database.transaction() as tx:
            return bureau_phones.approve(
                tx=tx,
                ring=self.ring,
                sealer=self.seals,
                area=self._area(),
                by=self.own_account_id(),
                office=f"{office}市场监督管理局",
                change_id=change_id,
            )

    @rpc(roles=BUREAU)
    def reject_phone_change(self, change_id: str, reason: str) -> dict[str, Any]:
        """Refuse a change that somebody else has proposed."""
        known = schemas.load(schemas.ReasonInput, id=change_id, reason=reason)
        with self.database.transaction() as tx:
            return bureau_phones.reject(
                tx=tx,
                area=self._area(),
                by=self.own_account_id(),
                change_id=change_id,
                reason=known["reason"],
            )

    @rpc(idempotent=True)
    def list_own_phone_changes(self) -> dict[str, Any]:
        """Return the changes of the own phone that a bureau has begun."""
        return bureau_phones.list_own_changes(
            database=self.database, account_id=self.own_account_id()
        )

    @rpc
    def object_to_phone_change(self, change_id: str) -> dict[str, Any]:
        """Stop a change of the own phone."""
        schemas.load(schemas.IdInput, id=change_id)
        with self.database.transaction() as tx:
            bureau_phones.object_to(tx=tx, account_id=self.own_account_id(), change_id=change_id)
        return {}

    @every(seconds=APPLY_SECONDS, lease="phone-changes")
    def apply_phone_changes(self) -> None:
        """Let changes of phones take effect whose day has come."""
        bureau_phones.apply_due(database=self.database, ring=self.ring, sealer=self.seals)

    def _area(self) -> str:
        """Return the prefix of division codes that the one who asks may act on; "" for all.

        Raises:
            ForbiddenError: he is of a bureau without an area.
        """
        actor = self.call.actor
        if actor is None or ("BUREAU" in actor.roles and not actor.region):
            raise ForbiddenError
        return actor.region or ""
