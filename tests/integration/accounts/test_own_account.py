"""用户管理 (手册 6.1): 更新, 基本信息, 修改密码, 修改手机号; the own sessions; the terms."""

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from chassis.errors import DomainError
from chassis.tables import outbox
from services.accounts import queries
from services.accounts.usecases import (
    own_data,
    own_sessions,
    phone_change,
    refreshing,
    terms,
)
from services.accounts.usecases.limits import TooManyAttemptsError
from services.accounts.usecases.one_time_codes import CodeTooSoonError, CodeWrongError
from services.accounts.usecases.own_sessions import SessionNotFoundError
from services.accounts.usecases.proving import FlowInvalidError, PasswordWrongError
from services.accounts.usecases.refreshing import OrganizationDeregisteredError
from services.accounts.usecases.registration import InvalidFieldsError
from services.accounts.usecases.signing_in import LoginFailedError
from services.accounts.usecases.terms import TermsOutdatedError
from tests.integration.accounts.conftest import (
    CODE,
    PASSWORD,
    World,
    id_number,
    organization,
)
from tests.integration.accounts.journeys import NEW_PASSWORD, OTHER_PHONE, PHONE, Walker
from tests.integration.accounts.test_signing_in import change_account

IDLE = timedelta(minutes=30)
SYNCED = "2026-03-01T00:00:00.000Z"


@pytest.fixture
def walker(world: World) -> Walker:
    world.register(1, phone=PHONE)
    world.clock.advance(timedelta(minutes=2))
    return Walker(world)


def fields_of(error: DomainError) -> list[tuple[str, str]]:
    return [(entry.pointer, entry.code) for entry in error.fields]


def inbox(world: World) -> list[dict[str, Any]]:
    """Return the commands for inboxes."""
    with world.database.read() as session:
        bodies = session.scalars(
            sa.select(outbox.c.body).where(outbox.c.name == "post_message.v1").order_by(outbox.c.id)
        ).all()
    return [json.loads(body)["data"] for body in bodies]


class FakeRegistry:
    """Answer as the registry does."""

    def __init__(self, world: World, **changes: Any) -> None:
        self._world = world
        self.number = changes.pop("id_number", id_number(5001))
        self.record = {**organization(1), "last_synced_at": SYNCED, **changes}

    def get_organization(self, *, organization_id: str) -> dict[str, Any]:
        assert organization_id == self.record["id"]
        return self.record

    def get_sealed_id_number(self, *, organization_id: str) -> dict[str, Any]:
        assert organization_id == self.record["id"]
        sealed = self._world.seals.seal(self.number, to="accounts")
        return {"legal_representative_id_number_sealed": sealed}


class TestRefresh:
    def refresh(self, walker: Walker, **changes: Any) -> dict[str, Any]:
        world = walker.world
        return refreshing.refresh_enterprise(
            database=world.database,
            ring=world.ring,
            opener=world.seals,
            registry=FakeRegistry(world, **changes),
            enterprise_id=walker.account.enterprise_id or "",
        )

    @pytest.mark.proves("R-189", "R-032", "R-033")
    def test_takes_over_what_the_code_database_states(self, walker: Walker) -> None:
        """手册 6.1, FAQ 12, 15, 16."""
        changes = {
            "name": "桓台改名食品有限公司",
            "legal_representative": "新法人",
            "address": "山东省淄博市桓台县新路9号",
            "id_number": id_number(6001),
        }

        answer = self.refresh(walker, **changes)

        enterprise = walker.account.enterprise
        assert enterprise is not None
        assert answer["is_changed"] is True
        assert answer["message"] == "企业信息已更新"
        assert (enterprise.name, enterprise.address) == (changes["name"], changes["address"])
        with walker.world.database.read() as session:
            name = "enterprise.refreshed.v1"
            body = session.scalar(sa.select(outbox.c.body).where(outbox.c.name == name))
        assert json.loads(body or "")["data"]["changed"] == [
            "address", "legal_representative", "legal_representative_identity", "name",
        ]  # fmt: skip
        assert id_number(6001) not in (body or "")

    @pytest.mark.proves("R-189", "R-191")
    def test_without_a_change_it_says_so_and_when_it_was_synced(self, walker: Walker) -> None:
        """FAQ 12: 等待数据同步."""
        answer = self.refresh(walker)

        assert answer["is_changed"] is False
        assert "已是最新" in answer["message"]
        assert "7-15 个工作日" in answer["message"]
        assert answer["last_synced_at"] == SYNCED

    @pytest.mark.proves("R-189")
    def test_a_deregistered_organisation_says_so(self, walker: Walker) -> None:
        with pytest.raises(OrganizationDeregisteredError):
            self.refresh(walker, status="DEREGISTERED")

    @pytest.mark.proves("R-201", "R-196")
    def test_recovery_takes_the_facts_of_now_and_of_registration(self, walker: Walker) -> None:
        """手册 7.2: 机构信息填写必须和注册填写时匹配."""
        changes = {"name": "桓台改名食品有限公司", "legal_representative": "新法人"}
        self.refresh(walker, **changes)
        self.refresh(walker, **changes, address="山东省淄博市桓台县再迁路3号")
        now = {**changes, "address": "山东省淄博市桓台县再迁路3号"}

        for stated in ({}, now):
            walker.world.clock.advance(timedelta(minutes=2))
            token = walker.begin(**stated)
            walker.send(token)
            assert walker.verify(token)
        walker.world.clock.advance(timedelta(minutes=2))
        mixed = walker.begin(name=changes["name"])
        walker.send(mixed)
        with pytest.raises(CodeWrongError):
            walker.verify(mixed)


