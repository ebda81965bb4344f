"""What a form brings, and what is said beside its fields."""

from urllib.parse import quote

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from chassis.errors import FieldError, RemoteDomainError
from gateway import forms
from gateway.errors import MalformedFormError
from gateway.schemas.complaints import ComplaintQuestion

RIGHT = {"complaint_number": "TS-1", "query_code": "7KQM"}


def read(body: bytes) -> dict[str, str]:
    request = Request(EnvironBuilder(method="POST").get_environ())
    return forms.read_typed(ComplaintQuestion, request, body)


class TestReading:
    def test_takes_the_fields_of_the_form_and_no_others(self) -> None:
        body = f"query_code={quote('码 1')}&other=x&complaint_number="

        assert read(body.encode()) == {"complaint_number": "", "query_code": "码 1"}
        assert read(b"") == {}

    def test_takes_the_query_of_a_page_that_reads(self) -> None:
        builder = EnvironBuilder(query_string={"query_code": "a", "utm": "b"})

        found = forms.read_typed(ComplaintQuestion, Request(builder.get_environ()), b"")

        assert found == {"query_code": "a"}

    @pytest.mark.parametrize(
        "body", [b"query_code=%ff", b"\xff=1", b"a=1&a=2", b"&".join([b"a=1"] * 51)]
    )
    def test_refuses_what_no_browser_sends(self, body: bytes) -> None:
        with pytest.raises(MalformedFormError):
            read(body)


class TestChecking:
    def test_keeps_what_was_typed_beside_what_it_means(self) -> None:
        form = forms.check(ComplaintQuestion, RIGHT)

        assert form.is_right
        assert form.typed == form.data == RIGHT

    def test_says_at_each_field_what_is_wrong(self) -> None:
        form = forms.check(ComplaintQuestion, {"complaint_number": "x" * 101})

        assert not form.is_right
        assert form.typed == {"complaint_number": "x" * 101, "query_code": ""}
        assert set(form.errors) == {"complaint_number", "query_code"}
        assert "1 至 100" in form.errors["complaint_number"]["detail"]


class TestRefusals:
    def test_stand_at_the_field_that_is_named(self) -> None:
        form = forms.blank(ComplaintQuestion, RIGHT)
        fault = FieldError("/query_code", "standards.too_long", {"limit": "9"})

        refused = form.refused(RemoteDomainError("standards.invalid", {}, [fault]))

        assert refused.errors["query_code"]["detail"] == "最多填写 9 个字符。"
        assert refused.refusal == ""
        assert form.is_right

    def test_stand_at_the_field_that_is_to_blame(self) -> None:
        form = forms.blank(ComplaintQuestion, RIGHT)

        refused = form.refused(
            RemoteDomainError("accounts.captcha_wrong"),
            fields={"accounts.captcha_wrong": "query_code"},
        )

        assert "验证码" in refused.errors["query_code"]["detail"]

    @pytest.mark.parametrize("fields", [(), (FieldError("/elsewhere", "standards.required"),)])
    def test_stand_above_where_no_field_is_to_blame(self, fields: tuple[FieldError, ...]) -> None:
        form = forms.blank(ComplaintQuestion, RIGHT)

        refused = form.refused(RemoteDomainError("standards.complaint_not_found", {}, fields))

        assert refused.errors == {}
        assert "请核对编号和查询码" in refused.refusal
        assert not refused.is_right
