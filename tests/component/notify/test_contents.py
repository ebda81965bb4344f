"""Inbox, notices, FAQ and templates as their callers meet them."""

from typing import Any

import pytest

from chassis import ids
from chassis.errors import DomainError
from chassis.testing import Embedded
from contracts.rpc import notify as contract
from services.notify.domain.templates import INBOX_TEMPLATES, TEMPLATES
from tests.component.notify.conftest import (
    ENTERPRISE,
    FILER,
    OWNER,
    STRANGER,
    Person,
    post,
)

NOTICE = {"title": "系统维护", "body": "本周六 22:00 起停机两小时。"}


def refused(call: Any) -> str:
    """Return the code that a call is refused with."""
    with pytest.raises(DomainError) as caught:
        call()
    return caught.value.wire_code


def promised(kind: Any) -> set[str]:
    return set(kind.__annotations__) | {
        name
        for base in getattr(kind, "__orig_bases__", ())
        for name in getattr(base, "__annotations__", {})
    }


class TestInbox:
    @pytest.mark.proves("R-209")
    def test_shows_what_the_account_and_its_enterprise_were_told(
        self, system: Embedded, owner: Person
    ) -> None:
        post(system, OWNER)
        system.wait_until(lambda: owner.ask("list_messages")["total"] == 1)
        joined = {"name": "李四", "role": "企业填报人"}
        post(system, f"enterprise:{ENTERPRISE}", "TEAM_JOINED", joined)
        post(system, STRANGER)
        system.wait_until(lambda: owner.ask("list_messages")["total"] == 2)
        system.wait_idle()

        page = owner.ask("list_messages")

        assert page["unread"] == 2
        newest, oldest = page["items"]
        assert newest["body"] == "李四已加入企业账号，角色：企业填报人。"
        assert newest["is_for_enterprise"]
        assert (oldest["title"], oldest["link"]) == ("登录密码已修改", "/account")
        assert set(page) == promised(contract.InboxPage)
        assert set(newest) == promised(contract.InboxMessage)

    def test_each_reads_for_himself(self, system: Embedded, owner: Person) -> None:
        filer = Person(system, subject=FILER, roles=("FILER",))
        for _ in range(2):
            post(system, f"enterprise:{ENTERPRISE}", "TEAM_LEFT", {"name": "王五"})
        system.wait_until(lambda: owner.ask("list_messages")["total"] == 2)
        (first, _) = owner.ask("list_messages")["items"]

        for _ in range(2):
            read = owner.ask("read_message", message_id=first["message_id"])

        assert set(read) == promised(contract.MessageRead)
        assert owner.ask("list_messages")["unread"] == 1
        assert owner.ask("list_messages")["items"][0]["read_at"] is not None
        assert filer.ask("list_messages")["unread"] == 2
        assert filer.ask("read_all_messages") == {"count": 2}
        assert filer.ask("list_messages")["unread"] == 0
        assert owner.ask("list_messages")["unread"] == 1

    @pytest.mark.proves("F9")
    def test_is_nobody_else_s(self, system: Embedded, owner: Person) -> None:
        stranger = Person(system, subject=STRANGER, enterprise_id=ids.new_id())
        post(system, OWNER)
        system.wait_until(lambda: owner.ask("list_messages")["total"] == 1)
        (message,) = owner.ask("list_messages")["items"]

        assert stranger.ask("list_messages")["total"] == 0
        foreign = {"message_id": message["message_id"]}
        assert refused(lambda: stranger.ask("read_message", **foreign)) == "notify.not_found"
        assert stranger.ask("read_all_messages") == {"count": 0}
        assert owner.ask("list_messages")["unread"] == 1

    @pytest.mark.proves("F9")
    def test_machines_and_services_have_none(self, system: Embedded) -> None:
        machine = Person(system, subject="key:1", roles=())

        assert refused(lambda: machine.ask("list_messages")) == "bus.forbidden"
        assert refused(system.client("notify").list_messages) == "bus.forbidden"
        anyone = system.client("notify", as_service=None)
        assert refused(anyone.list_messages) == "bus.unauthenticated"

    def test_shows_one_message_per_request(self, system: Embedded, owner: Person) -> None:
        request_id = ids.new_id()

        for _ in range(3):
            post(system, OWNER, request_id=request_id)
        system.wait_idle()

        assert owner.ask("list_messages")["total"] == 1


