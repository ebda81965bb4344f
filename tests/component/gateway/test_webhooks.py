"""Routes of webhooks: conditions that are asked before the service is."""

from typing import Any

import pytest

from tests.component.gateway.conftest import Site

API = "/api/v1"
PATH = f"{API}/webhooks/01890000-0000-7000-8000-000000000001"
BODY = {"name": "数据中心", "url": "https://example.cn/x"}
KEY = {"Idempotency-Key": "hook-0001-0001-0001"}


class TestWebhooks:
    def test_what_was_left_out_is_filled_in(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        made = owner.request("POST", f"{API}/webhooks", json_body=BODY, headers=KEY)

        assert made.status == 201
        assert made.headers["Location"] == f"{API}/webhooks/{made.json['webhook_id']}"
        assert made.headers["ETag"] == '"1"'
        assert made.json["secret"].startswith("whsec_")
        asked = site.state.arguments("create_webhook")
        assert (asked["filters"], asked["parallel"], asked["after"]) == ({}, 1, None)

    def test_a_change_names_the_version_and_only_what_changes(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))

        missing = owner.request("PATCH", PATH, json_body={"name": "新名"})
        changed = owner.request(
            "PATCH", PATH, json_body={"name": "新名"}, headers={"If-Match": '"3"'}
        )

        assert missing.status == 428
        assert changed.status == 200
        assert site.state.arguments("change_webhook") == {
            "webhook_id": PATH.rpartition("/")[2],
            "expected_version": 3,
            "name": "新名",
        }
        assert "secret" not in changed.json

    @pytest.mark.parametrize(
        ("changes", "pointer"),
        [
            ({"url": 1}, "/url"),
            ({"filters": {"kinds": ["x"]}}, "/filters/kinds/0"),
            ({"filters": {"regions": ["3"]}}, "/filters/regions/0"),
            ({"parallel": 9}, "/parallel"),
        ],
    )
    def test_bad_fields_are_pointed_at(
        self, site: Site, changes: dict[str, Any], pointer: str
    ) -> None:
        owner = site.browser(roles=("OWNER",))

        refused = owner.request(
            "POST", f"{API}/webhooks", json_body={**BODY, **changes}, headers=KEY
        )

        assert refused.status in {400, 422}
        assert [entry["pointer"] for entry in refused.json["errors"]] == [pointer]
        assert site.state.count("create_webhook") == 0

    def test_needs_a_key_against_repetition_and_the_page_s_own_token(self, site: Site) -> None:
        owner = site.browser(roles=("OWNER",))
        without = owner.request("POST", f"{API}/webhooks", json_body=BODY)
        owner.csrf = None
        foreign = owner.request("PATCH", PATH, json_body={}, headers={"If-Match": '"1"'})

        assert (without.status, foreign.status) == (428, 403)

    @pytest.mark.parametrize(
        ("scopes", "status"), [(["webhooks:manage"], 201), (["events:read"], 403)]
    )
    def test_a_program_needs_the_scope(self, site: Site, scopes: list[str], status: int) -> None:
        site.state.keys["qbk_x"] = scopes
        headers = {**KEY, "Authorization": "Bearer qbk_x"}

        answer = site.browser().request("POST", f"{API}/webhooks", json_body=BODY, headers=headers)

        assert answer.status == status
