"""Every encrypted column of ``standards``, with the purpose its values are encrypted for."""

from typing import Final

from chassis.rotation import Encrypted
from services.standards.models.complaints import Complaint
from services.standards.usecases.protection import COMPLAINT_TEXT, REPORTER_NAME, REPORTER_PHONE

COLUMNS: Final = (
    Encrypted(Complaint.__table__.c.text_encrypted, COMPLAINT_TEXT),
    Encrypted(Complaint.__table__.c.reporter_name_encrypted, REPORTER_NAME),
    Encrypted(Complaint.__table__.c.phone_encrypted, REPORTER_PHONE),
)
