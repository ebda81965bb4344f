"""Give an identity number to the one service that keeps it for an enterprise (手册 6.1: 更新)."""

from typing import Any

from chassis.errors import DomainError
from chassis.uow import Transaction
from services.registry import queries
from services.registry.events import Sealer
from services.registry.usecases import protection
from services.registry.usecases.protection import Ring

RECEIVER = "accounts"


class OrganizationUnknownError(DomainError):
    """Say that there is no such organisation."""

    code = "registry.organization_not_found"


def seal_id_number(
    *, tx: Transaction, ring: Ring, sealer: Sealer, organization_id: str
) -> dict[str, Any]:
    """Return the legal representative's identity number, readable for ``accounts`` only; audited.

    Raises:
        OrganizationUnknownError: there is no such organisation.
    """
    organization = queries.get_organization(tx.session, organization_id)
    if organization is None:
        raise OrganizationUnknownError
    place = protection.place(protection.ID_NUMBER, organization.id)
    number = ring.decrypt(organization.id_number_encrypted, place)
    tx.audit("organization.id_number_disclosed", object_id=organization.id)
    return {"legal_representative_id_number_sealed": sealer.seal(number, to=RECEIVER)}
