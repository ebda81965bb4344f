"""What pages say of the marks of a declaration (FAQ 16, 31, 36)."""

from typing import Any

import pytest

from contracts.rpc.standards import MarkKind
from gateway.labels import ENTERPRISE_FIELDS, MARK_NAMES, MARKS
from gateway.pages import mark_text
from services.standards.domain.marks import COMPARED
from services.standards.domain.marks import MarkKind as Known

SINCE = "2026-03-01T17:30:00.000Z"


def say(kind: str, **detail: Any) -> str:
    return mark_text({"kind": kind, "since": SINCE, "detail": detail})


class TestMarkText:
    def test_knows_every_kind_and_field(self) -> None:
        kinds = {kind.value for kind in Known}

        assert set(MARKS) == set(MARK_NAMES) == kinds == set(MarkKind.__args__)  # type: ignore[attr-defined] # of a Literal
        assert set(ENTERPRISE_FIELDS) == set(COMPARED)

    @pytest.mark.parametrize(
        ("kind", "detail", "words"),
        [
            ("ENTERPRISE_DEREGISTERED", {}, ("2026-03-02", "注销")),
            ("ENTERPRISE_CHANGED", {"changed": ["name", "address"]}, ("企业名称、注册地址",)),
            ("IN_USE_CONFIRMED", {"confirmed": [SINCE]}, ("2026-03-02", "确认继续使用")),
            ("REVIEW_UNANSWERED", {"due_at": "2025-01-01T00:00:00Z"}, ("2025-01-01", "尚未确认")),
            (
                "STANDARD_SUPERSEDED",
                {"number": "GB/T 1-2000", "replaced_by": "GB/T 1-2020"},
                ("GB/T 1-2000 已被 GB/T 1-2020 代替",),
            ),
            ("STANDARD_SUPERSEDED", {"number": "GB/T 1-2000"}, ("已被其他标准代替",)),
            ("STANDARD_WITHDRAWN", {"number": "GB/T 1-2000"}, ("GB/T 1-2000 已经废止",)),
            (
                "CITED_STANDARD_OVER",
                {
                    "standards": [
                        {"number": "GB 1-2000", "replaced_by": "GB 1-2020"},
                        {"number": "GB 2-1999"},
                    ]
                },
                ("GB 1-2000（由 GB 1-2020 代替）、GB 2-1999",),
            ),
        ],
    )
    def test_says_it_in_words(
        self, kind: str, detail: dict[str, Any], words: tuple[str, ...]
    ) -> None:
        text = say(kind, **detail)

        assert all(word in text for word in words)
        assert "{" not in text

    def test_says_nothing_of_a_kind_it_does_not_know(self) -> None:
        assert say("LATER_INVENTED") == ""