class TestProfile:
    def change(self, walker: Walker, **values: str | None) -> dict[str, Any]:
        known: dict[str, Any] = {"name": None, "id_number": None, "password": PASSWORD, **values}
        return own_data.change_profile(
            database=walker.world.database,
            ring=walker.world.ring,
            hasher=walker.world.hasher,
            account_id=walker.account.id,
            **known,
        )

    @pytest.mark.proves("R-192")
    def test_name_and_number_change(self, walker: Walker) -> None:
        """手册 6.1 基本信息."""
        answer = self.change(walker, name=" 王大明 ", id_number=id_number(77).lower())

        account, ring = walker.account, walker.world.ring
        assert answer["changed"] == ["name", "id_number"]
        assert account.name == "王大明"
        assert account.id_number_index == ring.blind_index(id_number(77), "accounts.id_number")
        assert walker.actions()[-1] == "account.profile_changed"

    @pytest.mark.proves("R-192", "R-045")
    def test_number_of_somebody_else_is_refused(self, walker: Walker) -> None:
        walker.world.register(2, phone=OTHER_PHONE)

        with pytest.raises(InvalidFieldsError) as refused:
            self.change(walker, id_number=id_number(2))

        assert fields_of(refused.value) == [("/id_number", "accounts.id_number_taken")]

    @pytest.mark.proves("R-192", "F25")
    def test_number_needs_the_password(self, walker: Walker) -> None:
        with pytest.raises(PasswordWrongError):
            self.change(walker, id_number=id_number(77), password="wrong-one-1")

    def test_refuses_what_is_no_name_and_no_number(self, walker: Walker) -> None:
        with pytest.raises(InvalidFieldsError) as refused:
            self.change(walker, name=" ", id_number="123")

        assert {pointer for pointer, _ in fields_of(refused.value)} == {"/name", "/id_number"}

    @pytest.mark.proves("F16", "F25")
    def test_numbers_in_full_only_for_the_password(self, walker: Walker) -> None:
        world = walker.world

        def show(password: str) -> dict[str, Any]:
            return own_data.show_personal_data(
                database=world.database,
                ring=world.ring,
                hasher=world.hasher,
                account_id=walker.account.id,
                password=password,
            )

        with pytest.raises(PasswordWrongError):
            show("wrong-one-1")
        shown = show(PASSWORD)

        assert (shown["id_number"], shown["phone"]) == (id_number(1), PHONE)
        assert walker.actions()[-2:] == ["account.password_refused", "account.personal_data_shown"]

    @pytest.mark.proves("F1", "F25")
    def test_password_cannot_be_guessed_from_an_open_browser(self, walker: Walker) -> None:
        for _ in range(5):
            with pytest.raises(PasswordWrongError):
                walker.begin_phone_change("wrong-one-1")
        with pytest.raises(TooManyAttemptsError):
            walker.begin_phone_change(PASSWORD)


