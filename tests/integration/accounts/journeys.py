"""Walk through recoveries and phone changes with use cases, as the entry points do."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from chassis.actors import ActorSigner
from chassis.tables import audit
from services.accounts import queries
from services.accounts.models import Account
from services.accounts.usecases import (
    own_data,
    password_recovery,
    phone_change,
    sessions,
    signing_in,
    username_recovery,
)
from services.accounts.usecases.registration import PasswordRules
from services.accounts.usecases.signing_in import LoginRules
from tests.integration.accounts.conftest import (
    CODE,
    COMMON,
    PASSWORD,
    World,
    id_number,
    organization,
)

USERNAME = "filer_0001"
PHONE = "19900000001"
OTHER_PHONE = "19900000777"
NEW_PASSWORD = "Nr8-cloudberries"


def facts(number: int = 1, **changes: str) -> dict[str, str]:
    """Return the five fields as at registration."""
    record = organization(number)
    values = {
        "code": record["credit_code"],
        "name": record["name"],
        "legal_representative": record["legal_representative"],
        "legal_representative_id_number": id_number(5000 + number),
        "address": record["address"],
    }
    return {**values, **changes}


@dataclass
class Walker:
    """Take the steps of one world."""

    world: World

    @property
    def rules(self) -> PasswordRules:
        return PasswordRules(profile=self.world.profile, common=COMMON)

    def begin(self, *, client: str = "", **changes: str) -> str:
        answer = password_recovery.begin(
            database=self.world.database,
            ring=self.world.ring,
            fields=facts(**changes),
            client_address=client,
        )
        return str(answer["token"])

    def send(
        self, token: str, username: str = USERNAME, *, code: str = CODE, client: str = ""
    ) -> dict[str, Any]:
        return password_recovery.send_code(
            database=self.world.database,
            codes=self.world.codes(code),
            token=token,
            username=username,
            client_address=client,
        )

    def verify(self, token: str, code: str = CODE) -> str:
        answer = password_recovery.verify_code(
            database=self.world.database, codes=self.world.codes(), token=token, code=code
        )
        return str(answer["token"])

    def complete(
        self, token: str, password: str = NEW_PASSWORD, confirmation: str | None = None
    ) -> dict[str, Any]:
        return password_recovery.complete(
            database=self.world.database,
            ring=self.world.ring,
            sealer=self.world.seals,
            hasher=self.world.hasher,
            rules=self.rules,
            token=token,
            password=password,
            password_confirmation=password if confirmation is None else confirmation,
        )

    def proven(self) -> str:
        token = self.begin()
        self.send(token)
        return self.verify(token)

    def ask_username(
        self, phone: str = PHONE, *, code: str | None = None, client: str = ""
    ) -> dict[str, Any]:
        return username_recovery.begin(
            database=self.world.database,
            codes=self.world.codes(),
            code=code or facts()["code"],
            phone=phone,
            client_address=client,
        )

    def show_username(self, token: str, code: str = CODE) -> dict[str, Any]:
        return username_recovery.verify_code(
            database=self.world.database, codes=self.world.codes(), token=token, code=code
        )

    def log_in(self, password: str = PASSWORD, *, client: str = "") -> dict[str, Any]:
        return signing_in.log_in(
            database=self.world.database,
            ring=self.world.ring,
            hasher=self.world.hasher,
            rules=LoginRules(),
            username=USERNAME,
            password=password,
            user_agent="Mozilla/5.0",
            client_address=client,
        )

    def is_alive(self, session_token: str) -> bool:
        try:
            sessions.get_actor_token(
                database=self.world.database,
                signer=ActorSigner("accounts", clock=self.world.clock),
                idle=self.world.clock.now() - self.world.clock.now().replace(year=2020),
                session_token=session_token,
            )
        except sessions.SessionExpiredError:
            return False
        return True

    @property
    def account(self) -> Account:
        with self.world.database.read() as session:
            found = queries.find_account(session, USERNAME)
        assert found is not None
        return found

    def begin_phone_change(self, password: str = PASSWORD) -> dict[str, Any]:
        return phone_change.begin(
            database=self.world.database,
            codes=self.world.codes(),
            hasher=self.world.hasher,
            account_id=self.account.id,
            password=password,
            client_address="",
        )

    def verify_old(self, token: str, code: str = CODE, account_id: str = "") -> str:
        answer = phone_change.verify_old(
            database=self.world.database,
            codes=self.world.codes(),
            account_id=account_id or self.account.id,
            token=token,
            code=code,
        )
        return str(answer["token"])

    def send_new(self, token: str, phone: str = OTHER_PHONE, *, code: str = CODE) -> dict[str, Any]:
        return phone_change.send_new(
            database=self.world.database,
            codes=self.world.codes(code),
            account_id=self.account.id,
            token=token,
            phone=phone,
            client_address="",
        )

    def change_phone(self, token: str, code: str = CODE, session: str = "") -> dict[str, Any]:
        return phone_change.complete(
            database=self.world.database,
            codes=self.world.codes(),
            account_id=self.account.id,
            session_token=session,
            token=token,
            code=code,
        )

    def change_password(
        self, old: str = PASSWORD, new: str = NEW_PASSWORD, *, session: str = "", again: str = ""
    ) -> dict[str, Any]:
        return own_data.change_password(
            database=self.world.database,
            ring=self.world.ring,
            sealer=self.world.seals,
            hasher=self.world.hasher,
            rules=self.rules,
            account_id=self.account.id,
            session_token=session,
            old_password=old,
            password=new,
            password_confirmation=again or new,
        )

    def actions(self) -> list[str]:
        """Return what the audit log says was done, in order."""
        with self.world.database.read() as session:
            return list(session.scalars(sa.select(audit.c.action).order_by(audit.c.id)))


def expect(error: type[Exception], function: Callable[..., Any], *args: Any) -> None:
    """Let a call be refused."""
    try:
        function(*args)
    except error:
        return
    raise AssertionError(f"{function} was not refused with {error}")
