"""Every encrypted column of ``registry``, with the purpose its values are encrypted for."""

from typing import Final

from chassis.rotation import Encrypted
from services.registry.models import Organization, WaitingApplicant
from services.registry.usecases.protection import ID_NUMBER, PHONE, WAITING_FIELDS, WAITING_PHONE

COLUMNS: Final = (
    Encrypted(Organization.__table__.c.id_number_encrypted, ID_NUMBER),
    Encrypted(Organization.__table__.c.phone_encrypted, PHONE),
    Encrypted(WaitingApplicant.__table__.c.fields_encrypted, WAITING_FIELDS),
    Encrypted(WaitingApplicant.__table__.c.phone_encrypted, WAITING_PHONE),
)
