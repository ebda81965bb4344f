"""An enterprise takes its own data along, and its people close their own accounts."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.tables import audit
from services.accounts.usecases import (
    closing,
    exporting,
    invitations,
    leaving,
    machine_keys,
    teams,
)
from services.accounts.usecases.invitations import InvitationInvalidError
from services.accounts.usecases.leaving import HandoverRequiredError
from services.accounts.usecases.limits import TooManyAttemptsError
from services.accounts.usecases.machine_keys import KeyRules
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.proving import PasswordWrongError
from services.accounts.usecases.signing_in import LoginFailedError
from tests.integration.accounts.conftest import PASSWORD, World, id_number
from tests.integration.accounts.staff import account_id, enter_password
from tests.integration.accounts.test_teams import (
    OWNER,
    ended,
    enterprise_of,
    invite,
    join,
    list_team,
    posted,
)

MEMBER = "member_0077"


@pytest.fixture
def led(world: World) -> World:
    world.register(1)
    return world


def export(world: World, username: str = OWNER, password: str = PASSWORD) -> dict[str, Any]:
    return exporting.export_enterprise(
        database=world.database,
        ring=world.ring,
        hasher=world.hasher,
        enterprise_id=enterprise_of(world, username),
        account_id=account_id(world, username),
        password=password,
    )


def close(world: World, username: str, password: str = PASSWORD) -> None:
    leaving.close_own_account(
        database=world.database,
        hasher=world.hasher,
        enterprise_id=enterprise_of(world, username),
        account_id=account_id(world, username),
        password=password,
    )


def hand_over(world: World, successor: str) -> None:
    with world.database.transaction() as tx:
        teams.hand_over(
            tx=tx,
            enterprise_id=enterprise_of(world, OWNER),
            owner_id=account_id(world, OWNER),
            account_id=successor,
        )


def make_key(world: World, username: str = OWNER) -> dict[str, Any]:
    with world.database.transaction() as tx:
        return machine_keys.make_key(
            tx=tx,
            enterprise_id=enterprise_of(world, username),
            account_id=account_id(world, username),
            name="ERP",
            scopes=["events:read"],
            days=9,
        )


def audited(world: World, action: str) -> int:
    with world.database.read() as session:
        found = sa.select(sa.func.count()).where(audit.c.action == action)
        return session.scalar(found) or 0


class TestExport:
    @pytest.mark.proves("F16", "F25")
    def test_holds_everything_but_secrets_and_the_numbers_of_others(self, led: World) -> None:
        join(led)
        token = invite(led)
        opened = enter_password(led, MEMBER)
        key = make_key(led)

        found = export(led)

        accounts = {each["username"]: each for each in found["accounts"]}
        assert (accounts[OWNER]["id_number"], accounts[OWNER]["phone"]) == (
            id_number(1),
            "19900000001",
        )
        assert accounts[OWNER]["is_self"]
        assert accounts[MEMBER]["phone"] == "199****0077"
        assert found["enterprise"]["name"] == "桓台示范1号食品有限公司"
        assert [each["session_id"] for each in found["sessions"]] == [opened["session_id"]]
        assert [each["key_id"] for each in found["machine_keys"]] == [key["key_id"]]
        assert {each["state"] for each in found["invitations"]} == {"OPEN", "ACCEPTED"}
        assert found["capped"] == []
        text = json.dumps(found)
        for secret in (
            token,
            key["key"],
            opened["session_token"],
            PASSWORD,
            id_number(77),
            "19900000077",
            "19900007777",
            id_number(5001),
        ):
            assert secret not in text
        assert audited(led, "enterprise.exported") == 1

    @pytest.mark.proves("F9")
    def test_holds_nothing_of_others(self, led: World) -> None:
        led.register(2)
        enter_password(led, "filer_0002")
        make_key(led, "filer_0002")

        found = export(led)

        assert [each["username"] for each in found["accounts"]] == [OWNER]
        assert (found["sessions"], found["machine_keys"], found["invitations"]) == ([], [], [])

    def test_shows_closed_accounts_as_such(self, led: World) -> None:
        join(led)
        close(led, MEMBER)
        led.clock.advance(closing.KEEP_DATA + timedelta(days=1))
        with led.database.transaction() as tx:
            closing.erase(tx=tx)

        closed = next(each for each in export(led)["accounts"] if each["username"] == MEMBER)

        assert (closed["state"], closed["name"]) == ("CLOSED", closing.ERASED)
        assert (closed["id_number"], closed["phone"]) == ("", "")

    def test_says_where_it_was_cut(self, led: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exporting, "MOST_ROWS", 2)
        for _ in range(3):
            newest = enter_password(led, OWNER)
            led.clock.advance(timedelta(seconds=1))
        for _ in range(2):
            make_key(led)

        found = export(led)

        assert found["capped"] == ["sessions"]
        assert found["sessions"][0]["session_id"] == newest["session_id"]
        assert (len(found["sessions"]), len(found["machine_keys"])) == (2, 2)

    @pytest.mark.proves("F25")
    def test_needs_the_password_and_counts_the_tries(self, led: World) -> None:
        for _ in range(5):
            with pytest.raises(PasswordWrongError):
                export(led, password="wrong")

        with pytest.raises(TooManyAttemptsError):
            export(led)
        assert audited(led, "enterprise.exported") == 0
        assert audited(led, "account.password_refused") == 5

    def test_is_not_made_over_and_over(self, led: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exporting, "PER_DAY", 1)
        export(led)

        with pytest.raises(TooManyAttemptsError):
            export(led)


class TestLeaving:
    @pytest.mark.proves("F25")
    def test_ends_sessions_and_the_login(self, led: World) -> None:
        join(led)
        enter_password(led, MEMBER)
        with pytest.raises(PasswordWrongError):
            close(led, MEMBER, "wrong")

        close(led, MEMBER)

        assert ended(led) == {"ACCOUNT_CLOSED"}
        assert posted(led)[-1] == "TEAM_LEFT"
        assert [each["username"] for each in list_team(led)["members"]] == [OWNER]
        for username in (MEMBER, "nobody_0001"):
            with pytest.raises(LoginFailedError):
                enter_password(led, username)
        with pytest.raises(PasswordWrongError):
            close(led, MEMBER)

    def test_of_an_owner_waits_for_the_handover(self, led: World) -> None:
        member = join(led)
        with pytest.raises(HandoverRequiredError):
            close(led, OWNER)
        assert enter_password(led, OWNER)
        hand_over(led, member)

        close(led, OWNER)

        with pytest.raises(LoginFailedError):
            enter_password(led, OWNER)
        assert list_team(led, MEMBER)["members"][0]["role"] == "OWNER"

    def test_of_the_last_one_ends_keys_and_invitations(self, led: World) -> None:
        token, key = invite(led), make_key(led)
        enterprise_id = enterprise_of(led, OWNER)

        close(led, OWNER)

        with pytest.raises(InvitationInvalidError):
            invitations.show(database=led.database, ring=led.ring, token=token)
        keys = machine_keys.list_keys(
            database=led.database, enterprise_id=enterprise_id, rules=KeyRules()
        )["items"]
        assert [(each["key_id"], each["is_active"]) for each in keys] == [(key["key_id"], False)]

    def test_is_followed_by_the_erasing_of_what_the_account_holds(self, led: World) -> None:
        join(led)
        close(led, MEMBER)
        led.clock.advance(closing.KEEP_DATA + timedelta(days=1))

        with led.database.transaction() as tx:
            assert closing.erase(tx=tx) == 1

        with led.database.read() as session:
            row = session.execute(
                sa.text(
                    "SELECT name, id_number_encrypted, phone_encrypted, password_hash"
                    " FROM account WHERE username = 'member_0077'"
                )
            ).one()
        assert tuple(row) == (closing.ERASED, None, None, "")

    def test_twice_at_once_finds_no_account(self, led: World) -> None:
        join(led)
        enterprise_id, member = enterprise_of(led, OWNER), account_id(led, MEMBER)
        with led.database.transaction() as tx:
            teams.remove_member(tx=tx, enterprise_id=enterprise_id, account_id=member)

        with led.database.transaction() as tx, pytest.raises(AccountNotFoundError):
            leaving.leave(tx=tx, enterprise_id=enterprise_id, account_id=member)