class TestPassword:
    @pytest.mark.proves("R-193", "F7", "F25")
    def test_change_ends_the_other_sessions_and_tells(self, walker: Walker) -> None:
        """手册 6.1 修改密码."""
        here, elsewhere = walker.log_in()["session_token"], walker.log_in()["session_token"]

        walker.change_password(session=here)

        assert walker.is_alive(here)
        assert not walker.is_alive(elsewhere)
        assert walker.world.messages()[-1]["template"] == "PASSWORD_CHANGED"
        assert inbox(walker.world)[-1]["template"] == "PASSWORD_CHANGED"
        with pytest.raises(LoginFailedError):
            walker.log_in()
        assert walker.log_in(NEW_PASSWORD)

    @pytest.mark.proves("R-193")
    @pytest.mark.parametrize(
        ("new", "again", "pointer"),
        [
            ("short", "", "/password"),
            (NEW_PASSWORD, "other-one-1", "/password_confirmation"),
            (PASSWORD, "", "/password"),
            ("x19900000001x", "", "/password"),
            ("示范1号食品桓台示范1号食品有限公司", "", "/password"),
        ],
    )
    def test_refuses_bad_new_ones(self, walker: Walker, new: str, again: str, pointer: str) -> None:
        with pytest.raises(InvalidFieldsError) as refused:
            walker.change_password(new=new, again=again)

        assert fields_of(refused.value)[0][0] == pointer

    @pytest.mark.proves("R-193")
    def test_refuses_a_wrong_old_one(self, walker: Walker) -> None:
        with pytest.raises(PasswordWrongError):
            walker.change_password("wrong-one-1")


class TestPhone:
    def proven(self, walker: Walker) -> str:
        return walker.verify_old(walker.begin_phone_change()["token"])

    @pytest.mark.proves("R-194", "F25")
    def test_changes_after_both_codes(self, walker: Walker) -> None:
        """手册 6.1 修改手机号."""
        here, elsewhere = walker.log_in()["session_token"], walker.log_in()["session_token"]
        token = self.proven(walker)
        walker.send_new(token)

        done = walker.change_phone(token, session=here)

        account, ring = walker.account, walker.world.ring
        assert done["phone_masked"] == "199****0777"
        assert account.phone_index == ring.blind_index(OTHER_PHONE, "accounts.phone")
        assert walker.is_alive(here)
        assert not walker.is_alive(elsewhere)
        old, new, notice = walker.world.messages()[-3:]
        assert (old["phone"], old["template"]) == (PHONE, "PHONE_CHANGE_CODE")
        assert (new["phone"], new["template"]) == (OTHER_PHONE, "NEW_PHONE_CODE")
        assert (notice["phone"], notice["template"]) == (PHONE, "PHONE_CHANGED")
        assert inbox(walker.world)[-1]["template"] == "PHONE_CHANGED"

    @pytest.mark.proves("R-194", "F25")
    def test_a_session_alone_is_not_enough(self, walker: Walker) -> None:
        with pytest.raises(PasswordWrongError):
            walker.begin_phone_change("wrong-one-1")
        begun = walker.begin_phone_change()["token"]
        for step in (walker.send_new, walker.change_phone):
            with pytest.raises(FlowInvalidError):
                step(begun)
        with pytest.raises(CodeWrongError):
            walker.verify_old(begun, "999999")

    @pytest.mark.proves("R-194")
    def test_no_step_can_be_skipped_or_taken_twice(self, walker: Walker) -> None:
        token = self.proven(walker)
        with pytest.raises(FlowInvalidError):
            walker.change_phone(token)
        walker.send_new(token)
        with pytest.raises(CodeWrongError):
            walker.change_phone(token, "999999")
        walker.change_phone(token)
        with pytest.raises(FlowInvalidError):
            walker.change_phone(token)

    @pytest.mark.proves("R-194", "R-050")
    def test_new_phone_must_be_free(self, walker: Walker) -> None:
        walker.world.register(2, phone=OTHER_PHONE)
        token = self.proven(walker)

        for phone in (OTHER_PHONE, PHONE, "12345"):
            with pytest.raises(InvalidFieldsError):
                walker.send_new(token, phone)

    @pytest.mark.proves("R-194", "C3")
    def test_taken_at_the_last_moment(self, walker: Walker) -> None:
        token = self.proven(walker)
        walker.send_new(token)
        walker.world.clock.advance(timedelta(seconds=61))
        walker.world.register(2, phone=OTHER_PHONE)

        with pytest.raises(InvalidFieldsError) as refused:
            walker.change_phone(token)

        assert fields_of(refused.value) == [("/phone", "accounts.phone_taken")]

    @pytest.mark.proves("F25", "F9")
    def test_somebody_elses_token_opens_nothing(self, walker: Walker) -> None:
        begun = walker.begin_phone_change()["token"]

        with pytest.raises(FlowInvalidError):
            walker.verify_old(begun, account_id="00000000-0000-4000-8000-000000000000")

    @pytest.mark.proves("F3")
    def test_code_of_the_old_phone_is_none_for_the_new(self, walker: Walker) -> None:
        token = self.proven(walker)
        walker.send_new(token, code="222222")

        with pytest.raises(CodeWrongError):
            walker.change_phone(token, CODE)

    @pytest.mark.proves("F4")
    def test_codes_are_limited(self, walker: Walker) -> None:
        walker.begin_phone_change()

        with pytest.raises(CodeTooSoonError):
            walker.begin_phone_change()

    def test_account_without_a_phone(self, walker: Walker) -> None:
        change_account(walker.world, phone_index=None, phone_encrypted=None)

        with pytest.raises(phone_change.PhoneMissingError):
            walker.begin_phone_change()


