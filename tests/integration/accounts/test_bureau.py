"""Bureaus: their area, freezing, and a phone changed by two people (R-203, R-204, F9, F25)."""

from datetime import timedelta
from typing import Any

import pytest

from services.accounts import queries
from services.accounts.models.staff import PhoneChangeStateError
from services.accounts.usecases import bureau, bureau_phones, profiles, teams
from services.accounts.usecases.bureau import AlreadyFrozenError, NotFrozenError
from services.accounts.usecases.bureau_phones import (
    PhoneChangeNotFoundError,
    PhoneChangeOpenError,
    SecondPersonRequiredError,
)
from services.accounts.usecases.machine_keys import KeyInvalidError
from services.accounts.usecases.profiles import (
    AccountNotFoundError,
    EnterpriseFrozenError,
    EnterpriseNotFoundError,
)
from services.accounts.usecases.registration import InvalidFieldsError
from services.accounts.usecases.signing_in import LoginFailedError
from tests.integration.accounts.conftest import World
from tests.integration.accounts.staff import account_id, enter_password
from tests.integration.accounts.test_machine_keys import make, use
from tests.integration.accounts.test_teams import ended, enterprise_of, posted, sms

OWNER = "filer_0001"
MAKER, CHECKER = "clerk-one", "clerk-two"
NEW_PHONE = "19900008888"
AREA = "3703"


@pytest.fixture
def led(world: World) -> World:
    world.register(1)
    return world


def propose(world: World, *, phone: str = NEW_PHONE, area: str = AREA, by: str = MAKER) -> str:
    change = bureau_phones.propose(
        database=world.database,
        ring=world.ring,
        area=area,
        by=by,
        account_id=account_id(world, OWNER),
        phone=phone,
        reason="原手机号停用",
    )
    return str(change["change_id"])


def approve(world: World, change_id: str, *, by: str = CHECKER, area: str = AREA) -> dict[str, Any]:
    with world.database.transaction() as tx:
        return bureau_phones.approve(
            tx=tx,
            ring=world.ring,
            sealer=world.seals,
            area=area,
            by=by,
            office="山东省淄博市市场监督管理局",
            change_id=change_id,
        )


def apply_due(world: World) -> int:
    return bureau_phones.apply_due(database=world.database, ring=world.ring, sealer=world.seals)


def phone_of(world: World) -> str:
    profile = profiles.get_profile(
        database=world.database, ring=world.ring, account_id=account_id(world, OWNER)
    )
    return str(profile["user"]["phone_masked"])


def freeze(world: World, *, area: str = AREA) -> None:
    with world.database.transaction() as tx:
        bureau.freeze(
            tx=tx,
            area=area,
            by=MAKER,
            enterprise_id=enterprise_of(world, OWNER),
            reason="提供虚假信息",
        )


def unfreeze(world: World) -> None:
    with world.database.transaction() as tx:
        bureau.unfreeze(
            tx=tx, area=AREA, enterprise_id=enterprise_of(world, OWNER), reason="已改正"
        )


class TestArea:
    @pytest.mark.parametrize(
        ("area", "count"), [("", 1), ("37", 1), ("3703", 1), ("370321", 1), ("3701", 0), ("%", 0)]
    )
    @pytest.mark.proves("R-204", "F9", "F16")
    def test_shows_what_lies_in_it(self, led: World, area: str, count: int) -> None:
        enterprises = bureau.list_enterprises(database=led.database, area=area, text="", page=1)
        accounts = bureau.list_accounts(
            database=led.database, ring=led.ring, area=area, by=MAKER, text="", page=1
        )

        assert enterprises["total"] == len(enterprises["items"]) == count
        assert accounts["total"] == len(accounts["items"]) == count
        assert {each["phone_masked"] for each in accounts["items"]} <= {"199****0001"}
        assert all("*" in each["id_number_masked"] for each in accounts["items"])

    @pytest.mark.parametrize(
        ("text", "count"),
        [
            ("FILER_0001", 1),
            ("19900000001", 1),
            ("示范1号", 1),
            ("91370321QBEX00013L", 1),
            ("%", 0),
        ],
    )
    def test_is_searched(self, led: World, text: str, count: int) -> None:
        found = bureau.list_accounts(
            database=led.database, ring=led.ring, area=AREA, by=MAKER, text=text, page=1
        )

        assert found["total"] == count

    @pytest.mark.proves("R-204", "F9")
    def test_ends_where_another_begins(self, led: World) -> None:
        change = propose(led)

        with pytest.raises(AccountNotFoundError):
            propose(led, area="3701")
        with pytest.raises(PhoneChangeNotFoundError):
            approve(led, change, area="3701")
        with pytest.raises(EnterpriseNotFoundError):
            freeze(led, area="3701")
        assert bureau_phones.list_changes(database=led.database, area="3701")["items"] == []


