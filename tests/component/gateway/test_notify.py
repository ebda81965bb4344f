"""Receipts come in as they were sent; notices stay when notify is away."""

import pytest

from chassis.errors import UnavailableError
from tests.component.gateway.conftest import Site

API = "/api/v1"


class TestReceipts:
    def test_reach_the_service_byte_for_byte(self, site: Site) -> None:
        body = b'[{"out_id": "1",  "success":true}]'
        headers = {
            "Content-Type": "application/json;charset=utf-8",
            "X-Qibiao-Timestamp": "1700000000",
            "X-Qibiao-Signature": "ab",
        }

        answer = site.browser().request(
            "POST", f"{API}/sms/receipts/aliyun?token=t", body=body, headers=headers
        )

        assert answer.json == {"code": 0, "result": 0, "msg": "OK", "errmsg": "OK"}
        assert site.state.arguments("receive_receipts") == {
            "provider": "aliyun",
            "posted_body": body.decode(),
            "token": "t",
            "timestamp": "1700000000",
            "signature": "ab",
        }


class TestNotices:
    @pytest.mark.proves("B6")
    def test_stay_while_notify_is_away(self, site: Site) -> None:
        first = site.browser().request("GET", f"{API}/notices")
        site.state.failures["list_notices"] = UnavailableError()

        kept = site.browser().request("GET", f"{API}/notices")

        assert (first.status, kept.status) == (200, 200)
        assert kept.json == first.json
        assert "Age" in kept.headers
