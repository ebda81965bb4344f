"""The team of an enterprise: invitations, roles, removal, handover."""

import re
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.context import Call
from chassis.tables import outbox
from services.accounts import queries
from services.accounts.models import Enterprise
from services.accounts.usecases import invitations, teams
from services.accounts.usecases.invitations import Acceptance, InvitationInvalidError
from services.accounts.usecases.limits import TooManyAttemptsError
from services.accounts.usecases.one_time_codes import Codes, CodeWrongError
from services.accounts.usecases.profiles import AccountNotFoundError
from services.accounts.usecases.registration import InvalidFieldsError, PasswordRules
from services.accounts.usecases.signing_in import LoginFailedError
from services.accounts.usecases.teams import OwnerRequiredError, TeamFullError
from tests.integration.accounts.conftest import CODE, COMMON, PASSWORD, World, id_number
from tests.integration.accounts.staff import account_id, enter_password

OWNER = "filer_0001"
PHONE = "19900007777"


def enterprise_of(world: World, username: str) -> str:
    with world.database.read() as session:
        account = queries.find_account(session, username)
    assert account is not None
    assert account.enterprise_id is not None
    return account.enterprise_id


def invite(world: World, *, name: str = "李小红", phone: str = PHONE, role: str = "FILER") -> str:
    """Invite somebody and return the token in the link of the SMS."""
    invitations.invite(
        database=world.database,
        ring=world.ring,
        sealer=world.seals,
        enterprise_id=enterprise_of(world, OWNER),
        account_id=account_id(world, OWNER),
        site="https://qb.example.cn/",
        name=name,
        phone=phone,
        role=role,
    )
    message = sms(world)[-1]
    assert message["phone"] == phone
    found = re.fullmatch(r"https://qb\.example\.cn/app/invitations/(.+)", message["values"]["url"])
    assert found
    return found[1]


def sms(world: World) -> list[dict[str, Any]]:
    return [message for message in world.messages() if "phone" in message]


def posted(world: World) -> list[str]:
    with world.database.read() as session:
        bodies = session.scalars(
            sa.select(outbox.c.body).where(outbox.c.name == "post_message.v1")
        ).all()
    return [found[1] for body in bodies if (found := re.search(r'"template":"(\w+)"', body))]


def codes(world: World) -> Codes:
    return Codes(world.ring, world.seals, world.code_rules, lambda: CODE)


def send_code(world: World, token: str) -> dict[str, Any]:
    return invitations.send_code(
        database=world.database, codes=codes(world), token=token, client_address=""
    )


def accept(world: World, token: str, number: int = 77, **changes: Any) -> dict[str, Any]:
    given = {
        "username": f"member_{number:04d}",
        "id_number": id_number(number),
        "password": PASSWORD,
        "password_confirmation": changes.get("password", PASSWORD),
        "code": CODE,
        "has_accepted_terms": True,
    }
    return invitations.accept(
        database=world.database,
        call=Call(),
        codes=codes(world),
        hasher=world.hasher,
        rules=PasswordRules(profile=world.profile, common=COMMON),
        terms_version="2026-01",
        token=token,
        given=Acceptance(**(given | changes)),
    )


def join(world: World, number: int = 77, role: str = "FILER") -> str:
    """Let somebody join the team of the first enterprise; return the account's id."""
    token = invite(world, phone=f"1990000{number:04d}", role=role)
    send_code(world, token)
    accept(world, token, number)
    return account_id(world, f"member_{number:04d}")


def list_team(world: World, username: str = OWNER) -> dict[str, Any]:
    return teams.list_team(
        database=world.database,
        ring=world.ring,
        enterprise_id=enterprise_of(world, username),
        account_id=account_id(world, username),
    )


@pytest.fixture
def led(world: World) -> World:
    world.register(1)
    return world


