"""Make an enterprise out of an organisation of the registry."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from services.accounts.models import Enterprise
from services.accounts.usecases import protection
from services.accounts.usecases.protection import Ring

FACTS: Final = (
    "credit_code",
    "organization_code",
    "name",
    "legal_representative",
    "address",
    "region",
    "postcode",
    "legal_representative_email",
    "phone_masked",
)


def new_enterprise(  # noqa: PLR0913 - what an enterprise is made of, all by keyword
    *,
    ring: Ring,
    enterprise_id: str,
    organization: Mapping[str, Any],
    id_number: str,
    bureau_code: str | None,
    now: datetime,
) -> Enterprise:
    """Return a new enterprise with the facts of the registry as they are now."""
    place = protection.place(protection.LEGAL_REPRESENTATIVE, enterprise_id)
    return Enterprise(
        id=enterprise_id,
        organization_id=organization["id"],
        legal_representative_id_number_encrypted=ring.encrypt(id_number, place),
        legal_representative_id_number_index=ring.blind_index(
            id_number, protection.LEGAL_REPRESENTATIVE
        ),
        bureau_code=bureau_code,
        registered_at=now,
        refreshed_at=now,
        organization_sequence=0,
        **{name: organization[name] for name in FACTS},
    )
