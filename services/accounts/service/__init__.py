"""Entry points of ``accounts``: one module for each area, one class that is all of them."""

from typing import Final

from chassis import keyrings, rotation
from chassis.crypto import Keyring
from chassis.service import Provided
from chassis.timers import every
from services.accounts.service.auditing import AuditEntries
from services.accounts.service.bureau import BureauEntries
from services.accounts.service.captchas import CaptchaEntries
from services.accounts.service.deliveries import DeliveryEntries
from services.accounts.service.exports import ExportEntries
from services.accounts.service.machine_keys import MachineKeyEntries
from services.accounts.service.phones import PhoneEntries
from services.accounts.service.profiles import ProfileEntries
from services.accounts.service.records import RecordEntries
from services.accounts.service.recoveries import RecoveryEntries
from services.accounts.service.registration import RegistrationEntries
from services.accounts.service.reminders import ReminderEntries
from services.accounts.service.second_factors import SecondFactorEntries
from services.accounts.service.sessions import SessionEntries
from services.accounts.service.staff import StaffEntries
from services.accounts.service.team import TeamEntries
from services.accounts.service.waiting import WaitingEntries
from services.accounts.usecases import closing, housekeeping
from services.accounts.usecases.rotation import COLUMNS

PURGE_SECONDS: Final = 60
ROTATION_SECONDS: Final = 3600


class AccountsService(
    CaptchaEntries,
    RegistrationEntries,
    SessionEntries,
    SecondFactorEntries,
    WaitingEntries,
    RecordEntries,
    ProfileEntries,
    RecoveryEntries,
    PhoneEntries,
    StaffEntries,
    BureauEntries,
    TeamEntries,
    ExportEntries,
    MachineKeyEntries,
    AuditEntries,
    DeliveryEntries,
    ReminderEntries,
):
    """Register enterprises, sign people in, and say who they are."""

    name = "accounts"

    keyring: Keyring = Provided(keyrings.data_ring)

    @every(seconds=PURGE_SECONDS, lease="purge")
    def purge(self) -> None:
        """Delete what has expired."""
        with self.database.transaction() as tx:
            housekeeping.purge(tx=tx)
        with self.database.transaction() as tx:
            closing.erase(tx=tx)

    @every(seconds=ROTATION_SECONDS, lease="rotation")
    def rotate_keys(self) -> None:
        """Bring personal data under the newest key."""
        rotation.rotate(self.database, self.keyring, COLUMNS)


SERVICE = AccountsService
