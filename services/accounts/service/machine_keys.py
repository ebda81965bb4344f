"""Entry points: keys with which programs of an enterprise come in."""

from typing import Any, Final

from chassis.rpc import rpc
from chassis.service import Provided
from services.accounts import schemas
from services.accounts.config import Settings
from services.accounts.service.base import AccountsBase
from services.accounts.service.team import OWNER
from services.accounts.usecases import machine_keys
from services.accounts.usecases.machine_keys import KeyRules

OPERATORS: Final = ("OPERATOR",)


def _key_rules(settings: Settings) -> KeyRules:
    return KeyRules(
        per_minute=settings.key_calls_per_minute,
        per_day=settings.key_calls_per_day,
        most_per_minute=settings.key_calls_per_minute_most,
        most_per_day=settings.key_calls_per_day_most,
    )


class MachineKeyEntries(AccountsBase):
    """接口密钥."""

    key_rules: KeyRules = Provided(_key_rules)

    @rpc(roles=OWNER, idempotent=True)
    def list_machine_keys(self) -> dict[str, Any]:
        """Return the keys of the own enterprise, without the keys themselves."""
        return machine_keys.list_keys(
            database=self.database,
            enterprise_id=self.own_enterprise_id(),
            rules=self.key_rules,
        )

    @rpc(roles=OWNER)
    def make_machine_key(self, *, name: str, scopes: list[str], days: int) -> dict[str, Any]:
        """Make a key and return it, this once."""
        known = schemas.load(schemas.KeyInput, name=name, scopes=scopes, days=days)
        with self.database.transaction() as tx:
            return machine_keys.make_key(
                tx=tx,
                enterprise_id=self.own_enterprise_id(),
                account_id=self.own_account_id(),
                **known,
            )

    @rpc(roles=OWNER)
    def rotate_machine_key(self, key_id: str) -> dict[str, Any]:
        """Replace a key; the old one goes on for a day at most."""
        schemas.load(schemas.IdInput, id=key_id)
        with self.database.transaction() as tx:
            return machine_keys.rotate_key(
                tx=tx,
                enterprise_id=self.own_enterprise_id(),
                account_id=self.own_account_id(),
                key_id=key_id,
            )

    @rpc(roles=OWNER)
    def end_machine_key(self, key_id: str) -> dict[str, Any]:
        """End a key at once."""
        schemas.load(schemas.IdInput, id=key_id)
        with self.database.transaction() as tx:
            machine_keys.end_key(tx=tx, enterprise_id=self.own_enterprise_id(), key_id=key_id)
        return {}

    @rpc(roles=OPERATORS)
    def set_key_quota(
        self, *, key_id: str, per_minute: int | None, per_day: int | None
    ) -> dict[str, Any]:
        """Give a key a quota of its own, or none."""
        known = schemas.load(
            schemas.KeyQuotaInput, key_id=key_id, per_minute=per_minute, per_day=per_day
        )
        with self.database.transaction() as tx:
            return machine_keys.set_key_quota(tx=tx, rules=self.key_rules, **known)

    @rpc(public=True, sensitive_arguments=("machine_key",))
    def get_key_token(self, machine_key: str) -> dict[str, Any]:
        """Return who a key stands for, as a token that lives a minute; each call counts."""
        known = schemas.load(schemas.MachineKeyInput, machine_key=machine_key)
        return machine_keys.get_key_token(
            database=self.database, signer=self.signer, rules=self.key_rules, **known
        )

    @rpc(public=True, sensitive_arguments=("machine_key",), idempotent=True)
    def check_key(self, machine_key: str) -> dict[str, Any]:
        """Return what a key opens and until when; the call does not count."""
        known = schemas.load(schemas.MachineKeyInput, machine_key=machine_key)
        return machine_keys.check_key(database=self.database, **known)
