"""The complaint form without JavaScript: filed once, shown again as typed when it is refused."""

import base64
from typing import Any
from urllib.parse import urlencode

import pytest

from chassis.errors import FieldError, RemoteDomainError
from gateway.intake import FORM, MAX_FORM
from tests.component.gateway.conftest import Answer, Site
from tests.factories.web_page import WebPage
from tests.fakes.services import PNG, RECORD_NUMBER, refusal

NEW, STATUS = "/complaints/new", "/complaints/status"
COMPLAINT = {
    "record_number": RECORD_NUMBER,
    "category": "NOT_AS_DECLARED",
    "text": "标签与公开的标准不符，\r\n<b>明显</b>偏高。",
    "name": "张小燕",
    "phone": "13812340077",
    "captcha_answer": "abcd",
    "captcha_kind": "image",
}


def post(site: Site, path: str, fields: dict[str, str], **headers: str) -> Answer:
    sent = {"Content-Type": FORM, "Accept": "text/html", "Origin": "http://localhost"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return site.browser().request("POST", path, body=urlencode(fields).encode(), headers=sent)


def file(site: Site, **changes: str) -> Answer:
    captcha_id = WebPage(site.browser().get(NEW).text).fields()["captcha_id"]
    return post(site, NEW, {**COMPLAINT, "captcha_id": captcha_id, **changes})


def read(answer: Answer) -> WebPage:
    page = WebPage(answer.text)
    assert page.faults() == []
    return page


class TestForm:
    def test_is_filled_in_by_the_page_it_comes_from(self, site: Site) -> None:
        page = read(site.browser().get(f"{NEW}?record_number={RECORD_NUMBER}"))

        fields = page.fields()
        assert fields["record_number"] == RECORD_NUMBER
        (form,) = page.main.find("form")
        assert (form.attributes["method"], form.attributes["action"]) == ("post", NEW)
        (picture,) = page.main.find("img")
        assert picture.attributes["src"] == f"data:image/png;base64,{PNG}"
        assert fields["captcha_answer"] == ""

    def test_has_a_spoken_captcha_for_who_cannot_see(self, site: Site) -> None:
        answer = file(site, step="audio")

        page = read(answer)
        (sound,) = page.main.find("audio")
        content = base64.b64decode(sound.attributes["src"].removeprefix("data:audio/wav;base64,"))
        assert content.startswith(b"RIFF")
        assert "media-src data:" in answer.headers["Content-Security-Policy"]
        assert page.fields()["text"] == " ".join(COMPLAINT["text"].split())
        assert page.fields()["captcha_kind"] == "audio"
        assert page.wrongs() == {}
        assert site.state.count("file_complaint") == 0

    def test_goes_back_to_a_picture_where_sounds_are_used_up(self, site: Site) -> None:
        site.state.failures_of_captcha["audio"] = refusal(
            "accounts.too_many_attempts", retry_after="60"
        )

        page = read(file(site, step="audio"))

        assert "操作过于频繁" in page.main.text
        assert page.fields()["captcha_kind"] == "image"
        assert page.fields()["name"] == COMPLAINT["name"]


class TestFiling:
    def test_gives_a_number_and_a_code(self, site: Site) -> None:
        answer = file(site)

        page = read(answer)
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-store"
        assert page.facts()["投诉举报编号"] == "TS-20261128-000001"
        assert page.facts()["查询码"] == "7KQM-2XHD-9PWA"
        asked = site.state.arguments("file_complaint")
        assert asked["record_number"] == RECORD_NUMBER
        assert asked["complaint_text"] == COMPLAINT["text"]
        assert (asked["reporter_name"], asked["phone"]) == ("张小燕", "13812340077")
        assert asked["captcha_answer"] == "abcd"
        assert asked["client_address"] == "127.0.0.1"

    @pytest.mark.parametrize(
        ("field", "value", "reason"),
        [
            ("record_number", "", "必填"),
            ("text", "太短", "10 至 2000"),
            ("captcha_answer", "", "必填"),
            ("name", "名" * 101, "0 至 100"),
        ],
    )
    def test_says_beside_each_field_what_is_wrong(
        self, site: Site, field: str, value: str, reason: str
    ) -> None:
        answer = file(site, **{field: value})

        page = read(answer)
        assert answer.status == 422
        assert list(page.wrongs()) == [field]
        assert reason in page.wrongs()[field]
        assert f"#{field}" in page.links().values()
        kept = {**COMPLAINT, field: value, "captcha_answer": "", "captcha_kind": "image"}
        kept["text"] = " ".join(kept["text"].split())
        assert {name: page.fields()[name] for name in kept} == kept
        assert site.state.count("file_complaint") == 0
        assert site.state.count("new_captcha") == 2

    def test_wants_one_of_the_matters(self, site: Site) -> None:
        fields = {name: value for name, value in COMPLAINT.items() if name != "category"}

        page = read(post(site, NEW, {**fields, "captcha_id": "c"}))

        assert page.wrongs() == {"category": "此项为必填项。"}

    @pytest.mark.parametrize(
        ("refused", "status", "wrongs"),
        [
            (refusal("accounts.captcha_wrong"), 422, {"captcha_answer": "页面验证码错误"}),
            (
                RemoteDomainError(
                    "standards.complaint_invalid",
                    {},
                    [FieldError("/record_number", "standards.complaint_record_unknown")],
                ),
                422,
                {"record_number": "没有公开过这个记录号的标准"},
            ),
        ],
    )
    def test_says_what_the_service_refuses(
        self, site: Site, refused: Exception, status: int, wrongs: dict[str, str]
    ) -> None:
        site.state.failures["file_complaint"] = refused

        answer = file(site)

        page = read(answer)
        assert answer.status == status
        assert list(page.wrongs()) == list(wrongs)
        assert all(words in page.wrongs()[name] for name, words in wrongs.items())
        assert page.fields()["name"] == COMPLAINT["name"]

    def test_too_often_keeps_what_was_typed(self, site: Site) -> None:
        site.state.failures["file_complaint"] = refusal("gateway.rate_limited", retry_after="60")

        answer = file(site)

        page = read(answer)
        assert answer.status == 429
        assert "60 秒后重试" in page.main.text
        assert page.fields()["text"] == " ".join(COMPLAINT["text"].split())

    @pytest.mark.proves("F5")
    def test_from_another_site_is_refused(self, site: Site) -> None:
        for headers in ({"Origin": "https://evil.example"}, {"Sec_Fetch_Site": "cross-site"}):
            answer = post(site, NEW, {**COMPLAINT, "captcha_id": "c"}, **headers)
            assert answer.status == 403
        assert site.state.count("file_complaint") == 0

    @pytest.mark.parametrize(
        ("body", "content_type", "status"),
        [
            (b"{}", "application/json", 415),
            (b"a=%ff", FORM, 400),
            (b"text=1&text=2", FORM, 400),
            (b"&".join(b"f%d=1" % number for number in range(60)), FORM, 400),
            (b"text=" + b"x" * MAX_FORM, FORM, 413),
        ],
    )
    def test_refuses_what_is_no_form_of_ours(
        self, site: Site, body: bytes, content_type: str, status: int
    ) -> None:
        headers = {"Content-Type": content_type, "Accept": "text/html"}

        answer = site.browser().request("POST", NEW, body=body, headers=headers)

        assert answer.status == status
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert site.state.count("file_complaint") == 0


class TestStanding:
    def test_is_shown_to_who_knows_number_and_code(self, site: Site) -> None:
        fields = {"complaint_number": "TS-20261128-000001", "query_code": "7KQM"}

        answer = post(site, STATUS, fields)

        page = read(answer)
        assert answer.status == 200
        assert page.headings() == ["已办结"]
        facts: dict[str, Any] = page.facts()
        assert (facts["事项"], facts["结论"]) == ("其他", "部分属实")
        assert facts["处理结果"] == "企业已<更正>。"
        assert page.links()[RECORD_NUMBER] == f"/s/{RECORD_NUMBER}"

    def test_is_not_shown_for_a_wrong_code(self, site: Site) -> None:
        site.state.failures["get_complaint_state"] = refusal("standards.complaint_not_found")

        answer = post(site, STATUS, {"complaint_number": "TS-1", "query_code": "x"})

        page = read(answer)
        assert answer.status == 404
        assert "请核对编号和查询码" in page.main.text
        assert page.fields()["complaint_number"] == "TS-1"

    def test_needs_both(self, site: Site) -> None:
        answer = post(site, STATUS, {"complaint_number": "", "query_code": ""})

        assert answer.status == 422
        assert set(read(answer).wrongs()) == {"complaint_number", "query_code"}
        assert site.state.count("get_complaint_state") == 0
