"""Wait for an organisation's record, and go on with the registration once it has come (FAQ 14)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final, Protocol

from chassis.errors import FieldError
from chassis.uow import Database
from services.accounts.domain import phones
from services.accounts.usecases import registration
from services.accounts.usecases.protection import Ring
from services.accounts.usecases.registration import InvalidFieldsError

RECEIVED: Final = "已登记。数据同步后我们会再次核对，核对一致即以短信通知您继续注册。"


class Registry(Protocol):
    """What this service asks ``registry``."""

    def wait_for_sync(self, **fields: str) -> dict[str, Any]:
        """Put an applicant on the waiting list."""

    def resume_waiting(self, *, token: str, client_address: str) -> dict[str, Any]:
        """Return the organisation that the holder of a link may register."""


class Opener(Protocol):
    """The keys of what travels (:class:`chassis.crypto.Keyring`)."""

    def unseal(self, token: str, me: str) -> str:
        """Return the value sealed for this service."""


def wait_for_sync(
    *, database: Database, registry: Registry, fields: Mapping[str, str]
) -> dict[str, Any]:
    """Leave the five fields and a phone until the record comes.

    Raises:
        InvalidFieldsError: the phone is none.
        EnterpriseRegisteredError: the organisation has an account already.
    """
    known = dict(fields)
    mobile = phones.to_mobile(known.pop("phone"))
    if mobile is None:
        raise InvalidFieldsError(fields=[FieldError("/phone", "accounts.phone_malformed")])
    registration.refuse_registered(database=database, code=known["code"])
    known["id_number"] = known.pop("legal_representative_id_number")
    return {**registry.wait_for_sync(phone=mobile, **known), "message": RECEIVED}


def resume_registration(  # noqa: PLR0913 - what the step needs, all by keyword
    *,
    database: Database,
    ring: Ring,
    opener: Opener,
    known: Mapping[str, Any],
    region_name: str,
    life: timedelta,
) -> dict[str, Any]:
    """Begin the registration that waited; ``known`` is what ``registry`` answered to the link.

    Raises:
        EnterpriseRegisteredError: somebody else has registered the organisation meanwhile.
    """
    number = opener.unseal(known["id_number_sealed"], "accounts")
    with database.transaction() as tx:
        return registration.open_flow(
            tx=tx,
            ring=ring,
            organization=known["organization"],
            region_name=region_name,
            id_number=number,
            life=life,
        )
