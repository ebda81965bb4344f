"""Problem documents: every code has words, and nothing else gets out."""

import string

import pytest

from chassis.errors import FieldError, InternalError, RemoteDomainError, UnavailableError
from contracts.errors import CODES, Kind
from gateway import problems
from gateway.texts import TEXTS


class TestCatalogue:
    def test_every_code_has_a_text_and_every_text_a_code(self) -> None:
        assert set(TEXTS) == set(CODES)

    def test_every_kind_has_a_status(self) -> None:
        assert set(problems.STATUSES) == set(Kind)

    @pytest.mark.parametrize("code", sorted(TEXTS))
    def test_texts_can_be_filled_and_are_chinese(self, code: str) -> None:
        text = TEXTS[code]

        names = [
            name for _, name, _, _ in string.Formatter().parse(text.detail) if name is not None
        ]
        filled = problems.fill(text.detail, dict.fromkeys(names, "7"))

        assert all(name.isidentifier() for name in names)
        assert "{" not in filled
        assert any("\u4e00" <= character <= "\u9fff" for character in text.title + filled)


class TestHints:
    @pytest.mark.proves("R-018", "R-020")
    def test_stand_with_the_field_they_explain_and_name_the_question(self) -> None:
        """手册 FAQ 1."""
        fields = [
            FieldError("/address", "registry.address_mismatch", {"faq": "1"}),
            FieldError("/address", "registry.hint_space", {"place": "7", "explains": "x"}),
            FieldError("/address", "registry.hint_number_sign", {"place": "9", "explains": "x"}),
            FieldError("/name", "registry.name_mismatch", {"faq": "2"}),
        ]

        problem = problems.problem_of(
            RemoteDomainError("accounts.verification_failed", {}, fields), "t" * 32
        )

        assert problem.as_json()["errors"] == [
            {
                "pointer": "/address",
                "code": "registry.address_mismatch",
                "detail": "地址输入项与系统不一致",
                "faq": 1,
                "hint": "第 7 个字符是空格，请去掉空格。第 9 个字符是“#”号，请删除“#”号。",
            },
            {
                "pointer": "/name",
                "code": "registry.name_mismatch",
                "detail": "机构名称输入项与系统不一致",
                "faq": 2,
            },
        ]


class TestProblemOf:
    def test_says_what_a_service_refused(self) -> None:
        fields = [FieldError("/title", "gateway.field_length", {"minimum": "1", "maximum": "9"})]
        error = RemoteDomainError("gateway.invalid_fields", {}, fields)

        document = problems.problem_of(error, "t" * 32).as_json()

        assert document["status"] == 422
        assert document["type"] == "/problems/gateway.invalid_fields"
        assert document["trace_id"] == "t" * 32
        assert document["errors"] == [
            {
                "pointer": "/title",
                "code": "gateway.field_length",
                "detail": "此项的长度应为 1 至 9。",
            }
        ]

    @pytest.mark.proves("B7")
    @pytest.mark.parametrize(
        "error",
        [
            ValueError("db password is hunter2"),
            InternalError("abc"),
            RemoteDomainError("standards.no_such_code", {"sql": "SELECT 1"}),
        ],
    )
    def test_says_nothing_of_what_nobody_anticipated(self, error: Exception) -> None:
        problem = problems.problem_of(error, "t")

        assert problem.status == 500
        assert problem.code == "bus.internal"
        assert "hunter2" not in str(problem.as_json())
        assert "SELECT" not in str(problem.as_json())

    def test_tells_when_to_come_back(self) -> None:
        problem = problems.problem_of(UnavailableError(retry_after=3), "t")

        assert (problem.status, problem.retry_after) == (503, 3)
        assert "3 秒" in problem.detail

    def test_a_missing_parameter_does_no_harm(self) -> None:
        problem = problems.problem_of(RemoteDomainError("gateway.body_too_large"), "t")

        assert problem.status == 413
