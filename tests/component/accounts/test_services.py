"""What other services ask accounts for: a captcha used up, the bureau in charge."""

from collections.abc import Iterator
from typing import Any

import pytest

from chassis import ids
from chassis.errors import DomainError, ForbiddenError, UnauthenticatedError
from chassis.testing import Embedded
from contracts.rpc import accounts as promises
from services.accounts import seeds
from services.accounts.service import AccountsService
from services.accounts.usecases import bureau
from tests.fakes.shapes import misfits
from tests.integration.accounts.conftest import START

CHEAP = {"argon2_memory_kib": 64, "argon2_passes": 1}
ENTERPRISE = seeds.demo_enterprises()[0]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    folder = tmp_path_factory.mktemp("accounts")
    with Embedded(AccountsService, data_dir=folder, overrides=CHEAP) as system:
        seeds.load(system.database("accounts"), system.settings["accounts"], START)  # type: ignore[arg-type] # its own
        yield system


def code_of(refused: Any) -> str:
    with pytest.raises(DomainError) as caught:
        refused()
    return caught.value.wire_code


def captcha(system: Embedded) -> dict[str, str]:
    anyone = system.client("accounts", as_service=None)
    captcha_id = anyone.new_captcha()["captcha_id"]
    answer = anyone.peek_captcha(captcha_id=captcha_id)["answer"]
    return {"captcha_id": captcha_id, "captcha_answer": answer}


class TestCaptcha:
    @pytest.mark.proves("F5")
    def test_is_used_up_for_another_service(self, system: Embedded) -> None:
        service = system.client("accounts", as_service="standards")
        solved = captcha(system)

        assert service.spend_captcha(**solved) == {}
        assert code_of(lambda: service.spend_captcha(**solved)) == "accounts.captcha_wrong"

    @pytest.mark.proves("F5")
    def test_is_used_up_by_a_wrong_answer_too(self, system: Embedded) -> None:
        service = system.client("accounts", as_service="standards")
        solved = captcha(system)

        for answer in ("wrong", solved["captcha_answer"]):
            given = {**solved, "captcha_answer": answer}
            assert (
                code_of(lambda given=given: service.spend_captcha(**given))
                == "accounts.captcha_wrong"
            )

    def test_is_used_up_by_services_only(self, system: Embedded) -> None:
        anyone = system.client("accounts", as_service=None)

        with pytest.raises(UnauthenticatedError):
            anyone.spend_captcha(captcha_id="x", captcha_answer="y")


class TestArea:
    def test_is_that_of_the_bureau_and_told_of_frozen_ones_too(self, system: Embedded) -> None:
        service = system.client("accounts", as_service="standards")
        wanted = {"enterprise_id": ENTERPRISE["enterprise_id"]}
        before = service.get_enterprise_area(**wanted)
        with system.database("accounts").transaction() as tx:
            bureau.freeze(tx=tx, area="37", by="x", reason="核查中", **wanted)

        after = service.get_enterprise_area(**wanted)

        assert before == after == {"area": "370321"}
        assert misfits(after, promises.EnterpriseArea) == []

    def test_of_an_unknown_enterprise_is_not_known(self, system: Embedded) -> None:
        service = system.client("accounts", as_service="standards")

        assert (
            code_of(lambda: service.get_enterprise_area(enterprise_id=ids.new_id()))
            == "accounts.enterprise_not_found"
        )

    def test_is_told_to_services_only(self, system: Embedded) -> None:
        anyone = system.client("accounts", as_service=None)
        token = system.token("user:1", roles=["BUREAU"], region="37")

        with pytest.raises(ForbiddenError):
            anyone.call("get_enterprise_area", {"enterprise_id": "x"}, actor_token=token)