class TestInvitation:
    def test_leads_to_an_account_in_the_team(self, led: World) -> None:
        token = invite(led, role="VIEWER")
        shown = invitations.show(database=led.database, ring=led.ring, token=token)
        send_code(led, token)

        done = accept(led, token)
        team = list_team(led)

        assert shown["enterprise_name"] == "桓台示范1号食品有限公司"
        assert shown["phone_masked"] == "199****7777"
        assert done["message"] == "加入成功"
        members = {each["username"]: each for each in team["members"]}
        assert {name: each["role"] for name, each in members.items()} == {
            OWNER: "OWNER",
            "member_0077": "VIEWER",
        }
        assert members["member_0077"]["phone_masked"] == "199****7777"
        assert team["invitations"] == []
        assert enter_password(led, "member_0077")["landing"] == "企业标准录入"
        assert posted(led) == ["TEAM_JOINED"]

    def test_counts_once(self, led: World) -> None:
        token = invite(led)
        send_code(led, token)
        accept(led, token)

        with pytest.raises(InvitationInvalidError):
            send_code(led, token)
        with pytest.raises(InvitationInvalidError):
            accept(led, token, 78)

    def test_needs_the_code_that_was_sent(self, led: World) -> None:
        token = invite(led)
        with pytest.raises(CodeWrongError):
            accept(led, token)
        send_code(led, token)

        with pytest.raises(CodeWrongError):
            accept(led, token, code="999999")
        assert led.count("account") == 1

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"username": "no"}, "/username"),
            ({"id_number": "123"}, "/id_number"),
            ({"password": "short"}, "/password"),
            ({"password_confirmation": "other"}, "/password_confirmation"),
            ({"has_accepted_terms": False}, "/has_accepted_terms"),
        ],
    )
    def test_says_what_cannot_be_taken(
        self, led: World, changes: dict[str, Any], pointer: str
    ) -> None:
        token = invite(led)
        send_code(led, token)

        with pytest.raises(InvalidFieldsError) as refused:
            accept(led, token, **changes)

        assert [entry.pointer for entry in refused.value.fields] == [pointer]

    def test_of_a_taken_name_or_number_is_refused_by_the_database(self, led: World) -> None:
        token = invite(led)
        send_code(led, token)

        with pytest.raises(InvalidFieldsError) as taken:
            accept(led, token, username=OWNER.upper())
        with pytest.raises(InvalidFieldsError) as same:
            accept(led, token, id_number=id_number(1))

        assert taken.value.fields[0].code == "accounts.username_taken"
        assert same.value.fields[0].code == "accounts.id_number_taken"
        assert accept(led, token)

    def test_dies_after_a_week(self, led: World) -> None:
        token = invite(led)
        led.clock.advance(invitations.LIFE)

        with pytest.raises(InvitationInvalidError):
            invitations.show(database=led.database, ring=led.ring, token=token)

    def test_dies_when_withdrawn_or_replaced(self, led: World) -> None:
        first = invite(led)
        second = invite(led)
        found = list_team(led)["invitations"]
        assert [each["name"] for each in found] == ["李小红"]

        with led.database.transaction() as tx:
            invitations.withdraw(
                tx=tx,
                enterprise_id=enterprise_of(led, OWNER),
                invitation_id=found[0]["invitation_id"],
            )

        for token in (first, second):
            with pytest.raises(InvitationInvalidError):
                send_code(led, token)

    def test_is_withdrawn_by_its_own_enterprise_only(self, led: World) -> None:
        invite(led)
        led.register(2)
        found = list_team(led)["invitations"][0]

        with led.database.transaction() as tx, pytest.raises(InvitationInvalidError):
            invitations.withdraw(
                tx=tx,
                enterprise_id=enterprise_of(led, "filer_0002"),
                invitation_id=found["invitation_id"],
            )

    def test_of_a_phone_with_an_account_is_refused(self, led: World) -> None:
        with pytest.raises(InvalidFieldsError) as refused:
            invite(led, phone="19900000001")

        assert refused.value.fields[0].code == "accounts.phone_taken"

    def test_does_not_bombard_a_phone(self, led: World) -> None:
        for _ in range(3):
            invite(led)

        with pytest.raises(TooManyAttemptsError):
            invite(led)

    def test_keeps_the_team_small(self, led: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(teams, "LIMIT", 3)
        join(led)
        invite(led, phone="19900007778")

        with pytest.raises(TeamFullError):
            invite(led, phone="19900007779")
        invite(led, phone="19900007778")  # takes the place of the older one


class TestMembers:
    def test_see_each_other_but_not_the_phones(self, led: World) -> None:
        join(led)

        team = list_team(led, "member_0077")

        assert {member["phone_masked"] for member in team["members"]} == {""}
        own = [member["username"] for member in team["members"] if member["is_self"]]
        assert own == ["member_0077"]

    def test_get_another_role_and_a_new_session(self, led: World) -> None:
        member = join(led)
        enter_password(led, "member_0077")

        with led.database.transaction() as tx:
            teams.change_role(
                tx=tx,
                enterprise_id=enterprise_of(led, OWNER),
                account_id=member,
                role="VIEWER",
            )

        roles = {each["username"]: each["role"] for each in list_team(led)["members"]}
        assert roles["member_0077"] == "VIEWER"
        assert ended(led) == {"RIGHTS_CHANGED"}

    def test_leave_and_may_join_elsewhere(self, led: World) -> None:
        member = join(led)
        enter_password(led, "member_0077")
        with led.database.transaction() as tx:
            teams.remove_member(tx=tx, enterprise_id=enterprise_of(led, OWNER), account_id=member)

        assert len(list_team(led)["members"]) == 1
        assert ended(led) == {"ACCOUNT_CLOSED"}
        assert posted(led)[-1] == "TEAM_LEFT"
        with pytest.raises(LoginFailedError):
            enter_password(led, "member_0077")
        token = invite(led, phone="19900000077")
        led.clock.advance(led.code_rules.interval * 2)
        send_code(led, token)
        accept(led, token, 77, username="member_again")

    @pytest.mark.proves("F9")
    def test_of_others_are_not_found(self, led: World) -> None:
        led.register(2)
        foreign = account_id(led, "filer_0002")
        own = enterprise_of(led, OWNER)

        with led.database.transaction() as tx:
            with pytest.raises(AccountNotFoundError):
                teams.remove_member(tx=tx, enterprise_id=own, account_id=foreign)
            with pytest.raises(AccountNotFoundError):
                teams.change_role(tx=tx, enterprise_id=own, account_id=foreign, role="VIEWER")
            with pytest.raises(AccountNotFoundError):
                teams.hand_over(
                    tx=tx,
                    enterprise_id=own,
                    owner_id=account_id(led, OWNER),
                    account_id=foreign,
                )

    def test_the_owner_stays(self, led: World) -> None:
        own, owner = enterprise_of(led, OWNER), account_id(led, OWNER)

        with led.database.transaction() as tx:
            with pytest.raises(OwnerRequiredError):
                teams.remove_member(tx=tx, enterprise_id=own, account_id=owner)
            with pytest.raises(OwnerRequiredError):
                teams.change_role(tx=tx, enterprise_id=own, account_id=owner, role="VIEWER")
            with pytest.raises(OwnerRequiredError):
                teams.hand_over(tx=tx, enterprise_id=own, owner_id=owner, account_id=owner)


class TestHandover:
    def test_swaps_the_roles_and_ends_both_sessions(self, led: World) -> None:
        member, owner = join(led), account_id(led, OWNER)
        enter_password(led, OWNER)
        enter_password(led, "member_0077")
        own = enterprise_of(led, OWNER)

        with led.database.transaction() as tx:
            teams.hand_over(tx=tx, enterprise_id=own, owner_id=owner, account_id=member)

        roles = {each["username"]: each["role"] for each in list_team(led)["members"]}
        assert roles == {OWNER: "FILER", "member_0077": "OWNER"}
        assert ended(led) == {"RIGHTS_CHANGED"}
        assert posted(led)[-1] == "HANDOVER_DONE"
        with led.database.transaction() as tx, pytest.raises(OwnerRequiredError):
            teams.hand_over(tx=tx, enterprise_id=own, owner_id=owner, account_id=member)


def ended(world: World) -> set[str | None]:
    with world.database.read() as session:
        rows = session.scalars(sa.text("SELECT end_reason FROM login_session"))
        return set(rows)


def test_phones_are_stored_encrypted(world: World) -> None:
    world.register(1)
    invite(world)

    with world.database.read() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Enterprise)) == 1
        rows = session.execute(sa.text("SELECT * FROM invitation")).all()
    assert PHONE not in str(rows)