class TestSessions:
    def listed(self, walker: Walker, token: str) -> list[dict[str, Any]]:
        answer = own_sessions.list_sessions(
            database=walker.world.database,
            idle=IDLE,
            account_id=walker.account.id,
            session_token=token,
        )
        found: list[dict[str, Any]] = answer["sessions"]
        return found

    @pytest.mark.proves("F7")
    def test_show_where_one_is_signed_in(self, walker: Walker) -> None:
        walker.log_in(client="203.0.113.7")
        walker.world.clock.advance(timedelta(minutes=31))
        elsewhere = walker.log_in(client="198.51.100.7")["session_id"]
        walker.world.clock.advance(timedelta(seconds=1))
        here = walker.log_in(client="203.0.113.9")

        found = self.listed(walker, here["session_token"])

        assert [(each["session_id"], each["is_current"]) for each in found] == [
            (here["session_id"], True),
            (elsewhere, False),
        ]
        assert found[1]["network"] == "198.51.100.0/24"

    @pytest.mark.proves("F7")
    def test_one_can_be_ended(self, walker: Walker) -> None:
        gone, here = walker.log_in(), walker.log_in()

        with walker.world.database.transaction() as tx:
            own_sessions.end_session(
                tx=tx, account_id=walker.account.id, session_id=gone["session_id"]
            )

        assert not walker.is_alive(gone["session_token"])
        assert walker.is_alive(here["session_token"])

    @pytest.mark.proves("F7", "F9")
    def test_somebody_elses_is_not_there(self, walker: Walker) -> None:
        session = walker.log_in()
        walker.world.register(2, phone=OTHER_PHONE)
        with walker.world.database.read() as reader:
            other = queries.find_account(reader, "filer_0002")
        assert other is not None

        with (
            pytest.raises(SessionNotFoundError),
            walker.world.database.transaction() as tx,
        ):
            own_sessions.end_session(tx=tx, account_id=other.id, session_id=session["session_id"])
        assert walker.is_alive(session["session_token"])

    @pytest.mark.proves("F7")
    def test_all_others_can_be_ended(self, walker: Walker) -> None:
        tokens = [walker.log_in()["session_token"] for _ in range(3)]

        with walker.world.database.transaction() as tx:
            answer = own_sessions.end_other_sessions(
                tx=tx, account_id=walker.account.id, session_token=tokens[1]
            )

        assert answer == {"ended": 2}
        assert [walker.is_alive(token) for token in tokens] == [False, True, False]

    @pytest.mark.proves("F1")
    def test_login_from_a_new_place_is_told(self, walker: Walker) -> None:
        for client in ("203.0.113.7", "203.0.113.200", "", "198.51.100.7", "198.51.100.8"):
            walker.log_in(client=client)

        told = [each for each in inbox(walker.world) if each["template"] == "NEW_LOGIN"]

        assert [each["values"]["network"] for each in told] == ["198.51.100.0/24"]


class TestTerms:
    @pytest.mark.proves("R-051", "R-052")
    def test_a_new_version_is_asked_for_and_accepted(self, walker: Walker) -> None:
        """手册 2.1: 服务条款."""
        account = walker.account
        assert not terms.needs_terms(account, "2026-01")
        assert terms.needs_terms(account, "2027-01")

        def accept(version: str) -> dict[str, Any]:
            with walker.world.database.transaction() as tx:
                return terms.accept_terms(
                    tx=tx, account_id=account.id, version=version, in_force="2027-01"
                )

        with pytest.raises(TermsOutdatedError):
            accept("2026-01")
        accept("2027-01")
        accept("2027-01")

        assert not terms.needs_terms(walker.account, "2027-01")
        assert walker.actions().count("account.terms_accepted") == 1
