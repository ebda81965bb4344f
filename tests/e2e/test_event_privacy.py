"""Events carry no personal data, on whatever way an outsider takes them (F17, ASVS 14.2.3)."""

import json
import re
from typing import Any, Final

import pytest
import requests
import sqlalchemy as sa
from kombu.connection import Connection

from chassis.bus.topology import PUBLIC_STREAM
from chassis.config import SERVICES
from services.accounts import seeds
from tests.e2e.test_declarations import OTHER, act, entry
from tests.e2e.test_personal_data import secrets_of_everybody
from tests.e2e.test_team import link_in_sms
from tools.visitor import Visitor, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

PHONE: Final = "13912345680"
NAME: Final = "金丝雀事件人"
MEMBER: Final = {
    "username": "canary_filer",
    "id_number": "11010119720315427X",
    "password": "Canary-of-events-2026",
    "password_confirmation": "Canary-of-events-2026",
    "has_accepted_terms": True,
}
# Eleven or eighteen digits that stand alone; those of credit codes and record numbers do not.
NUMBERS: Final = re.compile(r"(?<![0-9A-Za-z.-])(1[3-9][0-9]{9}|[0-9]{17}[0-9X])(?![0-9A-Za-z.-])")
DEEDS: Final = 4


def secrets_here() -> dict[str, str]:
    """Return what no event may show: everybody's numbers, and all that the canary has typed."""
    known = {what: value.decode() for what, value in secrets_of_everybody().items()}
    own = {f"the filer's {what}": str(value) for what, value in MEMBER.items() if value is not True}
    return {**known, **own, "the filer's phone": PHONE, "the filer's name": NAME}


def join(system: Any) -> Visitor:
    """Bring somebody with known personal data into an enterprise; return him signed in."""
    owner, member = system.visitor(), system.visitor()
    owner.log_in("qinghe_owner", seeds.PASSWORD)
    owner.api("POST", "/team/invitations", json={"name": NAME, "phone": PHONE, "role": "FILER"})
    token = link_in_sms(member, PHONE)
    member.api("POST", f"/invitations/{token}/code", json=member.solve_captcha())
    body = {**MEMBER, "code": member.read_code(PHONE)}
    member.api("POST", f"/invitations/{token}/acceptance", json=body)
    member.log_in(str(MEMBER["username"]), str(MEMBER["password"]))
    return member  # type: ignore[no-any-return]  # the fixture's type is not known here


@pytest.fixture(scope="module")
def subject(system: Any) -> str:
    """Let him do everything that is an event; return the id of what it happened to."""
    filer = join(system)
    first = filer.publish(filer.save_draft(entry("QBF17 001")))
    right = {**entry("QBF17 001", title="不锈钢真空保温杯（更正）"), "is_committed": True}
    del right["kind"]
    corrected = act(filer, first, "correction", right)
    added = act(filer, corrected, "products", {"products": [OTHER], "is_committed": True})
    token = act(filer, added, "withdrawal-request")["confirmation_token"]
    act(filer, added, "withdrawal", {"confirmation_token": token, "reason": "NOT_IN_USE"})
    subject = str(first["declaration_id"])
    wait_for(
        lambda: sum(each["subject"] == subject for each in pages(system)) == DEEDS or None,
        seconds=30,
        what="公开事件",
    )
    return subject


def pages(system: Any) -> list[dict[str, Any]]:
    """Return all events of the HTTP feed."""
    anyone = system.visitor()
    found: list[dict[str, Any]] = []
    after = 0
    while True:
        page = anyone.api("GET", f"/events?after={after}&limit=500")
        found += page["items"]
        if page["next_after"] == after:
            return found
        after = page["next_after"]


def sent_by_server(system: Any, count: int) -> list[dict[str, Any]]:
    """Return the first events of the server-sent ones."""
    found: list[dict[str, Any]] = []
    with requests.get(
        f"{system.url}/api/v1/events",
        headers={"Accept": "text/event-stream"},
        stream=True,
        timeout=(5, 60),
    ) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith(b"data: "):
                found.append(json.loads(line.removeprefix(b"data: ")))
            if len(found) == count:
                break
    return found


def streamed(url: str, count: int) -> list[dict[str, Any]]:
    """Return the first events of the RabbitMQ stream, as an outsider reads it."""
    found: list[dict[str, Any]] = []
    with Connection(url) as connection:
        channel = connection.default_channel
        channel.basic_qos(0, 100, False)  # noqa: FBT003 - theirs

        def take(message: Any) -> None:
            found.append(json.loads(message.body))
            channel.basic_ack(message.delivery_tag)

        channel.basic_consume(PUBLIC_STREAM, callback=take, arguments={"x-stream-offset": "first"})
        while len(found) < count:
            connection.drain_events(timeout=30)
    return found


def stored(system: Any, table: str) -> list[str]:
    """Return all rows of a table of messages, of every service that has it."""
    found: list[str] = []
    for service in SERVICES:
        url = sa.make_url(system.stack.settings()[f"{service.upper()}_DATABASE_URL"])
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            if sa.inspect(connection).has_table(table):
                rows = connection.execute(sa.select(sa.text("*")).select_from(sa.table(table)))
                found += ["|".join(map(str, row)) for row in rows]
        engine.dispose()
    return found


def leaks(texts: list[str]) -> list[str]:
    """Return which secrets can be read in what was sent."""
    sought = secrets_here()
    return [
        f"{what} in {text[:200]}"
        for text in texts
        for what, value in sought.items()
        if value in text
    ]


def as_text(events: list[dict[str, Any]]) -> list[str]:
    return [json.dumps(event, ensure_ascii=False) for event in events]


@pytest.mark.proves("F17")
class TestEvents:
    def test_of_the_feed_show_nothing_personal(self, system: Any, subject: str) -> None:
        events = pages(system)

        assert sum(event["subject"] == subject for event in events) == DEEDS
        assert leaks(as_text(events)) == []
        assert [text for text in as_text(events) if NUMBERS.search(text)] == []

    def test_sent_by_the_server_are_the_same(self, system: Any, subject: str) -> None:
        expected = pages(system)

        assert subject in {event["subject"] for event in expected}
        assert sent_by_server(system, len(expected)) == expected

    def test_on_the_bus_are_the_same(self, system: Any, subject: str) -> None:
        """Embedded there is no stream: what is handed to the bus is the row of the log."""
        expected = pages(system)
        if system.stack.broker is not None:
            events = streamed(system.stack.broker.url, len(expected))
            assert {event["position"]: event for event in events} == {
                event["position"]: event for event in expected[: len(events)]
            }
            assert leaks(as_text(events)) == []

        log = stored(system, "public_log")

        assert len(log) >= len(expected)
        assert sum(subject in row for row in log) == DEEDS
        assert leaks(log) == []

    def test_and_commands_between_the_services_show_nothing_personal(
        self, system: Any, subject: str
    ) -> None:
        """Phones travel sealed in commands; events of whatever service have none at all."""
        rows = stored(system, "outbox") + stored(system, "inbox")

        assert any(subject in row for row in rows)
        assert leaks(rows) == []
