"""Accounts of staff, and the three powers that never meet in one account (F27)."""

import re

import pytest

from services.accounts import staff as command
from services.accounts.usecases import staff_accounts
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.registration import InvalidFieldsError
from services.accounts.usecases.signing_in import LoginFailedError
from services.accounts.usecases.staff_accounts import (
    NewStaff,
    OwnAccountError,
    RolesConflictError,
)
from tests.integration.accounts.conftest import PASSWORD, World
from tests.integration.accounts.staff import account_id, add_staff, enter_password
from tests.integration.accounts.test_teams import ended

ADMIN = "sec_admin"


def add(world: World, *roles: str, region: str | None = None, username: str = "new_clerk") -> str:
    with world.database.transaction() as tx:
        added = staff_accounts.add_staff(
            tx=tx,
            staff=NewStaff(username, "新同事", roles, region),
            password_hash=world.hasher.hash(PASSWORD),
        )
    return str(added["account_id"])


def set_roles(world: World, target: str, *roles: str, region: str | None = None) -> None:
    with world.database.transaction() as tx:
        staff_accounts.set_roles(
            tx=tx,
            by=account_id(world, ADMIN),
            account_id=target,
            new_roles=roles,
            region=region,
        )


@pytest.fixture
def led(world: World) -> World:
    add_staff(world, ADMIN, "SECURITY_ADMIN")
    return world


@pytest.mark.proves("F27")
class TestStaff:
    def test_begin_with_a_password_to_replace(self, led: World) -> None:
        add(led, "OPERATOR")

        assert enter_password(led, "new_clerk")["step"] == "PASSWORD"

    @pytest.mark.parametrize(
        "roles",
        [
            ("SYSTEM_ADMIN", "SECURITY_ADMIN"),
            ("SYSTEM_ADMIN", "AUDITOR"),
            ("AUDITOR", "SECURITY_ADMIN", "OPERATOR"),
        ],
    )
    def test_never_have_two_of_the_three_powers(self, led: World, roles: tuple[str, ...]) -> None:
        with pytest.raises(RolesConflictError):
            add(led, *roles)
        clerk = add(led, "OPERATOR")

        with pytest.raises(RolesConflictError):
            set_roles(led, clerk, *roles)

    @pytest.mark.parametrize(
        ("roles", "region", "pointer"),
        [
            ((), None, "/roles"),
            (("OWNER",), None, "/roles"),
            (("EVERYTHING",), None, "/roles"),
            (("BUREAU",), None, "/region"),
            (("BUREAU",), "37", "/region"),
            (("OPERATOR",), "370300", "/region"),
        ],
    )
    def test_have_roles_of_staff_and_a_region_if_a_bureau_s(
        self, led: World, roles: tuple[str, ...], region: str | None, pointer: str
    ) -> None:
        with pytest.raises(InvalidFieldsError) as refused:
            add(led, *roles, region=region)

        assert [entry.pointer for entry in refused.value.fields] == [pointer]

    def test_get_other_roles_and_a_new_session(self, led: World) -> None:
        clerk = add(led, "OPERATOR")

        set_roles(led, clerk, "BUREAU", "OPERATOR", region="370300")

        shown = {each["username"]: each for each in listed(led)}
        assert shown["new_clerk"]["roles"] == ["BUREAU", "OPERATOR"]
        assert shown["new_clerk"]["region"] == "370300"
        assert shown["new_clerk"]["enrolled_at"] is None
        assert shown[ADMIN]["enrolled_at"] is not None

    def test_leave(self, led: World) -> None:
        clerk = add(led, "OPERATOR")
        with led.database.transaction() as tx:
            staff_accounts.end_staff(tx=tx, by=account_id(led, ADMIN), account_id=clerk)

        with pytest.raises(LoginFailedError):
            enter_password(led, "new_clerk")
        assert [each["username"] for each in listed(led)] == [ADMIN]

    def test_change_nothing_of_their_own(self, led: World) -> None:
        own = account_id(led, ADMIN)

        with pytest.raises(OwnAccountError):
            set_roles(led, own, "OPERATOR")
        with led.database.transaction() as tx:
            with pytest.raises(OwnAccountError):
                staff_accounts.end_staff(tx=tx, by=own, account_id=own)
            with pytest.raises(OwnAccountError):
                staff_accounts.reset_totp(tx=tx, by=own, account_id=own)

    def test_are_not_those_of_enterprises(self, led: World) -> None:
        username = led.register(1)

        with pytest.raises(AccountNotFoundError):
            set_roles(led, account_id(led, username), "OPERATOR")

    def test_names_are_taken_once(self, led: World) -> None:
        with pytest.raises(InvalidFieldsError) as refused:
            add(led, "OPERATOR", username=ADMIN.upper())

        assert refused.value.fields[0].code == "accounts.username_taken"

    def test_reset_makes_them_enrol_anew(self, led: World) -> None:
        clerk = add_staff(led, "op_0001", "OPERATOR")
        assert enter_password(led, "op_0001")["step"] == "TOTP"
        with led.database.transaction() as tx:
            staff_accounts.reset_totp(tx=tx, by=account_id(led, ADMIN), account_id=clerk)

        assert enter_password(led, "op_0001")["step"] == "TOTP_ENROLMENT"
        assert ended(led) == set()


def listed(world: World) -> list[dict[str, object]]:
    items: list[dict[str, object]] = staff_accounts.list_staff(database=world.database)["items"]
    return items


class TestCommand:
    def test_adds_the_first_administrator(
        self, world: World, capsys: pytest.CaptureFixture[str]
    ) -> None:
        environ = {
            "ACCOUNTS_DATABASE_URL": world.database.url.render_as_string(hide_password=False),
            "ACCOUNTS_ARGON2_MEMORY_KIB": "64",
            "ACCOUNTS_ARGON2_PASSES": "1",
        }

        assert command.main(["add", "first_admin", "安全员"], environ) == 0
        found = re.search(r"：(Qb-\S+)", capsys.readouterr().out)
        assert command.main(["add", "first_admin", "安全员"], environ) == 1

        assert found
        assert enter_password(world, "first_admin", found[1])["step"] == "PASSWORD"
        assert listed(world)[0]["roles"] == ["SECURITY_ADMIN"]
