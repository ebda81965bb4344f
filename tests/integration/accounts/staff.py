"""Staff for the tests of accounts: they log in with password and code."""

from typing import Any

import pyotp

from services.accounts import queries
from services.accounts.usecases import second_factors, signing_in, staffing
from services.accounts.usecases.signing_in import LoginRules
from services.accounts.usecases.staffing import NewAccount
from tests.integration.accounts.conftest import PASSWORD, World

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def add_staff(
    world: World,
    username: str,
    role: str,
    *,
    region: str | None = None,
    secret: str | None = SECRET,
) -> str:
    """Add somebody with the usual password; return the account's id."""
    account = NewAccount(
        username=username, name="工作人员", role=role, region=region, totp_secret=secret
    )
    with world.database.transaction() as tx:
        staffing.add_account(
            tx=tx, ring=world.ring, account=account, password_hash=world.hasher.hash(PASSWORD)
        )
    return account_id(world, username)


def account_id(world: World, username: str) -> str:
    with world.database.read() as session:
        account = queries.find_account(session, username.lower())
    assert account is not None
    return account.id


def enter_password(world: World, username: str, password: str = PASSWORD) -> dict[str, Any]:
    return signing_in.log_in(
        database=world.database,
        ring=world.ring,
        hasher=world.hasher,
        rules=LoginRules(),
        username=username,
        password=password,
        user_agent="Mozilla/5.0",
        client_address="",
    )


def enter_code(world: World, login_token: str, code: str) -> dict[str, Any]:
    return second_factors.verify_code(
        database=world.database,
        ring=world.ring,
        rules=LoginRules(),
        login_token=login_token,
        code=code,
    )


def code_now(world: World, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(world.clock.now())
