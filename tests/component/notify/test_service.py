"""The service as its callers meet it: a command in, one message out."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from chassis import ids, inbox
from chassis.errors import DomainError
from chassis.keyrings import seal_ring
from chassis.testing import Embedded
from chassis.testing.embedded import temporary_settings
from contracts.events import SEND_SMS
from services.notify.service import NotifyService
from tests.component.notify.conftest import Asker, Person

PHONE = "13912345678"


def ask(system: Embedded, **changes: Any) -> str:
    """Ask for one message and return its request id."""
    ring = seal_ring(system.settings["notify"])
    request_id = changes.pop("request_id", ids.new_id())
    lifetime = changes.pop("lifetime", timedelta(minutes=5))
    values = changes.pop("values", {"code": "012345", "minutes": "5"})
    data = {
        "template": "REGISTRATION_CODE",
        "purpose": "REGISTRATION",
        "phone_sealed": ring.seal(changes.pop("phone", PHONE), "notify"),
        "values_sealed": ring.seal(json.dumps(values), "notify"),
        "request_id": request_id,
        **changes,
    }
    with system.database("registry").transaction() as tx:
        tx.send(SEND_SMS, data, expires_in=lifetime, request_id=request_id)
    return str(request_id)


def messages(system: Embedded) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.client(
        "notify", as_service=None
    ).list_development_messages()["messages"]
    return found


def all_messages(system: Embedded) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = system.client(
        "notify", as_service=None
    ).list_development_messages(limit=200)["messages"]
    return found


def is_settled(system: Embedded, count: int = 1) -> bool:
    settled = [
        message for message in all_messages(system) if message["state"] in {"SENT", "FAILED"}
    ]
    return len(settled) >= count


class TestSendSms:
    @pytest.mark.proves("R-048", "R-209")
    def test_shows_the_code_on_the_development_page(self, system: Embedded) -> None:
        request_id = ask(system)

        system.wait_until(lambda: is_settled(system))

        (message,) = messages(system)
        assert message["request_id"] == request_id
        assert message["state"] == "SENT"
        assert message["phone"] == PHONE
        assert "012345" in message["text"]
        assert message["sent_at"] is not None

    @pytest.mark.proves("E7")
    def test_sends_one_message_per_request(self, system: Embedded) -> None:
        request_id = ids.new_id()

        for _ in range(3):
            ask(system, request_id=request_id)
        system.wait_until(lambda: is_settled(system))
        system.wait_idle()

        assert [message["request_id"] for message in messages(system)] == [request_id]

    @pytest.mark.proves("F4")
    def test_limits_the_notices_of_one_phone(self, system: Embedded) -> None:
        limit = system.settings["notify"].sms_per_hour
        notice = {"template": "ACCOUNT_FROZEN", "values": {"reason": "核实"}}

        for _ in range(limit + 2):
            ask(system, **notice)
        ask(system, phone="13800000000", **notice)
        system.wait_until(lambda: is_settled(system, limit + 3), seconds=20)

        states = [(message["phone"], message["state"]) for message in messages(system)]
        assert states.count((PHONE, "SENT")) == limit
        assert states.count((PHONE, "FAILED")) == 2
        assert states.count(("13800000000", "SENT")) == 1

    @pytest.mark.proves("F4")
    def test_sends_one_code_of_many_asked_for_at_once(self, system: Embedded) -> None:
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(lambda _: ask(system), range(20)))
        system.wait_until(lambda: is_settled(system, 20), seconds=60)

        reasons = [(message["state"], message["reason"]) for message in all_messages(system)]
        assert reasons.count(("SENT", None)) == 1
        assert reasons.count(("FAILED", "LIMITED")) == 19

    @pytest.mark.proves("F4")
    def test_a_notice_is_sent_though_the_codes_are_used_up(self, system: Embedded) -> None:
        for _ in range(3):
            ask(system)
        ask(system, template="PASSWORD_CHANGED", values={"at": "2026年11月23日 16:00"})
        system.wait_until(lambda: is_settled(system, 4), seconds=20)

        sent = {message["template"] for message in messages(system) if message["state"] == "SENT"}
        assert sent == {"REGISTRATION_CODE", "PASSWORD_CHANGED"}

    @pytest.mark.proves("F4")
    def test_the_circuit_opens_for_everybody(self, tmp_path: Path) -> None:
        overrides = {"sms_circuit_floor": 3}
        with Embedded(NotifyService, Asker, data_dir=tmp_path, overrides=overrides) as system:
            for number in range(5):
                ask(system, phone=f"1380000000{number}")
            system.wait_until(lambda: is_settled(system, 5), seconds=20)

            reasons = [message["reason"] for message in messages(system)]
            circuit = Person(system, roles=("OPERATOR",)).ask(
                "get_sms_totals", first="2026-01-01", last="2026-01-02"
            )["circuit"]

        assert sorted(reasons, key=str) == ["CIRCUIT_OPEN"] * 2 + [None] * 3
        assert (circuit["is_open"], circuit["this_hour"], circuit["threshold"]) == (True, 5, 3)
        assert circuit["closes_at"] is not None

    @pytest.mark.parametrize(
        "fault",
        [
            {"phone_sealed": "sealed1:aes:notify:dev:AAAA"},
            {"values": {"code": "012345"}},
            {"values": {"code": "012345", "minutes": "5", "more": "x"}},
        ],
    )
    def test_gives_up_what_cannot_be_read(self, system: Embedded, fault: dict[str, Any]) -> None:
        ask(system, **fault)

        def is_dead() -> bool:
            with system.database("notify").read() as session:
                return any(state == inbox.DEAD for _, state in inbox.counts(session))

        system.wait_until(is_dead)

        assert messages(system) == []


class TestListDevelopmentMessages:
    def test_is_not_there_in_production(self, tmp_path: Path) -> None:
        settings = replace(temporary_settings(NotifyService, tmp_path), environment="production")

        with (
            Embedded(NotifyService, data_dir=tmp_path, settings={"notify": settings}) as system,
            pytest.raises(DomainError) as caught,
        ):
            system.client("notify", as_service=None).list_development_messages()

        assert caught.value.wire_code == "notify.not_available"
