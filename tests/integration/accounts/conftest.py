"""A database of accounts, and an applicant who walks through the registration."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from stdnum.iso7064 import mod_11_2

from chassis import keyrings
from chassis.clock import VirtualClock
from chassis.context import Call
from chassis.crypto import Keyring
from chassis.tables import outbox
from chassis.uow import Database
from contracts.events import SEND_SMS
from services.accounts.adapters import texts
from services.accounts.adapters.passwords import Argon2Hasher
from services.accounts.config import Settings
from services.accounts.domain.passwords import PasswordProfile
from services.accounts.usecases import activation, registration
from services.accounts.usecases.one_time_codes import CodeRules, Codes
from services.accounts.usecases.protection import Hasher
from services.accounts.usecases.registration import PasswordRules, User

START = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PASSWORD = "Kt7-wanderlust"
HASHER = Argon2Hasher(memory_kib=64, passes=1)
COMMON = texts.read_common_passwords(Settings())
CODE = "042137"


def id_number(number: int) -> str:
    """Return a right identity number of nobody: its area code does not exist."""
    body = f"99{number:04d}19900101{number % 1000:03d}"
    return body + str(mod_11_2.calc_check_digit(body))


def organization(number: int = 1) -> dict[str, Any]:
    return {
        "id": f"00000000-0000-5000-8000-{number:012d}",
        "credit_code": f"91370321QBEX{number:04d}3L",
        "organization_code": f"QBEX{number:04d}3",
        "name": f"桓台示范{number}号食品有限公司",
        "legal_representative": "林知夏",
        "address": f"山东省淄博市桓台县示范路{number}号",
        "region": "370321",
        "postcode": "256400",
        "legal_representative_email": "a@example.com",
        "phone_masked": "199****0001",
        "status": "ACTIVE",
    }


@dataclass
class World:
    """Hold what use cases need, and walk through the steps with good input."""

    database: Database
    clock: VirtualClock
    ring: Keyring
    seals: Keyring
    hasher: Hasher = HASHER
    code_rules: CodeRules = field(default_factory=CodeRules)
    profile: PasswordProfile = PasswordProfile.MODERN

    def codes(self, code: str = CODE) -> Codes:
        return Codes(self.ring, self.seals, self.code_rules, lambda: code)

    def verify(self, number: int = 1, *, life: timedelta = timedelta(hours=1)) -> str:
        with self.database.transaction() as tx:
            answer = registration.open_flow(
                tx=tx,
                ring=self.ring,
                organization=organization(number),
                region_name="山东省淄博市桓台县",
                id_number=id_number(5000 + number),
                life=life,
            )
        return str(answer["token"])

    def user(self, number: int = 1, **changes: str) -> User:
        values = {
            "username": f"filer_{number:04d}",
            "name": "王小明",
            "id_number": id_number(number),
            "password": PASSWORD,
            "password_confirmation": changes.get("password", PASSWORD),
            "bureau_code": "370321",
        }
        return User(**values | changes)

    def submit(
        self,
        token: str,
        user: User,
        *,
        is_bureau_known: bool = True,
        is_bureau_required: bool = True,
    ) -> dict[str, Any]:
        return registration.submit_user(
            database=self.database,
            ring=self.ring,
            hasher=self.hasher,
            rules=PasswordRules(profile=self.profile, common=COMMON),
            token=token,
            user=user,
            is_bureau_known=is_bureau_known,
            is_bureau_required=is_bureau_required,
        )

    def send(self, token: str, phone: str, *, code: str = CODE, client: str = "") -> dict[str, Any]:
        return activation.send_code(
            database=self.database,
            codes=self.codes(code),
            token=token,
            phone=phone,
            client_address=client,
        )

    def complete(
        self,
        token: str,
        phone: str,
        *,
        code: str = CODE,
        has_accepted_terms: bool = True,
        key: str | None = None,
    ) -> dict[str, Any]:
        return activation.complete(
            database=self.database,
            call=Call(idempotency_key=key),
            codes=self.codes(),
            terms_version="2026-01",
            token=token,
            phone=phone,
            code=code,
            has_accepted_terms=has_accepted_terms,
        )

    def identified(self, number: int = 1, **changes: str) -> str:
        """Walk through two steps and return the token."""
        token = self.verify(number)
        self.submit(token, self.user(number, **changes))
        return token

    def register(self, number: int = 1, *, phone: str | None = None, **changes: str) -> str:
        """Walk through all steps and return the user name."""
        token = self.identified(number, **changes)
        phone = phone or f"1990000{number:04d}"
        self.send(token, phone)
        return str(self.complete(token, phone)["username"])

    def messages(self) -> list[dict[str, Any]]:
        """Return the commands for SMS that were sent, opened."""
        with self.database.read() as session:
            bodies = session.scalars(
                sa.select(outbox.c.body)
                .where(outbox.c.kind == "COMMAND", outbox.c.name == SEND_SMS.name)
                .order_by(outbox.c.id)
            ).all()
        messages = []
        for body in bodies:
            envelope = json.loads(body)
            data = envelope["data"]
            messages.append(
                {
                    "template": data["template"],
                    "phone": self.seals.unseal(data["phone_sealed"], "notify"),
                    "values": json.loads(self.seals.unseal(data["values_sealed"], "notify")),
                    "expires": envelope.get("expiretime"),
                }
            )
        return messages

    def count(self, table: str) -> int:
        with self.database.read() as session:
            return session.scalar(sa.text(f"SELECT count(*) FROM {table}")) or 0  # noqa: S608 - a table's name


@pytest.fixture
def world(new_database_url: Callable[[str | None], str]) -> Iterator[World]:
    clock = VirtualClock(START)
    settings = Settings()
    database = Database(new_database_url("accounts"), service="accounts", clock=clock)
    yield World(
        database=database,
        clock=clock,
        ring=keyrings.data_ring(settings),
        seals=keyrings.seal_ring(settings),
    )
    database.close()
