"""Every encrypted column of ``accounts``, with the purpose its values are encrypted for."""

from typing import Final

from chassis.rotation import Encrypted
from services.accounts.models import (
    Account,
    BureauPhoneChange,
    Enterprise,
    Invitation,
    PendingLogin,
    ProofFlow,
    RegistrationFacts,
    RegistrationFlow,
    SecondFactor,
)
from services.accounts.usecases.protection import (
    ID_NUMBER,
    LEGAL_REPRESENTATIVE,
    PHONE,
    TOTP_SECRET,
)

COLUMNS: Final = (
    Encrypted(Account.__table__.c.id_number_encrypted, ID_NUMBER),
    Encrypted(Account.__table__.c.phone_encrypted, PHONE),
    Encrypted(BureauPhoneChange.__table__.c.phone_encrypted, PHONE),
    Encrypted(
        Enterprise.__table__.c.legal_representative_id_number_encrypted, LEGAL_REPRESENTATIVE
    ),
    Encrypted(Invitation.__table__.c.phone_encrypted, PHONE),
    Encrypted(PendingLogin.__table__.c.secret_encrypted, TOTP_SECRET),
    Encrypted(ProofFlow.__table__.c.phone_encrypted, PHONE),
    Encrypted(
        RegistrationFacts.__table__.c.legal_representative_id_number_encrypted,
        LEGAL_REPRESENTATIVE,
    ),
    Encrypted(
        RegistrationFlow.__table__.c.legal_representative_id_number_encrypted,
        LEGAL_REPRESENTATIVE,
    ),
    Encrypted(RegistrationFlow.__table__.c.id_number_encrypted, ID_NUMBER),
    Encrypted(SecondFactor.__table__.c.secret_encrypted, TOTP_SECRET),
)