@pytest.mark.proves("R-203", "F25")
class TestPhoneChange:
    def test_takes_effect_a_day_after_the_second_person(self, led: World) -> None:
        enter_password(led, OWNER)
        approve(led, propose(led))
        announced = sms(led)[-1]
        led.clock.advance(timedelta(hours=23, minutes=59))
        assert apply_due(led) == 0
        assert phone_of(led) == "199****0001"
        led.clock.advance(timedelta(minutes=2))

        assert apply_due(led) == 1

        assert phone_of(led) == "199****8888"
        assert (announced["phone"], announced["values"]["phone_masked"]) == (
            "19900000001",
            "199****8888",
        )
        assert sms(led)[-1]["phone"] == "19900000001"
        assert ended(led) == {"PHONE_CHANGED"}
        assert posted(led)[-1] == "PHONE_CHANGED"
        assert apply_due(led) == 0

    def test_needs_another_person(self, led: World) -> None:
        change = propose(led)

        with pytest.raises(SecondPersonRequiredError):
            approve(led, change, by=MAKER)
        led.clock.advance(timedelta(days=2))
        assert apply_due(led) == 0
        assert phone_of(led) == "199****0001"

    def test_is_decided_once(self, led: World) -> None:
        change = propose(led)
        approve(led, change)

        with pytest.raises(PhoneChangeStateError):
            approve(led, change)
        with led.database.transaction() as tx, pytest.raises(PhoneChangeStateError):
            bureau_phones.reject(tx=tx, area=AREA, by=CHECKER, change_id=change, reason="材料不全")

    def test_is_stopped_by_its_owner(self, led: World) -> None:
        change = propose(led)
        approve(led, change)
        led.register(2)
        with led.database.transaction() as tx, pytest.raises(PhoneChangeNotFoundError):
            bureau_phones.object_to(
                tx=tx, account_id=account_id(led, "filer_0002"), change_id=change
            )

        with led.database.transaction() as tx:
            bureau_phones.object_to(tx=tx, account_id=account_id(led, OWNER), change_id=change)

        led.clock.advance(timedelta(days=2))
        assert apply_due(led) == 0
        assert phone_of(led) == "199****0001"
        own = bureau_phones.list_own_changes(
            database=led.database, account_id=account_id(led, OWNER)
        )
        assert [each["state"] for each in own["items"]] == ["OBJECTED"]

    def test_fails_when_the_phone_was_taken_meanwhile(self, led: World) -> None:
        approve(led, propose(led))
        led.register(2, phone=NEW_PHONE)
        led.clock.advance(timedelta(days=2))

        apply_due(led)

        shown = bureau_phones.list_changes(database=led.database, area=AREA)["items"]
        assert [each["state"] for each in shown] == ["FAILED"]
        assert phone_of(led) == "199****0001"

    def test_writes_nothing_into_a_closed_account(self, led: World) -> None:
        approve(led, propose(led))
        with led.database.transaction() as tx:
            teams.close(tx, queries.lock_account(tx.session, account_id(led, OWNER)))
        led.clock.advance(timedelta(days=1, seconds=1))

        apply_due(led)

        assert phone_of(led) == "199****0001"
        with led.database.read() as session:
            closed = queries.get_account(session, account_id(led, OWNER))
        assert closed is not None
        assert closed.phone_index is None

    def test_one_at_a_time(self, led: World) -> None:
        propose(led)

        with pytest.raises(PhoneChangeOpenError):
            propose(led, phone="19900008889", by=CHECKER)

    @pytest.mark.parametrize(
        ("phone", "code"),
        [
            ("123", "accounts.phone_malformed"),
            ("19900000001", "accounts.phone_unchanged"),
            ("19900000002", "accounts.phone_taken"),
        ],
    )
    def test_to_a_phone_that_cannot_be(self, led: World, phone: str, code: str) -> None:
        led.register(2)

        with pytest.raises(InvalidFieldsError) as refused:
            propose(led, phone=phone)

        assert refused.value.fields[0].code == code


class TestFreezing:
    def test_ends_sessions_and_keys_and_is_told_after_the_right_password(self, led: World) -> None:
        enter_password(led, OWNER)
        key = make(led)["key"]
        freeze(led)

        assert ended(led) == {"FROZEN"}
        with pytest.raises(KeyInvalidError):
            use(led, key)
        with pytest.raises(LoginFailedError):
            enter_password(led, OWNER, "wrong-password")
        with pytest.raises(EnterpriseFrozenError):
            enter_password(led, OWNER)
        with pytest.raises(EnterpriseFrozenError):
            profiles.get_enterprise(database=led.database, enterprise_id=enterprise_of(led, OWNER))
        assert posted(led)[-1] == "ENTERPRISE_FROZEN"

    def test_ends_with_unfreezing(self, led: World) -> None:
        key = make(led)["key"]
        freeze(led)
        with pytest.raises(AlreadyFrozenError):
            freeze(led)
        unfreeze(led)

        assert enter_password(led, OWNER)["session_token"]
        with pytest.raises(KeyInvalidError):
            use(led, key)
        with pytest.raises(NotFrozenError):
            unfreeze(led)

    def test_needs_a_reason(self, led: World) -> None:
        with led.database.transaction() as tx, pytest.raises(InvalidFieldsError):
            bureau.freeze(
                tx=tx,
                area=AREA,
                by=MAKER,
                enterprise_id=enterprise_of(led, OWNER),
                reason=" ",
            )
