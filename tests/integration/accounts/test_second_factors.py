"""Staff log in with a password and a code of their authenticator app."""

from datetime import timedelta
from typing import Any

import pyotp
import pytest
import sqlalchemy as sa

from services.accounts.models import InitialPassword
from services.accounts.usecases import second_factors
from services.accounts.usecases.limits import TooManyAttemptsError
from services.accounts.usecases.pending_logins import (
    InitialPasswordExpiredError,
    LoginStepInvalidError,
)
from services.accounts.usecases.registration import InvalidFieldsError, PasswordRules
from services.accounts.usecases.second_factors import TotpNotEnrolledError, TotpWrongError
from tests.integration.accounts.conftest import COMMON, PASSWORD, World
from tests.integration.accounts.staff import (
    SECRET,
    account_id,
    add_staff,
    code_now,
    enter_code,
    enter_password,
)

OPERATOR = "op_0001"
NEW_PASSWORD = "Another-9-lighthouse"


@pytest.fixture
def staffed(world: World) -> World:
    # Both engines tell the same time: codes are made and checked by it.
    add_staff(world, OPERATOR, "OPERATOR")
    return world


def replace(world: World, login_token: str, password: str = NEW_PASSWORD) -> dict[str, Any]:
    return second_factors.replace_initial_password(
        database=world.database,
        ring=world.ring,
        hasher=world.hasher,
        rules=PasswordRules(profile=world.profile, common=COMMON),
        login_token=login_token,
        password=password,
        password_confirmation=password,
    )


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


@pytest.mark.proves("F27")
class TestTheCode:
    def test_opens_the_session(self, staffed: World) -> None:
        step = enter_password(staffed, OPERATOR)
        before = staffed.count("login_session")

        opened = enter_code(staffed, step["login_token"], now_code(staffed))

        assert step["step"] == "TOTP"
        assert "session_token" not in step
        assert before == 0
        assert opened["landing"] == "工作台"
        assert staffed.count("login_session") == 1
        assert staffed.count("pending_login") == 0

    def test_of_somebody_else_opens_nothing(self, staffed: World) -> None:
        add_staff(staffed, "op_0002", "OPERATOR", secret="A" * 32)
        token = enter_password(staffed, "op_0002")["login_token"]

        with pytest.raises(TotpWrongError):
            enter_code(staffed, token, now_code(staffed))

    def test_counts_once(self, staffed: World) -> None:
        code = now_code(staffed)
        enter_code(staffed, enter_password(staffed, OPERATOR)["login_token"], code)
        token = enter_password(staffed, OPERATOR)["login_token"]

        with pytest.raises(TotpWrongError):
            enter_code(staffed, token, code)

    def test_is_asked_for_five_times_and_then_not_for_a_while(self, staffed: World) -> None:
        token = enter_password(staffed, OPERATOR)["login_token"]
        for _ in range(5):
            with pytest.raises(TotpWrongError):
                enter_code(staffed, token, wrong(now_code(staffed)))

        with pytest.raises(TooManyAttemptsError):
            enter_code(staffed, token, now_code(staffed))
        # A new login does not bring new tries.
        again = enter_password(staffed, OPERATOR)["login_token"]
        with pytest.raises(TooManyAttemptsError):
            enter_code(staffed, again, now_code(staffed))

    def test_needs_the_password_first(self, staffed: World) -> None:
        with pytest.raises(LoginStepInvalidError):
            enter_code(staffed, "no-such-token", now_code(staffed))

    def test_comes_within_five_minutes(self, staffed: World) -> None:
        token = enter_password(staffed, OPERATOR)["login_token"]
        staffed.clock.advance(timedelta(seconds=301))

        with pytest.raises(LoginStepInvalidError):
            enter_code(staffed, token, now_code(staffed))

    def test_is_worthless_once_the_password_was_changed(self, staffed: World) -> None:
        token = enter_password(staffed, OPERATOR)["login_token"]
        with staffed.database.transaction() as tx:
            tx.session.execute(sa.text("UPDATE account SET password_hash = 'x'"))

        with pytest.raises(LoginStepInvalidError):
            enter_code(staffed, token, now_code(staffed))

    def test_is_not_asked_of_enterprises(self, world: World) -> None:
        username = world.register(1)

        assert "session_token" in enter_password(world, username)

    def test_is_stored_encrypted(self, staffed: World) -> None:
        with staffed.database.read() as session:
            rows = session.execute(sa.text("SELECT * FROM second_factor")).all()

        assert SECRET not in str(rows)


