"""When is asked whether a standard goes on being used (手册 FAQ 36)."""

from datetime import UTC, datetime, timedelta

import pytest

from services.standards.domain.marks import COMPARED, find_differences
from services.standards.domain.reviews import DEFAULT_REVIEW_RULES, ReviewRules

PUBLISHED = datetime(2024, 11, 15, 2, 30, tzinfo=UTC)
ENTERPRISE = {name: f"<{name}>" for name in COMPARED}


class TestReviewRules:
    def test_are_two_years(self) -> None:
        """手册 FAQ 36: 2 年时间提醒."""
        due_at = DEFAULT_REVIEW_RULES.due_at(PUBLISHED)

        assert due_at == datetime(2026, 11, 15, 2, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("times", "is_overdue"), [(0, False), (1, False), (4, False), (5, True), (9, True)]
    )
    def test_tell_the_public_after_some_repeats(self, times: int, *, is_overdue: bool) -> None:
        rules = ReviewRules(interval=timedelta(days=1), repeats=4)

        assert rules.is_overdue(times) is is_overdue


class TestFindDifferences:
    def test_names_what_differs_in_the_order_of_pages(self) -> None:
        """FAQ 15, FAQ 16, FAQ 31."""
        current = {**ENTERPRISE, "address": "新址", "name": "新名"}

        assert find_differences(ENTERPRISE, current) == ["name", "address"]

    def test_takes_nothing_for_empty(self) -> None:
        published = {**ENTERPRISE, "postcode": ""}
        current = {**ENTERPRISE, "postcode": None, "enterprise_id": "another"}

        assert find_differences(published, current) == []
