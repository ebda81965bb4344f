"""Complaints as callers meet them: captcha, area, rights, and the enterprise that asks."""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR

from chassis import ids
from chassis.errors import DomainError, ForbiddenError
from chassis.rpc import Rpc, rpc
from chassis.testing import Embedded
from contracts.rpc import complaints as contract
from services.standards.service import StandardsService
from tests.component.standards.conftest import Clerk, FakeAccounts
from tests.component.standards.test_contract import fields, promised

TEXT = "购买的保温杯六小时后水温只有三十度，与公开的不符。"
NAME = "张小燕"
PHONE = "13912345678"


class _RefusedError(DomainError):
    code = "accounts.captcha_wrong"


class _UnknownError(DomainError):
    code = "accounts.enterprise_not_found"


class Accounts(FakeAccounts):
    """Know one captcha, which is used up, and where enterprises belong, but for strangers."""

    spent: list[str] = []  # noqa: RUF012 - shared on purpose: workers come and go
    strangers: set[str] = set()  # noqa: RUF012

    @rpc(roles=("SERVICE",), sensitive_arguments=("captcha_answer",))
    def spend_captcha(self, *, captcha_id: str, captcha_answer: str) -> dict[str, Any]:
        """Refuse what was used before."""
        if captcha_answer != "ACEF" or captcha_id in self.spent:
            raise _RefusedError
        self.spent.append(captcha_id)
        return {}

    @rpc(roles=("SERVICE",), idempotent=True)
    def get_enterprise_area(self, *, enterprise_id: str) -> dict[str, Any]:
        """Return another place than the one that was published."""
        if enterprise_id in self.strangers:
            raise _UnknownError
        return {"area": "330702"}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Embedded]:
    Accounts.spent.clear()
    with Embedded(Accounts, StandardsService, data_dir=tmp_path) as running:
        yield running


@pytest.fixture
def published(clerk: Clerk) -> dict[str, Any]:
    draft = clerk.save(upload_id=clerk.upload()["upload_id"])
    return clerk.publish(draft)


def file(system: Embedded, published: dict[str, Any], **changes: str) -> dict[str, Any]:
    form = {
        "record_number": published["record_number"], "category": "BELOW_MANDATORY",
        "complaint_text": TEXT, "reporter_name": NAME, "phone": PHONE,
        "captcha_id": ids.new_id(), "captcha_answer": "ACEF",
        "client_address": "198.51.100.7", **changes,
    }  # fmt: skip
    return dict(system.client("standards", as_service=None).file_complaint(**form))


def staff(system: Embedded, method: str, *, role: str = "BUREAU", region: str | None = "33",
          **arguments: Any) -> dict[str, Any]:  # fmt: skip
    token = system.token(f"user:{role}", roles=(role,), region=region)
    proxy = system.client("standards", as_service=None)
    return dict(proxy.call(method, arguments, actor_token=token))


def code_of(refused: Any) -> str:
    with pytest.raises(DomainError) as caught:
        refused()
    return caught.value.wire_code


def found(system: Embedded, **wanted: Any) -> list[dict[str, Any]]:
    return list(staff(system, "list_complaints", **wanted)["items"])


