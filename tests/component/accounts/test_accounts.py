"""The running services: registration, login and session over the in-process bus."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import keyrings
from chassis.actors import ActorVerifier
from chassis.errors import (
    ForbiddenError,
    InvalidArgumentsError,
    RemoteDomainError,
    UnauthenticatedError,
)
from chassis.rpc import RpcProxy
from chassis.tables import outbox
from chassis.testing.embedded import Embedded, temporary_settings
from contracts.rpc import accounts as promises
from services.accounts import seeds as accounts_seeds
from services.accounts.service import AccountsService
from services.registry import seeds as registry_seeds
from services.registry.importing import import_file
from services.registry.service import RegistryService
from tests.fakes.shapes import misfits
from tests.integration.accounts.conftest import START, id_number

CHEAP = {"argon2_memory_kib": 64, "argon2_passes": 1, "verifications_per_network_hour": 1000}
USER = {
    "username": "wang_xiaoming",
    "name": "王小明",
    "id_number": id_number(9001),
    "password": "Kt7-wanderlust",
    "password_confirmation": "Kt7-wanderlust",
    "bureau_code": "370321",
}
PHONE = "13800138000"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder: Path = tmp_path_factory.mktemp("accounts")
    services = (RegistryService, AccountsService)
    with Embedded(*services, data_dir=folder, overrides=CHEAP) as system:
        for name, seeds in (("registry", registry_seeds), ("accounts", accounts_seeds)):
            seeds.load(system.database(name), system.settings[name], START)
        yield system


@pytest.fixture
def client(system: Embedded) -> RpcProxy:
    return system.client("accounts", as_service=None)


def captcha(client: RpcProxy) -> dict[str, str]:
    picture = client.new_captcha()
    answer = client.peek_captcha(captcha_id=picture["captcha_id"])["answer"]
    return {"captcha_id": picture["captcha_id"], "captcha_answer": answer.lower()}


def newest_code(system: Embedded) -> dict[str, Any]:
    """Open the newest command for an SMS, as notify would."""
    ring = keyrings.seal_ring(system.settings["accounts"])
    with system.database("accounts").read() as session:
        body = session.scalar(
            sa.select(outbox.c.body)
            .where(outbox.c.kind == "COMMAND")
            .order_by(outbox.c.id.desc())
            .limit(1)
        )
    assert body is not None
    data = json.loads(body)["data"]
    values: dict[str, Any] = json.loads(ring.unseal(data["values_sealed"], "notify"))
    return {"phone": ring.unseal(data["phone_sealed"], "notify"), **values}


def refused(call: Any, *args: Any, **arguments: Any) -> RemoteDomainError:
    with pytest.raises(RemoteDomainError) as error:
        call(*args, **arguments)
    return error.value


class TestJourney:
    @pytest.mark.proves("R-013", "R-048", "R-049", "R-054", "R-057", "R-058")
    def test_from_the_first_form_to_the_session(self, system: Embedded, client: RpcProxy) -> None:
        """手册 2.1, 3.1."""
        begun = client.begin_registration(
            **registry_seeds.demo_applicant(), **captcha(client), client_address="203.0.113.9"
        )
        token = client.submit_registration_user(token=begun["token"], **USER)["token"]
        sent = client.send_registration_code(
            token=token, phone=PHONE, **captcha(client), client_address="203.0.113.9"
        )
        message = newest_code(system)
        arguments = {
            "token": token, "phone": PHONE, "code": message["code"], "has_accepted_terms": True,
        }  # fmt: skip
        done = client.call("complete_registration", arguments, idempotency_key="key-0001")
        again = client.call("complete_registration", arguments, idempotency_key="key-0001")
        opened = client.log_in(
            username=USER["username"],
            password=USER["password"],
            **captcha(client),
            user_agent="Mozilla/5.0",
            client_address="203.0.113.9",
        )
        known = client.get_actor_token(session_token=opened["session_token"])
        profile = client.call("get_profile", actor_token=known["actor_token"])
        actor = ActorVerifier().verify(known["actor_token"])
        snapshot = system.client("accounts").get_enterprise(enterprise_id=actor.enterprise_id)
        client.call("log_out", {"session_token": opened["session_token"]})

        for reply, promised in (
            (begun, promises.RegistrationBegun),
            (sent, promises.CodeSent),
            (done, promises.Registered),
            (opened, promises.SessionOpened),
            (known, promises.ActorKnown),
            (profile, promises.Profile),
            (snapshot, promises.Enterprise),
            (client.get_terms(), promises.Terms),
            (client.new_captcha(), promises.Captcha),
        ):
            assert misfits(reply, promised) == []
        assert begun["enterprise"]["region_name"] == "山东省淄博市桓台县"
        assert sent["retry_after"] == 60
        assert message["phone"] == PHONE
        assert done == again
        assert done["message"] == "注册成功"
        assert opened["landing"] == "企业标准录入"
        assert profile["user"]["phone_masked"] == "138****8000"
        assert profile["enterprise"]["name"] == snapshot["name"] == begun["enterprise"]["name"]
        with pytest.raises(RemoteDomainError, match=r"accounts\.session_expired"):
            client.get_actor_token(session_token=opened["session_token"])

    @pytest.mark.proves("R-010")
    def test_registered_enterprise(self, client: RpcProxy) -> None:
        """手册 2.1: 无需再次注册."""
        row = registry_seeds.demo_organizations()[0]
        fields = {
            "code": row["credit_code"],
            "name": row["name"],
            "legal_representative": row["legal_rep"],
            "legal_representative_id_number": row["legal_representative_id_number"],
            "address": row["registered_address"],
        }

        error = refused(client.begin_registration, **fields, **captcha(client))

        assert error.wire_code == "accounts.enterprise_registered"

    @pytest.mark.proves("R-018", "R-020")
    def test_wrong_address_is_named_with_a_hint(self, client: RpcProxy) -> None:
        """手册 FAQ 1."""
        fields = registry_seeds.demo_applicant(1)
        fields["address"] = fields["address"].removeprefix("山东省")

        error = refused(client.begin_registration, **fields, **captcha(client))

        assert [(entry.pointer, entry.code) for entry in error.fields] == [
            ("/address", "registry.address_mismatch"),
            ("/address", "registry.address_province_missing"),
        ]
        assert error.params == {"help_url": "https://www.cods.org.cn/"}

    def test_bureau_that_does_not_exist(self, client: RpcProxy) -> None:
        begun = client.begin_registration(**registry_seeds.demo_applicant(2), **captcha(client))

        error = refused(
            client.submit_registration_user,
            token=begun["token"],
            **USER
            | {"username": "li_xiaohong", "id_number": id_number(9002), "bureau_code": "999999"},
        )

        assert [entry.code for entry in error.fields] == ["accounts.bureau_unknown"]


class TestEvents:
    def test_registrations_reach_the_registry(self, system: Embedded) -> None:
        def count() -> int:
            with system.database("registry").read() as session:
                return session.scalar(
                    sa.text("SELECT count(*) FROM organization WHERE registered_at IS NOT NULL")
                )

        system.wait_until(lambda: count() >= len(accounts_seeds.demo_enterprises()), 20)

    @pytest.mark.proves("R-189")
    def test_changed_records_reach_the_enterprise(
        self, system: Embedded, client: RpcProxy, tmp_path: Path
    ) -> None:
        """手册 FAQ 12."""
        rows = registry_seeds.demo_organizations()
        rows[1]["registered_address"] = "山东省淄博市张店区新址路1号"
        path = tmp_path / "delta.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[1]))
            writer.writeheader()
            writer.writerow(rows[1])
        ring = keyrings.data_ring(system.settings["registry"])

        import_file(database=system.database("registry"), ring=ring, path=path)

        opened = client.log_in(
            username="ciyun_owner", password=accounts_seeds.PASSWORD, **captcha(client)
        )
        token = client.get_actor_token(session_token=opened["session_token"])["actor_token"]

        def enterprise() -> dict[str, Any]:
            return client.call("get_profile", actor_token=token)["enterprise"]

        system.wait_until(lambda: enterprise()["is_outdated"], 20)
        assert enterprise()["address"] != rows[1]["registered_address"]

        refreshed = client.call("refresh_enterprise", actor_token=token)
        again = client.call("refresh_enterprise", actor_token=token)

        assert misfits(refreshed, promises.EnterpriseRefreshed) == []
        assert refreshed["changed"] == ["address"]
        assert again["is_changed"] is False
        assert enterprise()["address"] == rows[1]["registered_address"]
        assert not enterprise()["is_outdated"]


class TestCaptcha:
    @pytest.mark.proves("R-057", "R-063", "F5")
    def test_comes_before_the_password_and_works_once(self, client: RpcProxy) -> None:
        """手册 3.1: 页面验证码."""
        good = {"username": "qinghe_owner", "password": accounts_seeds.PASSWORD}
        solved = captcha(client)

        wrong = refused(client.log_in, **good, **captcha(client) | {"captcha_answer": "0000"})
        client.log_in(**good, **solved)
        reused = refused(client.log_in, **good, **solved)

        assert wrong.wire_code == reused.wire_code == "accounts.captcha_wrong"

    def test_picture_is_a_png(self, client: RpcProxy) -> None:
        picture = client.new_captcha()

        assert picture["image_png_base64"].startswith("iVBORw0KGgo")

    def test_each_sms_needs_one(self, client: RpcProxy) -> None:
        error = refused(
            client.send_registration_code,
            token="x", phone=PHONE, captcha_id="x", captcha_answer="x",
        )  # fmt: skip

        assert error.wire_code == "accounts.captcha_wrong"


class TestRights:
    @pytest.mark.parametrize(
        ("username", "roles", "region"),
        [
            ("qinghe_filer", ["FILER"], None),
            ("demo_bureau_zibo", ["BUREAU"], "3703"),
            ("demo_operator", ["OPERATOR"], None),
            ("demo_sysadmin", ["SYSTEM_ADMIN"], None),
            ("demo_secadmin", ["SECURITY_ADMIN"], None),
        ],
    )
    def test_actor_has_the_account_s_roles_and_area(
        self, client: RpcProxy, username: str, roles: list[str], region: str | None
    ) -> None:
        opened = client.log_in(
            username=username, password=accounts_seeds.PASSWORD, **captcha(client)
        )
        if "login_token" in opened:
            assert misfits(opened, promises.LoginStep) == []
            proof = client.peek_totp(username=username)
            assert misfits(proof, promises.TotpCode) == []
            opened = client.verify_totp(login_token=opened["login_token"], code=proof["code"])

        known = client.get_actor_token(session_token=opened["session_token"])

        actor = ActorVerifier().verify(known["actor_token"])
        assert sorted(actor.roles) == roles
        assert actor.region == region

    def test_enterprise_snapshot_is_for_services(self, system: Embedded, client: RpcProxy) -> None:
        enterprise_id = accounts_seeds.demo_enterprises()[0]["enterprise_id"]

        with pytest.raises(UnauthenticatedError):
            client.get_enterprise(enterprise_id=enterprise_id)
        with pytest.raises(ForbiddenError):
            client.call(
                "get_enterprise",
                {"enterprise_id": enterprise_id},
                actor_token=system.token("user:1", roles=["OWNER"]),
            )
        assert system.client("accounts").get_enterprise(enterprise_id=enterprise_id)["name"]

    def test_profile_is_for_people(self, system: Embedded) -> None:
        with pytest.raises(ForbiddenError):
            system.client("accounts").get_profile()

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("log_in", {"username": "a"}),
            ("log_in", {"username": 1, "password": "a", "captcha_id": "a", "captcha_answer": "a"}),
            ("begin_registration", {"role": "OPERATOR"}),
            ("submit_registration_user", {**USER, "token": "x", "roles": ["OPERATOR"]}),
            ("get_actor_token", {"session_token": ""}),
            ("get_actor_token", {"session_token": None}),
        ],
    )
    def test_refuses_malformed_arguments(
        self, client: RpcProxy, method: str, arguments: dict[str, Any]
    ) -> None:
        with pytest.raises(InvalidArgumentsError):
            client.call(method, arguments)

    def test_terms_are_public(self, client: RpcProxy) -> None:
        assert set(client.get_terms()) == {"version", "title", "text"}


class TestProduction:
    def test_shows_no_answers(self, tmp_path: Path) -> None:
        settings = temporary_settings(AccountsService, tmp_path, **CHEAP, environment="production")
        with Embedded(
            AccountsService, data_dir=tmp_path, settings={"accounts": settings}
        ) as system:
            client = system.client("accounts", as_service=None)
            picture = client.new_captcha()

            error = refused(client.peek_captcha, captcha_id=picture["captcha_id"])

        assert error.wire_code == "accounts.not_in_production"

    def test_purges_by_itself(self, system: Embedded) -> None:
        database = system.database("accounts")

        def has_no_old_captchas() -> bool:
            with database.read() as session:
                return not session.scalar(
                    sa.text("SELECT count(*) FROM captcha WHERE expires_at < '2000-01-02'")
                )

        with database.transaction() as tx:
            tx.session.execute(
                sa.text(
                    "INSERT INTO captcha (id, answer_hash, expires_at)"
                    " VALUES ('old', '', '2000-01-01 00:00:00.000000')"
                )
            )
        timers = system.container("accounts").entrypoints
        next(entry for entry in timers if entry.method_name == "purge").step()

        system.wait_until(has_no_old_captchas)


class TestOwnLife:
    """Recovery, user management and sessions over the bus; what they answer keeps its promise."""

    @pytest.fixture
    def actor(self, client: RpcProxy) -> dict[str, str]:
        opened = client.log_in(
            username="qinghe_owner", password=accounts_seeds.PASSWORD, **captcha(client)
        )
        known = client.get_actor_token(session_token=opened["session_token"])
        return {"token": known["actor_token"], "session": opened["session_token"]}

    @pytest.mark.proves("R-202", "R-196", "F2")
    def test_strangers_get_answers_of_the_promised_shape(self, client: RpcProxy) -> None:
        facts = registry_seeds.demo_applicant(2)
        begun = client.begin_password_recovery(**facts, **captcha(client))
        sent = client.send_password_recovery_code(
            token=begun["token"], username="nobody_here", **captcha(client)
        )
        named = client.begin_username_recovery(
            code=facts["code"], phone="19900000321", **captcha(client)
        )
        codes = {"code": "123456"}

        refusals = [
            refused(client.verify_password_recovery, token=begun["token"], **codes),
            refused(client.verify_username_recovery, token=named["token"], **codes),
            refused(
                client.complete_password_recovery,
                token=begun["token"], password="x", password_confirmation="x",
            ),
        ]  # fmt: skip

        assert misfits(begun, promises.FlowBegun) == []
        assert misfits(sent, promises.RecoveryCodeSent) == []
        assert misfits(named, promises.UsernameRecoveryBegun) == []
        assert [error.wire_code for error in refusals] == [
            "accounts.code_wrong", "accounts.code_wrong", "accounts.flow_invalid",
        ]  # fmt: skip

    @pytest.mark.proves("R-192", "F16", "F7")
    def test_owners_get_answers_of_the_promised_shape(
        self, client: RpcProxy, actor: dict[str, str]
    ) -> None:
        def ask(method: str, **arguments: str) -> dict[str, Any]:
            return client.call(method, arguments, actor_token=actor["token"])

        secret = {"password": accounts_seeds.PASSWORD}
        answers = (
            (ask("change_profile", name="王清荷"), promises.ProfileChanged),
            (ask("show_personal_data", **secret), promises.PersonalData),
            (ask("begin_phone_change", **secret, **captcha(client)), promises.PhoneChangeBegun),
            (ask("list_sessions", session_token=actor["session"]), promises.OwnSessions),
            (
                ask("accept_terms", version=client.get_terms()["version"]),
                promises.TermsAccepted,
            ),
            (ask("end_other_sessions", session_token=actor["session"]), promises.SessionsEnded),
            (client.new_captcha(kind="audio"), promises.SpokenCaptcha),
        )

        assert [misfits(reply, promised) for reply, promised in answers] == [[]] * len(answers)

    @pytest.mark.proves("F9", "F25")
    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("get_profile", {}),
            ("change_profile", {"name": "x"}),
            ("show_personal_data", {"password": "x"}),
            (
                "change_password",
                {"old_password": "x", "password": "y", "password_confirmation": "y"},
            ),
            ("verify_phone_change", {"token": "x", "code": "1"}),
            ("complete_phone_change", {"token": "x", "code": "1"}),
            ("refresh_enterprise", {}),
            ("list_sessions", {}),
            ("end_other_sessions", {}),
            ("accept_terms", {"version": "1"}),
        ],
    )
    def test_nobody_else_gets_any(
        self, system: Embedded, client: RpcProxy, method: str, arguments: dict[str, str]
    ) -> None:
        with pytest.raises(UnauthenticatedError):
            client.call(method, arguments)
        with pytest.raises(ForbiddenError):
            system.client("accounts").call(method, arguments)
