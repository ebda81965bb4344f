"""Logs are JSON lines, and nothing in them belongs to somebody."""

import io
import json
import logging as standard
from collections.abc import Iterator
from typing import Any

import pytest

from chassis import logging
from chassis.context import Call, serving

SECRETS = {
    "phone": "13800138000",
    "phone in groups": "138-0013-8000",
    "phone with blanks": "138 0013 8000",
    "phone abroad": "+8613800138000",
    "phone from abroad": "008613800138000",
    "phone in full width": "１３８００１３８０００",
    "id": "11010519491231002X",
    "id in lower case": "11010519491231002x",
    "id of digits": "440524188001010014",
    "old id": "110105491231002",
    "password": "password=Geheim1!",
    "password in a dict": "{'password': 'Geheim1!'}",
    "password in json": '{"new_password": "Geheim 1!"}',
    "token": "token: abc.def",
    "bearer": "Authorization: Bearer abc.def-ghi",
    "jwt": "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "cookie": "Cookie: __Host-sid=abcdef",
}


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = standard.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logging.configure("shop", "INFO", stream)
    yield stream
    standard.captureWarnings(capture=False)
    root.handlers[:] = handlers
    root.setLevel(level)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


class TestLine:
    def test_is_an_object_with_the_facts(self, stream: io.StringIO) -> None:
        call = Call()

        with serving(call):
            standard.getLogger("shop.till").info("sold", extra={"number": "Q/1", "count": 3})

        (line,) = lines(stream)
        assert line.pop("timestamp").endswith("Z")
        assert line == {
            "event": "sold",
            "level": "info",
            "logger": "shop.till",
            "service": "shop",
            "trace_id": call.trace_id,
            "number": "Q/1",
            "count": 3,
        }

    def test_holds_a_whole_traceback(self, stream: io.StringIO) -> None:
        try:
            int("13800138000?")
        except ValueError:
            standard.getLogger("shop").exception("failed")

        (line,) = lines(stream)
        assert "Traceback" in line["exception"]
        assert "literal for int() with base 10: '***?'" in line["exception"]

    def test_leaves_the_chatter_of_libraries_out(self, stream: io.StringIO) -> None:
        standard.getLogger("amqp").info("heartbeat")
        standard.getLogger("shop").debug("detail")

        assert lines(stream) == []


@pytest.mark.proves("F24")
class TestRedact:
    @pytest.mark.parametrize("text", SECRETS.values(), ids=SECRETS)
    @pytest.mark.parametrize("around", ["%s", "号码%s。", "a %s, b", "('%s',)", "x=%s&y=1"])
    def test_takes_out(self, text: str, around: str) -> None:
        cleaned = logging.redact(around % text)

        assert logging.HIDDEN in cleaned
        for part in ("8000", "８０００", "002X", "002x", "0014", "1002", "Geheim", "abc", "eyJ"):
            assert part not in cleaned

    @pytest.mark.parametrize(
        "url",
        [
            "amqp://user:geheim@a:5672/vhost",
            "amqp://user:geheim@a;amqp://user:geheim@b",
            "amqp://user:geheim@a;user:geheim@b:5672//",
            "amqp://user:geheim@a, amqp://user:geheim@b",
            "amqp://user:ge:heim@a",
            "amqp://user:gehe@im@a/v",
            "amqp://user:gehe/im@a/v",
            "postgresql+psycopg2://user:geheim@h/d?sslmode=require",
            "user:geheim@host",
        ],
    )
    def test_takes_passwords_out_of_addresses(self, url: str) -> None:
        cleaned = logging.redact(f"cannot reach {url}")

        assert "heim" not in cleaned
        assert "gehe" not in cleaned
        assert logging.HIDDEN in cleaned

    @pytest.mark.parametrize(
        "text",
        [
            "Q/07866/02011-2014",
            "91110000MA01ABCDE9",
            "0af7651916cd43dd8448eb211c80319c",
            "0199c2f4-0000-7000-8000-138001380001",
            "2026-03-01T08:00:00.123456Z",
            "https://example.cn/s/1",
            "6901234567892",
            "12345",
        ],
    )
    def test_leaves_what_is_public(self, text: str) -> None:
        assert logging.redact(f"a {text} b") == f"a {text} b"

    def test_takes_out_what_postgresql_repeats_of_a_row(self) -> None:
        text = (
            "DETAIL:  Key (username)=(张三) already exists.\n"
            "DETAIL:  Failing row contains (1, 张三, x)."
        )

        assert "张三" not in logging.redact(text)

    def test_hides_fields_by_their_name_and_values_of_any_kind(self, stream: io.StringIO) -> None:
        standard.getLogger("shop").info(
            "asked",
            extra={
                "captcha_answer": "ab12",
                "phone": None,
                "who": {"legal_representative_id_number": "x1", "names": ("13800138000", 2)},
                "digits": 13800138000,
                "ratio": 0.5,
                "error": ValueError("password=Geheim"),
            },
        )

        (line,) = lines(stream)
        assert line["captcha_answer"] == logging.HIDDEN
        assert line["phone"] is None
        assert line["who"] == {
            "legal_representative_id_number": logging.HIDDEN,
            "names": [logging.HIDDEN, 2],
        }
        assert line["digits"] == logging.HIDDEN
        assert line["ratio"] == 0.5
        assert "Geheim" not in line["error"]

    def test_works_on_arguments_of_messages(self, stream: io.StringIO) -> None:
        standard.getLogger("nameko").warning("cannot connect to %s", "amqp://u:geheim@h")

        assert "geheim" not in stream.getvalue()