class TestFiling:
    def test_takes_a_captcha_once(self, system: Embedded, published: dict[str, Any]) -> None:
        captcha = ids.new_id()
        file(system, published, captcha_id=captcha)

        for changes in ({"captcha_id": captcha}, {"captcha_answer": "wrong"}):
            assert (
                code_of(lambda changes=changes: file(system, published, **changes))
                == "accounts.captcha_wrong"
            )
        assert len(found(system)) == 1

    def test_counts_wrong_captchas_as_well(
        self, system: Embedded, published: dict[str, Any]
    ) -> None:
        for _ in range(10):
            code_of(lambda: file(system, published, captcha_answer="wrong"))

        assert code_of(lambda: file(system, published)) == "bus.rate_limited"

    def test_keeps_the_captcha_when_the_form_is_wrong(
        self, system: Embedded, published: dict[str, Any]
    ) -> None:
        assert code_of(lambda: file(system, published, phone="1")) == "standards.complaint_invalid"
        assert Accounts.spent == []

    def test_goes_to_the_bureau_in_charge(
        self, system: Embedded, clerk: Clerk, published: dict[str, Any]
    ) -> None:
        file(system, published)
        Accounts.strangers.add(clerk.enterprise_id)
        file(system, published)

        areas = [item["area"] for item in found(system, region="3307")]
        assert areas == ["330784", "330702"]
        assert [item["area"] for item in found(system, region="330702")] == ["330702"]
        assert found(system, region="34") == []
        assert len(found(system, role="OPERATOR", region=None)) == 2


class TestRights:
    def test_a_bureau_without_an_area_sees_nothing(self, system: Embedded) -> None:
        with pytest.raises(ForbiddenError):
            staff(system, "list_complaints", region=None)

    def test_only_the_bureau_is_told_who_it_was(
        self, system: Embedded, published: dict[str, Any]
    ) -> None:
        file(system, published)
        (item,) = found(system)
        wanted = {"complaint_id": item["complaint_id"], "reason": "当面取证"}

        assert staff(system, "show_complaint_reporter", **wanted)["phone"] == PHONE
        for role in ("OPERATOR", "AUDITOR", "OWNER"):
            with pytest.raises(ForbiddenError):
                staff(system, "show_complaint_reporter", role=role, **wanted)
        assert (
            code_of(lambda: staff(system, "show_complaint_reporter", region="34", **wanted))
            == "standards.complaint_not_found"
        )


class TestAnswers:
    def test_are_as_promised(
        self, system: Embedded, clerk: Clerk, published: dict[str, Any]
    ) -> None:
        filed = file(system, published)
        asked = {"complaint_number": filed["complaint_number"], "code": filed["query_code"]}
        standing = system.client("standards", as_service=None).get_complaint_state(**asked)
        (row,) = found(system)
        one = {"complaint_id": row["complaint_id"]}
        noted = staff(system, "add_complaint_note", **one, expected_version=1, note="备注")
        taken = staff(system, "accept_complaint", **one, expected_version=2)
        words = {"finding": "CONFIRMED", "outcome": "属实，已更正。"}
        done = staff(system, "resolve_complaint", **one, expected_version=3, **words)
        whole = staff(system, "get_complaint", **one)
        declaration = {"declaration_id": published["declaration_id"]}
        page = clerk.ask("list_complaint_findings", **declaration)

        answers = [
            (filed, contract.ComplaintFiled),
            (standing, contract.ComplaintStanding),
            (row, contract.ComplaintRow),
            (staff(system, "list_complaints", state="RESOLVED"), contract.ComplaintPage),
            (noted, contract.Complaint),
            (taken, contract.Complaint),
            (done, contract.Complaint),
            (whole, contract.WholeComplaint),
            (whole["steps"][0], contract.ComplaintStep),
            (
                staff(system, "show_complaint_reporter", **one, reason="取证"),
                contract.ComplaintReporter,
            ),
            (page, contract.ComplaintFindingPage),
            (page["items"][0], contract.ComplaintFinding),
        ]
        for answer, kind in answers:
            assert fields(answer) == set(kind.__annotations__) | promised(kind) | _inherited(kind)

    def test_of_a_refusal_are_as_promised(
        self, system: Embedded, published: dict[str, Any]
    ) -> None:
        file(system, published)
        (row,) = found(system)

        refused = staff(
            system, "refuse_complaint", complaint_id=row["complaint_id"], expected_version=1,
            outcome="不属于受理范围",
        )  # fmt: skip

        assert refused["state"] == "REFUSED"
        assert fields(refused) == promised(contract.Complaint) | _inherited(contract.Complaint)


