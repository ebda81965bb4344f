"""What is taken as a receipt, and what is not."""

import json
from typing import Any

import pytest

from services.notify.adapters.assembling import name_addresses
from services.notify.adapters.receipts import ReceiptReader, ReceiptRefusedError
from services.notify.adapters.signed_http import sign
from services.notify.config import Settings
from services.notify.usecases.receipts import Receipt

NOW = 1_700_000_000
OPTIONS = "sign=x&REGISTRATION_CODE=T1"
URLS = (
    f"aliyun://id:secret@sms.example?{OPTIONS}&receipt=ali-token "
    f"tencent://id:secret@sms.example?{OPTIONS}&app=1&receipt=ten-token "
    "https://sms.example/send?secret=shared&receipt=yes "
    f"aliyun://id:secret@sms.example?{OPTIONS}"
)
ALIYUN = {
    "phone_number": "1390000****",
    "send_time": "2026-11-23 16:00:00",
    "report_time": "2026-11-23 16:00:03",
    "success": True,
    "err_code": "DELIVERED",
    "err_msg": "用户接收成功",
    "sms_size": "1",
    "biz_id": "biz-1",
    "out_id": "m-1",
}
TENCENT = {
    "user_receive_time": "2026-11-23 16:00:03",
    "nationcode": "86",
    "mobile": "1390000****",
    "report_status": "SUCCESS",
    "errmsg": "DELIVRD",
    "description": "用户短信送达成功",
    "sid": "sid-1",
}
SIGNED = {"message_id": "m-1", "state": "UNDELIVERED"}


@pytest.fixture
def reader() -> ReceiptReader:
    settings = Settings.from_env({"NOTIFY_SMS_URLS": URLS})
    return ReceiptReader(name_addresses(settings), clock=lambda: NOW)


def read(reader: ReceiptReader, provider: str, content: Any, **changes: str) -> list[Receipt]:
    body = content if isinstance(content, str) else json.dumps(content)
    posted = {"token": "", "timestamp": "", "signature": "", **changes}
    return reader.read(provider=provider, posted_body=body, **posted)


def signed(content: Any, *, at: int = NOW, key: str = "shared") -> dict[str, str]:
    return {
        "timestamp": str(at),
        "signature": sign(key, str(at), json.dumps(content).encode()),
    }


class TestReceiptReader:
    @pytest.mark.proves("E7")
    def test_reads_each_kind(self, reader: ReceiptReader) -> None:
        aliyun = read(reader, "aliyun", [ALIYUN, {**ALIYUN, "success": False}], token="ali-token")
        tencent = read(reader, "tencent", [TENCENT], token="ten-token")
        http = read(reader, "http", SIGNED, **signed(SIGNED))

        assert aliyun == [
            Receipt(is_delivered=True, message_id="m-1", reference="biz-1"),
            Receipt(is_delivered=False, message_id="m-1", reference="biz-1"),
        ]
        assert tencent == [Receipt(is_delivered=True, reference="sid-1")]
        assert http == [Receipt(is_delivered=False, message_id="m-1")]

    @pytest.mark.parametrize(
        ("provider", "content", "proof"),
        [
            ("aliyun", [ALIYUN], {}),
            ("aliyun", [ALIYUN], {"token": "ten-token"}),
            ("aliyun", [ALIYUN], {"token": "测试"}),
            ("aliyun-2", [ALIYUN], {"token": ""}),
            ("pigeon", [ALIYUN], {"token": "ali-token"}),
            ("aliyun", [], {"token": "ali-token"}),
            ("aliyun", "no json", {"token": "ali-token"}),
            ("aliyun", [1], {"token": "ali-token"}),
            ("aliyun", [{}], {"token": "ali-token"}),
            ("http", SIGNED, {}),
            ("http", SIGNED, signed(SIGNED, key="other")),
            ("http", SIGNED, signed(SIGNED, at=NOW - 301)),
            ("http", SIGNED, signed(SIGNED, at=NOW + 301)),
            ("http", {**SIGNED, "state": "DELIVERED"}, signed(SIGNED)),
            ("http", {"state": "LOST"}, signed({"state": "LOST"})),
        ],
    )
    def test_refuses_the_rest(
        self, reader: ReceiptReader, provider: str, content: Any, proof: dict[str, str]
    ) -> None:
        with pytest.raises(ReceiptRefusedError):
            read(reader, provider, content, **proof)