class TestNotices:
    def test_are_written_published_and_withdrawn(self, system: Embedded, operator: Person) -> None:
        anyone = system.client("notify", as_service=None)
        draft = operator.ask("write_notice", **NOTICE)
        step = {"notice_id": draft["notice_id"]}
        hidden = refused(lambda: anyone.get_notice(**step))
        edited = operator.ask(
            "edit_notice", **step, **{**NOTICE, "title": "维护"}, expected_version=1
        )
        published = operator.ask("publish_notice", **step, expected_version=2)
        shown = anyone.get_notice(**step)
        page = anyone.list_notices()
        withdrawn = operator.ask("withdraw_notice", **step, expected_version=3)

        assert hidden == "notify.not_found"
        assert (edited["version"], published["state"]) == (2, "PUBLISHED")
        assert shown["title"] == "维护"
        assert [item["notice_id"] for item in page["items"]] == [draft["notice_id"]]
        assert withdrawn["state"] == "WITHDRAWN"
        assert anyone.list_notices()["total"] == 0
        assert refused(lambda: anyone.get_notice(**step)) == "notify.not_found"
        assert operator.ask("list_all_notices")["total"] == 1
        assert set(shown) == promised(contract.Notice)
        assert set(draft) == promised(contract.StaffNotice)

    def test_go_one_way_and_by_the_newest_version(self, operator: Person) -> None:
        draft = operator.ask("write_notice", **NOTICE)
        step = {"notice_id": draft["notice_id"]}

        def withdraw(version: int) -> str:
            return refused(
                lambda: operator.ask("withdraw_notice", **step, expected_version=version)
            )

        assert withdraw(1) == "notify.notice_state"
        operator.ask("publish_notice", **step, expected_version=1)
        assert withdraw(1) == "bus.stale"
        again = lambda: operator.ask("publish_notice", **step, expected_version=2)  # noqa: E731
        assert refused(again) == "notify.notice_state"
        operator.ask("withdraw_notice", **step, expected_version=2)
        edit = lambda: operator.ask("edit_notice", **step, **NOTICE, expected_version=3)  # noqa: E731
        assert refused(edit) == "notify.notice_state"

    @pytest.mark.proves("F9")
    @pytest.mark.parametrize("role", ["OWNER", "BUREAU", "AUDITOR"])
    def test_are_the_operators(self, system: Embedded, role: str) -> None:
        other = Person(system, roles=(role,))

        assert refused(lambda: other.ask("write_notice", **NOTICE)) == "bus.forbidden"
        assert refused(lambda: other.ask("list_all_notices")) == "bus.forbidden"


