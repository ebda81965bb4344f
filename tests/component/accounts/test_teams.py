"""Teams, keys, bureaus and staff over the in-process bus: shapes, rights, and keys as actors."""

from collections.abc import Iterator
from typing import Any

import pytest

from chassis.errors import ForbiddenError
from chassis.rpc import RpcProxy
from chassis.testing.embedded import Embedded
from contracts.rpc import teams as promises
from services.accounts import seeds
from services.accounts.service import AccountsService
from services.registry.service import RegistryService
from tests.fakes.shapes import misfits
from tests.integration.accounts.conftest import START

CHEAP = {"argon2_memory_kib": 64, "argon2_passes": 1}


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder = tmp_path_factory.mktemp("teams")
    with Embedded(RegistryService, AccountsService, data_dir=folder, overrides=CHEAP) as system:
        seeds.load(system.database("accounts"), system.settings["accounts"], START)
        yield system


@pytest.fixture
def client(system: Embedded) -> RpcProxy:
    return system.client("accounts", as_service=None)


def actor(client: RpcProxy, username: str) -> str:
    picture = client.new_captcha()
    opened = client.log_in(
        username=username,
        password=seeds.PASSWORD,
        captcha_id=picture["captcha_id"],
        captcha_answer=client.peek_captcha(captcha_id=picture["captcha_id"])["answer"],
    )
    if "login_token" in opened:
        code = client.peek_totp(username=username)["code"]
        opened = client.verify_totp(login_token=opened["login_token"], code=code)
    return str(client.get_actor_token(session_token=opened["session_token"])["actor_token"])


class TestAnswers:
    def test_are_as_promised(self, client: RpcProxy) -> None:
        owner = actor(client, "chenghu_owner")
        bureau = actor(client, "demo_bureau_shandong")
        admin = actor(client, "demo_secadmin")

        def ask(who: str, method: str, **arguments: Any) -> dict[str, Any]:
            return client.call(method, arguments, actor_token=who)

        made = ask(owner, "make_machine_key", name="ERP", scopes=["events:read"], days=5)
        found = ask(bureau, "list_area_accounts", text="qinghe_filer")["items"][0]
        for reply, promised in (
            (ask(owner, "invite_member", name="李红", phone="13800138401", role="FILER"),
             promises.Invited),
            (ask(owner, "list_team"), promises.Team),
            (made, promises.MachineKeyMade),
            (ask(owner, "list_machine_keys"), promises.MachineKeys),
            (ask(owner, "export_enterprise", password=seeds.PASSWORD),
             promises.EnterpriseExport),
            (client.get_key_token(machine_key=made["key"]), promises.KeyKnown),
            (ask(bureau, "list_area_enterprises"), promises.AreaEnterprises),
            (ask(bureau, "propose_phone_change", account_id=found["account_id"],
                 phone="13800138402", reason="停用"), promises.PhoneChange),
            (ask(admin, "list_staff"), promises.StaffAccounts),
        ):  # fmt: skip
            assert misfits(reply, promised) == []


class TestKeys:
    @pytest.mark.proves("F9")
    def test_open_nothing_that_is_for_people(self, client: RpcProxy) -> None:
        owner = actor(client, "luyu_owner")
        scopes = ["declarations:read", "events:read", "public:read"]
        made = client.call(
            "make_machine_key", {"name": "ERP", "scopes": scopes, "days": 5}, actor_token=owner
        )
        key = client.get_key_token(machine_key=made["key"])["actor_token"]

        for method in ("list_team", "get_profile", "list_machine_keys", "list_own_phone_changes"):
            with pytest.raises(ForbiddenError):
                client.call(method, {}, actor_token=key)