@pytest.mark.proves("F27")
class TestEnrolment:
    def test_at_the_first_login(self, world: World) -> None:
        add_staff(world, OPERATOR, "OPERATOR", secret=None)
        step = enter_password(world, OPERATOR)
        secret = str(pyotp.parse_uri(step["otpauth_uri"]).secret)

        with pytest.raises(TotpWrongError):
            enter_code(world, step["login_token"], wrong(code_of(world, secret)))
        enter_code(world, step["login_token"], code_of(world, secret))
        later = enter_password(world, OPERATOR)

        assert step["step"] == "TOTP_ENROLMENT"
        assert later["step"] == "TOTP"
        assert later["otpauth_uri"] is None

    def test_two_at_once_leave_one_secret(self, world: World) -> None:
        add_staff(world, OPERATOR, "OPERATOR", secret=None)
        first, second = enter_password(world, OPERATOR), enter_password(world, OPERATOR)
        enter_code(world, first["login_token"], code_in(world, first))

        with pytest.raises(LoginStepInvalidError):
            enter_code(world, second["login_token"], code_in(world, second))

    def test_again_after_it_was_reset(self, staffed: World) -> None:
        token = enter_password(staffed, OPERATOR)["login_token"]
        with staffed.database.transaction() as tx:
            second_factors.remove_factor(tx=tx, account_id=account_id(staffed, OPERATOR))

        with pytest.raises(LoginStepInvalidError):
            enter_code(staffed, token, now_code(staffed))
        assert enter_password(staffed, OPERATOR)["step"] == "TOTP_ENROLMENT"


class TestInitialPassword:
    @pytest.fixture
    def newcomer(self, world: World) -> World:
        add_staff(world, OPERATOR, "OPERATOR", secret=None)
        with world.database.transaction() as tx:
            tx.session.add(
                InitialPassword(
                    account_id=account_id(world, OPERATOR),
                    expires_at=tx.now() + timedelta(days=7),
                )
            )
        return world

    def test_must_be_replaced_before_all_else(self, newcomer: World) -> None:
        step = enter_password(newcomer, OPERATOR)
        with pytest.raises(LoginStepInvalidError):
            enter_code(newcomer, step["login_token"], "123456")

        following = replace(newcomer, step["login_token"])
        enter_code(newcomer, following["login_token"], code_in(newcomer, following))

        assert (step["step"], step["otpauth_uri"]) == ("PASSWORD", None)
        assert following["step"] == "TOTP_ENROLMENT"
        assert enter_password(newcomer, OPERATOR, NEW_PASSWORD)["step"] == "TOTP"

    @pytest.mark.parametrize(
        ("password", "code"),
        [
            (PASSWORD, "accounts.password_predictable"),
            ("short", "accounts.password_length"),
            (f"{OPERATOR}{OPERATOR}", "accounts.password_predictable"),
        ],
    )
    def test_not_by_the_same_or_a_bad_one(self, newcomer: World, password: str, code: str) -> None:
        token = enter_password(newcomer, OPERATOR)["login_token"]

        with pytest.raises(InvalidFieldsError) as refused:
            replace(newcomer, token, password)

        assert [entry.code for entry in refused.value.fields] == [code]

    def test_opens_nothing_after_its_time(self, newcomer: World) -> None:
        newcomer.clock.advance(timedelta(days=8))

        with pytest.raises(InitialPasswordExpiredError):
            enter_password(newcomer, OPERATOR)

    def test_is_not_replaced_where_there_is_none(self, staffed: World) -> None:
        token = enter_password(staffed, OPERATOR)["login_token"]

        with pytest.raises(LoginStepInvalidError):
            replace(staffed, token)


class TestPeeking:
    def test_gives_a_code_that_counts(self, staffed: World) -> None:
        for _ in range(2):
            peeked = second_factors.peek_code(
                database=staffed.database, ring=staffed.ring, username=OPERATOR
            )
            staffed.clock.advance(timedelta(seconds=peeked["wait_seconds"]))
            token = enter_password(staffed, OPERATOR)["login_token"]
            enter_code(staffed, token, peeked["code"])

    @pytest.mark.parametrize("username", ["filer_0001", "nobody_at_all"])
    def test_of_nobody(self, world: World, username: str) -> None:
        world.register(1)

        with pytest.raises(TotpNotEnrolledError):
            second_factors.peek_code(database=world.database, ring=world.ring, username=username)


def now_code(world: World) -> str:
    return code_now(world)


def code_of(world: World, secret: str) -> str:
    return code_now(world, secret)


def code_in(world: World, step: dict[str, Any]) -> str:
    return code_now(world, str(pyotp.parse_uri(step["otpauth_uri"]).secret))