def _inherited(kind: Any) -> set[str]:
    names = set(kind.__annotations__)
    for base in getattr(kind, "__orig_bases__", ()):
        if getattr(base, "__annotations__", None) is not None:
            names |= _inherited(base)
    return names


class TestConfidence:
    @pytest.mark.proves("F9", "F16")
    def test_no_answer_to_the_enterprise_holds_a_word(
        self, system: Embedded, clerk: Clerk, published: dict[str, Any]
    ) -> None:
        """Every method that the enterprise may call is called, about its own declaration."""
        filed = [file(system, published) for _ in range(2)]
        open_one, resolved = (item["complaint_id"] for item in found(system))
        staff(
            system, "accept_complaint", complaint_id=resolved, expected_version=1, note="内部备注"
        )
        staff(
            system, "resolve_complaint", complaint_id=resolved, expected_version=2,
            finding="CONFIRMED", outcome="经核查属实，企业已更正。",
        )  # fmt: skip
        # Somebody of the enterprise is signed in while he complains.
        token = system.token("user:insider", enterprise_id=clerk.enterprise_id, roles=["FILER"])
        system.client("standards", as_service=None).call(
            "file_complaint",
            {
                "record_number": published["record_number"], "category": "OTHER",
                "complaint_text": TEXT, "captcha_id": ids.new_id(), "captcha_answer": "ACEF",
            },
            actor_token=token,
        )  # fmt: skip
        system.wait_until(lambda: _sealed(system).count("complaint.received") == 3)

        answers = {name: _answer(clerk, name, published, open_one) for name in _open_to_owners()}

        assert answers["list_complaint_findings"]["total"] == 1
        assert answers["list_own_audit"]["rows"]
        shown = json.dumps(answers, ensure_ascii=False)
        secrets = [NAME, PHONE, TEXT[:8], "内部备注", "经核查属实", open_one, resolved]
        secrets += [one[name] for one in filed for name in ("complaint_number", "query_code")]
        secrets += ["complaint.", "user:insider"]
        assert [secret for secret in secrets if secret in shown] == []

    def test_nothing_is_kept_of_answers_that_hold_secrets(
        self, system: Embedded, published: dict[str, Any]
    ) -> None:
        filed = file(system, published)
        (row,) = found(system)
        one = {"complaint_id": row["complaint_id"]}
        staff(system, "get_complaint", **one)
        staff(system, "show_complaint_reporter", **one, reason="取证")
        staff(system, "accept_complaint", **one, expected_version=1)
        system.wait_idle()

        content = b"".join(
            path.read_bytes() for path in system.data_dir.rglob("standards.db*") if path.is_file()
        )

        for secret in (NAME, PHONE, TEXT[:8], filed["query_code"]):
            assert secret.encode() not in content


def _sealed(system: Embedded) -> list[str]:
    """Return what auditors read: it is what the enterprise reads, but for the rows of others."""
    return [row["action"] for row in staff(system, "list_audit", role="AUDITOR")["rows"]]


def _open_to_owners() -> list[str]:
    return [
        name
        for name, function in inspect.getmembers(StandardsService, inspect.isfunction)
        for entry in getattr(function, ENTRYPOINT_EXTENSIONS_ATTR, ())
        if isinstance(entry, Rpc)
        and (entry.is_public or not entry.roles or entry.roles & {"OWNER", "FILER", "VIEWER"})
    ]


def _answer(
    clerk: Clerk, method: str, published: dict[str, Any], complaint_id: str
) -> dict[str, Any]:
    """Call a method with whatever it needs that is known of the declaration."""
    known = {
        "declaration_id": published["declaration_id"],
        "record_number": published["record_number"],
        "complaint_id": complaint_id,
        "kind": "ENTERPRISE",
        "version": 1,
    }
    function = getattr(StandardsService, method)
    names = inspect.signature(function).parameters
    try:
        return clerk.ask(method, **{name: known[name] for name in names if name in known})
    except DomainError as refused:
        return {"refused": str(refused)}
