"""Entry points: the waiting list of those whose record is not there yet (手册 FAQ 14)."""

from typing import Any

from chassis.rpc import rpc
from services.accounts import schemas
from services.accounts.service.base import AccountsBase
from services.accounts.usecases import waiting


class WaitingEntries(AccountsBase):
    """Wait for the record of an organisation 等待数据同步."""

    @rpc(
        public=True,
        sensitive_arguments=("legal_representative_id_number", "phone", "captcha_answer"),
    )
    def wait_for_sync(self, **fields: str) -> dict[str, Any]:
        """Leave the five fields and a phone until the record comes."""
        known = schemas.load(schemas.WaitingInput, **fields)
        self.use_captcha(known)
        return waiting.wait_for_sync(database=self.database, registry=self.registry, fields=known)

    @rpc(public=True, sensitive_arguments=("token",))
    def get_waiting(self, **fields: str) -> dict[str, Any]:
        """Return how the case of somebody on the waiting list stands."""
        known = schemas.load(schemas.WaitingTokenInput, **fields)
        state: dict[str, Any] = self.registry.get_waiting(**known)
        return state

    @rpc(public=True, sensitive_arguments=("token",))
    def resume_registration(self, **fields: str) -> dict[str, Any]:
        """Begin the registration of who was told that the record has come."""
        known = schemas.load(schemas.WaitingTokenInput, **fields)
        found = self.registry.resume_waiting(**known)
        return waiting.resume_registration(
            database=self.database,
            ring=self.ring,
            opener=self.openers,
            known=found,
            region_name=self.region_name(found["organization"]["region"]),
            life=self.settings.flow_life,
        )
