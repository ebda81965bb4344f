"""Who did what: auditors read it, nobody changes it unseen, each sees what concerns himself."""

import json
from typing import Any

import pytest

from services.accounts import seeds
from tools.visitor import RefusedError, wait_for

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def rows(visitor: Any, query: str) -> list[dict[str, Any]]:
    return list(visitor.api("GET", f"/audit?{query}")["rows"])


@pytest.mark.proves("F18", "F27")
class TestAudit:
    def test_a_login_is_written_down_and_sealed(self, system: Any) -> None:
        names = seeds.demo_usernames()
        owner, auditor = system.visitor(), system.visitor()
        owner.log_in(names["OWNER"], seeds.PASSWORD)
        auditor.log_in(names["AUDITOR"], seeds.PASSWORD)
        account = owner.api("GET", "/sessions/current")["user"]["user_id"]

        found = wait_for(
            lambda: (
                rows(auditor, f"service=accounts&object_id={account}&action=account.logged_in")
                or None
            ),
            seconds=20,
            what="审计记录",
        )

        assert found[-1]["actor"] in {"", f"user:{account}"}
        assert len(found[-1]["hash"]) == 64
        own = owner.api("GET", "/audit/own?service=accounts")["rows"]
        assert found[-1]["sequence"] in {row["sequence"] for row in own}

    def test_only_auditors_read_it(self, system: Any) -> None:
        names = seeds.demo_usernames()
        for role in ("OWNER", "OPERATOR", "BUREAU"):
            visitor = system.visitor()
            visitor.log_in(names[role], seeds.PASSWORD)
            with pytest.raises(RefusedError) as refused:
                visitor.api("GET", "/audit?service=accounts")
            assert refused.value.status == 403

    def test_operators_check_the_chains_and_take_rows_out(self, system: Any) -> None:
        system.visitor().log_in(seeds.demo_usernames()["OWNER"], seeds.PASSWORD)

        def exported() -> list[dict[str, Any]] | None:
            text = system.run("chassis.auditing", "export", "--service", "accounts")
            return [json.loads(line) for line in text.splitlines()] or None

        lines = wait_for(exported, seconds=20, what="审计记录")
        said = system.run("chassis.auditing", "verify")

        assert [line["sequence"] for line in lines] == list(range(1, len(lines) + 1))
        assert said.count("whole") == 5
