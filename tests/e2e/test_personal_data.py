"""Personal numbers can be read nowhere: not in databases, logs, queues or files (F15, F24)."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import psycopg2
import pytest

from services.registry import seeds
from tools import launch
from tools.visitor import RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

USER: Final = {
    "username": "canary_owner",
    "name": "金丝雀",
    "id_number": "11010119851122334X",
    "password": "Canary-never-seen-2026",
    "bureau_code": "370321",
}
PHONE: Final = "13912345678"
WRONG_PASSWORD: Final = "Canary-wrong-one-2026"
WRONG_ID: Final = "110101198511223358"
COMPLAINT: Final = {
    "category": "OTHER",
    "text": "举报内容：只应由监管部门看到的一段话。",
    "name": "金丝雀举报人",
    "phone": "13912345679",
}


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Yield every file the system has written, on whichever disk format."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            try:
                yield str(path.relative_to(folder)), path.read_bytes()
            except FileNotFoundError:  # a segment that was recycled meanwhile
                continue


def dump_of(stack: launch.Stack) -> Iterator[tuple[str, bytes]]:
    """Yield the text of every row, as a dump of the databases would have it."""
    if stack.database is None:
        return
    for service in launch.SERVICES:
        connection = psycopg2.connect(stack.database.dsn(service))
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608 - a name it just told
                yield f"{service}.{table}", "\n".join(row[0] for row in cursor).encode()
        connection.close()


def secrets_of_everybody() -> dict[str, bytes]:
    """Return what may be found nowhere."""
    found = {
        "the applicant's ID number": USER["id_number"],
        "its 15-digit form": USER["id_number"][:6] + USER["id_number"][8:17],
        "the applicant's phone": PHONE,
        "the password": USER["password"],
        "a wrong password": WRONG_PASSWORD,
        "a wrong ID number": WRONG_ID,
        "the complaint's phone": COMPLAINT["phone"],
        "who has complained": COMPLAINT["name"],
        "the complaint": COMPLAINT["text"],
    }
    with seeds.ORGANIZATIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[f"ID number of {row['org_code']}"] = row["legal_representative_id_number"]
            if row["phone"]:
                found[f"phone of {row['org_code']}"] = row["phone"]
    return {name: value.encode() for name, value in found.items()}


def walk_through_everything(system: Any) -> str:
    """Let personal numbers go through every flow; return the last code that was sent."""
    applicant, stranger = system.visitor(), system.visitor()
    organization = seeds.demo_applicant(0)
    wrong = {**organization, "legal_representative_id_number": WRONG_ID}
    with pytest.raises(RefusedError):
        applicant.verify(wrong)
    token = applicant.verify(organization)
    applicant.enter_user(token, USER)
    applicant.activate(token, PHONE)
    code = str(applicant.read_code(PHONE))
    with pytest.raises(RefusedError):
        applicant.log_in(USER["username"], WRONG_PASSWORD)
    applicant.log_in(USER["username"], USER["password"])
    applicant.api("GET", "/profile")
    stranger.api(
        "POST",
        "/username-recoveries",
        json={"code": organization["code"], "phone": PHONE, **stranger.solve_captcha()},
    )
    complain(system)
    return code


def complain(system: Any) -> None:
    """Have a complaint filed, read, and resolved: who filed it is told by SMS."""
    anyone, bureau = system.visitor(), system.visitor()
    record_number = anyone.api("GET", "/public/declarations?q=QBEX00021")["items"][0][
        "record_number"
    ]
    form = {**COMPLAINT, "record_number": record_number, **anyone.solve_captcha()}
    filed = anyone.api("POST", "/public/complaints", json=form)
    bureau.log_in("demo_bureau_shandong", "Demo-2026-qibiao")
    rows = bureau.api("GET", "/bureau/complaints")["items"]
    row = next(row for row in rows if row["complaint_number"] == filed["complaint_number"])
    path = f"/bureau/complaints/{row['complaint_id']}"
    bureau.api("POST", f"{path}/reporter", json={"reason": "需要当面取证"})
    bureau.api("POST", f"{path}/acceptance", json={}, version=1)
    words = {"finding": "CONFIRMED", "outcome": "经核查属实，已更正。"}
    bureau.api("POST", f"{path}/resolution", json=words, version=2)
    wait_for(
        lambda: (
            any(
                message["phone"] == COMPLAINT["phone"]
                for message in anyone.api("GET", "/dev/messages")["items"]
            )
            or None
        ),
        seconds=20,
        what="处理结果的短信",
    )


class TestPersonalData:
    @pytest.mark.proves("F15", "F24")
    def test_can_be_read_nowhere(self, system: Any) -> None:
        code = walk_through_everything(system)

        leaks = []
        sought = {**secrets_of_everybody(), "the code's SMS": f"验证码：{code}".encode()}
        places = [*files_of(system.stack.folder), *dump_of(system.stack)]
        for place, content in places:
            leaks += [f"{what} in {place}" for what, value in sought.items() if value in content]

        assert len(places) > 10
        assert leaks == []

    @pytest.mark.proves("F16")
    def test_is_masked_in_every_answer(self, system: Any) -> None:
        visitor = system.visitor()
        visitor.log_in("qinghe_owner", "Demo-2026-qibiao")

        answers = [
            visitor.request("GET", f"/api/v1{path}").text
            for path in ("/profile", "/sessions/current", "/team", "/sessions", "/audit/own")
        ]

        shown = " ".join(answers)
        # Eleven digits in a row within a hash of the audit log are no phone.
        assert re.findall(r"(?<![0-9a-f])1[3-9][0-9]{9}(?![0-9a-f])", shown) == []
        assert re.findall(r"(?<![0-9A-Za-z])[0-9]{17}[0-9X](?![0-9A-Za-z])", shown) == []