class TestFaq:
    @pytest.mark.proves("R-008")
    @pytest.mark.proves(
        "FAQ-1",
        "FAQ-2",
        "FAQ-3",
        "FAQ-4",
        "FAQ-5",
        "FAQ-6",
        "FAQ-7",
        "FAQ-8",
        "FAQ-9",
        "FAQ-10",
        "FAQ-11",
        "FAQ-12",
        "FAQ-13",
        "FAQ-14",
        "FAQ-15",
        "FAQ-16",
        "FAQ-17",
        "FAQ-18",
        "FAQ-19",
        "FAQ-20",
        "FAQ-21",
        "FAQ-22",
        "FAQ-23",
        "FAQ-24",
        "FAQ-25",
        "FAQ-26",
        "FAQ-27",
        "FAQ-28",
        "FAQ-29",
        "FAQ-30",
        "FAQ-31",
        "FAQ-32",
        "FAQ-33",
        "FAQ-34",
        "FAQ-35",
        "FAQ-36",
        "FAQ-37",
    )
    def test_comes_with_all_37_questions(self, system: Embedded) -> None:
        """手册 9: 常见问题整理."""
        anyone = system.client("notify", as_service=None)
        system.wait_until(lambda: len(anyone.search_faq()["items"]) == 37)

        entries = anyone.search_faq()["items"]

        assert [entry["number"] for entry in entries] == list(range(1, 38))
        assert all(entry["question"] and len(entry["answer"]) > 10 for entry in entries)
        assert set(entries[0]) == promised(contract.FaqEntry)

    @pytest.mark.proves("R-159", "R-160", "R-207")
    @pytest.mark.parametrize(
        ("number", "said"),
        [
            (13, "平台不接受修改单"),
            (22, "后续手续，请和当地质检局确认"),
            (35, "修订后产生一条新的标准，新旧两条都是正确的"),
            (36, "平台不设有效期"),
        ],
    )
    def test_explains_what_the_platform_does_and_does_not(
        self, system: Embedded, number: int, said: str
    ) -> None:
        """FAQ 13, 22, 35, 36."""
        anyone = system.client("notify", as_service=None)
        system.wait_until(lambda: len(anyone.search_faq()["items"]) == 37)

        assert said in anyone.get_faq_entry(number=number)["answer"]

    def test_is_searched_by_words(self, system: Embedded) -> None:
        anyone = system.client("notify", as_service=None)
        system.wait_until(lambda: len(anyone.search_faq()["items"]) == 37)

        def numbers(query: str) -> list[int]:
            return [entry["number"] for entry in anyone.search_faq(query=query)["items"]]

        assert 14 in numbers("不能注册，数据未同步")
        assert numbers("修改 修订 区别") == [35]
        assert numbers("ｇｂ/ｔ 13456") == [18]
        assert numbers("没有这样的词") == []

    def test_is_edited_in_versions(self, system: Embedded, operator: Person) -> None:
        anyone = system.client("notify", as_service=None)
        system.wait_until(lambda: len(anyone.search_faq()["items"]) == 37)
        text = {"question": "新问题", "answer": "新的答案。"}

        saved = operator.ask("save_faq_entry", number=36, **text, expected_version=1)
        stale = refused(
            lambda: operator.ask("save_faq_entry", number=36, **text, expected_version=1)
        )
        operator.ask("save_faq_entry", number=38, **text, expected_version=0)

        assert (saved["version"], stale) == (2, "bus.stale")
        assert anyone.get_faq_entry(number=36)["question"] == "新问题"
        versions = operator.ask("list_text_versions", kind="FAQ", name="36")["items"]
        assert [(entry["version"], entry["author"]) for entry in versions] == [
            (2, STRANGER),
            (1, "shipped"),
        ]
        assert len(anyone.search_faq()["items"]) == 38
        assert refused(lambda: anyone.get_faq_entry(number=99)) == "notify.not_found"


class TestTemplates:
    def test_are_versioned_and_the_newest_is_used(
        self, system: Embedded, owner: Person, operator: Person
    ) -> None:
        shipped = len(TEMPLATES) + len(INBOX_TEMPLATES)
        system.wait_until(lambda: len(operator.ask("list_templates")["items"]) == shipped)
        changed = {"kind": "INBOX", "name": "TEAM_LEFT", "title": "离开", "body": "{name}走了。"}

        saved = operator.ask("save_template", **changed, expected_version=1)
        post(system, OWNER, "TEAM_LEFT", {"name": "王五"})
        system.wait_until(lambda: owner.ask("list_messages")["total"] == 1)

        (message,) = owner.ask("list_messages")["items"]
        assert (message["title"], message["body"]) == ("离开", "王五走了。")
        assert saved["version"] == 2
        assert set(saved) == promised(contract.TextVersion)
        stale = refused(lambda: operator.ask("save_template", **changed, expected_version=1))
        assert stale == "bus.stale"

    @pytest.mark.parametrize(
        "body",
        [
            "验证码{code}",
            "{code}{minutes}{more}",
            "{code.__class__}{minutes}",
            "{code!r}{minutes}",
            "{code:>9}{minutes}",
            "{code}{minutes}{",
            "{code}{minutes}" + "长" * 300,
        ],
    )
    def test_must_fit(self, operator: Person, body: str) -> None:
        template = {"kind": "SMS", "name": "REGISTRATION_CODE", "body": body}

        assert refused(lambda: operator.ask("preview_template", **template)) == (
            "notify.template_invalid"
        )
        save = lambda: operator.ask("save_template", **template, title="", expected_version=1)  # noqa: E731
        assert refused(save) == "notify.template_invalid"

    def test_can_be_looked_at_before(self, operator: Person) -> None:
        body = "您的验证码是{code}，{minutes}分钟内有效。"

        seen = operator.ask("preview_template", kind="SMS", name="NEW_PHONE_CODE", body=body)

        assert seen == {"text": "【企标平台】您的验证码是012345，5分钟内有效。"}

    @pytest.mark.proves("F9")
    def test_are_the_operators(self, owner: Person) -> None:
        assert refused(lambda: owner.ask("list_templates")) == "bus.forbidden"
