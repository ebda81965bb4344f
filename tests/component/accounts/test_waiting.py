"""The waiting list as applicants meet it: captcha, phone, and the step after the link (FAQ 14)."""

import json
from typing import Any

import pytest
import sqlalchemy as sa

from chassis import keyrings
from chassis.rpc import RpcProxy
from chassis.tables import outbox
from chassis.testing.embedded import Embedded
from contracts.rpc import accounts as promises
from contracts.rpc import registry as registry_promises
from services.registry import seeds as registry_seeds
from services.registry.usecases import waiting
from services.registry.usecases.waiting import WaitingRules
from tests.component.accounts.test_accounts import PHONE, captcha, client, refused, system
from tests.fakes.shapes import misfits

__all__ = ["client", "system"]

# In none of the seeds; both check characters are right (手册 FAQ 6).
ABSENT = {
    "code": "740545604",
    "name": "候补有限公司",
    "legal_representative": "候补",
    "legal_representative_id_number": "99000119810101001X",
    "address": "山东省淄博市桓台县1号",
}


class TestWaiting:
    @pytest.mark.proves("R-025", "F5")
    def test_takes_a_captcha_and_a_phone(self, client: RpcProxy) -> None:
        answer = client.wait_for_sync(**ABSENT, phone="+86 138-0013-8001", **captcha(client))
        state = client.get_waiting(token=answer["token"])

        assert misfits(answer, promises.Waiting) == []
        assert misfits(state, registry_promises.WaitingState) == []
        assert state["state"] == "WAITING"
        spent = captcha(client)
        client.wait_for_sync(**ABSENT, phone="13800138002", **spent)
        error = refused(client.wait_for_sync, **ABSENT, phone=PHONE, **spent)
        assert error.wire_code == "accounts.captcha_wrong"

    @pytest.mark.parametrize("phone", ["1380013800", "+1 202 555 0100", "电话"])
    def test_refuses_what_is_no_mobile_phone(self, client: RpcProxy, phone: str) -> None:
        error = refused(client.wait_for_sync, **ABSENT, phone=phone, **captcha(client))

        assert [entry.code for entry in error.fields] == ["accounts.phone_malformed"]

    def test_refuses_what_is_registered_or_known(self, client: RpcProxy) -> None:
        registered = next(
            row
            for row in registry_seeds.demo_organizations()
            if row["org_code"] not in registry_seeds.APPLICANTS
        )
        known = registry_seeds.demo_applicant(2)

        first = refused(
            client.wait_for_sync, **ABSENT | {"code": registered["credit_code"]}, phone=PHONE,
            **captcha(client),
        )  # fmt: skip
        second = refused(client.wait_for_sync, **known, phone="13800138003", **captcha(client))

        assert first.wire_code == "accounts.enterprise_registered"
        assert second.wire_code == "registry.already_synced"

    def test_unknown_tokens(self, client: RpcProxy) -> None:
        for method in (client.get_waiting, client.resume_registration):
            assert refused(method, token="x" * 43).wire_code == "registry.waiting_invalid"


class TestResumption:
    @pytest.mark.proves("R-025")
    def test_link_opens_the_second_step(self, system: Embedded, client: RpcProxy) -> None:
        """手册 FAQ 14, 2.1."""
        database, settings = system.database("registry"), system.settings["registry"]
        ring, seals = keyrings.data_ring(settings), keyrings.seal_ring(settings)
        fields = registry_seeds.demo_applicant(2)
        token = self.wait_although_known(database, ring, seals, fields)

        step = client.resume_registration(token=token)

        assert misfits(step, promises.RegistrationBegun) == []
        assert step["enterprise"]["credit_code"] == fields["code"]

    @staticmethod
    def wait_although_known(database: Any, ring: Any, seals: Any, fields: dict[str, Any]) -> str:
        """Put somebody on the list as if the record had come a moment later; return the link."""
        from services.registry import queries  # noqa: PLC0415 - only here

        typed = waiting.Submission(
            code=fields["code"], name=fields["name"], address=fields["address"],
            legal_representative=fields["legal_representative"],
            id_number=fields["legal_representative_id_number"],
        )  # fmt: skip
        rules = WaitingRules()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(queries, "find_organization", lambda *_: None)
            waiting.wait_for_sync(
                database=database, ring=ring, rules=rules, submission=typed, phone=PHONE,
                client_address="",
            )  # fmt: skip
        with database.transaction() as tx:
            waiting.check_waiting(tx=tx, ring=ring, sealer=seals, rules=rules)
        with database.read() as session:
            body = session.scalar(
                sa.select(outbox.c.body)
                .where(outbox.c.kind == "COMMAND")
                .order_by(outbox.c.id.desc())
                .limit(1)
            )
        values = json.loads(seals.unseal(json.loads(body)["data"]["values_sealed"], "notify"))
        return str(values["url"]).partition("resume=")[2]
